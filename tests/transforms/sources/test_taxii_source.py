"""A TAXII collection as a source: whole where it can be read to its end, told where it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.internal import cloudpickle_pickler
from apache_beam.testing.util import assert_that, equal_to
from source_help import Emitted, Taken, emitted
from stix_help import indicator, named, relation, stix_id
from taxii_server import COLLECTION, PASSWORD, TaxiiApp, TlsServer, error, medallion_app
from werkzeug.wrappers import Response

from iocbeam.clients import RetryPolicy, TaxiiClient
from iocbeam.model.errors import AuthenticationError, ConfigurationError, RetryLater
from iocbeam.model.record import MAX_RECORD
from iocbeam.model.settings import RunInfo
from iocbeam.transforms.sources import Part, ReadFromTaxii, ReadPartFn, TaxiiReader

AT_ONCE = RetryPolicy(first_wait=0.0, jitter=0.0, deadline=0.0)

A, B, C = (indicator(number, f"{name}.example") for number, name in enumerate("abc", 1))
OBJECTS = [
    relation(1, A["id"], stix_id("malware", 1)),
    {**A, "created_by_ref": stix_id("identity", 1)},
    indicator(4, pattern="[file:name = 'x']"),
    {**B, "pattern": "[domain-name:value = 'old.example']"},
    named("identity", 1, "ACME CERT"),
    named("report", 1, "passed over"),
    {**B, "modified": "2026-02-01T00:00:00.000Z"},
    named("malware", 1, "Emotet"),
    {**C, "revoked": True, "modified": "2026-03-01T00:00:00.000Z"},
]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], TlsServer]]:
    monkeypatch.setenv("TAXII_PASSWORD", PASSWORD)
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(TlsServer(tmp_path, app))


def read(server: TlsServer, run: RunInfo, **changes: Any) -> Emitted:
    """The collection as a pipeline reads it, after a journey to a worker."""
    reader = cloudpickle_pickler.loads(cloudpickle_pickler.dumps(TaxiiReader(server.settings(**changes), AT_ONCE)))
    (part,) = reader.parts()
    assert part == Part(f"{server.url}/api1/collections/{COLLECTION}")
    return emitted(list(ReadPartFn(reader, run).process(part)))


@pytest.mark.parametrize("page_size", [1, 3, 100])
def test_what_objects_refer_to_may_be_on_any_page(
    serve: Callable[[Any], TlsServer], run: RunInfo, page_size: int
) -> None:
    app = TaxiiApp(OBJECTS)
    server = serve(app)
    got = read(server, run, page_size=page_size)
    assert [record.fields["value"] for record in got.records] == ["a.example", "b.example", "c.example"]
    first, _, last = got.records
    assert (first.fields["malware"], first.fields["source"]) == (["Emotet"], "ACME CERT")
    assert last.fields["revoked"] is True
    assert first.location == f"{server.url}/api1/collections/{COLLECTION}#{A['id']}"
    assert [letter.reason for letter in got.errors] == ["pattern_unsupported"]
    (report,) = got.reports
    assert (report.entries, report.records, report.complete, report.error) == (4, 4, True, "")
    assert all("report" not in query["match[type]"].split(",") for query in app.asked)


def test_the_same_from_the_server_of_oasis(serve: Callable[[Any], TlsServer], run: RunInfo) -> None:
    many = [indicator(number, f"{number}.example") for number in range(10, 110)]
    own = read(serve(TaxiiApp([*OBJECTS, *many])), run, page_size=20)
    theirs = read(serve(medallion_app([*OBJECTS, *many])), run, page_size=20)
    assert theirs.reports[0].complete
    assert len(own.records) == 103
    assert [record.fields for record in theirs.records] == [record.fields for record in own.records]


def test_an_object_that_is_too_long(serve: Callable[[Any], TlsServer], run: RunInfo) -> None:
    got = read(serve(TaxiiApp([A, indicator(9, description="x" * MAX_RECORD), B])), run)
    assert [record.fields["value"] for record in got.records] == ["a.example", "b.example"]
    assert [(letter.reason, letter.truncated) for letter in got.errors] == [("too_long", True)]
    assert got.reports[0].complete


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda: error(500, "out of order"), "out of order"),
        (lambda: error(400, "link is not known"), "lost its place"),
        (lambda: error(401, "session ended"), "refused the login"),
        (lambda: Response("<html>Log in", content_type="text/html"), "a web page came"),
        (lambda: Response("<html>Log in", content_type="application/json"), "no JSON"),
    ],
)
def test_what_came_before_the_reading_broke_off_is_used(
    serve: Callable[[Any], TlsServer], run: RunInfo, answer: Callable[[], Response], said: str
) -> None:
    server = serve(TaxiiApp([A, B, C], trap=lambda request, number: answer() if number > 2 else None))
    got = read(server, run, page_size=1)
    assert [record.fields["value"] for record in got.records] == ["a.example", "b.example"]
    (report,) = got.reports
    assert not report.complete
    name = f"{server.url}/api1/collections/{COLLECTION}"
    assert report.error.startswith(f"{name}:2: reading broke off after this object: ")
    assert said in report.error


def test_an_empty_collection_is_read_to_its_end(serve: Callable[[Any], TlsServer], run: RunInfo) -> None:
    got = read(serve(TaxiiApp([])), run)
    assert (got.records, got.errors, got.reports[0].complete) == ([], [], True)


def test_a_part_of_a_collection_is_read_by_the_time_of_adding(
    serve: Callable[[Any], TlsServer], run: RunInfo
) -> None:
    got = read(serve(TaxiiApp([A, B, C])), run, added_after="2026-01-01T00:00:00.000500Z")
    assert [record.fields["value"] for record in got.records] == ["b.example", "c.example"]
    assert got.reports[0].complete


def test_what_cannot_be_read_at_all_ends_the_run(
    serve: Callable[[Any], TlsServer], run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG", "wrong")
    server = serve(TaxiiApp(OBJECTS))
    for changes, kind in (
        ({"password": "env:WRONG"}, AuthenticationError),
        ({"password": "env:NOWHERE"}, ConfigurationError),
        ({"collection": "other"}, ConfigurationError),
        ({"api_root": f"{server.url}/taxii2/"}, ConfigurationError),
        ({"api_root": "https://127.0.0.1:9/api1/"}, RetryLater),
    ):
        with pytest.raises(kind):
            list(TaxiiReader(server.settings(**changes), AT_ONCE).parts())


def test_a_server_that_goes_away_after_the_check(serve: Callable[[Any], TlsServer], run: RunInfo) -> None:
    server = serve(TaxiiApp(OBJECTS))
    gone = TaxiiReader(server.settings(api_root="https://127.0.0.1:9/api1/"), AT_ONCE)
    got = emitted(list(ReadPartFn(gone, run).process(Part("x"))))
    assert got.records == []
    assert not got.reports[0].complete
    assert got.reports[0].error.startswith("x:0: ")


def test_what_nobody_expected_breaks_the_reading_off(
    serve: Callable[[Any], TlsServer], run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def objects(*args: Any) -> Iterator[list[Any]]:
        yield [A, B]
        raise OverflowError("date value out of range")

    monkeypatch.setattr(TaxiiClient, "objects", objects)
    reader = TaxiiReader(serve(TaxiiApp([])).settings(), AT_ONCE)
    got = emitted(list(ReadPartFn(reader, run).process(Part("x"))))
    assert [record.fields["value"] for record in got.records] == ["a.example", "b.example"]
    assert not got.reports[0].complete
    assert got.reports[0].error == "x:2: reading broke off after this object: date value out of range"


def test_in_a_pipeline(serve: Callable[[Any], TlsServer], run: RunInfo, pipeline) -> None:  # type: ignore[no-untyped-def]
    server = serve(TaxiiApp(OBJECTS))
    with pipeline() as p:
        taken = Taken()
        got = p | ReadFromTaxii(server.settings(), run).with_error_handler(taken).with_outcomes(taken)
        values = got.records | "Values" >> beam.Map(lambda record: record.fields["value"])
        assert_that(values, equal_to(["a.example", "b.example", "c.example"]), label="records")
        counts = got.reports | "Counts" >> beam.Map(
            lambda report: (report.entries, report.records, report.complete)
        )
        assert_that(counts, equal_to([(4, 4, True)]), label="reports")
