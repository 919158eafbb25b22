"""Whether a token is the one that was asked for."""

from __future__ import annotations

import base64
import json

import pytest
from probe_help import SCOPE, STRANGER

from iocbeam.clients.login.token_claims import TokenClaims, read_claims
from iocbeam.clients.probe.check import Check
from iocbeam.clients.probe.roles import Needed, judge_roles
from iocbeam.clients.probe.token import Expected, judge_token
from iocbeam.model.permissions import DEFENDER, GRAPH, SENTINEL, roles_of

NOW = 1_800_000_000.0
TENANT, APP = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
GOOD = TokenClaims(SCOPE.removesuffix("/.default"), TENANT, APP, NOW + 3_600, ("Ti.ReadWrite.All",))


def judged(
    claims: TokenClaims, api: str = DEFENDER, scope: str = SCOPE, tenant_id: str = TENANT
) -> dict[str, Check]:
    expected = Expected(api, scope, "--defender_scope", tenant_id, APP, NOW, ("defender",))
    return {check.check: check for check in judge_token(claims, expected)}


def test_a_good_token_is_good() -> None:
    assert {check.state for check in judged(GOOD).values()} == {"ok"}
    assert set(judged(GOOD)) == {"audience", "tenant", "app", "expiry"}


@pytest.mark.parametrize(
    ("api", "scope", "audience", "state"),
    [
        (DEFENDER, SCOPE, "https://api.securitycenter.microsoft.com/", "ok"),
        (DEFENDER, SCOPE, "fc780465-2017-40d4-a0c5-307022471b92", "ok"),
        (DEFENDER, SCOPE, "00000003-0000-0000-c000-000000000000", "warning"),
        (DEFENDER, SCOPE, "https://graph.microsoft.com", "failed"),
        (DEFENDER, SCOPE, "", "failed"),
        (GRAPH, "https://graph.microsoft.com/.default", "00000003-0000-0000-c000-000000000000", "ok"),
        (SENTINEL, "https://management.azure.com/.default", "https://management.core.windows.net/", "ok"),
        (SENTINEL, "https://management.azure.com/.default", "https://management.usgovcloudapi.net", "failed"),
    ],
)
def test_an_audience_is_an_address_or_an_application_id(api: str, scope: str, audience: str, state: str) -> None:
    claims = TokenClaims(audience, TENANT, APP, NOW + 3_600)
    assert judged(claims, api, scope)["audience"].state == state


@pytest.mark.parametrize(
    ("configured", "found", "state"),
    [
        (TENANT, TENANT.upper(), "ok"),
        (TENANT, STRANGER, "failed"),
        (TENANT, "", "failed"),
        ("contoso.example", TENANT, "remark"),
    ],
)
def test_the_tenant_of_a_token_is_the_configured_one(configured: str, found: str, state: str) -> None:
    claims = TokenClaims(GOOD.audience, found, APP, NOW + 3_600)
    assert judged(claims, tenant_id=configured)["tenant"].state == state


@pytest.mark.parametrize(("app", "state"), [(APP.upper(), "ok"), (STRANGER, "failed"), ("", "failed")])
def test_the_app_of_a_token_is_the_configured_one(app: str, state: str) -> None:
    assert judged(TokenClaims(GOOD.audience, TENANT, app, NOW + 3_600))["app"].state == state


@pytest.mark.parametrize(
    ("left", "state", "words"),
    [
        (3_600, "ok", "60 minutes"),
        (300, "ok", "5 minutes"),
        (299, "warning", "5 minutes only"),
        (20, "warning", "20 seconds only"),
        (0, "failed", "0 seconds"),
        (-90, "failed", "2 minutes before"),
        (None, "warning", "does not say"),
    ],
)
def test_a_token_is_valid_for_some_time(left: float | None, state: str, words: str) -> None:
    claims = TokenClaims(GOOD.audience, TENANT, APP, None if left is None else NOW + left)
    check = judged(claims)["expiry"]
    assert check.state == state
    assert words in check.message


def test_claims_are_read_as_they_stand() -> None:
    payload = {"aud": "a", "tid": "t", "azp": "p", "exp": 12.5, "roles": ["R", 3], "scp": "s", "x": 1}
    token = f"h.{base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip('=')}.s"
    assert read_claims(token) == TokenClaims("a", "t", "p", 12.5, ("R",), "s")


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.WzFd.c", "é.é.é"])
def test_what_is_no_token_has_no_claims(token: str) -> None:
    assert read_claims(token) is None


def test_claims_of_the_wrong_type_are_as_if_they_were_not_there() -> None:
    payload = {"aud": ["a"], "tid": 3, "exp": True, "roles": "R"}
    token = f"h.{base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip('=')}.s"
    assert read_claims(token) == TokenClaims()


def test_roles_of_azure_are_not_looked_for_in_a_token() -> None:
    needed = [Needed("sentinel", need) for need in roles_of("sentinel", SENTINEL)]
    (check,) = judge_roles(SENTINEL, TokenClaims(), needed)
    assert (check.state, check.code, check.subject) == ("remark", "not_in_token", "Microsoft Sentinel Contributor")
