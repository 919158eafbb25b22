"""What a token says of itself, unverified: for messages and plans, never for security."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final

import orjson

_SHOWN: Final = 200
"""Characters of a claim that a message repeats at most."""


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
    named = claims.get("roles")
    return TokenClaims(
        audience=_text(claims.get("aud")),
        tenant_id=_text(claims.get("tid")),
        client_id=_text(claims.get("appid")) or _text(claims.get("azp")),
        expires_at=_seconds(claims.get("exp")),
        roles=tuple(role for role in named if isinstance(role, str)) if isinstance(named, list) else None,
        scopes=_text(claims.get("scp")),
    )


@dataclass(frozen=True, slots=True)
class IdentityClaims:
    """What an identity token says of who it was given to. None of it is a secret; the token is. As text it is the
    three values that a federated credential is compared with.

    Attributes:
        issuer: `iss`.
        subject: `sub`.
        audience: `aud`; of several, all, separated by a space.
        not_before, expires_at: `nbf`, or `iat` without it, and `exp`: epoch seconds; None without one.
    """

    issuer: str = ""
    subject: str = ""
    audience: str = ""
    not_before: float | None = None
    expires_at: float | None = None

    def __str__(self) -> str:
        return ", ".join(
            f"{name} {_shown(value)}"
            for name, value in (("issuer", self.issuer), ("subject", self.subject), ("audience", self.audience))
        )

    @property
    def valid(self) -> str:
        """From when to when, in words."""
        return f"from {_moment(self.not_before)} until {_moment(self.expires_at)}"


def read_identity(token: str) -> IdentityClaims | None:
    """The claims of an identity token; None if it is none."""
    claims = _payload(token)
    if claims is None:
        return None
    audience = claims.get("aud")
    several = [audience] if not isinstance(audience, list) else audience
    return IdentityClaims(
        issuer=_text(claims.get("iss")),
        subject=_text(claims.get("sub")),
        audience=" ".join(filter(None, map(_text, several))),
        not_before=_seconds(claims.get("nbf", claims.get("iat"))),
        expires_at=_seconds(claims.get("exp")),
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


def _seconds(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _shown(value: str) -> str:
    return "".join(letter for letter in value if letter.isprintable())[:_SHOWN] or "(none)"


def _moment(seconds: float | None) -> str:
    if seconds is None:
        return "(no time)"
    try:
        return f"{datetime.fromtimestamp(seconds, tz=timezone.utc):%Y-%m-%d %H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        return "(no time)"
