"""What an access token says of itself, unverified: for messages and plans, never for security."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """The claims that tell whether a token can be what was asked for. A claim that is not there is empty.

    Attributes:
        audience: `aud`: the service that the token is for, as an address or as an application id.
        tenant_id: `tid`.
        client_id: `appid`, which newer tokens call `azp`.
        expires_at: `exp`, epoch seconds; None without one.
        roles: application permissions; None without the claim, as where nothing was consented to (documented: a
            claim is there only with a value).
        scopes: `scp`, the permissions of a token that acts for a signed-in user.
    """

    audience: str = ""
    tenant_id: str = ""
    client_id: str = ""
    expires_at: float | None = None
    roles: tuple[str, ...] | None = None
    scopes: str = ""


def read_claims(token: str) -> TokenClaims | None:
    """The claims of a token; None if it cannot be read, which Microsoft reserves the right to."""
    claims = _payload(token)
    if claims is None:
        return None
    named, expires = claims.get("roles"), claims.get("exp")
    return TokenClaims(
        audience=_text(claims.get("aud")),
        tenant_id=_text(claims.get("tid")),
        client_id=_text(claims.get("appid")) or _text(claims.get("azp")),
        expires_at=expires if isinstance(expires, int | float) and not isinstance(expires, bool) else None,
        roles=tuple(role for role in named if isinstance(role, str)) if isinstance(named, list) else None,
        scopes=_text(claims.get("scp")),
    )


def _payload(token: str) -> dict[str, Any] | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
