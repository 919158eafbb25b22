"""The TAXII client against a strict server with traps, and against OASIS' own with OASIS' own client beside it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest
from fake_time import FakeTime
from taxii2client.v21 import Collection, as_pages
from taxii_server import COLLECTION, PASSWORD, USER, TaxiiApp, TlsServer, answered, error, medallion_app
from werkzeug.wrappers import Request, Response

from iocbeam.clients import RetryPolicy, TaxiiClient, connect_taxii
from iocbeam.model.errors import (
    AuthenticationError,
    ConfigurationError,
    IocbeamError,
    PermissionDenied,
    Refused,
    RetryLater,
)


def made(number: int, kind: str = "indicator") -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{number:08x}-0000-4000-8000-000000000000",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
    }


OBJECTS = [made(number) for number in range(25)]

Connect = Callable[..., TaxiiClient]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], TlsServer]]:
    monkeypatch.setenv("TAXII_PASSWORD", PASSWORD)
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(TlsServer(tmp_path, app))


@pytest.fixture
def connect(serve: Callable[[Any], TlsServer], time: FakeTime) -> Iterator[Connect]:
    """A client of an app that waits in fake time."""
    with ExitStack() as stack:

        def start(app: Any, **changes: Any) -> TaxiiClient:
            settings = serve(app).settings(**changes)
            client = connect_taxii(settings, clock=time.clock, sleep=time.sleep, retry=RetryPolicy(deadline=60.0))
            stack.callback(client.close)
            return client

        yield start


def ids(pages: Iterator[list[Any]]) -> list[str]:
    return [one["id"] for page in pages for one in page]


ALL = [one["id"] for one in OBJECTS]


@pytest.mark.parametrize("links", ["changing", "constant", "none"])
@pytest.mark.parametrize("limit", [4, 5, 100])
def test_all_pages_whatever_leads_to_the_next(connect: Connect, links: str, limit: int) -> None:
    app = TaxiiApp(OBJECTS, links=links)
    client = connect(app)
    client.check()
    found = ids(client.objects(limit=limit))
    assert list(dict.fromkeys(found)) == ALL
    assert links == "none" or found == ALL
    if links != "none":
        assert {tuple((name, text) for name, text in one.items() if name != "next") for one in app.asked} == {
            (("limit", str(limit)),)
        }


def test_every_page_is_asked_for_with_the_same_filters(connect: Connect) -> None:
    app = TaxiiApp([*OBJECTS, *(made(number, "report") for number in range(9))])
    client = connect(app)
    found = ids(client.objects("2026-01-01T00:00:00.001000Z", 4, ("indicator", "malware")))
    assert found == ALL[2:]
    filters = {"limit": "4", "match[type]": "indicator,malware", "added_after": "2026-01-01T00:00:00.001000Z"}
    assert app.asked[0] == filters
    assert all({**one, "next": ""} == {**filters, "next": ""} for one in app.asked[1:])


def test_a_server_that_caps_the_page_without_a_word(connect: Connect) -> None:
    app = TaxiiApp(OBJECTS, cap=7)
    assert ids(connect(app).objects(limit=1_000)) == ALL
    assert len(app.asked) == 4


def test_an_empty_answer_is_an_empty_collection(connect: Connect) -> None:
    assert ids(connect(TaxiiApp([])).objects()) == []


def test_a_page_by_time_keeps_objects_of_the_same_time(connect: Connect) -> None:
    # Three objects share each time, and the page ends between them.
    app = TaxiiApp(OBJECTS, links="none", step=0)
    app.added = lambda at: f"2026-01-01T00:00:00.{at // 3:06}Z"  # type: ignore[method-assign]
    assert list(dict.fromkeys(ids(connect(app).objects(limit=4)))) == ALL


def trapped(on: int, answer: Callable[[], Response]) -> Callable[[Request, int], Response | None]:
    """Answers the page of this number only."""
    return lambda request, number: answer() if number == on else None


def test_a_fault_is_tried_again(connect: Connect, time: FakeTime) -> None:
    faults = iter([Response("", 503), Response(b"{", content_type="application/json"), error(429, "slow down")])
    app = TaxiiApp(OBJECTS, trap=lambda request, number: next(faults, None) if number > 1 else None)
    assert list(dict.fromkeys(ids(connect(app).objects(limit=10)))) == ALL
    assert len(time.slept) == 2  # the first was the answer to a link, which is not followed twice
    assert ["next" in query for query in app.asked] == [False, True, False, False, False, True]


def test_a_truncated_page_is_tried_again(connect: Connect) -> None:
    def cut() -> Response:
        body = orjson.dumps({"more": True, "next": "x", "objects": OBJECTS})
        answer = answered({})
        answer.response = [body[: len(body) // 2]]
        answer.headers["Content-Length"] = str(len(body))
        return answer

    found = ids(connect(TaxiiApp(OBJECTS, trap=trapped(2, cut))).objects(limit=10))
    assert list(dict.fromkeys(found)) == ALL


@pytest.mark.parametrize("lost", [{2}, {3}, {2, 4}, {2, 4, 6, 8}])
@pytest.mark.parametrize("since", ["", "2026-01-01T00:00:03.000Z"])
def test_a_lost_answer_to_a_link_that_works_once_only(connect: Connect, lost: set[int], since: str) -> None:
    inner = medallion_app(OBJECTS)
    asked: list[str] = []

    def app(environ: dict[str, Any], start: Any) -> Any:
        asked.append(environ["QUERY_STRING"])
        if len(asked) not in lost:
            return inner(environ, start)
        list(inner(environ, lambda *answer: None))  # the server has done its work
        return Response("", 503)(environ, start)

    found = ids(connect(app).objects(since, 5))
    assert list(dict.fromkeys(found)) == (ALL[4:] if since else ALL)
    assert all("next=" in asked[number - 1] for number in lost if number <= len(asked))
    assert not any("next=" in asked[number] for number in lost if number < len(asked))  # what was asked then


def test_the_place_after_a_lost_answer_is_that_of_the_last_page(connect: Connect) -> None:
    # The failed answer has a time of its own, which is further on.
    far = answered({}, 503, last="2027-01-01T00:00:00.000000Z")
    app = TaxiiApp(OBJECTS, trap=trapped(2, lambda: far))
    assert list(dict.fromkeys(ids(connect(app).objects(limit=10)))) == ALL
    assert app.asked[2] == {"limit": "10", "added_after": "2026-01-01T00:00:00.008999Z"}
    assert app.asked[3] == {**app.asked[2], "next": "link-1"}


def test_a_lost_answer_without_a_time_to_go_on_from(connect: Connect) -> None:
    first = answered({"more": True, "next": "a", "objects": OBJECTS})
    app = TaxiiApp([], trap=lambda request, number: first if number == 1 else error(503, "out of order"))
    pages = connect(app).objects()
    next(pages)
    with pytest.raises(RetryLater, match=r"lost its place.*out of order"):
        next(pages)
    assert len(app.asked) == 2


def test_answers_that_are_lost_for_ever_end_with_an_error(connect: Connect) -> None:
    app = TaxiiApp(
        OBJECTS, step=0, trap=lambda request, number: Response("", 503) if request.args.get("next") else None
    )
    with pytest.raises(RetryLater, match="does not end"):
        list(connect(app).objects(limit=5))


def test_compressed_pages_and_other_content_types(connect: Connect) -> None:
    def odd(request: Request, number: int) -> Response | None:
        body = gzip.compress(orjson.dumps({"objects": OBJECTS}))
        return Response(body, 200, {"Content-Encoding": "gzip"}, content_type="application/vnd.oasis.stix+json")

    assert ids(connect(TaxiiApp(OBJECTS, trap=odd)).objects()) == ALL


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "no object"),
        ({"objects": {}}, "no page"),
        ({"objects": [], "more": "yes"}, "no page"),
        ({"objects": [], "more": True, "next": 5}, "no page"),
        ({"title": "maintenance"}, "no objects"),
        (None, "no object"),
    ],
)
def test_an_answer_in_another_form_is_not_the_end(connect: Connect, body: Any, said: str) -> None:
    client = connect(TaxiiApp(OBJECTS, trap=lambda request, number: answered(body) if number > 1 else None))
    found = client.objects(limit=10)
    assert [one["id"] for one in next(found)] == ALL[:10]
    with pytest.raises(RetryLater, match=said):
        next(found)


CIRCLES = {
    "the same page again": lambda number: (OBJECTS[:5], "a"),
    "the same page under new links": lambda number: (OBJECTS[:5], f"link-{number}"),
    "two pages in turns": lambda number: (OBJECTS[:5] if number % 2 else OBJECTS[5:10], f"link-{number % 2}"),
    "empty pages for ever": lambda number: ([], f"link-{number}"),
}


@pytest.mark.parametrize("circle", CIRCLES)
def test_pages_that_go_in_circles_end_with_an_error(connect: Connect, circle: str) -> None:
    def answer(request: Request, number: int) -> Response:
        objects, link = CIRCLES[circle](number)
        return answered({"more": True, "next": link, "objects": objects})

    app = TaxiiApp([], trap=answer)
    pages = connect(app).objects()
    found: list[Any] = []
    with pytest.raises(RetryLater, match="does not end"):
        found.extend(pages)
    assert len(found) <= 2
    assert len(app.asked) < 25


@pytest.mark.parametrize("last", ["", "soon", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_more_without_a_way_to_it(connect: Connect, last: str) -> None:
    client = connect(
        TaxiiApp([], trap=lambda request, number: answered({"more": True, "objects": OBJECTS}, last=last))
    )
    pages = client.objects()
    next(pages)
    with pytest.raises(RetryLater, match="gives no link"):
        next(pages)


def test_many_objects_of_one_time_without_links_end_with_an_error(connect: Connect) -> None:
    app = TaxiiApp(OBJECTS, links="none", step=0)
    with pytest.raises(RetryLater, match="does not end"):
        list(connect(app).objects(limit=10))


@pytest.mark.parametrize("status", [400, 404])
def test_a_link_that_has_expired_is_told(connect: Connect, status: int) -> None:
    app = TaxiiApp(
        OBJECTS, trap=lambda request, number: error(status, "link is not known") if number > 2 else None
    )
    pages = connect(app).objects(limit=10)
    assert len([next(pages), next(pages)]) == 2
    with pytest.raises(RetryLater, match=r"lost its place.*link is not known.*--taxii_page_size"):
        next(pages)


def refusal(client: TaxiiClient) -> IocbeamError:
    with pytest.raises(IocbeamError) as caught:
        client.check()
    with pytest.raises(type(caught.value)):
        list(client.objects())
    return caught.value


def test_refusals_in_words(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRONG", "wrong")
    for changes in ({"password": "env:WRONG"}, {"username": "", "password": ""}):
        wrong = refusal(connect(TaxiiApp([]), **changes))
        assert type(wrong) is AuthenticationError
        assert "refused the login (401)" in str(wrong)
        assert "--taxii_password" in str(wrong)
        assert "wrong" not in str(wrong)
    gone = refusal(connect(TaxiiApp([]), collection="a/../b"))
    assert type(gone) is ConfigurationError
    assert "has no collection 'a/../b'" in str(gone)
    assert "/api1/collections/" in str(gone)
    with pytest.raises(PermissionDenied, match="not read it"):
        connect(TaxiiApp([], readable=False)).check()


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (lambda: error(406, "no"), ConfigurationError, "does not answer in TAXII 2.1 (406)"),
        (lambda: error(403, "not for you"), PermissionDenied, "not for you"),
        (lambda: error(400, "too small"), Refused, "refused the request (400): Refused: too small"),
        (lambda: Response("Not here", 404), ConfigurationError, "(404)"),
        (lambda: Response("", 302, {"Location": "/login"}), ConfigurationError, "redirect"),
        (lambda: Response("<html>Log in", content_type="text/html"), ConfigurationError, "a web page came"),
        (lambda: answered({"type": "bundle", "objects": []}), ConfigurationError, "TAXII 2.0"),
        (lambda: error(500, "out of order"), RetryLater, "out of order"),
        (lambda: Response("{}x"), RetryLater, "no JSON"),
    ],
)  # fmt: skip
def test_refusals_of_a_page_in_words(
    connect: Connect, answer: Callable[[], Response], kind: type[IocbeamError], said: str
) -> None:
    client = connect(TaxiiApp([], trap=lambda request, number: answer()))
    with pytest.raises(kind) as caught:
        list(client.objects())
    assert type(caught.value) is kind
    assert said in str(caught.value)


def test_a_bearer_token_and_no_login(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "t0ken\n")
    app = TaxiiApp(OBJECTS, authorization="Bearer t0ken")
    assert ids(connect(app, username="", password="", token="env:TOKEN").objects()) == ALL
    assert ids(connect(TaxiiApp(OBJECTS, authorization=""), username="", password="").objects()) == ALL


def test_the_secrets_are_read_before_anything_is_sent(
    serve: Callable[[Any], TlsServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = serve(TaxiiApp([])).settings()
    monkeypatch.delenv("TAXII_PASSWORD")
    with pytest.raises(ConfigurationError, match="TAXII_PASSWORD is not set"):
        connect_taxii(settings)


@pytest.mark.parametrize("kind", [(), ("indicator", "malware")])
@pytest.mark.parametrize("since", ["", "2026-01-01T00:00:30.000Z"])
def test_the_same_objects_as_by_the_clients_of_oasis(
    serve: Callable[[Any], TlsServer], kind: tuple[str, ...], since: str
) -> None:
    kinds = ("indicator", "malware", "report")
    objects = [made(number, kinds[number % 3]) for number in range(120)]
    server = serve(medallion_app(objects, page_size=30))
    url = f"{server.url}/api1/collections/{COLLECTION}/"
    oracle = Collection(url, user=USER, password=PASSWORD, verify=server.ca_bundle)
    filters: dict[str, Any] = {"type": kind} if kind else {}
    if since:
        filters["added_after"] = since
    expected = [
        one for page in as_pages(oracle.get_objects, per_request=20, **filters) for one in page.get("objects", ())
    ]
    client = connect_taxii(server.settings())
    client.check()
    found = [one for page in client.objects(since, 20, kind) for one in page]
    client.close()
    assert found == expected
    assert [one["id"] for one in found] == [
        one["id"] for one in objects[31 if since else 0 :] if not kind or one["type"] in kind
    ]


def test_refusals_of_oasis_own_server(serve: Callable[[Any], TlsServer]) -> None:
    server = serve(medallion_app([made(number) for number in range(5)]))
    client = connect_taxii(server.settings(collection="00000000-0000-4000-8000-000000000000"))
    with pytest.raises(ConfigurationError, match="has no collection"):
        client.check()
    client.close()
    client = connect_taxii(server.settings(username="", password=""))
    with pytest.raises(AuthenticationError, match="refused the login"):
        client.check()
    client.close()
