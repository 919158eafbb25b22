"""What is done to rows without the API: seeding a tenant, and what an administrator does in the portal."""

from __future__ import annotations

import pytest

from iocbeam.local_tenant import TenantProfile

OTHER_TENANT = "44444444-4444-4444-8444-444444444444"
KEY_MODELS = ["value", "value_action_scope"]


def listed(client, **query):
    return client.list(**query).json()["value"]


def test_seeded_row_has_the_fields_given(client, item):
    given = {
        "externalId": "iocbeam:other:1",
        "createdBy": "99999999-9999-4999-8999-999999999999",
        "createdByDisplayName": "Another connector",
        "createdBySource": "Other",
        "creationTimeDateTimeUtc": "2020-01-01T00:00:00.0000000Z",
        "lastUpdateTime": "2021-01-01T00:00:00.0000000Z",
        "lastUpdatedBy": "someone@contoso.example",
        "category": 7,
        "expirationTime": "2099-01-01T00:00:00+00:00",
    }
    client.tenant.seed([item(1, **given)])
    [row] = listed(client)
    assert {name: row[name] for name in given} == given


def test_seeded_row_with_a_creator_of_its_own_is_that_creators(client, item):
    client.tenant.seed([item(1), item(2, createdBy="an-app")], created_by="someone@contoso.example")
    names = ("createdBy", "createdByDisplayName", "lastUpdatedBy", "createdBySource")
    portal, app = ([row[name] for name in names] for row in listed(client))
    assert portal == [*["someone@contoso.example"] * 3, "Portal"]
    assert app == [*["an-app"] * 3, "PublicApi"]


NULLABLE = {
    "indicatorType": None,
    "indicatorValue": None,
    "action": None,
    "severity": None,
    "title": None,
    "description": None,
    "generateAlert": None,
    "rbacGroupNames": None,
    "category": None,
    "createdBy": None,
    "creationTimeDateTimeUtc": None,
    "lastUpdateTime": None,
}


@pytest.mark.parametrize("model", KEY_MODELS)
@pytest.mark.parametrize("name", NULLABLE)
def test_null_can_be_seeded(start, item, model, name):
    client = start(key_model=model)
    client.tenant.seed([{**item(1), name: None}])
    assert listed(client)[0][name] is None
    client.tenant.remove("1")
    assert listed(client) == []


@pytest.mark.parametrize(
    "odd",
    [
        {"indicatorType": "Unheard"},
        {"indicatorValue": 17},
        {"action": "Alert"},
        {"severity": "Unheard"},
        {"expirationTime": "tomorrow"},
        {"expirationTime": 17},
        {"rbacGroupNames": "servers"},
        {"rbacGroupNames": [{"name": "servers"}]},
        {"category": "Malware"},
        {"generateAlert": "True"},
        NULLABLE,
    ],
)
@pytest.mark.parametrize("model", KEY_MODELS)
def test_odd_row_is_listed_as_it_was_seeded(start, item, model, odd):
    client = start(key_model=model)
    client.tenant.seed([{**item(1), **odd}])
    [row] = listed(client)
    assert {name: row[name] for name in odd} == odd
    assert client.results(item(2))[0]["isFailed"] is False


@pytest.mark.parametrize("name", ["id", "Action", "externalID"])
def test_field_that_no_row_has_is_a_slip_in_the_test(client, item, name):
    with pytest.raises(ValueError, match=name):
        client.tenant.seed([{**item(1), name: "x"}])
    client.tenant.seed([item(1)])
    with pytest.raises(ValueError, match=name):
        client.tenant.edit("1", **{name: "x"})


def test_edit_changes_the_fields_given_and_who_did_it(start, item, clock):
    client = start(clock=clock)
    [before] = [client.submit(item(1, externalId="mark", severity="Low", application="app")).json()]
    del before["@odata.context"]
    clock.now += 60
    client.tenant.edit("1", severity="High", application="other")
    changed = {
        "severity": "High",
        "application": "other",
        "lastUpdateTime": "2027-01-15T08:01:00.0000000Z",
        "lastUpdatedBy": "admin@contoso.example",
    }
    assert listed(client) == [{**before, **changed}]


def test_edit_is_not_checked_and_may_take_the_mark(client, item):
    client.results(item(1, externalId="mark"))
    client.tenant.edit("1", edited_by="x@contoso.example", externalId=None, action="Unheard", createdBy="x")
    [row] = listed(client)
    assert (row["externalId"], row["action"], row["createdBy"]) == (None, "Unheard", "x")
    assert row["lastUpdatedBy"] == "x@contoso.example"


@pytest.mark.parametrize(("model", "ids"), [("value", ["1", "1"]), ("value_action_scope", ["2", "1"])])
def test_edit_of_the_action_moves_the_row_to_its_new_key(start, item, model, ids):
    client = start(key_model=model)
    client.results(item(1, action="Block"))
    client.tenant.edit("1", action="Allowed")
    assert [client.results(item(1, action=action))[0]["id"] for action in ("Block", "Allowed")] == ids


@pytest.mark.parametrize("model", KEY_MODELS)
def test_edit_of_the_value_moves_the_row_to_its_new_key(start, item, model):
    client = start(key_model=model)
    client.results(item(1))
    client.tenant.edit("1", indicatorValue=item(2)["indicatorValue"])
    assert [client.results(item(n))[0]["id"] for n in (1, 2)] == ["2", "1"]


@pytest.mark.parametrize("model", KEY_MODELS)
def test_edit_into_the_key_of_another_row_leaves_both(start, item, model):
    client = start(key_model=model)
    client.results(item(1), item(2))
    client.tenant.edit("1", indicatorValue=item(2)["indicatorValue"])
    assert [row["indicatorValue"] for row in listed(client)] == [item(2)["indicatorValue"]] * 2
    assert client.results(item(2))[0]["id"] == "2"
    client.tenant.remove(["2"])
    assert client.results(item(2))[0]["id"] == "1"


def test_edited_expiry_counts(start, item, clock):
    client = start(clock=clock)
    client.results(item(1), item(2, expirationTime="2027-01-15T08:00:10Z"))
    client.tenant.edit("1", expirationTime="2027-01-15T08:00:20Z")
    client.tenant.edit("2", expirationTime=None)
    clock.now += 30
    assert [row["id"] for row in listed(client)] == ["2"]
    with pytest.raises(KeyError):
        client.tenant.edit("1", title="x")


def test_remove_takes_rows_of_every_owner(client, item):
    client.results(item(1), item(2))
    client.tenant.seed([item(3), item(4)], created_by="someone@contoso.example")
    client.tenant.remove(["1", "3", "3"])
    client.tenant.remove("2")
    assert [row["id"] for row in listed(client)] == ["4"]
    assert client.results(item(1))[0]["id"] == "5"


def test_remove_of_what_is_not_there_removes_nothing(client, item):
    client.results(item(1))
    with pytest.raises(KeyError, match="9, 8"):
        client.tenant.remove(["1", "9", "8", "9"])
    assert len(listed(client)) == 1


def test_edit_and_remove_are_of_one_tenant(start, item):
    client = start(TenantProfile(), TenantProfile(tenant_id=OTHER_TENANT))
    for tenant_id in (None, OTHER_TENANT):
        client.tenant.seed([item(1), item(2)], tenant_id)
    client.tenant.edit("1", OTHER_TENANT, title="changed")
    client.tenant.remove(["2"], OTHER_TENANT)
    assert [row["title"] for row in client.tenant.rows(OTHER_TENANT)] == ["changed"]
    assert [row["title"] for row in client.tenant.rows()] == ["a title"] * 2


@pytest.mark.parametrize("model", KEY_MODELS)
def test_edited_and_removed_rows_survive_a_restart(start, item, tmp_path, model):
    first = start(state=tmp_path / "state.db", key_model=model)
    first.tenant.seed([item(1), item(2), item(3)])
    first.tenant.edit("1", action="Allowed", title="changed")
    first.tenant.remove(["3"])
    rows = first.tenant.rows()
    first.tenant.stop()
    second = start(state=tmp_path / "state.db", key_model=model)
    assert second.tenant.rows() == rows
    assert second.results(item(1, action="Allowed"))[0]["id"] == "1"
    assert second.results(item(3))[0]["id"] == "4"
