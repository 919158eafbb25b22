"""`ReadFromMisp` with a key, over real TLS."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import apache_beam as beam
import orjson
import pytest
from apache_beam.internal import cloudpickle_pickler
from apache_beam.testing.util import assert_that, equal_to
from source_help import Taken

from iocbeam.clients import RetryPolicy
from iocbeam.local_tenant import Answer, Fault, LocalMisp, Meanwhile
from iocbeam.model.errors import ConfigurationError, PermissionDenied, RetryLater
from iocbeam.model.record import Record
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.source import MispSettings, NetworkSettings
from iocbeam.transforms.sources import MispFilter, MispReader, Part, ReadFromMisp, Reading
from iocbeam.transforms.sources.misp_seen import SeenIds

SEARCH = "/attributes/restSearch"
FAST = RetryPolicy(first_wait=0.01, longest_wait=0.01, jitter=0.0, deadline=0.1)


@pytest.fixture
def misp(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalMisp]:
    with LocalMisp() as running:
        monkeypatch.setenv("MISP_KEY", running.key)
        yield running


def settings(misp: LocalMisp, **changes: Any) -> MispSettings:
    network = NetworkSettings(ca_bundle=misp.ca_bundle)
    return MispSettings(**{"url": misp.url, "key": "env:MISP_KEY", "page_size": 10, "network": network, **changes})


def read(misp: LocalMisp, **changes: Any) -> tuple[list[Record], Reading]:
    given = settings(misp, **changes)
    source = MispReader(given, MispFilter.of(given, 1_780_000_000), FAST)
    source = cloudpickle_pickler.loads(cloudpickle_pickler.dumps(source))
    reading = Reading()
    (part,) = source.parts()
    entries = list(source.read(part, reading))
    assert all(isinstance(entry, Record) for entry in entries)
    return entries, reading  # type: ignore[return-value]


def test_all_attributes_with_their_context(misp: LocalMisp) -> None:
    event = misp.store.add_event(
        info="A campaign", Tag=["tlp:green", 'misp-galaxy:threat-actor="Sofacy"'], publish_timestamp="1779999999"
    )
    uuid = misp.store.add("domain|ip", "a.example|8.8.4.4", event, comment="c", Tag=["own"])
    misp.store.add("text", "words", event)
    misp.store.add("domain", "flagless.example", event, to_ids=False)
    misp.store.delete(misp.store.add("domain", "deleted.example", event))
    records, reading = read(misp)
    common = {
        "id": uuid,
        "title": "A campaign",
        "description": "c",
        "created_at": "1780000000",
        "adversaries": ("Sofacy",),
        "tags": ("own",),
        "tlp": "green",
        "source": "An organisation",
    }
    assert [record.fields for record in records] == [
        {**common, "type": "FQDN", "value": "a.example"},
        {**common, "type": "ip", "value": "8.8.4.4"},
    ]
    assert (records[0].location, records[0].source) == (f"{misp.url}:{uuid}", misp.url)
    assert (reading.complete, reading.expanded) == (True, 1)
    records, _ = read(misp, all_attributes=True)
    assert [record.fields["value"] for record in records] == ["a.example", "8.8.4.4", "flagless.example"]


def test_windows_stand_still(misp: LocalMisp) -> None:
    misp.store.add("domain", "old.example", timestamp="1779395199")
    misp.store.add("domain", "new.example", timestamp="1779395200")
    records, _ = read(misp, changed_within="7d", published_within="1d", tags=("!unwanted",))
    assert [record.fields["value"] for record in records] == ["new.example"]
    bodies = [orjson.loads(request.body or b"") for request in misp.requests]
    assert {body["attribute_timestamp"] for body in bodies} == {1_779_395_200}
    assert {body["publish_timestamp"] for body in bodies} == {1_779_913_600}


def test_each_attribute_once_however_the_set_moves(misp: LocalMisp) -> None:
    uuids = [misp.store.add("domain", f"a{number}.example") for number in range(40)]
    for uuid in uuids[:2]:
        misp.store.edit(uuid, deleted=True)

    def change() -> None:
        misp.store.edit(uuids[0], deleted=False)
        misp.store.remove(uuids[2])
        misp.store.remove(uuids[3])
        misp.store.edit(uuids[4], to_ids=False)

    misp.faults.add(Fault(SEARCH, Meanwhile(change), nth=4))
    records, reading = read(misp)
    ids = [record.fields["id"] for record in records]
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(uuids) - {uuids[1]}
    assert reading.complete


def test_the_same_uuid_twice(misp: LocalMisp) -> None:
    for value in ("a.example", "a.example", "b.example"):
        misp.store.add("domain", value, uuid="the-same")
    misp.store.add("domain", "c.example", uuid=None)
    misp.store.add("domain", "d.example", uuid=None)
    records, reading = read(misp)
    assert [record.fields["value"] for record in records] == ["a.example", "c.example", "d.example"]
    assert reading.expanded == 0


@pytest.mark.parametrize("flag", [True, "1", 1])
def test_answers_in_the_forms_of_other_versions(monkeypatch: pytest.MonkeyPatch, flag: object) -> None:
    def edit(row: dict[str, Any]) -> dict[str, Any]:
        return {**{name: value for name, value in row.items() if name not in ("Event", "Tag")}, "to_ids": flag}

    with LocalMisp(edit=edit) as misp:
        monkeypatch.setenv("MISP_KEY", misp.key)
        misp.store.add("domain", "a.example")
        (record,), reading = read(misp)
    assert set(record.fields) == {"id", "type", "value", "created_at"}
    assert reading.complete


def test_a_wrong_key_ends_the_run(misp: LocalMisp) -> None:
    misp.key = "another"
    with pytest.raises(PermissionDenied, match="--misp_key"):
        read(misp)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(404, b"<html>"), ConfigurationError),
        (Answer(400), ConfigurationError),
        (Answer(302, b""), ConfigurationError),
        (Answer(200, b"<html>Login", {"Content-Type": "text/html"}), ConfigurationError),
        (Answer(200, b"Login"), RetryLater),
        (Answer(500), RetryLater),
    ],
)
def test_what_is_no_misp_ends_the_run(misp: LocalMisp, answer: Answer, error: type[Exception]) -> None:
    misp.faults.add(Fault(SEARCH, answer))
    with pytest.raises(error):
        read(misp)


@pytest.mark.parametrize("answer", [Answer(500), Answer(403), Answer(200, b'{"response":{"Attri')])
def test_a_read_that_breaks_off_is_incomplete(misp: LocalMisp, answer: Answer) -> None:
    for number in range(15):
        misp.store.add("domain", f"a{number}.example")
    misp.faults.add(Fault(SEARCH, answer, nth=3, times=1_000))
    records, reading = read(misp)
    assert len(records) == 10
    assert not reading.complete
    assert reading.error.startswith(f"{misp.url}:10: reading broke off after this attribute: ")
    assert misp.key not in reading.error


def test_a_worker_without_the_key(misp: LocalMisp, monkeypatch: pytest.MonkeyPatch) -> None:
    given = settings(misp)
    monkeypatch.delenv("MISP_KEY")
    reading = Reading()
    assert list(MispReader(given, MispFilter(), FAST).read(Part(misp.url), reading)) == []
    assert "--misp_key" in reading.error


def test_a_misp_in_a_pipeline(misp: LocalMisp, run: RunInfo, pipeline: Callable[[], beam.Pipeline]) -> None:
    for number in range(12):
        misp.store.add("domain", f"a{number}.example")
    taken = Taken()
    with pipeline() as p:
        read = p | ReadFromMisp(settings(misp), run).with_error_handler(taken).with_outcomes(taken)
        values = read.records | "Values" >> beam.Map(lambda record: record.fields["value"])
        assert_that(values, equal_to([f"a{number}.example" for number in range(12)]), label="records")
        shapes = read.reports | "Shapes" >> beam.Map(lambda r: (r.entries, r.records, r.complete, r.error))
        assert_that(shapes, equal_to([(12, 12, True, "")]), label="reports")


def test_ids_that_were_seen() -> None:
    seen = SeenIds()
    assert [seen.add(key) for key in ("a", "b", "a", "\ud800", "\ud800", "")] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]
    for number in range(2_000):
        assert seen.add(f"id {number}")
    assert not seen.add("id 7")
    seen.close()
    with pytest.raises(sqlite3.Error):
        seen.add("c")
