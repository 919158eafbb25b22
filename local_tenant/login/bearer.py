"""The check of a bearer token, the same for every API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..profile import TenantProfile
from ..server.call import Call
from .tokens import Claims, InvalidToken, TokenSigner


class BearerRefused(Exception):
    """Why a call is not authenticated; every API answers 401 in a form of its own."""


def bearer_claims(
    call: Call,
    signer: TokenSigner,
    profiles: Mapping[str, TenantProfile],
    audiences: Callable[[TenantProfile], Sequence[str]],
) -> Claims:
    """The claims of the call's token.

    Raises `BearerRefused` unless it was signed here, its tenant is known, it is valid now by the tenant's
    clock, and it is for one of the tenant's `audiences` or for the server's own address.
    """
    scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise BearerRefused("A bearer token is required.")
    try:
        claims = signer.verify(token)
    except InvalidToken as error:
        raise BearerRefused("The token is not valid.") from error
    profile = profiles.get(claims["tid"])
    if profile is None:
        raise BearerRefused("The token's tenant is not known.")
    if not claims["nbf"] <= profile.clock() < claims["exp"]:
        raise BearerRefused("The token has expired.")
    if claims["aud"].rstrip("/") not in (*audiences(profile), call.base_url):
        raise BearerRefused("The token is for another audience.")
    return claims
