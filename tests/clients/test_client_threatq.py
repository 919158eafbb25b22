"""Data collections of ThreatQ, against the local ThreatQ over real TLS."""

from __future__ import annotations

import logging
import pickle
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from typing import Any

import pytest
from fake_time import FakeTime
from odd_server import OddServer, RecordingProxy, Reply

from iocbeam.clients import HttpSettings, HttpTransport, ThreatQClient, connect_threatq
from iocbeam.clients.threatq.login import ThreatQLogin
from iocbeam.clients.threatq.paging import Page, cursor_pages
from iocbeam.clients.threatq.spans import Span, span_pages, spans
from iocbeam.clients.threatq.words import said_errors
from iocbeam.local_tenant import (
    EXPORT_HASH,
    LOGIN_PAGE,
    Answer,
    CutOff,
    DropBefore,
    EditAnswer,
    Fault,
    LocalThreatQ,
    Meanwhile,
    ThreatQProfile,
    TokenLifetime,
)
from iocbeam.model.errors import (
    AuthenticationError,
    ConfigurationError,
    PermissionDenied,
    Refused,
    RetryLater,
    UsageError,
)
from iocbeam.model.settings.source import NetworkSettings, ThreatQSettings

Start = Callable[..., LocalThreatQ]
Connect = Callable[..., ThreatQClient]
PAGES = f"/api/indicators/query/hash/{EXPORT_HASH}"
QUERY = "/api/indicators/query"
LIBRARY = "The library"
EVERYTHING: dict[str, Any] = {"criteria": {"+and": []}, "filters": {}}
SECRET, PASSWORD = ThreatQProfile().client_secret, ThreatQProfile().password


def records(count: int) -> list[dict[str, Any]]:
    return [{"type": "FQDN", "value": f"n{number}.example"} for number in range(count)]


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TQ_SECRET", SECRET)
    monkeypatch.setenv("TQ_PASSWORD", PASSWORD)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a local ThreatQ of some records, or of as many domains: `start(10, max_limit=5)`."""
    with ExitStack() as stack:

        def run(content: int | list[dict[str, Any]] = 10, **switches: Any) -> LocalThreatQ:
            held = records(content) if isinstance(content, int) else content
            server = stack.enter_context(LocalThreatQ(held, ThreatQProfile(**switches)))
            server.save_search(LIBRARY, EVERYTHING)
            return server

        yield run


def settings(server: Any, **changes: Any) -> ThreatQSettings:
    fields = {
        "host": server.url,
        "collection": EXPORT_HASH,
        "client_id": ThreatQProfile().client_id,
        "client_secret": "env:TQ_SECRET",
        "network": NetworkSettings(ca_bundle=server.ca_bundle),
    }
    return ThreatQSettings(**{**fields, **changes})


AS_USER = {
    "client_id": ThreatQProfile().public_client_id,
    "client_secret": "",
    "username": ThreatQProfile().username,
    "password": "env:TQ_PASSWORD",
}


@pytest.fixture
def connect(time: FakeTime) -> Iterator[Connect]:
    """A client that waits in fake time."""
    clients: list[ThreatQClient] = []

    def make(server: Any, **changes: Any) -> ThreatQClient:
        clients.append(connect_threatq(settings(server, **changes), clock=time.clock, sleep=time.sleep))
        return clients[-1]

    yield make
    for one in clients:
        one.close()


def ids(pages: Iterator[list[Any]]) -> list[int]:
    return [one["id"] for page in pages for one in page]


def asked(server: LocalThreatQ, path: str) -> list[int]:
    """Statuses of the calls to a path."""
    return [one.status for one in server.requests if one.path == path]


# Logging in


@pytest.mark.parametrize("user", [{}, AS_USER], ids=["credentials", "user"])
def test_it_logs_in_once_and_no_secret_travels_in_a_url(
    start: Start, connect: Connect, user: dict[str, str]
) -> None:
    server = start(7)
    client = connect(server, page_size=2, **user)
    assert len(ids(client.collection_pages(EXPORT_HASH))) == 7
    assert asked(server, "/api/token") == [200]
    assert not any(secret in one.query for one in server.requests for secret in (SECRET, PASSWORD))
    assert all(one.user_agent.startswith("iocbeam/") for one in server.requests)


@pytest.mark.parametrize("form", ["data", "list"])
@pytest.mark.parametrize("user", [{}, AS_USER], ids=["credentials", "user"])
def test_bad_credentials_are_refused_in_words_and_not_tried_again(
    start: Start, connect: Connect, monkeypatch: pytest.MonkeyPatch, user: dict[str, str], form: str
) -> None:
    monkeypatch.setenv("TQ_SECRET", "wrong-one")
    monkeypatch.setenv("TQ_PASSWORD", "wrong-one")
    server = start(error_form=form)
    option = "--threatq_password" if user else "--threatq_client_secret"
    with pytest.raises(AuthenticationError, match="The user credentials were incorrect") as caught:
        connect(server, **user).stretches(EXPORT_HASH)
    assert caught.value.option == option
    assert asked(server, "/api/token") == [400]
    assert "wrong-one" not in str(caught.value)


def test_a_secret_that_the_login_repeats_is_cut_out(start: Start, connect: Connect) -> None:
    server = start()
    server.faults.add(Fault("/api/token", Answer(400, {"errors": [f"bad secret {SECRET}"]})))
    with pytest.raises(AuthenticationError, match=r"bad secret \[secret\]"):
        connect(server).stretches(EXPORT_HASH)


def test_a_login_that_reports_errors_with_200_is_a_refusal(start: Start, connect: Connect) -> None:
    server = start()
    server.faults.add(Fault("/api/token", Answer(200, {"errors": ["The client is disabled."]})))
    with pytest.raises(AuthenticationError, match=r"The client is disabled\."):
        connect(server).stretches(EXPORT_HASH)


@pytest.mark.parametrize("status", [301, 302])
def test_credentials_do_not_follow_a_redirect(start: Start, connect: Connect, status: int) -> None:
    server = start()
    server.faults.add(Fault("/api/token", Answer(status, b"", {"Location": "https://elsewhere.example/"})))
    with pytest.raises(ConfigurationError, match="redirect"):
        connect(server).stretches(EXPORT_HASH)


def test_where_there_is_no_login_there_is_no_threatq(start: Start, connect: Connect) -> None:
    server = start()
    server.faults.add(Fault("/api/token", Answer(404, LOGIN_PAGE, {"Content-Type": "text/html"})))
    with pytest.raises(ConfigurationError, match="there is no ThreatQ at https://127") as caught:
        connect(server).stretches(EXPORT_HASH)
    assert caught.value.option == "--threatq_url"


@pytest.mark.parametrize(
    "fault",
    [
        Answer(503),
        Answer(429, retry_after=7),
        Answer(200, LOGIN_PAGE, {"Content-Type": "text/html"}),
        Answer(200, {"token_type": "Bearer"}),
        Answer(200, {"access_token": "t\u00f6k\u0119n\r\n"}),
        DropBefore(),
        CutOff(20),
    ],
    ids=["503", "429", "page", "no token", "odd token", "dropped", "cut"],
)
def test_a_login_that_fails_for_once_is_tried_again(
    start: Start, connect: Connect, time: FakeTime, fault: Any
) -> None:
    server = start(3)
    server.faults.add(Fault("/api/token", fault, nth=1))
    assert len(ids(connect(server).collection_pages(EXPORT_HASH))) == 3
    assert len(time.slept) == 1


def test_a_login_that_stays_a_page_is_given_up_and_said(start: Start, connect: Connect) -> None:
    server = start()
    server.faults.add(Fault("/api/token", Answer(200, LOGIN_PAGE, {"Content-Type": "text/html"})))
    with pytest.raises(RetryLater, match=r"no usable token \(text/html, \d+ bytes\)"):
        connect(server).stretches(EXPORT_HASH)


def test_a_token_is_renewed_when_less_than_a_minute_is_left(
    start: Start, connect: Connect, time: FakeTime
) -> None:
    server = start(3, token_lifetime=600)
    client = connect(server)
    for later, logins in ((0, 1), (539, 1), (2, 2), (530, 2)):
        time.now += later
        client.stretches(EXPORT_HASH)
        assert len(asked(server, "/api/token")) == logins


@pytest.mark.parametrize(("life", "used"), [(60, 29), ("60", 29), (None, 1_739), ("soon", 1_739)])
def test_the_life_that_an_answer_names_is_kept_to(
    start: Start, connect: Connect, time: FakeTime, life: Any, used: int
) -> None:
    server = start()
    server.faults.add(Fault("/api/token", EditAnswer(lambda body: {**body, "expires_in": life})))
    client = connect(server)
    for later, logins in ((0, 1), (used, 1), (2, 2)):
        time.now += later
        client.stretches(EXPORT_HASH)
        assert len(asked(server, "/api/token")) == logins


@pytest.mark.parametrize("collection", [EXPORT_HASH, LIBRARY])
def test_a_token_that_expires_in_mid_paging_is_renewed_once(
    start: Start, connect: Connect, collection: str
) -> None:
    server = start(50)
    path = PAGES if collection == EXPORT_HASH else QUERY
    server.faults.add(Fault(path, Meanwhile(server.revoke_tokens), nth=3))
    found = ids(connect(server, page_size=10).collection_pages(collection))
    assert sorted(found) == sorted(set(found))
    assert len(found) == 50
    assert asked(server, path).count(401) == 1
    assert len(asked(server, "/api/token")) == 2


def test_tokens_that_are_never_good_end_the_reading(start: Start, connect: Connect) -> None:
    server = start()
    server.faults.add(Fault("/api/token", TokenLifetime(0)))
    with pytest.raises(AuthenticationError, match="A new token was refused as well"):
        connect(server).stretches(EXPORT_HASH)
    assert asked(server, PAGES) == [401, 401]


def test_secrets_and_tokens_are_not_logged_and_do_not_pickle(
    start: Start, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = start()
    server.faults.add(Fault("/api/token", Answer(503), nth=1))
    tokens: list[str] = []

    def keep(body: dict[str, Any]) -> dict[str, Any]:
        tokens.append(body["access_token"])
        return body

    server.faults.add(Fault("/api/token", EditAnswer(keep)))
    list(connect(server, **AS_USER).collection_pages(EXPORT_HASH))
    assert tokens
    assert caplog.text
    assert not any(secret in caplog.text for secret in (*tokens, PASSWORD))
    made = settings(server)
    assert SECRET not in repr(made)
    assert b"local-threatq" not in pickle.dumps(made)
    login = ThreatQLogin(made, HttpTransport(HttpSettings.of(made.network), made.host))
    with pytest.raises(TypeError, match="does not pickle"):
        pickle.dumps(login)


def test_a_secret_is_a_reference(start: Start, connect: Connect) -> None:
    server = start()
    with pytest.raises(UsageError, match="--threatq_client_secret is not a reference"):
        connect(server, client_secret="the-secret-itself")
    with pytest.raises(ConfigurationError, match="TQ_NOWHERE is not set"):
        connect(server, client_secret="env:TQ_NOWHERE")


# The network


def test_only_the_named_authority_is_trusted(start: Start, connect: Connect) -> None:
    server, other = start(), start()
    with pytest.raises(ConfigurationError, match="certificate is not trusted"):
        connect(server, network=NetworkSettings(ca_bundle=other.ca_bundle)).stretches(EXPORT_HASH)
    with pytest.raises(ConfigurationError, match="certificate is not trusted"):
        connect(server, network=NetworkSettings()).stretches(EXPORT_HASH)


def test_proxies_of_the_environment_are_ignored_on_request(
    start: Start, connect: Connect, proxy: RecordingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(3)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    bundle = server.ca_bundle
    direct = connect(server, network=NetworkSettings(ca_bundle=bundle, ignore_proxies=True))
    assert len(ids(direct.collection_pages(EXPORT_HASH))) == 3
    assert proxy.asked == []
    for network in (NetworkSettings(ca_bundle=bundle), NetworkSettings(ca_bundle=bundle, proxy=proxy.url)):
        proxy.asked.clear()
        with pytest.raises(RetryLater, match="proxy did not connect"):
            connect(server, network=network).stretches(EXPORT_HASH)
        assert proxy.asked[0].startswith("CONNECT 127.0.0.1:")


# By hash


@pytest.mark.parametrize("page_size", [1, 3, 10, 11, 500])
@pytest.mark.parametrize("held", [0, 1, 10])
def test_a_cursor_is_followed_to_its_end(start: Start, connect: Connect, held: int, page_size: int) -> None:
    server = start(held)
    client = connect(server, page_size=page_size)
    found = ids(client.collection_pages(EXPORT_HASH))
    assert len(found) == len(set(found)) == held
    queries = [one.query for one in server.requests if one.path == PAGES]
    # A page to see that the collection is there; then pages until the mark stays as it is.
    assert queries[0] == queries[1] == f"sort=updated_at&limit={page_size}&cursorMark=%2A"
    assert len(queries) == 2 + -(-held // page_size)
    assert all("+" not in query and "/" not in query for query in queries)


def test_nulls_are_left_out(start: Start, connect: Connect) -> None:
    server = start(10)
    everything = ids(connect(server).collection_pages(EXPORT_HASH))
    server.forget(*everything[:3], everything[6], everything[9])
    for collection in (EXPORT_HASH, LIBRARY):
        for page_size in (2, 4, 10):
            found = ids(connect(server, page_size=page_size).collection_pages(collection))
            assert sorted(found) == sorted([*everything[3:6], *everything[7:9]])


@pytest.mark.parametrize(
    ("cursor", "said", "most"),
    [
        ("stuck", "has 50 objects, but its pages end after 10", 10),
        ("circle", "go in circles after 20 objects", 20),
        ("endless", "does not end: of 50 objects 120 have come", 120),
    ],
)
def test_a_cursor_that_leads_nowhere_ends(
    start: Start, connect: Connect, cursor: str, said: str, most: int
) -> None:
    server = start(50, cursor=cursor)
    found: list[Any] = []
    pages = connect(server, page_size=10).collection_pages(EXPORT_HASH)
    with pytest.raises(RetryLater, match=said):
        found.extend(one for page in pages for one in page)
    assert len(found) == most


def test_empty_pages_under_new_marks_end() -> None:
    marks = iter(range(1_000))
    with pytest.raises(RetryLater, match="does not end"):
        list(cursor_pages(lambda mark: Page([], 5, str(next(marks)))))
    assert next(marks) < 20


def test_a_page_that_lacks_objects_is_noticed(start: Start, connect: Connect) -> None:
    server = start(50)
    server.faults.add(Fault(PAGES, EditAnswer(lambda body: {**body, "data": body["data"][:-1]}), nth=3))
    with pytest.raises(RetryLater, match="has 50 objects, but its pages end after 49"):
        list(connect(server, page_size=10).collection_pages(EXPORT_HASH))


def test_an_object_that_changes_meanwhile_is_not_lost(start: Start, connect: Connect) -> None:
    server = start(50)
    everything = ids(connect(server).collection_pages(EXPORT_HASH))

    def touch() -> None:
        server.edit(everything[0], updated_at="2030-01-01 00:00:00")
        server.edit(everything[40], updated_at="2030-01-01 00:00:01")
        server.remove(everything[20])

    server.faults.add(Fault(PAGES, Meanwhile(touch), nth=3))
    found = ids(connect(server, page_size=10).collection_pages(EXPORT_HASH))
    assert set(found) >= set(everything) - {everything[20]}


@pytest.mark.parametrize("form", ["data", "list"])
def test_a_hash_that_is_not_there_is_refused_in_words(start: Start, connect: Connect, form: str) -> None:
    server = start(error_form=form)
    with pytest.raises(Refused, match="The data collection was not found") as caught:
        connect(server).stretches("0" * 32)
    assert caught.value.status == 404
    assert len(server.requests) == 2


# Answers


@pytest.mark.parametrize(
    "fault",
    [
        Answer(502, LOGIN_PAGE, {"Content-Type": "text/html"}),
        Answer(429, retry_after=30),
        Answer(200, b'{"total": 50, "data": [{"id": 1'),
        Answer(200, {"total": 50}),
        Answer(200, {"data": []}),
        Answer(200, {"total": "many", "data": []}),
        Answer(200, {"total": 50, "data": {"id": 1}}),
        Answer(200, [1]),
        DropBefore(),
        CutOff(100),
    ],
)
@pytest.mark.parametrize("collection", [EXPORT_HASH, LIBRARY])
def test_a_page_that_fails_for_once_is_asked_for_again(
    start: Start, connect: Connect, time: FakeTime, fault: Any, collection: str
) -> None:
    server = start(50)
    server.faults.add(Fault(PAGES if collection == EXPORT_HASH else QUERY, fault, nth=3))
    found = ids(connect(server, page_size=10).collection_pages(collection))
    assert len(found) == len(set(found)) == 50
    assert len(time.slept) == 1


def test_a_wrong_content_type_does_not_matter(start: Start, connect: Connect) -> None:
    server = start(5)
    body = {"total": 1, "data": [{"id": 7}], "nextCursorMark": "*"}
    server.faults.add(Fault(PAGES, Answer(200, body, {"Content-Type": "text/html"})))
    assert ids(connect(server).collection_pages(EXPORT_HASH)) == [7]


@pytest.mark.parametrize(
    "errors",
    [
        {"errors": ["Search failed", ["because of this", "and that"]]},
        {"errors": {"query": ["Search failed"]}},
        {"data": {"errors": {"query": ["Search failed"]}}},
        {"errors": ["Search failed"], "data": [], "total": 0},
    ],
)
@pytest.mark.parametrize("collection", [EXPORT_HASH, LIBRARY])
def test_errors_with_status_200_are_a_refusal_and_not_tried_again(
    start: Start, connect: Connect, time: FakeTime, errors: Any, collection: str
) -> None:
    server = start(50)
    path = PAGES if collection == EXPORT_HASH else QUERY
    server.faults.add(Fault(path, Answer(200, errors), nth=3))
    with pytest.raises(Refused, match="Search failed") as caught:
        list(connect(server, page_size=10).collection_pages(collection))
    assert caught.value.status == 200
    assert len(asked(server, path)) == 3
    assert time.slept == []


def test_a_token_that_errors_repeat_is_cut_out(start: Start, connect: Connect) -> None:
    server = start()
    for status in (200, 400):
        server.faults.clear()
        server.faults.add(Fault("/api/token", EditAnswer(lambda body: {**body, "access_token": "the-token"})))
        server.faults.add(Fault(PAGES, Answer(status, {"errors": ["no: the-token"]})))
        with pytest.raises(Refused, match=r"no: \[token\]"):
            connect(server).stretches(EXPORT_HASH)


def test_without_permission_it_says_what_is_needed(start: Start, connect: Connect) -> None:
    server = start()
    server.faults.add(Fault(PAGES, Answer(403)))
    with pytest.raises(PermissionDenied, match="Needed: that these credentials may read"):
        connect(server).stretches(EXPORT_HASH)


def test_an_answer_of_some_other_server_is_told(connect: Connect, odd: Callable[..., OddServer]) -> None:
    token = Reply(body=b'{"access_token":"t","expires_in":900}')
    server = odd(answer=lambda one: token if one.target == "/api/token" else Reply(404, b"<html>"))
    with pytest.raises(ConfigurationError, match="The service is not at https://127"):
        connect(server).stretches(EXPORT_HASH)


def test_words_of_every_form() -> None:
    assert (
        said_errors({"data": {"errors": {"value": ["is missing", "is bad"]}}})
        == "value: is missing; value: is bad"
    )
    assert said_errors({"errors": ["one", ["two", ["three"]]]}) == "one; two; three"
    assert said_errors({"errors": {"0": "one", "x": {"y": "z"}}}) == "one; x: y: z"
    assert said_errors({"error": "invalid_client", "message": "No."}) == "invalid_client; No."
    assert len(said_errors({"errors": ["x" * 5_000]})) == 1_000
    for nothing in (
        None,
        [],
        "x",
        {},
        {"errors": []},
        {"errors": None, "data": []},
        {"data": [], "message": "ok"},
    ):
        assert said_errors(nothing) == ""
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert said_errors({"errors": deep}) == ""


# By name


@pytest.mark.parametrize("saved_json", ["object", "text"])
def test_a_name_leads_to_the_query_of_its_saved_search(start: Start, connect: Connect, saved_json: str) -> None:
    held = [{"type": "MD5", "value": f"{n:032x}", "score": n} for n in range(30)] + records(5)
    server = start(held, saved_json=saved_json)
    server.save_search(
        "hashes", {"criteria": {"+and": [{"type_name": "MD5"}]}, "filters": {"+or": [{"score": {"+gte": 20}}]}}
    )
    found = [one for page in connect(server, page_size=3).collection_pages("hashes") for one in page]
    assert sorted(one["score"] for one in found) == list(range(20, 30))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Export to microsoft", r"no data collection of the name .* Is 'Export to Microsoft' meant\?"),
        ("nothing like it", "Check the name, or give the collection's hash"),
        ("twice", "2 data collections have the name 'twice'"),
    ],
)
def test_a_name_must_be_that_of_one_collection(start: Start, connect: Connect, name: str, said: str) -> None:
    server = start()
    server.save_search("twice")
    server.save_search("twice")
    with pytest.raises(ConfigurationError, match=said) as caught:
        connect(server).stretches(name)
    assert caught.value.option == "--threatq_collection"


@pytest.mark.parametrize("saved", [None, "{", "[]", [], {}, {"api_query": None}])
def test_a_saved_search_without_a_query_is_told(start: Start, connect: Connect, saved: Any) -> None:
    server = start()
    answer = {"total": 2, "data": [None, {"id": 1, "name": "mine", "json": saved}]}
    server.faults.add(Fault("/api/search/query", Answer(200, answer)))
    with pytest.raises(ConfigurationError, match="'mine' holds no query"):
        connect(server).stretches("mine")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "neither criteria nor filters"),
        ({"criteria": [], "filters": None}, "neither criteria nor filters"),
        ({"criteria": {}, "filters": {}, "fields": ["value"]}, "neither criteria nor filters"),
        ({**EVERYTHING, "conditions": {}}, "parts that are not known: conditions"),
    ],
)
def test_an_unfamiliar_query_is_not_that_of_everything(
    start: Start, connect: Connect, query: Any, said: str
) -> None:
    server = start(5)
    answer = {"total": 1, "data": [{"id": 1, "name": "mine", "json": {"api_query": query}}]}
    server.faults.add(Fault("/api/search/query", Answer(200, answer)))
    with pytest.raises(ConfigurationError, match=said) as caught:
        connect(server).stretches("mine")
    assert caught.value.option == "--threatq_collection"
    assert asked(server, QUERY) == []


def test_empty_lists_in_a_saved_query_are_sent_as_objects(start: Start, connect: Connect) -> None:
    server = start(5)
    saved = {"ui_query": {}, "api_query": {**EVERYTHING, "filters": [], "fields": ["value"], "sort": []}}
    answer = {"total": 1, "data": [{"id": 1, "name": "mine", "json": saved}]}
    server.faults.add(Fault("/api/search/query", Answer(200, answer)))
    assert len(ids(connect(server).collection_pages("mine"))) == 5


def test_a_list_that_comes_in_pieces_is_read_whole(start: Start, connect: Connect) -> None:
    server = start(5)
    server.save_search("the last one", EVERYTHING)
    server.faults.add(
        Fault("/api/search/query", EditAnswer(lambda body: {**body, "data": body["data"][:1]}), nth=1)
    )
    assert len(ids(connect(server).collection_pages("the last one"))) == 5
    assert asked(server, "/api/search/query") == [200, 200]


def test_a_large_collection_is_read_in_stretches_that_add_up(start: Start, connect: Connect) -> None:
    server = start(95)
    client = connect(server, page_size=2)
    stretches = client.stretches(LIBRARY)
    assert len(stretches) == 3
    assert pickle.loads(pickle.dumps(stretches)) == stretches  # noqa: S301
    # In any order, and by other clients.
    found = [ids(connect(server, page_size=2).pages(one)) for one in reversed(stretches)]
    assert [len(one) for one in found] == [15, 40, 40]
    assert sorted(chain(*found)) == sorted(ids(connect(server).collection_pages(EXPORT_HASH)))


@pytest.mark.parametrize("page_size", [1, 2, 3, 10])
def test_what_goes_and_comes_meanwhile_makes_nothing_slide_out_of_sight(
    start: Start, connect: Connect, page_size: int
) -> None:
    server = start(0)
    everything = server.add({**one, "id": 10 * n + 10} for n, one in enumerate(records(120)))
    gone = [*everything[1:30:2], everything[60], everything[118]]
    stretches = connect(server, page_size=page_size).stretches(LIBRARY)
    struck = 0

    def change() -> None:
        nonlocal struck
        struck += 1
        if struck == 1:
            server.remove(*gone)
        if struck == 2:
            server.add({**one, "id": number} for one, number in zip(records(3), (15, 605, 9_999), strict=True))

    server.faults.add(Fault(QUERY, Meanwhile(change), every=3))
    found = [number for one in stretches for number in ids(connect(server, page_size=page_size).pages(one))]
    assert len(found) == len(set(found))
    assert set(found) >= set(everything) - set(gone)


@pytest.mark.parametrize("sort_by_id", ["ignored", "refused"])
def test_a_threatq_that_does_not_sort_by_id_is_read_in_one_stretch(
    start: Start, connect: Connect, sort_by_id: str
) -> None:
    server = start(95, sort_by_id=sort_by_id)
    client = connect(server, page_size=2)
    stretches = client.stretches(LIBRARY)
    assert len(stretches) == 1
    found = ids(client.pages(stretches[0]))
    assert len(found) == len(set(found)) == 95
    server.faults.add(Fault(QUERY, Meanwhile(lambda: server.remove(*found[:2])), nth=10))
    with pytest.raises(RetryLater, match="changed while it was read"):
        list(client.pages(stretches[0]))


def test_an_order_that_gets_lost_on_the_way_is_noticed(start: Start, connect: Connect) -> None:
    server = start(50)
    server.faults.add(Fault(QUERY, EditAnswer(lambda body: {**body, "data": body["data"][::-1]}), nth=4))
    with pytest.raises(RetryLater, match="not in the order of ids"):
        list(connect(server, page_size=10).collection_pages(LIBRARY))


def test_what_has_no_id_is_given_with_the_one_before_it() -> None:
    rows: list[Any] = [
        {"id": 1},
        "odd",
        {"id": 2},
        {"id": 3},
        None,
        {"id": "x"},
        {"id": 4},
        {"id": 5},
        7,
        {"id": 6},
    ]

    def read(offset: int, limit: int, sort: str) -> Page:
        return Page(rows[offset : offset + limit], len(rows))

    for limit in (4, 5, 20):
        found = [one for span in spans(read, limit) for page in span_pages(read, span, limit) for one in page]
        assert [one for one in rows if one is not None and one in found] == [
            one for one in rows if one is not None
        ]
        numbers = [one["id"] for one in found if isinstance(one, dict) and isinstance(one["id"], int)]
        assert numbers == [1, 2, 3, 4, 5, 6]


def test_a_list_that_never_settles_ends() -> None:
    def read(offset: int, limit: int, sort: str) -> Page:
        return Page([{"id": 1_000_000 + offset + n} for n in range(limit)], 200_000)

    with pytest.raises(RetryLater, match="keeps changing"):
        list(span_pages(read, Span(100_000, 10, 20), 10))


@pytest.mark.parametrize("sort", ["id", ""])
def test_a_list_whose_pages_stop_before_its_end_is_noticed(sort: str) -> None:
    def read(offset: int, limit: int, sort: str) -> Page:
        return Page([{"id": n} for n in range(offset, min(offset + limit, 25))] if offset < 24 else [], 100)

    with pytest.raises(RetryLater, match=r"keeps changing|has changed"):
        list(span_pages(read, Span(sort=sort), 10))
    with pytest.raises(RetryLater, match="its pages end after 0"):
        list(span_pages(lambda *place: Page([], 100), Span(sort=sort), 10))


@pytest.mark.parametrize("collection", [EXPORT_HASH, LIBRARY])
@pytest.mark.parametrize("sort_by_id", ["kept", "ignored"])
@pytest.mark.parametrize("nth", [2, 4])
def test_a_total_that_falls_is_no_end(
    start: Start, connect: Connect, collection: str, sort_by_id: str, nth: int
) -> None:
    server = start(50, **({} if sort_by_id == "kept" else {"sort_by_id": sort_by_id}))
    path = PAGES if collection == EXPORT_HASH else QUERY
    empty = EditAnswer(lambda body: {"total": 0, "data": [], "nextCursorMark": ""})
    server.faults.add(Fault(path, empty, nth=nth, times=99))
    with pytest.raises(RetryLater, match="of 50 objects only"):
        list(connect(server, page_size=10).collection_pages(collection))


def test_an_end_before_what_was_listed_is_none() -> None:
    def read(offset: int, limit: int, sort: str) -> Page:
        return Page([{"id": n} for n in range(offset, min(offset + limit, 25))], 25)

    with pytest.raises(RetryLater, match="ends before what it listed already"):
        list(span_pages(read, Span(30, 30, None, total=31), 100))


@pytest.mark.parametrize("sort", ["id", ""])
@pytest.mark.parametrize("cap", [1, 10])
@pytest.mark.parametrize("total", [15, 50, 500])
def test_an_offset_that_is_ignored_is_noticed(sort: str, cap: int, total: int) -> None:
    def read(offset: int, limit: int, sort: str) -> Page:
        return Page([{"id": n} for n in range(1, min(cap, limit) + 1)], total)

    with pytest.raises(RetryLater, match=r"repeat, whatever|has changed|pages end after"):
        list(span_pages(read, Span(sort=sort), 10))


@pytest.mark.parametrize("collection", [EXPORT_HASH, LIBRARY])
def test_a_page_size_over_the_limit_is_refused_or_capped(start: Start, connect: Connect, collection: str) -> None:
    with pytest.raises(Refused, match="limit: must be from 1 to 10"):
        list(connect(start(50, max_limit=10), page_size=11).collection_pages(collection))
    for cap in (1, 2, 10):
        found = ids(connect(start(50, max_limit=cap, over_limit="cap")).collection_pages(collection))
        assert len(found) == len(set(found)) == 50


# Names of types and statuses


def test_names_are_looked_up_once(start: Start, connect: Connect) -> None:
    server = start([{"type": "Own kind", "value": "x", "status": "Own state"}])
    client = connect(server)
    for _ in range(3):
        assert "Own kind" in client.type_names.values()
        assert client.type_names[15] == "IP Address"
        assert "Own state" in client.status_names.values()
        assert client.status_names[1] == "Active"
    assert asked(server, "/api/indicator/types") == asked(server, "/api/indicator/statuses") == [200]


# Size


def test_only_a_page_is_in_memory() -> None:
    padding = "x" * 400

    def page(start: int, count: int, total: int) -> list[dict[str, Any]]:
        return [{"id": n, "value": f"{n}{padding}"} for n in range(start, min(start + count, total))]

    def by_mark(mark: str) -> Page:
        at = 0 if mark == "*" else int(mark)
        found = page(at, 500, 100_000)
        return Page(found, 100_000, str(at + len(found)) if found else mark)

    def by_offset(offset: int, limit: int, sort: str) -> Page:
        return Page(page(offset, limit, 100_000), 100_000)

    tracemalloc.start()
    try:
        assert sum(map(len, cursor_pages(by_mark))) == 100_000
        found = spans(by_offset, 500)
        assert len(found) == 10
        assert sum(len(one) for span in found for one in span_pages(by_offset, span, 500)) == 100_000
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_ten_thousand_objects_over_the_wire(start: Start, connect: Connect) -> None:
    server = start(10_000)
    assert len(set(ids(connect(server, page_size=1_000).collection_pages(EXPORT_HASH)))) == 10_000
    assert len(asked(server, PAGES)) == 12
