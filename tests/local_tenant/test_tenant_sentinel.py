"""The Sentinel workspace of the local tenant: the upload of STIX objects, and Resource Manager's query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from tenant_client import Client, Clock

from iocbeam.local_tenant import RateLimit, SentinelProfile, TenantProfile

ARM = "https://management.azure.com/.default"
PROFILE = SentinelProfile()
UPLOAD = f"/workspaces/{PROFILE.workspace_id}/threat-intelligence-stix-objects:upload"
MAIN = f"{PROFILE.resource}/providers/Microsoft.SecurityInsights/threatIntelligence/main/"
VERSION = {"api-version": "2024-02-01-preview"}
ARM_VERSION = {"api-version": "2024-09-01"}


class SentinelUser(Client):
    """Signed in to Azure."""

    def token_request(self, tenant_id: str | None = None, **changes: str | None) -> Any:
        return super().token_request(tenant_id, **{"scope": ARM, **changes})

    def upload(self, *objects: object, source: object = "Feed", path: str = UPLOAD, **params: str) -> Any:
        body = {"sourcesystem": source, "stixobjects": list(objects)}
        return self.call("POST", path, params=params or VERSION, json=body)

    def query(self, **criteria: object) -> Any:
        return self.call("POST", f"{MAIN}queryIndicators", params=ARM_VERSION, json=criteria)

    def shown(self, **criteria: object) -> list[dict[str, Any]]:
        answer = self.query(**criteria)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]


@pytest.fixture
def sentinel(launch: Callable[..., Any]) -> Callable[..., SentinelUser]:
    """Start a tenant: `sentinel(role="reader")` with switches of `SentinelProfile`; no rate limit unless given."""

    def run(clock: Clock | None = None, **switches: Any) -> SentinelUser:
        own = SentinelProfile(**{"upload_rate": None, **switches})
        return launch(SentinelUser, TenantProfile(sentinel=own, **({"clock": clock} if clock else {})))

    return run


@pytest.fixture
def user(sentinel: Callable[..., SentinelUser]) -> SentinelUser:
    return sentinel()


def stix(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A valid indicator; `None` leaves out."""
    item = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{number:012}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-02T00:00:00.000Z",
        "name": f"n{number}",
        "pattern": f"[domain-name:value = 'n{number}.malware-test.example']",
        "pattern_type": "stix",
        "valid_from": "2026-01-01T00:00:00.000Z",
        **changes,
    }
    return {name: value for name, value in item.items() if value is not None}


def test_all_taken_is_200_without_a_body(user: SentinelUser) -> None:
    answer = user.upload(stix(), stix(1))
    assert (answer.status_code, answer.content) == (200, b"")
    assert [one["name"] for one in user.tenant.sentinel_objects()] == ["n0", "n1"]


def test_a_second_upload_of_an_id_updates_within_its_source(user: SentinelUser) -> None:
    user.upload(stix(confidence=10))
    user.upload(stix(confidence=90))
    user.upload(stix(confidence=50), source="Other")
    assert sorted((row["properties"]["source"], row["properties"]["confidence"]) for row in user.shown()) == [
        ("Feed", 90),
        ("Other", 50),
    ]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"type": "malware"}, "type"),
        ({"id": "indicator--1"}, "id"),
        ({"id": "identity--00000000-0000-4000-8000-000000000000"}, "id"),
        ({"id": None}, "id"),
        ({"pattern": None}, "pattern"),
        ({"pattern_type": "yara"}, "pattern_type"),
        ({"valid_from": "yesterday"}, "valid_from"),
        ({"valid_until": "2026-01-01T00:00:00.000Z"}, "valid_until"),
        ({"modified": "2025-12-31T00:00:00.000Z"}, "modified"),
        ({"confidence": 101}, "confidence"),
        ({"revoked": "no"}, "revoked"),
        ({"labels": []}, "labels"),
        ({"pattern": "[domain-name:value = 'a' OR domain-name:value = 'b']"}, "pattern"),
        ({"pattern": "[file:hashes.'SHA-256' = 'abc']"}, "pattern"),
        ({"pattern": "[email-addr:value = 'a@b.example']"}, "pattern"),
    ],
)
def test_a_bad_object_is_an_error_within_a_200(user: SentinelUser, change: dict[str, Any], named: str) -> None:
    answer = user.upload(stix(), stix(1, **change))
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["recordIndex"] == 1
    assert f"Error for Property={named}:" in error["errorMessages"][0]
    assert len(user.tenant.sentinel_objects()) == 1


@pytest.mark.parametrize(
    ("name", "taken"),
    [("any", {"SHA256", "SHA-256"}), ("without_dash", {"SHA256"}), ("with_dash", {"SHA-256"})],
)
def test_the_spelling_of_hashes_is_a_switch(
    sentinel: Callable[..., SentinelUser], name: str, taken: set[str]
) -> None:
    user = sentinel(hash_names=name)
    for spelling in ("SHA256", "SHA-256"):
        answer = user.upload(stix(pattern=f"[file:hashes.'{spelling}' = '{'a' * 64}']"))
        assert (not answer.content) is (spelling in taken)


@pytest.mark.parametrize(
    "item",
    [
        {"type": "identity", "name": "A"},
        {"type": "threat-actor", "name": "A"},
        {"type": "attack-pattern", "name": "A"},
        {"type": "relationship", "relationship_type": "indicates", "source_ref": "a", "target_ref": "b"},
    ],
    ids=lambda item: item["type"],
)
def test_the_other_documented_types_are_taken_and_are_no_indicators(
    user: SentinelUser, item: dict[str, str]
) -> None:
    times = {"created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z", "spec_version": "2.1"}
    known = {"id": f"{item['type']}--00000000-0000-4000-8000-000000000000", **times}
    assert user.upload({**item, **known}).content == b""
    assert user.shown() == []


def test_more_than_100_objects_are_refused_together(user: SentinelUser) -> None:
    assert user.upload(*map(stix, range(100))).status_code == 200
    assert user.upload(*map(stix, range(101))).status_code == 400


@pytest.mark.parametrize("source", ["Microsoft Sentinel", "microsoft sentinel", "", None, 5])
def test_a_source_is_needed_and_one_is_reserved(user: SentinelUser, source: object) -> None:
    assert user.upload(stix(), source=source).status_code == 400


def test_the_rate_is_told_in_words_alone(sentinel: Callable[..., SentinelUser], clock: Clock) -> None:
    user = sentinel(clock, upload_rate=RateLimit(2, 60.0))
    assert [user.upload(stix()).status_code for _ in range(3)] == [200, 200, 429]
    clock.now += 18
    answer = user.upload(stix())
    assert answer.json() == {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 42 seconds."}
    assert "Retry-After" not in answer.headers


def test_100_uploads_a_minute_is_the_documented_rate() -> None:
    assert SentinelProfile().upload_rate == RateLimit(100, 60.0)


def test_another_workspace_is_not_found(user: SentinelUser) -> None:
    other = UPLOAD.replace(PROFILE.workspace_id, "00000000-0000-4000-8000-000000000000")
    assert user.upload(stix(), path=other).status_code == 404


@pytest.mark.parametrize("params", [{"api-version": "2020-01-01"}, {"x": "y"}])
def test_the_version_is_needed(user: SentinelUser, params: dict[str, str]) -> None:
    assert user.upload(stix(), **params).status_code == 400


@pytest.mark.parametrize(
    "scope",
    [
        "https://management.azure.com/.default",
        "https://management.azure.com//.default",
        "https://management.core.windows.net/.default",
        "https://management.core.windows.net//.default",
    ],
)
def test_audiences_with_and_without_a_slash_are_taken(user: SentinelUser, scope: str) -> None:
    user.sign_in(scope=scope)
    assert user.upload(stix()).status_code == 200
    assert len(user.shown()) == 1


@pytest.mark.parametrize(
    "scope", ["https://graph.microsoft.com/.default", "https://management.chinacloudapi.cn/.default"]
)
def test_a_token_for_another_service_is_401(user: SentinelUser, scope: str) -> None:
    user.sign_in(scope=scope)
    assert (user.upload(stix()).status_code, user.query().status_code) == (401, 401)


def test_a_token_says_nothing_of_the_role(user: SentinelUser) -> None:
    token = str(user.session.headers["Authorization"]).split()[1]
    assert "roles" not in jwt.decode(token, options={"verify_signature": False})


@pytest.mark.parametrize(
    ("switches", "upload", "query"),
    [
        ({"role": "contributor"}, 200, 200),
        ({"role": "reader"}, 401, 200),
        ({"role": "reader", "denied": 403}, 403, 200),
        ({"role": "none"}, 401, 403),
    ],
)
def test_the_azure_role_decides(
    sentinel: Callable[..., SentinelUser], switches: dict[str, Any], upload: int, query: int
) -> None:
    user = sentinel(**switches)
    assert (user.upload(stix()).status_code, user.query().status_code) == (upload, query)


def test_an_indicator_is_shown_in_the_documented_form(user: SentinelUser) -> None:
    user.upload(stix(labels=["a"], valid_until="2030-01-01T00:00:00.000Z", confidence=40))
    (row,) = user.shown()
    assert row["kind"] == "indicator"
    assert row["id"].endswith(row["name"])
    properties = row["properties"]
    assert properties["parsedPattern"] == [
        {
            "patternTypeKey": "domain-name",
            "patternTypeValues": [{"valueType": "domain-name", "value": "n0.malware-test.example"}],
        }
    ]
    names = ("displayName", "patternType", "source", "externalId", "labels", "validUntil", "confidence")
    assert [properties[name] for name in names] == [
        "n0",
        "domain-name",
        "Feed",
        stix()["id"],
        ["a"],
        "2030-01-01T00:00:00.000Z",
        40,
    ]


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("labels", {"labels"}),
        ("threatIntelligenceTags", {"threatIntelligenceTags"}),
        ("both", {"labels", "threatIntelligenceTags"}),
        ("nowhere", set()),
    ],
)
def test_where_labels_show_is_a_switch(sentinel: Callable[..., SentinelUser], place: str, shown: set[str]) -> None:
    user = sentinel(labels_shown_as=place)
    user.upload(stix(labels=["a"]))
    (row,) = user.shown()
    assert {"labels", "threatIntelligenceTags"} & row["properties"].keys() == shown


@pytest.mark.parametrize(("switch", "count"), [("shown", 2), ("hidden", 1)])
def test_whether_what_is_revoked_shows_is_a_switch(
    sentinel: Callable[..., SentinelUser], switch: str, count: int
) -> None:
    user = sentinel(revoked_rows=switch)
    user.upload(stix(), stix(1, revoked=True))
    assert len(user.shown()) == count


def test_an_upload_may_take_its_time_to_show(sentinel: Callable[..., SentinelUser], clock: Clock) -> None:
    user = sentinel(clock, shows_after=30)
    user.upload(stix())
    assert (user.shown(), len(user.tenant.sentinel_objects())) == ([], 1)
    clock.now += 30
    assert len(user.shown()) == 1


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({}, {0, 1, 2}),
        ({"sources": ["Feed"]}, {0, 1}),
        ({"sources": ["feed"]}, set()),
        ({"patternTypes": ["file"]}, {2}),
        ({"minConfidence": 50}, {1}),
        ({"maxConfidence": 10}, {0, 2}),
        ({"minValidUntil": "2028-01-01T00:00:00Z"}, {1, 2}),
        ({"maxValidUntil": "2028-01-01T00:00:00Z"}, {0}),
        ({"keywords": ["N1.malware"]}, {1}),
        ({"sources": [], "includeDisabled": True}, {0, 1, 2}),
    ],
    ids=str,
)
def test_criteria_narrow_the_query(user: SentinelUser, criteria: dict[str, Any], found: set[int]) -> None:
    user.upload(stix(0, valid_until="2027-01-01T00:00:00Z"), stix(1, confidence=60))
    user.upload(stix(2, pattern=f"[file:hashes.'MD5' = '{'a' * 32}']"), source="Other")
    assert {int(row["properties"]["displayName"][1:]) for row in user.shown(**criteria)} == found


@pytest.mark.parametrize(
    "criteria",
    [{"pageSize": 0}, {"pageSize": "5"}, {"sources": "Feed"}, {"unknown": 1}, {"skipToken": "x"}, {"sortBy": [5]}],
    ids=str,
)
def test_criteria_that_are_not_documented_are_refused(user: SentinelUser, criteria: dict[str, Any]) -> None:
    answer = user.query(**criteria)
    assert (answer.status_code, bool(answer.json()["error"]["code"])) == (400, True)


@pytest.mark.parametrize("how", ["body", "link", "both"])
def test_pages_follow_one_another(sentinel: Callable[..., SentinelUser], how: str) -> None:
    user = sentinel(next_page=how, max_page_size=2)
    user.upload(*map(stix, range(5)))
    answer = user.query(pageSize=100, sources=["Feed"]).json()
    assert len(answer["value"]) == 2
    token = answer["nextLink"].partition("skipToken=")[2].partition("&")[0]
    by_body = user.query(pageSize=100, sources=["Feed"], skipToken=token).json()["value"]
    by_link = user.session.get(answer["nextLink"], timeout=10)
    assert (by_body != answer["value"]) is (how != "link")
    assert by_link.status_code == (405 if how == "body" else 200)
    if how == "both":
        assert by_link.json()["value"] == by_body


@pytest.mark.parametrize(
    ("params", "code"), [({}, "MissingApiVersionParameter"), ({"api-version": "1"}, "InvalidApiVersionParameter")]
)
def test_resource_manager_names_a_wrong_version(user: SentinelUser, params: dict[str, str], code: str) -> None:
    answer = user.call("POST", f"{MAIN}queryIndicators", params=params, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_another_resource_is_not_found(user: SentinelUser) -> None:
    path = f"{MAIN}queryIndicators".replace(PROFILE.workspace, "another")
    answer = user.call("POST", path, params=ARM_VERSION, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ResourceNotFound")
    upper = f"{MAIN}queryIndicators".replace(PROFILE.workspace, PROFILE.workspace.upper())
    assert user.call("POST", upper, params=ARM_VERSION, json={}).status_code == 200


def test_metrics_count_by_source_and_type(user: SentinelUser) -> None:
    user.upload(stix(), stix(1))
    (one,) = user.call("GET", f"{MAIN}metrics", params=ARM_VERSION).json()["value"]
    assert one["properties"]["sourceMetrics"] == [{"metricName": "Feed", "metricValue": 2}]
    assert one["properties"]["patternTypeMetrics"] == [{"metricName": "domain-name", "metricValue": 2}]


def test_the_workspace_outlives_the_process(launch: Callable[..., Any], tmp_path: Any) -> None:
    state = tmp_path / "state"
    first = launch(SentinelUser, state=state)
    first.upload(stix())
    first.tenant.stop()
    assert [one["x_source"] for one in launch(SentinelUser, state=state).tenant.sentinel_objects()] == ["Feed"]


@pytest.mark.parametrize(
    "wrong", [{"role": "owner"}, {"max_page_size": 0}, {"shows_after": -1}, {"denied": 404}], ids=str
)
def test_a_wrong_switch_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SentinelProfile(**wrong)
