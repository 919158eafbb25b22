"""The client of MISP, over real TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import orjson
import pytest
from fake_time import FakeTime
from odd_server import OddServer, Reply

from iocbeam.clients import MispClient, MispFeedClient, MispQuery, RetryPolicy, connect_misp
from iocbeam.clients.misp.paging import Attribute, next_window, read_pages
from iocbeam.local_tenant import Answer, CutOff, DropBefore, Fault, LocalMisp, Meanwhile
from iocbeam.model.errors import ConfigurationError, Gone, PermissionDenied, Refused, RetryLater, UsageError
from iocbeam.model.settings.source import MispSettings, NetworkSettings

QUERY = MispQuery(("domain", "ip-dst"))
SEARCH = "/attributes/restSearch"

Connect = Callable[[LocalMisp], MispClient]


@pytest.fixture
def misp() -> Iterator[LocalMisp]:
    with LocalMisp() as running:
        yield running


@pytest.fixture
def connect(time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """A client of a local MISP that waits in fake time."""
    with ExitStack() as stack:

        def make(misp: LocalMisp) -> MispClient:
            monkeypatch.setenv("MISP_KEY", f"{misp.key}\n")
            settings = MispSettings(
                f"{misp.url}/", "env:MISP_KEY", network=NetworkSettings(ca_bundle=misp.ca_bundle)
            )
            client = connect_misp(settings, clock=time.clock, sleep=time.sleep, retry=RetryPolicy(deadline=60.0))
            return stack.enter_context(closing(client))

        yield make


def filled(misp: LocalMisp, count: int) -> list[str]:
    return [misp.store.add("domain", f"a{number}.example") for number in range(count)]


def read(client: MispClient, limit: int = 10) -> list[str]:
    """Values without repetitions, in the order in which they came first."""
    return list(dict.fromkeys(row["value"] for page in client.pages(QUERY, limit) for row in page))


def asked(misp: LocalMisp) -> list[dict[str, Any]]:
    return [orjson.loads(request.body or b"") for request in misp.requests]


def test_a_search_asks_for_what_is_wanted(misp: LocalMisp, connect: Connect) -> None:
    query = MispQuery(("url",), False, ("a", "!b", "c"), changed_since=1_000, published_since=2_000)
    client = connect(misp)
    assert client.search(query, 3, 50) == []
    assert client.search(QUERY, 1, 1) == []
    common = {
        "returnFormat": "json",
        "order": "Attribute.id asc",
        "includeContext": 1,
        "includeEventTags": 1,
    }
    assert asked(misp) == [
        {
            **common,
            "page": 3,
            "limit": 50,
            "type": ["url"],
            "tags": {"AND": ["a", "c"], "NOT": ["b"]},
            "attribute_timestamp": 1_000,
            "publish_timestamp": 2_000,
        },
        {**common, "page": 1, "limit": 1, "type": ["domain", "ip-dst"], "to_ids": 1},
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 10, 25])
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25])
def test_all_pages(misp: LocalMisp, connect: Connect, count: int, limit: int) -> None:
    filled(misp, count)
    assert read(connect(misp), limit) == [f"a{number}.example" for number in range(count)]
    assert max(body["limit"] for body in asked(misp)) <= limit


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 10, 99, 100, 1_000, 9_999])
def test_windows_follow_on_one_another(limit: int) -> None:
    offset = overlaps = number = 0
    while offset < 100 * limit:
        window = next_window(offset, limit)
        assert window.start <= offset < window.end
        assert 1 <= window.size <= limit
        overlaps += window.start < offset
        offset, number = window.end, number + 1
    if limit > 5:
        assert overlaps == number - 1
    if limit > 99:
        assert number < 120


def test_a_short_page_is_not_the_last(connect: Connect) -> None:
    with LocalMisp(allowed=frozenset({"a0.example", "a9.example", "a19.example"})) as misp:
        filled(misp, 30)
        assert len(read(connect(misp))) == 27


def test_what_is_edited_or_added_meanwhile_is_read(misp: LocalMisp, connect: Connect) -> None:
    uuids = filled(misp, 25)

    def change() -> None:
        misp.store.clock += 60
        misp.store.edit(uuids[0], comment="changed")
        misp.store.edit(uuids[24], comment="changed")
        misp.store.add("domain", "new.example")

    misp.faults.add(Fault(SEARCH, Meanwhile(change), nth=2))
    assert read(connect(misp)) == [*(f"a{number}.example" for number in range(25)), "new.example"]


@pytest.mark.parametrize("call", [2, 3, 4, 5])
@pytest.mark.parametrize("change", ["delete", "remove"])
def test_what_slides_over_a_seam_is_read_again(misp: LocalMisp, connect: Connect, change: str, call: int) -> None:
    uuids = filled(misp, 40)

    def leave() -> None:
        for uuid in uuids[:3]:
            getattr(misp.store, change)(uuid)

    misp.faults.add(Fault(SEARCH, Meanwhile(leave), nth=call))
    assert set(read(connect(misp))) == {f"a{number}.example" for number in range(40)}


def test_a_set_that_is_in_no_order_does_not_go_unnoticed(connect: Connect) -> None:
    with LocalMisp(ordered=False) as misp:
        uuids = filled(misp, 40)

        def change() -> None:
            misp.store.clock += 60
            for uuid in uuids[:3]:
                misp.store.edit(uuid, comment="changed")

        misp.faults.add(Fault(SEARCH, Meanwhile(change), nth=2))
        assert len(read(connect(misp))) == 40


def test_a_set_that_never_stands_still_is_not_taken_for_whole(misp: LocalMisp, connect: Connect) -> None:
    uuids = iter(filled(misp, 100))

    def leave() -> None:
        for _ in range(3):
            misp.store.remove(next(uuids))

    misp.faults.add(Fault(SEARCH, Meanwhile(leave)))
    with pytest.raises(RetryLater, match="keep shifting"):
        read(connect(misp))


def test_pages_that_repeat_are_no_list(connect: Connect, time: FakeTime) -> None:
    with LocalMisp(paged=False) as misp:
        filled(misp, 5)
        with pytest.raises(RetryLater, match="page 2 is the same as the one before"):
            read(connect(misp))
        filled(misp, 6)
        with pytest.raises(RetryLater, match="holds 11 attributes where at most 10 were asked for"):
            read(connect(misp))
    assert time.slept


@pytest.mark.parametrize(
    "fault",
    [
        Answer(200, b"<html>"),
        Answer(200, b'{"response":{"Attribute":[{"uuid":"1"'),
        Answer(200, {"response": {"Event": []}}),
        Answer(200, {"response": {"Attribute": ["a"]}}),
        Answer(200, {"response": {"Attribute": {"1": {}}}}),
        Answer(200, {"Attribute": []}),
        Answer(200, []),
        Answer(200, b""),
        Answer(500),
        Answer(503, b"<html>", retry_after=7),
        Answer(429, retry_after=7),
        CutOff(10),
        DropBefore(),
    ],
)
def test_what_is_no_page_is_asked_for_again(misp: LocalMisp, connect: Connect, time: FakeTime, fault: Any) -> None:
    filled(misp, 3)
    misp.faults.add(Fault(SEARCH, fault, nth=2, times=2))
    assert read(connect(misp)) == ["a0.example", "a1.example", "a2.example"]
    assert len(time.slept) == 2
    if getattr(fault, "retry_after", None):
        assert time.slept == [7, 7]
    misp.faults.add(Fault(SEARCH, fault))
    with pytest.raises(RetryLater):
        read(connect(misp))


def test_json_under_a_wrong_content_type_is_json(misp: LocalMisp, connect: Connect) -> None:
    body = {"response": {"Attribute": [{"uuid": "1", "value": "a.example"}]}}
    misp.faults.add(Fault(SEARCH, Answer(200, body, {"Content-Type": "text/html"}), nth=1))
    assert read(connect(misp)) == ["a.example"]


def test_nothing_found_in_the_form_of_older_versions(misp: LocalMisp, connect: Connect) -> None:
    misp.faults.add(Fault(SEARCH, Answer(200, {"response": []})))
    assert read(connect(misp)) == []


def test_a_wrong_key(misp: LocalMisp, connect: Connect) -> None:
    client = connect(misp)
    misp.key = "another"
    with pytest.raises(PermissionDenied, match=r"Authentication failed.*--misp_key") as caught:
        client.search(QUERY, 1, 1)
    assert "the-automation-key" not in str(caught.value)
    assert len(misp.requests) == 1


def test_a_login_page_is_not_asked_for_again(misp: LocalMisp, connect: Connect) -> None:
    page = Answer(200, b" <html><form>Login</form></html>", {"Content-Type": "text/html; charset=UTF-8"})
    misp.faults.add(Fault(SEARCH, page))
    with pytest.raises(ConfigurationError, match=r"--misp_url: .* a web page came"):
        connect(misp).search(QUERY, 1, 1)
    assert len(misp.requests) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": "Invalid filter.", "message": "It has no such type.", "url": "/x"}, "It has no such type."),
        ({"name": "Invalid filter."}, "Invalid filter."),
        ({"message": 5}, "no explanation"),
        ([], "no explanation"),
        (b"<html>", "no explanation"),
    ],
)
def test_a_refusal_is_quoted(misp: LocalMisp, connect: Connect, body: Any, words: str) -> None:
    misp.faults.add(Fault(SEARCH, Answer(400, body)))
    with pytest.raises(Refused, match=words):
        connect(misp).search(QUERY, 1, 1)


def test_a_404_says_that_there_is_no_misp(misp: LocalMisp, connect: Connect) -> None:
    misp.faults.add(Fault(SEARCH, Answer(404)))
    with pytest.raises(ConfigurationError, match="not at https://127"):
        connect(misp).search(QUERY, 1, 1)


def test_a_redirect_to_the_login_page(misp: LocalMisp, connect: Connect) -> None:
    misp.faults.add(Fault(SEARCH, Answer(302, b"", {"Location": "/users/login"})))
    with pytest.raises(ConfigurationError, match="redirect"):
        connect(misp).search(QUERY, 1, 1)


def test_the_key_is_needed_and_travels_alone(misp: LocalMisp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISP_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="--misp_key"):
        connect_misp(MispSettings(misp.url, "env:MISP_KEY"))
    with pytest.raises(UsageError, match="reference"):
        connect_misp(MispSettings(misp.url, "the-key-itself"))


Feed = Callable[[OddServer], MispFeedClient]


@pytest.fixture
def feed(time: FakeTime) -> Iterator[Feed]:
    """A client of the files of an odd server."""
    with ExitStack() as stack:

        def make(server: OddServer) -> MispFeedClient:
            client = MispFeedClient(
                f"{server.url}/feed/",
                NetworkSettings(ca_bundle=server.ca_bundle),
                clock=time.clock,
                sleep=time.sleep,
                retry=RetryPolicy(deadline=60.0),
            )
            return stack.enter_context(closing(client))

        yield make


def test_a_file_of_a_feed(odd: Callable[..., OddServer], feed: Feed, time: FakeTime) -> None:
    server = odd(
        Reply(503), Reply(429, headers={"Retry-After": "9"}), Reply(200, b"half", cut=True), Reply(200, b"x")
    )
    assert feed(server).get("manifest.json") == b"x"
    assert [one.target for one in server.asked] == ["/feed/manifest.json"] * 4
    assert "authorization" not in server.asked[0].headers
    assert 9 in time.slept


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Gone), (410, Gone), (403, Refused), (204, Refused), (301, ConfigurationError), (500, RetryLater)],
)
def test_a_file_that_is_not_given(
    odd: Callable[..., OddServer], feed: Feed, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error, match=f"{status}"):
        feed(odd(Reply(status))).get("manifest.json")


@pytest.mark.parametrize("hidden", [range(100, 140), range(20), range(380, 400), range(400)])
def test_pages_that_misp_empties_itself_do_not_end_the_list(hidden: range) -> None:
    """What is on MISP's allowed list is taken out of a page after it was cut."""
    rows = [{"uuid": f"u{number}", "id": str(number)} for number in range(400)]
    shown = [None if number in hidden else row for number, row in enumerate(rows)]

    def search(page: int, size: int) -> list[Attribute]:
        return [row for row in shown[(page - 1) * size : page * size] if row is not None]

    found = {row["uuid"] for page in read_pages(search, 20) for row in page}
    wanted = {row["uuid"] for row in shown if row is not None}
    assert found == (wanted if len(hidden) < 60 else set())
