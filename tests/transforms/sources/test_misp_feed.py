"""Feeds in MISP's form, and PyMISP's own generator of them as an oracle."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import orjson
import pytest
from apache_beam.internal import cloudpickle_pickler
from apache_beam.testing.util import assert_that, equal_to
from pymisp import MISPEvent, MISPObject, MISPOrganisation
from pymisp.abstract import pymisp_json_default
from pymisp.tools.feed import feed_meta_generator
from source_help import Taken

from iocbeam.clients import RetryPolicy
from iocbeam.local_tenant import Answer, CutOff, Fault, LocalMisp
from iocbeam.model.errors import ConfigurationError, RetryLater, UsageError
from iocbeam.model.record import Record
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.source import MispSettings, NetworkSettings
from iocbeam.transforms.sources import MispFeedReader, MispFilter, Part, ReadFromMisp, Reading
from iocbeam.transforms.sources.misp_filter import EVERYTHING_FLAGGED

FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"
FAST = RetryPolicy(first_wait=0.01, longest_wait=0.01, jitter=0.0, deadline=0.1)


def event(uuid: str, *values: str, **fields: Any) -> bytes:
    attributes = [{"type": "domain", "value": value, "to_ids": True, "uuid": value} for value in values]
    return orjson.dumps({"Event": {"uuid": uuid, "info": "x", "Attribute": attributes, **fields}})


def line(**fields: Any) -> dict[str, Any]:
    return {"Orgc": {"name": "x"}, "info": "x", "date": "2026-01-31", "timestamp": 1_770_000_000, **fields}


def files(**manifest: Any) -> dict[str, bytes]:
    named = {"first": FIRST, "second": SECOND}
    return {
        "manifest.json": orjson.dumps({named.get(name, name): shown for name, shown in manifest.items()}),
        f"{FIRST}.json": event(FIRST, "a.example", "b.example"),
        f"{SECOND}.json": event(SECOND, "c.example"),
    }


def write(directory: Path, content: dict[str, bytes]) -> str:
    for name, data in content.items():
        (directory / name).write_bytes(data)
    return str(directory)


def reader(url: str, wanted: MispFilter = EVERYTHING_FLAGGED, **settings: Any) -> MispFeedReader:
    return MispFeedReader(MispSettings(url, **settings), wanted, FAST)


class Got(dict[str, list[str]]):
    """Values by the end of their part's name; `problems` in the same way."""

    def __init__(self, source: MispFeedReader) -> None:
        super().__init__()
        self.problems: dict[str, str] = {}
        for part in source.parts():
            reading = Reading()
            name = part.name.rpartition("/")[2]
            self[name] = [
                entry.fields["value"] for entry in source.read(part, reading) if isinstance(entry, Record)
            ]
            if not reading.complete:
                self.problems[name] = reading.error


@pytest.fixture
def misp() -> Iterator[LocalMisp]:
    with LocalMisp() as running:
        yield running


@pytest.fixture(params=["directory", "https"])
def place(request: pytest.FixtureRequest, tmp_path: Path, misp: LocalMisp) -> Callable[..., MispFeedReader]:
    """A reader of these files, from a directory or over TLS."""

    def make(content: dict[str, bytes], wanted: MispFilter = EVERYTHING_FLAGGED) -> MispFeedReader:
        if request.param == "directory":
            return reader(write(tmp_path, content), wanted)
        misp.feed = content
        return reader(f"{misp.feed_url}/", wanted, network=NetworkSettings(ca_bundle=misp.ca_bundle))

    return make


Place = Callable[..., MispFeedReader]


def test_each_event_is_a_part(place: Place) -> None:
    source = place(files(first=line(), second=line()))
    source = cloudpickle_pickler.loads(cloudpickle_pickler.dumps(source))
    got = Got(source)
    assert got == {f"{FIRST}.json": ["a.example", "b.example"], f"{SECOND}.json": ["c.example"]}
    assert got.problems == {}


def test_a_missing_or_damaged_event_is_told_and_the_others_go_on(place: Place) -> None:
    content = files(first=line(), second=line())
    gone = dict(content)
    del gone[f"{FIRST}.json"]
    got = Got(place({**gone}))
    assert (got[f"{FIRST}.json"], got[f"{SECOND}.json"]) == ([], ["c.example"])
    assert list(got.problems) == [f"{FIRST}.json"]
    for damage in (b"<html>not found</html>", b"", content[f"{FIRST}.json"][:-20]):
        got = Got(place({**content, f"{FIRST}.json": damage}))
        assert got[f"{SECOND}.json"] == ["c.example"]
        assert list(got.problems) == [f"{FIRST}.json"]
        assert f"{FIRST}.json:" in got.problems[f"{FIRST}.json"]


@pytest.mark.parametrize("name", ["../secrets", "x", f"{FIRST}/../x", "https://evil.example/a", ""])
def test_an_event_cannot_name_another_file(place: Place, name: str) -> None:
    got = Got(place({**files(second=line()), "manifest.json": orjson.dumps({name: line(), SECOND: line()})}))
    assert got[f"{SECOND}.json"] == ["c.example"]
    (problem,) = got.problems.values()
    assert "no UUID" in problem


def test_compressed_events(place: Place) -> None:
    content = files(first=line())
    assert Got(place({**content, f"{FIRST}.json": gzip.compress(content[f"{FIRST}.json"])})) == {
        f"{FIRST}.json": ["a.example", "b.example"]
    }


def test_an_empty_feed_is_read(place: Place) -> None:
    assert Got(place(files())) == {"manifest.json": []}


def test_events_from_before_the_window_are_not_fetched(place: Place) -> None:
    content = files(first=line(timestamp="1769999999"), second=line(), odd=5)
    del content[f"{FIRST}.json"]
    got = Got(place(content, MispFilter(changed_since=1_770_000_000)))
    assert list(got) == [f"{SECOND}.json", "odd.json"]
    got = Got(place(content, MispFilter(changed_since=1_770_000_001)))
    assert list(got) == ["odd.json"]


@pytest.mark.parametrize("manifest", [None, b"", b"<html>", b"[]", b"{", b"\xff"])
def test_without_a_manifest_there_is_no_feed(place: Place, manifest: bytes | None) -> None:
    content = {} if manifest is None else {"manifest.json": manifest}
    with pytest.raises(ConfigurationError, match="--misp_url"):
        list(place(content).parts())


def test_what_goes_wrong_over_https(misp: LocalMisp) -> None:
    misp.feed = files(first=line(), second=line())
    source = reader(misp.feed_url, network=NetworkSettings(ca_bundle=misp.ca_bundle))
    first = Fault(f"/feed/{FIRST}.json", CutOff(20), nth=1)
    misp.faults.add(first, Fault("/feed/manifest.json", Answer(503), nth=1))
    assert Got(source).problems == {}
    assert misp.faults.struck(first) == 1
    misp.faults.add(Fault(f"/feed/{FIRST}.json", CutOff(20)))
    got = Got(source)
    assert list(got.problems) == [f"{FIRST}.json"]
    assert "broke in mid answer" in got.problems[f"{FIRST}.json"]
    misp.faults.add(Fault("/feed/manifest.json", Answer(503)))
    with pytest.raises(RetryLater):
        Got(source)
    assert {request.path.rpartition("/")[2] for request in misp.requests} == set(misp.feed)


def test_a_filesystem_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="nowhere://"):
        list(reader("nowhere://bucket/feed").parts())


def made_event(number: int) -> MISPEvent:
    made = MISPEvent()
    made.info = f"event {number}"
    made.add_tag("tlp:green")
    made.Orgc = MISPOrganisation()
    made.Orgc.from_dict(name="An organisation", uuid=SECOND)
    made.date, made.timestamp = "2026-01-31", 1_770_000_000 + number
    for kind, value in (
        ("domain", f"a{number}.example"),
        ("ip-dst|port", f"8.8.4.{number}|443"),
        ("domain|ip", f"b{number}.example|8.8.8.{number}"),
        ("filename|sha256", f"a.exe|{number:064x}"),
        ("link", "https://report.example/"),
    ):
        made.add_attribute(kind, value, timestamp=1_760_000_000 + number)
    made.add_attribute("url", f"http://c{number}.example/x", timestamp=5e8, to_ids=number % 2 == 0)
    file = MISPObject("file", standalone=False)
    file.timestamp = 1_770_000_000
    file.add_attribute("md5", f"{number:032x}", timestamp=1_750_000_000)
    file.add_attribute("filename", "a.exe", timestamp=1_750_000_000)
    made.add_object(file)
    return made


def test_what_pymisp_writes_as_a_feed(tmp_path: Path) -> None:
    events = [made_event(number) for number in range(1, 6)]
    for one in events:
        (tmp_path / f"{one.uuid}.json").write_text(json.dumps(one.to_feed(), default=pymisp_json_default))
    feed_meta_generator(tmp_path)
    expected = set()
    for one in events:
        attributes = [*one.attributes, *(attribute for part in one.objects for attribute in part.attributes)]
        for attribute in attributes:
            if not attribute.to_ids or attribute.type in ("link", "filename"):
                continue
            values = attribute.value.split("|")
            if attribute.type == "ip-dst|port":
                values = values[:1]
            elif attribute.type == "filename|sha256":
                values = values[1:]
            expected |= {(attribute.uuid, value, int(attribute.timestamp.timestamp())) for value in values}
    source = reader(str(tmp_path))
    found = set()
    for part in source.parts():
        reading = Reading()
        for entry in source.read(part, reading):
            assert isinstance(entry, Record)
            fields = entry.fields
            assert (fields["source"], fields["tlp"]) == ("An organisation", "green")
            found.add((fields["id"], fields["value"], int(fields["created_at"])))
        assert reading.complete
    assert found == expected
    assert len(found) == 5 * 6 + 2


def test_a_feed_in_a_pipeline(tmp_path: Path, run: RunInfo, pipeline: Callable[[], beam.Pipeline]) -> None:
    content = files(first=line(), second=line())
    content[f"{SECOND}.json"] = content[f"{SECOND}.json"].replace(b'"Attribute":[', b'"Attribute":[5,')[:-1]
    taken = Taken()
    with pipeline() as p:
        source = ReadFromMisp(MispSettings(write(tmp_path, content)), run)
        read = p | source.with_error_handler(taken).with_outcomes(taken)
        values = read.records | "Values" >> beam.Map(lambda record: record.fields["value"])
        assert_that(values, equal_to(["a.example", "b.example", "c.example"]), label="records")
        letters = taken.errors | "Letters" >> beam.Map(lambda letter: (letter.reason, letter.record))
        assert_that(letters, equal_to([("malformed_record", b"5")]), label="letters")
        shapes = read.reports | "Shapes" >> beam.Map(lambda r: (r.entries, r.records, r.complete))
        assert_that(shapes, equal_to([(2, 2, True), (2, 2, False)]), label="reports")


def test_a_window_is_checked_when_the_transform_is_made(run: RunInfo) -> None:
    with pytest.raises(UsageError, match="--misp_changed_within"):
        ReadFromMisp(MispSettings("feed", changed_within="soon"), run)


def test_the_part_of_an_empty_feed_has_no_entries() -> None:
    reading = Reading()
    assert list(reader("feed").read(Part("feed/manifest.json"), reading)) == []
    assert reading.complete
