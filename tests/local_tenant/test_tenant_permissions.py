"""Who may call the indicator API, and which rows an app sees."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from iocbeam.local_tenant import App, TenantProfile

OTHER = "33333333-3333-4333-8333-333333333333"
OTHER_TENANT = "44444444-4444-4444-8444-444444444444"


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def other_app():
    return App(OTHER, client_secret="other-secret")


@pytest.fixture
def own_only(start, other_app):
    """An app with `Ti.ReadWrite`, in a tenant where another app holds a row of its own."""
    client = start(roles=("Ti.ReadWrite",), more_apps=(other_app,))
    client.tenant.seed([{"indicatorType": "DomainName", "indicatorValue": "theirs.example"}], created_by=OTHER)
    return client


def test_no_token_is_401(client):
    del client.session.headers["Authorization"]
    assert error(client.list()) == (401, "Unauthorized")


def test_token_of_another_signer_is_401(client):
    token = client.session.headers["Authorization"].split()[1]
    claims = jwt.decode(token, options={"verify_signature": False})
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    client.session.headers["Authorization"] = f"Bearer {jwt.encode(claims, key, algorithm='RS256')}"
    assert error(client.list()) == (401, "Unauthorized")


def test_expired_token_is_401(start, clock):
    client = start(clock=clock)
    clock.now += 3598
    assert client.list().status_code == 200
    clock.now += 1
    assert error(client.list()) == (401, "Unauthorized")


@pytest.mark.parametrize(
    "audience",
    [
        "https://api.securitycenter.microsoft.com",
        "https://api-gcc.securitycenter.microsoft.us",
        "https://api-gov.securitycenter.microsoft.us",
    ],
)
def test_token_for_a_documented_base_is_taken(client, audience):
    client.sign_in(scope=f"{audience}/.default")
    assert client.list().status_code == 200


def test_token_for_the_tenants_own_address_is_taken(client):
    client.sign_in(scope=f"{client.tenant.defender_url}/.default")
    assert client.list().status_code == 200


@pytest.mark.parametrize("audience", ["https://graph.microsoft.com", "https://api.security.microsoft.com"])
def test_token_for_another_api_is_401(client, audience):
    client.sign_in(scope=f"{audience}/.default")
    assert error(client.list()) == (401, "Unauthorized")


def test_token_for_another_cloud_is_401(start):
    client = start(audiences=("https://api-gcc.securitycenter.microsoft.us",))
    assert error(client.list()) == (401, "Unauthorized")


@pytest.mark.parametrize("roles", [(), ("Score.Read.All",)])
def test_app_without_an_indicator_role_is_403(start, roles):
    assert error(start(roles=roles).list()) == (403, "Forbidden")


def test_all_sees_rows_of_every_owner(start, other_app):
    client = start(more_apps=(other_app,))
    client.tenant.seed([{"indicatorType": "DomainName", "indicatorValue": "theirs.example"}], created_by=OTHER)
    assert [row["createdBy"] for row in client.list().json()["value"]] == [OTHER]


def test_own_only_does_not_see_rows_of_others(own_only, item):
    own_only.results(item())
    assert [row["createdBy"] for row in own_only.list().json()["value"]] == [own_only.profile.client_id]


def test_own_only_deleting_anothers_row_is_404(own_only):
    [row] = own_only.tenant.rows()
    assert error(own_only.delete(row["id"])) == (404, "ResourceNotFound")
    assert error(own_only.batch_delete(row["id"])) == (404, "ResourceNotFound")
    assert own_only.tenant.rows() == [row]


@pytest.mark.parametrize(("switch", "failed"), [("overwrite", False), ("fail", True)])
def test_own_only_submitting_anothers_value(start, item, other_app, switch, failed):
    client = start(roles=("Ti.ReadWrite",), hidden_row_update=switch, more_apps=(other_app,))
    client.tenant.seed([item(title="theirs")], created_by=OTHER)
    [result] = client.results(item(title="ours"))
    assert result["isFailed"] is failed
    [row] = client.tenant.rows()
    assert row["createdBy"] == OTHER
    assert row["title"] == ("theirs" if failed else "ours")


def test_tenant_of_the_token_decides_on_the_rows(start, item):
    client = start(TenantProfile(), TenantProfile(tenant_id=OTHER_TENANT))
    client.results(item(1))
    client.sign_in(OTHER_TENANT)
    assert client.list().json()["value"] == []
    client.results(item(2))
    assert [row["indicatorValue"] for row in client.tenant.rows()] == [item(1)["indicatorValue"]]
    assert [row["indicatorValue"] for row in client.tenant.rows(OTHER_TENANT)] == [item(2)["indicatorValue"]]


def test_seeded_portal_row_says_so(client, item):
    client.tenant.seed([item()], created_by="someone@contoso.example")
    [row] = client.list().json()["value"]
    assert (row["createdBy"], row["createdBySource"]) == ("someone@contoso.example", "Portal")
