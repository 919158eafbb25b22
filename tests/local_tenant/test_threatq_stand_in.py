"""The local ThreatQ itself, asked over real TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from iocbeam.local_tenant import (
    EXPORT_HASH,
    EXPORT_NAME,
    LOGIN_PAGE,
    Answer,
    Fault,
    LocalThreatQ,
    ThreatQProfile,
    TokenLifetime,
)

PAGES = f"/api/indicators/query/hash/{EXPORT_HASH}"
QUERY = "/api/indicators/query"
EVERYTHING: dict[str, Any] = {"criteria": {}, "filters": {}}
RECORDS = [
    {
        "id": 7,
        "type": "FQDN",
        "value": "evil.example",
        "score": 7,
        "severity": "High",
        "description": "<p>bad</p>",
        "created_at": 1_700_000_000,
        "expires_at": "2100-01-01T00:00:00Z",
        "malware": ["Emotet"],
        "adversaries": "APT 1",
        "tags": ["a"],
        "attributes": [{"name": "Port", "value": "80"}],
        "tlp": "clear",
        "source": "Feed X",
    },
    {"type": "FQDN", "value": "evil.example", "status": "Expired", "expires_at": 1_600_000_000},
    {"type": "MD5", "value": "0" * 32, "status": "Own state"},
    {"type": "Own kind", "value": "x", "id": 7},
]


class Client:
    """Signed in with the API credentials until told otherwise."""

    def __init__(self, server: LocalThreatQ) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.verify = server.ca_bundle
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.server.url}{path}", timeout=10, **options)

    def get(self, path: str, **query: object) -> requests.Response:
        return self.call("GET", path, params=query)

    def page(self, **query: object) -> dict[str, Any]:
        answer = self.get(PAGES, **{"sort": "updated_at", "limit": 10, "cursorMark": "*", **query})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def query(self, body: object = None, **query: object) -> requests.Response:
        return self.call("POST", QUERY, params=query, json=EVERYTHING if body is None else body)

    def token(self, **options: Any) -> requests.Response:
        profile = self.server.profile
        if not options:
            options = {
                "auth": (profile.client_id, profile.client_secret),
                "data": {"grant_type": "client_credentials"},
            }
        return requests.post(f"{self.server.url}/api/token", verify=self.server.ca_bundle, timeout=10, **options)


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    with ExitStack() as stack:

        def run(records: Any = RECORDS, **switches: Any) -> Client:
            client = Client(stack.enter_context(LocalThreatQ(records, ThreatQProfile(**switches))))
            stack.callback(client.session.close)
            return client

        yield run


@pytest.fixture
def client(start: Callable[..., Client]) -> Client:
    return start()


# Tokens


def test_a_grant_comes_in_the_query_a_form_or_json(client: Client) -> None:
    profile = client.server.profile
    user = {"email": profile.username, "password": profile.password}
    grant = {"grant_type": "password", "client_id": profile.public_client_id}
    basic = (profile.client_id, profile.client_secret)
    for options in (
        {"params": grant, "json": user},
        {"data": {**grant, **user}},
        {"json": {**grant, **user}},
        {"auth": basic, "params": {"grant_type": "client_credentials"}},
        {"auth": basic, "data": {"grant_type": "client_credentials"}},
        {"auth": basic, "json": {"grant_type": "client_credentials"}},
    ):
        answer = client.token(**options)
        assert answer.status_code == 200, options
        assert set(answer.json()) == {"access_token", "token_type", "expires_in", "refresh_token"}
        assert answer.json()["expires_in"] == 172_799


def test_bad_credentials_are_a_400(client: Client) -> None:
    profile = client.server.profile
    grant = {"grant_type": "password", "client_id": profile.public_client_id}
    for options in (
        {"data": {**grant, "email": profile.username, "password": "wrong"}},
        {"data": {**grant, "email": "other@contoso.example", "password": profile.password}},
        {"data": {**grant, "client_id": "x", "email": profile.username, "password": profile.password}},
        {"data": {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}},
        {"auth": (profile.client_id, "wrong"), "data": {"grant_type": "client_credentials"}},
        {"auth": (profile.client_id, profile.client_secret)},
        {"data": {"grant_type": "refresh_token", "refresh_token": "x"}},
    ):
        assert client.token(**options).status_code == 400, options
    assert client.call("GET", "/api/token").status_code == 405


def test_a_refresh_token_works_once_and_with_the_old_token(client: Client) -> None:
    first = client.token().json()
    refresh = {"params": {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}}
    old = {"headers": {"Authorization": f"Bearer {first['access_token']}"}}
    assert client.token(**refresh, **old).status_code == 200
    assert client.token(**refresh, **old).status_code == 400


def test_a_token_is_checked_on_every_call(client: Client) -> None:
    assert client.get("/api/indicator/types").status_code == 200
    for wrong in ("Bearer x", "Basic x", ""):
        assert client.call("GET", "/api/indicator/types", headers={"Authorization": wrong}).status_code == 401
    client.server.revoke_tokens()
    assert client.get("/api/indicator/types").status_code == 401


def test_a_token_expires_by_the_clock_of_the_profile(start: Callable[..., Client]) -> None:
    now = 1_000.0
    client = start(token_lifetime=60, clock=lambda: now)
    now += 59
    assert client.get("/api/indicator/types").status_code == 200
    now += 1
    assert client.get("/api/indicator/types").status_code == 401
    client.server.faults.add(Fault("/api/token", TokenLifetime(5)))
    assert client.token().json()["expires_in"] == 5


# Objects


def test_an_object_has_the_observed_shape(client: Client) -> None:
    found = {one["id"]: one for one in client.page()["data"]}
    assert set(found) == {7, 1_001, 1_002, 1_003}
    first = found[7]
    assert first["type"]["name"] == "FQDN"
    assert first["type"]["id"] == first["type_id"]
    assert first["status"]["name"] == "Active"
    assert (first["score"], first["description"]) == (7, "<p>bad</p>")
    assert (first["created_at"], first["expires_at"]) == ("2023-11-14 22:13:20", "2100-01-01 00:00:00")
    assert "expired_at" not in first
    assert [(one["name"], one["value"]) for one in first["attributes"]] == [("Port", "80"), ("Severity", "High")]
    assert [(one["name"], one["tlp_name"]) for one in first["sources"]] == [("Feed X", "WHITE")]
    assert [one["value"] for one in first["malware"]] == ["Emotet"]
    assert [one["name"] for one in first["adversaries"]] == ["APT 1"]
    assert found[1_001]["value"] == first["value"]
    assert (found[1_001]["expired_at"], "expires_at" in found[1_001]) == ("2020-09-13 12:26:40", False)
    types = {one["id"]: one["name"] for one in client.get("/api/indicator/types").json()["data"]}
    assert types[found[1_003]["type_id"]] == "Own kind"
    statuses = client.get("/api/indicator/statuses").json()
    assert {one["id"]: one["name"] for one in statuses["data"]}[found[1_002]["status_id"]] == "Own state"
    assert statuses["total"] == len(statuses["data"])


@pytest.mark.parametrize(
    ("switches", "name", "form"),
    [
        ({"names_as": "name"}, "type", "MD5"),
        ({"names_as": "id"}, "type", 8),
        ({"names_as": "missing"}, "type", None),
        ({"names_as": "name"}, "status", "Own state"),
        ({"score_as": "object"}, "score", {"indicator_id": 1_002, "generated_score": None, "manual_score": None}),
        ({"empty_as": "null"}, "sources", None),
        ({"empty_as": "empty"}, "sources", []),
        ({"empty_as": "missing"}, "malware", None),
    ],
)
def test_it_has_other_forms_too(start: Callable[..., Client], switches: Any, name: str, form: Any) -> None:
    one = next(one for one in start(**switches).page()["data"] if one["id"] == 1_002)
    assert one.get(name) == form
    assert (name in one) == ("missing" not in switches.values())


def test_fields_give_plain_names(client: Client) -> None:
    answer = client.query({**EVERYTHING, "fields": ["id", "type", "status"]}, sort="id").json()
    assert answer["data"][0] == {"id": 7, "type": "FQDN", "status": "Active"}


def test_objects_can_be_changed_meanwhile(client: Client) -> None:
    server = client.server
    server.edit(7, score={"generated_score": "4.00", "manual_score": 9})
    server.remove(1_001)
    server.forget(1_002)
    assert server.add([{"type": "FQDN", "value": "new.example"}]) == [1_004]
    answer = client.page()
    assert answer["total"] == 4
    assert [one and one["id"] for one in answer["data"]].count(None) == 1
    assert next(one for one in answer["data"] if one and one["id"] == 7)["score"]["manual_score"] == 9
    with pytest.raises(KeyError):
        server.edit(99, score=1)
    with pytest.raises(KeyError):
        server.remove(99)


# Paging


def test_a_cursor_ends_when_its_mark_stays(client: Client) -> None:
    marks, ids = ["*"], []
    while len(marks) == len(set(marks)):
        answer = client.page(limit=2, cursorMark=marks[-1])
        ids += [one["id"] for one in answer["data"]]
        marks.append(answer["nextCursorMark"])
    assert len(marks) == 4
    assert sorted(ids) == [7, 1_001, 1_002, 1_003]


def test_a_mark_must_travel_encoded(client: Client) -> None:
    mark = client.page(limit=2)["nextCursorMark"]
    raw = client.get(f"{PAGES}?sort=updated_at&limit=2&cursorMark={mark.replace('&', '%26')}")
    assert raw.status_code == 400
    assert client.get(PAGES, sort="updated_at", limit=2, cursorMark="no mark").status_code == 400


@pytest.mark.parametrize(
    ("cursor", "marks"), [("stuck", ["*", "*"]), ("circle", ["other", "*"]), ("endless", ["mark 1", "mark 2"])]
)
def test_a_cursor_can_lead_nowhere(start: Callable[..., Client], cursor: str, marks: list[str]) -> None:
    client = start(cursor=cursor)
    first = client.page(limit=2)["nextCursorMark"]
    second = client.page(limit=2, cursorMark=first)["nextCursorMark"]
    assert [first if first in ("*", "mark 1") else "other", second] == marks


def test_offsets_cut_one_list(client: Client) -> None:
    found = [client.query(sort="id", limit=2, offset=offset).json() for offset in (0, 2, 4)]
    assert [[one["id"] for one in page["data"]] for page in found] == [[7, 1_001], [1_002, 1_003], []]
    assert {page["total"] for page in found} == {4}


def test_whether_it_sorts_by_id_is_a_switch(start: Callable[..., Client]) -> None:
    ignoring = start([{"type": "FQDN", "value": f"{n}.example"} for n in range(20)], sort_by_id="ignored")
    ids = [one["id"] for one in ignoring.query(sort="id").json()["data"]]
    assert ids != sorted(ids)
    assert start(sort_by_id="refused").query(sort="id").status_code == 400


@pytest.mark.parametrize("limit", [0, 11, -1, "x", ""])
def test_a_limit_has_bounds(start: Callable[..., Client], limit: Any) -> None:
    client = start(max_limit=10)
    assert client.query(limit=limit).status_code == 400
    assert client.get(PAGES, sort="updated_at", cursorMark="*", limit=limit).status_code == 400


def test_a_limit_may_be_capped(start: Callable[..., Client]) -> None:
    client = start(max_limit=2, over_limit="cap")
    assert len(client.query(limit=99).json()["data"]) == len(client.page(limit=99)["data"]) == 2


# Queries


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"criteria": {"+and": [{"type_name": "FQDN"}]}}, [7, 1_001]),
        ({"filters": {"+or": [{"status_name": "Expired"}, {"type_name": "MD5"}]}}, [1_001, 1_002]),
        ({"criteria": {"score": {"+gte": 7, "+lt": 8}}}, [7]),
        ({"criteria": {"value": {"+contains": "evil"}}, "filters": {"status_name": "Active"}}, [7]),
        ({"criteria": {"created_at": {"+gt": "2023-12-01 00:00:00"}}}, [1_001, 1_002, 1_003]),
    ],
)
def test_a_query_selects(client: Client, query: Any, ids: list[int]) -> None:
    assert [one["id"] for one in client.query(query, sort="id").json()["data"]] == ids


@pytest.mark.parametrize(
    "query",
    [
        [],
        {"criteria": []},
        {"criteria": {"nope": 1}},
        {"criteria": {"score": {"+near": 1}}},
        {"criteria": {"+and": {}}},
        {"criteria": {"+and": ["x"]}},
        {"more": {}},
        {"fields": "id"},
    ],
)
def test_a_query_that_is_not_understood_is_refused(client: Client, query: Any) -> None:
    assert client.query(query).status_code == 400


@pytest.mark.parametrize("saved_json", ["object", "text"])
def test_a_saved_search_is_a_collection(start: Callable[..., Client], saved_json: str) -> None:
    client = start(saved_json=saved_json)
    query = {"criteria": {"type_name": "MD5"}, "filters": {}}
    hash_ = client.server.save_search("hashes", query)
    listed = client.get("/api/search/query").json()
    assert [one["name"] for one in listed["data"]] == [EXPORT_NAME, "hashes"]
    assert isinstance(listed["data"][1]["json"], str) == (saved_json == "text")
    answer = client.get(f"/api/indicators/query/hash/{hash_}", sort="updated_at", cursorMark="*", limit=10)
    assert [one["id"] for one in answer.json()["data"]] == [1_002]


# Errors


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("data", {"data": {"errors": {"limit": ["must be from 1 to 1000."]}}}),
        ("list", {"errors": ["The given data was invalid.", ["limit: must be from 1 to 1000."]]}),
    ],
)
def test_errors_have_two_forms(start: Callable[..., Client], form: str, body: Any) -> None:
    assert start(error_form=form).query(limit=0).json() == body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", QUERY, 405),
        ("POST", PAGES, 405),
        ("GET", "/api/indicators/query/hash/nope?sort=updated_at&cursorMark=*", 404),
        ("GET", f"{PAGES}?sort=updated_at", 400),
        ("GET", f"{PAGES}?cursorMark=*", 400),
        ("GET", f"{PAGES}?sort=updated_at&cursorMark=*&offset=1", 400),
        ("GET", "/api/nothing", 404),
        ("POST", f"{QUERY}?sort=nope", 400),
        ("POST", f"{QUERY}?with=score", 400),
    ],
)
def test_what_is_not_in_the_api_is_refused(client: Client, method: str, path: str, status: int) -> None:
    assert client.call(method, path, json=EVERYTHING).status_code == status


def test_other_paths_show_a_page_to_sign_in(client: Client) -> None:
    answer = client.get("/indicators/7/details")
    assert (answer.status_code, answer.text) == (200, LOGIN_PAGE)
    assert answer.headers["Content-Type"].startswith("text/html")


def test_faults_strike_and_are_counted(client: Client) -> None:
    fault = Fault("/api/indicator/*", Answer(503, retry_after=3), nth=1)
    client.server.faults.add(fault)
    answers = [client.get("/api/indicator/types") for _ in range(2)]
    assert [one.status_code for one in answers] == [503, 200]
    assert answers[0].headers["Retry-After"] == "3"
    assert "errors" in answers[0].json()["data"]
    assert client.server.faults.struck(fault) == 1


def test_the_log_holds_no_credentials(client: Client) -> None:
    assert [one.path for one in client.server.requests] == ["/api/token"]
    assert all(one.body is None for one in client.server.requests)
    client.server.clear_requests()
    assert client.server.requests == []


def test_a_switch_has_no_other_values() -> None:
    for switch in (
        "names_as",
        "score_as",
        "empty_as",
        "error_form",
        "saved_json",
        "sort_by_id",
        "cursor",
        "over_limit",
    ):
        with pytest.raises(ValueError, match=f"{switch} must be one of"):
            ThreatQProfile(**{switch: "other"})
    with pytest.raises(ValueError, match="max_limit"):
        ThreatQProfile(max_limit=0)
    assert "local-threatq" not in repr(ThreatQProfile())
