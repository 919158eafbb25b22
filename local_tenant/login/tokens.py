"""Access tokens: signed JWTs, with a throw-away key that never leaves the process."""

from __future__ import annotations

from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

Claims = dict[str, Any]

_KEY_ID = "local"


class InvalidToken(Exception):
    """Not a token of this server."""


class TokenSigner:
    """Issues tokens and recognises its own."""

    def __init__(self) -> None:
        self._key = _process_key()
        self._public_key = self._key.public_key()

    def issue(self, claims: Claims) -> str:
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": _KEY_ID})

    def verify(self, token: str) -> Claims:
        """The claims of a token signed here; the API judges them. Raises `InvalidToken`."""
        return signed_claims(token, self._public_key, ["RS256"])

    def key_set(self) -> dict[str, object]:
        """The public key as a JSON Web Key Set."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._public_key, as_dict=True)
        return {"keys": [{**key, "use": "sig", "kid": _KEY_ID}]}


@cache
def _process_key() -> rsa.RSAPrivateKey:
    """One key for all servers of a process: making one takes longer than starting a server."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed_claims(token: str, key: rsa.RSAPublicKey, algorithms: list[str]) -> Claims:
    """The claims of a token that `key` signed. Raises `InvalidToken` for any other.

    Times and audience are left to the caller, since they go by the tenant's own clock and profile.
    """
    try:
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=algorithms,
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
        )
    except jwt.InvalidTokenError as error:
        raise InvalidToken from error
    return claims


def claimed_tenant(token: str) -> str:
    """The tenant that a token names, unverified; empty when it is no token. For the log and for faults."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    return str(claims.get("tid", ""))
