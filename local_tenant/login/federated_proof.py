"""How somebody else proves who an app is: an identity token that matches one of its federated credentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import jwt

from ..profile import FederatedCredential
from .errors import LoginError, assertion_error
from .tokens import InvalidToken, signed_claims

_PAGE = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"


def unverified_claims(assertion: str) -> dict[str, Any]:
    """What an assertion claims; empty when it is no JWT."""
    try:
        claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}
    return claims


def check_identity(credentials: Sequence[FederatedCredential], assertion: str, now: float) -> None:
    """Raise `LoginError` unless the assertion is what one of the credentials asks for.

    Issuer, subject and audience are compared to the letter, and the signature is RS256 by a key of the issuer's
    set (documented). The same assertion is taken as often as it comes. Words and numbers were seen in answers of
    the service, but for 700027, which is our choice, as are the order of the checks and that no clock may differ.
    """
    claims = unverified_claims(assertion)
    if not claims:
        # Documented number.
        raise assertion_error(50027, "JWT token is invalid or malformed.")
    credential = _matching(credentials, claims)
    if credential.keys is None:
        raise LoginError(400, "invalid_request", 501661, "Request to External OIDC endpoint failed.")
    _check_signature(credential.keys, assertion)
    _check_time(claims, now)


def _matching(credentials: Sequence[FederatedCredential], claims: Mapping[str, Any]) -> FederatedCredential:
    issuer, subject, audience = claims.get("iss"), claims.get("sub"), claims.get("aud")
    of_issuer = [one for one in credentials if one.issuer == issuer]
    if not of_issuer:
        raise _no_record(700211, "issuer", issuer)
    of_subject = [one for one in of_issuer if one.subject == subject]
    if not of_subject:
        if any(one.subject.lower() == str(subject).lower() for one in of_issuer):
            text = (
                f"No matching federated identity record found for presented assertion subject '{subject}'. The"
                " subject matches with case-insensitive comparison, but not with case-sensitive comparison."
            )
            raise assertion_error(7002138, text)
        raise _no_record(700213, "subject", subject)
    matching = next((one for one in of_subject if one.audience == audience), None)
    if matching is None:
        raise _no_record(700212, "audience", audience)
    return matching


def _no_record(number: int, name: str, value: object) -> LoginError:
    text = (
        f"No matching federated identity record found for presented assertion {name} '{value}'. Check your"
        f" federated identity credential Subject, Audience and Issuer against the presented assertion. {_PAGE}"
    )
    return assertion_error(number, text)


def _check_signature(keys: Mapping[str, Any], assertion: str) -> None:
    try:
        named = jwt.get_unverified_header(assertion).get("kid")
        key = next(key for key in jwt.PyJWKSet.from_dict(dict(keys)).keys if key.key_id == named)
        signed_claims(assertion, key.key, ["RS256"])
    except (StopIteration, InvalidToken, jwt.PyJWTError) as error:
        raise assertion_error(700027, "Client assertion failed signature validation.") from error


def _check_time(claims: Mapping[str, Any], now: float) -> None:
    expires, issued = claims.get("exp"), claims.get("nbf", claims.get("iat"))
    if isinstance(expires, int | float) and isinstance(issued, int | float) and issued <= now < expires:
        return
    text = (
        f"Client assertion is not within its valid time range. Current time: {_moment(now)}, assertion valid from"
        f" {_moment(issued)}, expiry time of assertion {_moment(expires)}."
    )
    raise assertion_error(700024, text)


def _moment(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return "unknown"
    return f"{datetime.fromtimestamp(seconds, tz=timezone.utc):%Y-%m-%dT%H:%M:%S.%fZ}"
