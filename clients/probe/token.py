"""Whether a token is the one that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from iocbeam.model.permissions import APIS, DEFENDER, GRAPH, SENTINEL
from iocbeam.model.settings.entra import is_guid

from ..login.token_claims import TokenClaims
from .check import APP, AUDIENCE, EXPIRY, FAILED, OK, REMARK, TENANT, WARNING, Check

_APPLICATION_IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        DEFENDER: "fc780465-2017-40d4-a0c5-307022471b92",
        GRAPH: "00000003-0000-0000-c000-000000000000",
        SENTINEL: "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    }
)
"""The services' own application ids, which newer tokens name as their audience in the place of an address."""

_SAME_SERVICE: Final = (
    {"https://management.azure.com", "https://management.core.windows.net"},
    {"https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"},
    {"https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn"},
)
"""Azure Resource Manager takes tokens for either of two addresses. Documented for the global one."""

SHORT: Final = 300
"""Seconds. A token that is valid for less is asked for anew at every call."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token should say.

    Attributes:
        scope: as it was asked for, ending in `/.default`.
        scope_option: the option that names another scope.
        now: epoch seconds.
    """

    api: str
    scope: str
    scope_option: str
    tenant_id: str
    client_id: str
    now: float
    jobs: tuple[str, ...] = ()


def judge_token(claims: TokenClaims, expected: Expected) -> Iterator[Check]:
    """Audience, tenant, app and expiry, a check for each."""
    yield _audience(claims, expected)
    yield _tenant(claims, expected)
    yield _app(claims, expected)
    yield _expiry(claims, expected)


def _audience(claims: TokenClaims, expected: Expected) -> Check:
    wanted, found = expected.scope.removesuffix("/.default").rstrip("/"), claims.audience.rstrip("/")

    def check(state: str, message: str, advice: str = "", code: str = "") -> Check:
        return Check(expected.api, AUDIENCE, wanted, state, message, advice, code, expected.jobs)

    if found.lower() == wanted.lower() or any({found.lower(), wanted.lower()} <= same for same in _SAME_SERVICE):
        return check(OK, f"the token is for {wanted}")
    if is_guid(found):
        if found.lower() == _APPLICATION_IDS[expected.api]:
            return check(OK, f"the token is for {APIS[expected.api]}, by its application id")
        return check(WARNING, f"the token is for the application {found}", code="audience_unknown")
    return check(
        FAILED,
        f"the token is for {found or 'no service'}, not for {wanted}",
        f"Check --cloud and {expected.scope_option}.",
        "audience_wrong",
    )


def _tenant(claims: TokenClaims, expected: Expected) -> Check:
    wanted, found = expected.tenant_id, claims.tenant_id

    def check(state: str, message: str, advice: str = "", code: str = "") -> Check:
        return Check(expected.api, TENANT, wanted, state, message, advice, code, expected.jobs)

    if found.lower() == wanted.lower():
        return check(OK, f"the token is of tenant {found}")
    if not is_guid(wanted):
        return check(REMARK, f"{wanted} is tenant {found}", "Give the id as --tenant_id: a domain can move.")
    return check(
        FAILED,
        f"the token is of tenant {found or '(none)'}, not of {wanted}",
        "Check --tenant_id and --login_url.",
        "tenant_wrong",
    )


def _app(claims: TokenClaims, expected: Expected) -> Check:
    wanted, found = expected.client_id, claims.client_id
    if found.lower() == wanted.lower():
        return Check(expected.api, APP, wanted, OK, f"the token is of app {found}", jobs=expected.jobs)
    return Check(
        expected.api,
        APP,
        wanted,
        FAILED,
        f"the token is of app {found or '(none)'}, not of {wanted}",
        "Check --client_id and --login_url.",
        "app_wrong",
        expected.jobs,
    )


def _expiry(claims: TokenClaims, expected: Expected) -> Check:
    def check(state: str, message: str, advice: str = "", code: str = "") -> Check:
        return Check(expected.api, EXPIRY, "", state, message, advice, code, expected.jobs)

    if claims.expires_at is None:
        return check(WARNING, "the token does not say until when it is valid", code="expiry_unknown")
    left = claims.expires_at - expected.now
    if left <= 0:
        return check(
            FAILED,
            f"the token had expired {_time(-left)} before it came",
            "Set this machine's clock.",
            "expired",
        )
    if left < SHORT:
        return check(
            WARNING,
            f"the token is valid for {_time(left)} only",
            "Check this machine's clock, and whether a policy of the tenant shortens tokens.",
            "short_lived",
        )
    return check(OK, f"the token is valid for {_time(left)}")


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes >= 1:
        return f"{minutes:,} minute{'' if minutes == 1 else 's'}"
    return f"{seconds:.0f} seconds"
