"""Import and single submission: the request, the results, upsert, capacity."""

from __future__ import annotations

import re

import pytest

from iocbeam.local_tenant import App

OTHER = "33333333-3333-4333-8333-333333333333"
ENTITY_KEYS = [
    "id",
    "indicatorValue",
    "indicatorType",
    "action",
    "createdBy",
    "severity",
    "category",
    "application",
    "educateUrl",
    "bypassDurationHours",
    "title",
    "description",
    "recommendedActions",
    "creationTimeDateTimeUtc",
    "expirationTime",
    "lastUpdateTime",
    "lastUpdatedBy",
    "rbacGroupNames",
    "rbacGroupIds",
    "notificationId",
    "notificationBody",
    "version",
    "mitreTechniques",
    "historicalDetection",
    "lookBackPeriod",
    "generateAlert",
    "additionalInfo",
    "createdByDisplayName",
    "externalId",
    "createdBySource",
    "certificateInfo",
]


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


def raw_import(client, data, content_type="application/json"):
    return client.call("POST", "/api/indicators/import", data=data, headers={"Content-Type": content_type})


def test_result_has_the_four_documented_fields(client, item):
    [result] = client.results(item())
    assert result == {
        "id": "1",
        "indicator": item()["indicatorValue"],
        "isFailed": False,
        "failureReason": None,
    }


def test_result_echoes_the_value_as_sent(client, item):
    value = "AB" * 32
    assert client.results(item(indicatorValue=value))[0]["indicator"] == value


def test_one_bad_item_does_not_fail_the_others(client, item):
    results = client.results(item(1), item(2, action="nonsense"), item(3))
    assert [result["isFailed"] for result in results] == [False, True, False]
    assert len(client.tenant.rows()) == 2


def test_results_in_another_order_by_switch(start, item):
    results = start(shuffle_results=True).results(item(1), item(2), item(3))
    assert [result["indicator"] for result in results] == [item(n)["indicatorValue"] for n in (3, 2, 1)]


@pytest.mark.parametrize("key", ["indicators", "INDICATORS", "Items"])
def test_key_in_another_case_is_missing_parameter(client, item, key):
    answer = client.call("POST", "/api/indicators/import", json={key: [item()]})
    assert error(answer) == (400, "MissingRequiredParameter")
    assert answer.json()["error"]["message"] == "Parameter Indicators is missing."


def test_empty_import_is_missing_parameter(client):
    assert error(client.post_import()) == (400, "MissingRequiredParameter")


def test_500_items_are_taken_and_501_are_not(client, item):
    assert len(client.results(*map(item, range(500)))) == 500
    answer = client.post_import(*map(item, range(1000, 1501)))
    assert error(answer) == (400, "MaximumBatchSizeExceeded")
    assert answer.json()["error"]["message"] == "Maximum batch size exceeded. Received: 501, allowed: 500."
    assert len(client.tenant.rows()) == 500


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"Indicators": {}}', b'{"Indicators": [], "x": 1}'])
def test_malformed_body_is_invalid_request_body(client, body):
    assert error(raw_import(client, body)) == (400, "InvalidRequestBody")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_other_content_type_is_415(client, content_type):
    assert raw_import(client, b'{"Indicators": [{}]}', content_type).status_code == 415


def test_content_type_may_name_a_charset(client):
    answer = raw_import(client, b'{"Indicators": [{}]}', "application/json; charset=utf-8")
    assert answer.status_code == 200


def test_submission_answers_200_with_the_entity(client, item):
    answer = client.submit(item())
    assert answer.status_code == 200
    context, *keys = answer.json()
    assert context == "@odata.context"
    assert keys == ENTITY_KEYS
    expected = f"{client.tenant.defender_url}/api/$metadata#Indicators/$entity"
    assert answer.json()["@odata.context"] == expected


def test_unset_fields_have_their_observed_defaults(client, item):
    entity = client.submit(item()).json()
    assert [entity[name] for name in ("rbacGroupNames", "rbacGroupIds", "mitreTechniques")] == [[], [], []]
    assert (entity["category"], entity["generateAlert"], entity["historicalDetection"]) == (1, False, False)
    assert entity["severity"] is entity["externalId"] is entity["expirationTime"] is None


def test_entity_shows_what_was_sent(client, item):
    sent = item(severity="High", externalId="a:b:c", generateAlert=True, rbacGroupNames=["servers"])
    entity = client.submit(sent).json()
    assert {name: entity[name] for name in sent} == sent


def test_entity_names_its_creator(client, item):
    entity = client.submit(item()).json()
    assert entity["createdBy"] == entity["lastUpdatedBy"] == client.profile.client_id
    assert (entity["createdBySource"], entity["createdByDisplayName"]) == ("PublicApi", "Local app")


def test_times_have_seven_fractional_digits(start, item, clock):
    clock.now += 0.25
    entity = start(clock=clock).submit(item()).json()
    assert entity["creationTimeDateTimeUtc"] == entity["lastUpdateTime"]
    assert re.fullmatch(r"2027-01-15T08:00:00\.2500000Z", entity["lastUpdateTime"])


def test_answers_carry_the_observed_headers(client, item):
    headers = client.submit(item()).headers
    assert headers["Content-Type"] == (
        "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"
    )
    assert headers["OData-Version"] == "4.0"


def test_errors_have_the_documented_form(client):
    body = client.submit({}).json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "target"}
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", body["error"]["target"])


def test_update_keeps_id_creation_owner_and_application(start, item, clock):
    client = start(clock=clock, more_apps=(App(OTHER, client_secret="other-secret"),))
    first = client.submit(item(application="one")).json()
    clock.now += 60
    client.sign_in(client_id=OTHER, client_secret="other-secret")
    second = client.submit(item(application="two", severity="Low")).json()
    for name in ("id", "creationTimeDateTimeUtc", "createdBy", "application"):
        assert second[name] == first[name]
    assert second["severity"] == "Low"
    assert second["lastUpdatedBy"] == OTHER
    assert second["lastUpdateTime"] > first["lastUpdateTime"]


def test_update_unsets_what_it_leaves_out(client, item):
    client.submit(item(severity="Low", rbacGroupNames=["servers"]))
    entity = client.submit(item()).json()
    assert (entity["severity"], entity["rbacGroupNames"]) == (None, [])


def test_same_value_twice_in_one_import_is_one_row(client, item):
    first, second = client.results(item(title="one"), item(title="two"))
    assert first["id"] == second["id"]
    assert [row["title"] for row in client.tenant.rows()] == ["two"]


@pytest.mark.parametrize(
    "changes", [{"action": "Allowed"}, {"rbacGroupNames": ["servers"]}, {"rbacGroupIds": ["7"]}]
)
@pytest.mark.parametrize(("model", "rows"), [("value", 1), ("value_action_scope", 2)])
def test_key_model_decides_what_a_change_of_action_or_scope_leaves(start, item, changes, model, rows):
    client = start(key_model=model)
    client.results(item(), item(**changes))
    assert len(client.tenant.rows()) == rows


@pytest.mark.parametrize("model", ["value", "value_action_scope"])
@pytest.mark.parametrize(
    ("indicator_type", "one", "same", "other"),
    [
        ("FileMd5", "a" * 32, "A" * 32, "b" * 32),
        ("DomainName", "bad.example", "BAD.example", "worse.example"),
        ("IpAddress", "2001:4860:4860:0:0:0:0:8888", "2001:4860:4860::8888", "2001:4860:4860:0:0:0:0:8844"),
        ("Url", "https://bad.example/Path", "HTTPS://Bad.Example/Path", "https://bad.example/path"),
    ],
)
def test_two_spellings_of_a_value_are_one_row(start, item, model, indicator_type, one, same, other):
    client = start(key_model=model)
    values = (one, same, other)
    results = client.results(*(item(indicatorType=indicator_type, indicatorValue=v) for v in values))
    assert [result["id"] for result in results] == ["1", "1", "2"]


def test_one_value_of_two_types_is_two_rows(client, item):
    sha1 = {"indicatorValue": "0" * 40, "action": "Allowed"}
    client.results(item(indicatorType="FileSha1", **sha1), item(indicatorType="CertificateThumbprint", **sha1))
    assert len(client.tenant.rows()) == 2


@pytest.mark.parametrize(
    ("switch", "created", "updated"),
    [("kept", "one", "two"), ("create_only", "one", "one"), ("not_returned", None, None)],
)
def test_mark_by_switch(start, item, switch, created, updated):
    client = start(mark=switch)
    assert client.submit(item(externalId="one")).json()["externalId"] == created
    assert client.submit(item(externalId="two")).json()["externalId"] == updated
    [listed] = client.list().json()["value"]
    assert listed["externalId"] == updated
    assert client.tenant.rows()[0]["externalId"] == updated


def test_mark_spelling_by_switch(start, item):
    entity = start(mark_spelling="externalID").submit(item(externalId="one")).json()
    assert entity["externalID"] == "one"
    assert "externalId" not in entity


def test_capacity_counts_rows_of_all_owners(start, item):
    client = start(capacity=3)
    client.tenant.seed([item(1), item(2)], created_by="someone@contoso.example")
    results = client.results(item(3), item(4))
    assert [result["isFailed"] for result in results] == [False, True]
    assert results[1]["failureReason"] == "Indicator limit exceeded. Allowed: 3."
    assert client.submit(item(5)).status_code == 400


def test_update_is_possible_at_capacity(start, item):
    client = start(capacity=1)
    client.results(item())
    assert client.results(item(title="new"))[0]["isFailed"] is False


def test_deletion_makes_room(start, item):
    client = start(capacity=1)
    client.results(item(1))
    client.delete("1")
    assert client.results(item(2))[0]["isFailed"] is False


def test_ids_are_not_given_twice(client, item):
    client.results(item(1))
    client.delete("1")
    assert client.results(item(2))[0]["id"] == "2"


def test_expired_row_vanishes_and_makes_room(start, item, clock):
    client = start(clock=clock, capacity=1)
    client.results(item(1, expirationTime="2027-01-15T08:00:10Z"))
    clock.now += 9.9
    assert len(client.list().json()["value"]) == 1
    clock.now += 0.1
    assert client.list().json()["value"] == []
    assert client.delete("1").status_code == 404
    assert client.results(item(2))[0]["isFailed"] is False


def test_expired_row_is_not_updated_but_created_anew(start, item, clock):
    client = start(clock=clock)
    client.results(item(expirationTime="2027-01-15T08:00:10Z"))
    clock.now += 60
    assert client.results(item())[0]["id"] == "2"


def test_slow_import_has_stored_before_it_answers(start, item):
    client = start(import_delay=0.15)
    assert client.post_import(item()).elapsed.total_seconds() >= 0.15
    assert client.submit(item()).elapsed.total_seconds() < 0.15
