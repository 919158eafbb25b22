"""`ReadFromThreatQ`, against the local ThreatQ over real TLS."""

from __future__ import annotations

import pickle
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from source_help import Taken

from iocbeam.clients import RetryPolicy
from iocbeam.local_tenant import (
    EXPORT_HASH,
    LOGIN_PAGE,
    Answer,
    EditAnswer,
    Fault,
    LocalThreatQ,
    Meanwhile,
    ThreatQProfile,
)
from iocbeam.model.errors import AuthenticationError, ConfigurationError, RetryLater, Stop
from iocbeam.model.record import ReadReport, Record
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.source import NetworkSettings, ThreatQSettings
from iocbeam.transforms import Validate
from iocbeam.transforms.sources import Part, ReadFrom, ReadFromThreatQ, Reading, ThreatQReader, Unreadable

Start = Callable[..., LocalThreatQ]
PAGES = f"/api/indicators/query/hash/{EXPORT_HASH}"
QUERY = "/api/indicators/query"
LIBRARY = "The library"
BOTH = pytest.mark.parametrize("collection", [EXPORT_HASH, LIBRARY], ids=["hash", "name"])
QUICK = RetryPolicy(first_wait=0.01, jitter=0.0, deadline=0.05)

MIXED = [
    {
        "type": "FQDN",
        "value": "evil.example",
        "score": 7,
        "malware": ["Emotet"],
        "source": "Feed X",
        "tlp": "green",
    },
    {"type": "IP Address", "value": "45.155.205.233", "severity": "High", "expires_at": "2031-01-01 00:00:00"},
    {"type": "SHA-256", "value": "A" * 64, "description": "<p>bad</p>", "attributes": {"Port": "80"}},
    {"type": "URL", "value": "bad.example/x", "status": "Whitelisted"},
    {"type": "FQDN", "value": "old.example", "status": "Expired", "expires_at": "2020-01-01 00:00:00"},
    {"type": "Email Address", "value": "a@b.example"},
    {"type": "IP Address", "value": "10.0.0.1"},
    # The same value once more, under another id.
    {"type": "FQDN", "value": "evil.example", "score": 2},
]
ENDS = ["status_excluded", "whitelisted", "unknown_type", "not_public"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("TQ_SECRET", ThreatQProfile().client_secret)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a local ThreatQ of some records: `start(MIXED, names_as="id")`."""
    with ExitStack() as stack:

        def run(records: Any = MIXED, **switches: Any) -> LocalThreatQ:
            server = stack.enter_context(LocalThreatQ(records, ThreatQProfile(**switches)))
            server.save_search(LIBRARY, {"criteria": {"+and": []}, "filters": {}})
            return server

        yield run


def settings(server: LocalThreatQ, **changes: Any) -> ThreatQSettings:
    fields = {
        "host": server.url,
        "collection": EXPORT_HASH,
        "client_id": server.profile.client_id,
        "client_secret": "env:TQ_SECRET",
        "network": NetworkSettings(ca_bundle=server.ca_bundle),
    }
    return ThreatQSettings(**{**fields, **changes})


def domains(count: int) -> list[dict[str, Any]]:
    return [{"type": "FQDN", "value": f"n{number}.example"} for number in range(count)]


def report(reader: ThreatQReader, part: Part) -> tuple[list[Any], Reading]:
    reading = Reading()
    return list(reader.read(part, reading)), reading


def all_of(reader: ThreatQReader) -> tuple[list[Any], list[Reading]]:
    entries, readings = [], []
    for part in reader.parts():
        found, reading = report(reader, part)
        entries += found
        readings.append(reading)
    return entries, readings


@BOTH
@pytest.mark.parametrize("names_as", ["object", "name", "id", "missing"])
@pytest.mark.parametrize("empty_as", ["empty", "missing", "null"])
@pytest.mark.parametrize("score_as", ["number", "object"])
def test_every_form_gives_the_same_records(
    start: Start, collection: str, names_as: str, empty_as: str, score_as: str
) -> None:
    server = start(names_as=names_as, empty_as=empty_as, score_as=score_as)
    found, (reading,) = all_of(ThreatQReader(settings(server, collection=collection, page_size=3)))
    assert reading.complete
    by_id = {one.fields["id"]: one.fields for one in found}
    assert [by_id[number]["value"] for number in sorted(by_id)] == [one["value"] for one in MIXED]
    assert [by_id[number]["type"] for number in sorted(by_id)] == [one["type"] for one in MIXED]
    assert [by_id[number]["status"] for number in sorted(by_id)] == [one.get("status", "Active") for one in MIXED]
    assert [by_id[number]["score"] for number in sorted(by_id)] == [one.get("score") for one in MIXED]
    first, second, third = (by_id[number] for number in sorted(by_id)[:3])
    assert (first["malware"], first["source"], first["tlp"]) == (["Emotet"], "Feed X", "green")
    assert second["attributes"] == [{"name": "Severity", "value": "High"}]
    assert third["description"] == "<p>bad</p>"
    assert by_id[sorted(by_id)[4]]["expires_at"] == "2020-01-01 00:00:00"
    # Names are asked for only where they are needed, and once.
    lookups = [one.path for one in server.requests if one.path.startswith("/api/indicator/")]
    assert sorted(lookups) == (
        ["/api/indicator/statuses", "/api/indicator/types"] if names_as in ("id", "missing") else []
    )


def test_a_part_and_its_records_say_where_they_are_from(start: Start) -> None:
    server = start()
    host = server.url.removeprefix("https://")
    reader = ThreatQReader(settings(server, host=f"{server.url}/"))
    (part,) = reader.parts()
    assert part.name == f"threatq:{host}/{EXPORT_HASH}"
    found, _ = report(reader, part)
    assert found[0].location == f"threatq:{host}/{EXPORT_HASH}:{found[0].fields['id']}"
    assert found[0].source == part.name


def test_a_large_collection_by_name_has_parts_that_add_up(start: Start) -> None:
    server = start(domains(95))
    reader = ThreatQReader(settings(server, collection=LIBRARY, page_size=2))
    parts = list(reader.parts())
    assert [part.name.partition(", ")[2] for part in parts] == ["part 1 of 3", "part 2 of 3", "part 3 of 3"]
    again = pickle.loads(pickle.dumps((reader, parts)))  # noqa: S301
    found = [one.fields["value"] for part in again[1] for one in report(again[0], part)[0]]
    assert sorted(found) == sorted(one["value"] for one in domains(95))


def test_nothing_secret_goes_along_with_a_pipeline(start: Start) -> None:
    reader = ThreatQReader(settings(start(), collection=LIBRARY))
    assert ThreatQProfile().client_secret.encode() not in pickle.dumps((reader, list(reader.parts())))


@BOTH
def test_null_is_no_entry(start: Start, collection: str) -> None:
    server = start()
    server.forget(1_001, 1_004)
    found, (reading,) = all_of(ThreatQReader(settings(server, collection=collection, page_size=2)))
    assert len(found) == len(MIXED) - 2
    assert reading.complete


@BOTH
def test_something_odd_in_a_page_is_rejected_alone(start: Start, collection: str) -> None:
    server = start(domains(3))
    path = PAGES if collection == EXPORT_HASH else QUERY
    server.faults.add(Fault(path, EditAnswer(lambda body: {**body, "data": [*body["data"], "odd"]}), nth=2))
    found, readings = all_of(ThreatQReader(settings(server, collection=collection)))
    assert Counter(type(one) for one in found) == {Record: 3, Unreadable: 1}
    assert len(readings) == 1


@BOTH
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Answer(503), "503"),
        (Answer(200, LOGIN_PAGE, {"Content-Type": "text/html"}), "a web page came"),
        (Answer(200, b'{"total": 50, "data": [{"id": 1'), "no JSON"),
        (Answer(200, {"errors": ["Search failed"]}), "Search failed"),
        (Answer(403), "403"),
        (Answer(400, {"errors": ["bad mark"]}), "bad mark"),
    ],
)
def test_a_read_that_breaks_off_gives_what_it_has(start: Start, collection: str, fault: Any, said: str) -> None:
    server = start(domains(50))
    server.faults.add(Fault(PAGES if collection == EXPORT_HASH else QUERY, fault, nth=4, times=99))
    reader = ThreatQReader(settings(server, collection=collection, page_size=10), QUICK)
    (part,) = reader.parts()
    found, reading = report(reader, part)
    assert len(found) in (19, 20)
    assert not reading.complete
    assert reading.error.startswith(f"{part.name}: ")
    assert said in reading.error


def test_a_cursor_in_circles_breaks_off(start: Start) -> None:
    server = start(domains(50), cursor="circle")
    found, (reading,) = all_of(ThreatQReader(settings(server, page_size=10)))
    assert len(found) == 20
    assert not reading.complete
    assert "go in circles" in reading.error


@BOTH
def test_credentials_that_fail_in_mid_reading_break_off(
    start: Start, collection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(domains(50))

    def change() -> None:
        server.revoke_tokens()
        server.faults.add(Fault("/api/token", Answer(400, {"errors": ["The account is locked."]})))

    server.faults.add(Fault(PAGES if collection == EXPORT_HASH else QUERY, Meanwhile(change), nth=4))
    reader = ThreatQReader(settings(server, collection=collection, page_size=10), QUICK)
    (part,) = reader.parts()
    found, reading = report(reader, part)
    assert found
    assert "The account is locked." in reading.error
    # Even a part whose credentials are gone altogether is reported, not raised.
    monkeypatch.delenv("TQ_SECRET")
    found, reading = report(reader, part)
    assert (found, reading.complete) == ([], False)
    assert "TQ_SECRET is not set" in reading.error


@BOTH
def test_names_that_cannot_be_looked_up_break_off(start: Start, collection: str) -> None:
    server = start(names_as="id")
    server.faults.add(Fault("/api/indicator/*", Answer(403)))
    found, (reading,) = all_of(ThreatQReader(settings(server, collection=collection), QUICK))
    assert found == []
    assert "403" in reading.error


@pytest.mark.parametrize(
    ("listed", "reads"),
    [([], False), ([{"id": "1", "name": "Active"}, {"id": "x", "name": "No"}], True)],
    ids=["none", "text"],
)
def test_ids_of_statuses_may_be_text_but_not_missing(start: Start, listed: list[Any], reads: bool) -> None:
    server = start(domains(3), names_as="id")
    server.faults.add(Fault("/api/indicator/statuses", Answer(200, {"total": len(listed), "data": listed})))
    found, (reading,) = all_of(ThreatQReader(settings(server), QUICK))
    assert reading.complete == reads
    assert [one.fields["status"] for one in found] == ["Active"] * (3 if reads else 0)
    assert ("no names of statuses" in (reading.error or "")) != reads


def test_whatever_breaks_a_reading_off_is_reported(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("what nobody thought of")

    monkeypatch.setattr("iocbeam.transforms.sources.threatq.threatq_entry", fail)
    found, (reading,) = all_of(ThreatQReader(settings(start())))
    assert (found, reading.complete) == ([], False)
    assert "what nobody thought of" in reading.error


def test_what_cannot_be_read_at_all_stops_before_the_first_record(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    with pytest.raises(ConfigurationError, match="The data collection was not found") as caught:
        list(ThreatQReader(settings(server, collection="0" * 32)).parts())
    assert caught.value.option == "--threatq_collection"
    with pytest.raises(ConfigurationError, match="no data collection of the name"):
        list(ThreatQReader(settings(server, collection="nope")).parts())
    for collection in (EXPORT_HASH, LIBRARY):
        with pytest.raises(ConfigurationError, match="limit: must be from 1 to 1000"):
            list(ThreatQReader(settings(server, collection=collection, page_size=1_001)).parts())
    monkeypatch.setenv("TQ_SECRET", "wrong")
    with pytest.raises(AuthenticationError):
        list(ThreatQReader(settings(server)).parts())
    monkeypatch.delenv("TQ_SECRET")
    with pytest.raises(Stop, match="TQ_SECRET is not set"):
        list(ThreatQReader(settings(server)).parts())
    monkeypatch.setenv("TQ_SECRET", ThreatQProfile().client_secret)
    server.faults.add(Fault(PAGES, Answer(500)))
    with pytest.raises(RetryLater, match="500"):
        list(ThreatQReader(settings(server), QUICK).parts())


def test_only_a_page_is_in_memory(start: Start) -> None:
    server = start({**one, "description": "x" * 2_000} for one in domains(5_000))
    reader = ThreatQReader(settings(server, page_size=100))
    (part,) = reader.parts()
    tracemalloc.start()
    try:
        assert sum(1 for _ in reader.read(part, Reading())) == 5_000
        # The server is in the same process: it holds a page too, as objects and as text.
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()


@BOTH
def test_in_a_pipeline_every_record_ends_once(
    start: Start, pipeline: Callable[[], beam.Pipeline], run: RunInfo, collection: str
) -> None:
    server = start()
    made = settings(server, collection=collection, page_size=3)
    name = f"threatq:{server.url.removeprefix('https://')}/{collection}"
    taken = Taken()
    with pipeline() as p:
        found = p | ReadFromThreatQ(made, run)
        validated = found.records | Validate(run).with_error_handler(taken).with_outcomes(taken)
        passed = [("FQDN", "evil.example")] * 2 + [("IP Address", "45.155.205.233"), ("SHA-256", "a" * 64)]
        assert_that(validated | beam.Map(lambda one: one.key), equal_to(passed), "passed")
        assert_that(taken.ended | "Ends" >> beam.Map(lambda one: one.reason), equal_to(ENDS), "ended")
        letters = taken.errors | "Letters" >> beam.Map(lambda one: one.reason)
        assert_that(letters, equal_to(["unknown_type", "not_public"]), "letters")
        assert_that(found.reports, equal_to([ReadReport(name, len(MIXED), len(MIXED), True)]), "reports")


def test_in_a_pipeline_a_broken_read_is_reported_and_what_came_is_used(
    start: Start, pipeline: Callable[[], beam.Pipeline], run: RunInfo
) -> None:
    server = start(domains(50))
    server.faults.add(Fault(PAGES, Answer(200, {"errors": ["Search failed"]}), nth=4, times=99))
    with pipeline() as p:
        found = p | ReadFrom(ThreatQReader(settings(server, page_size=10)), run).with_error_handler(
            taken := Taken()
        )
        found.records | Validate(run).with_error_handler(taken)
        assert_that(found.records | beam.combiners.Count.Globally(), equal_to([20]), "records")
        assert_that(
            found.reports
            | beam.Map(lambda one: (one.entries, one.records, one.complete, "Search failed" in one.error)),
            equal_to([(20, 20, False, True)]),
            "reports",
        )
