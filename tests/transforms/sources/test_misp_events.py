"""Event files of MISP."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from source_help import COMPRESSIONS, Breaking, Repeated, read

from iocbeam.transforms import validate
from iocbeam.transforms.sources import FieldMap, MispFilter, Reading, read_misp

EVENT: dict[str, Any] = {
    "uuid": "e-1",
    "info": "An event",
    "Attribute": [
        {"type": "domain", "value": "a.example", "to_ids": True, "uuid": "1"},
        {"type": "text", "value": "words", "to_ids": False, "uuid": "2"},
    ],
    "Object": [
        {
            "name": "file",
            "Attribute": [{"type": "md5", "value": "0" * 32, "to_ids": True, "uuid": "3", "data": "x" * 1_000}],
        }
    ],
    # It stands behind what it is about, as in real events.
    "Orgc": {"name": "An organisation"},
    "Tag": [{"name": "tlp:green"}],
    "Galaxy": [{"type": "malpedia", "GalaxyCluster": [{"value": "Emotet"}]}],
    "RelatedEvent": [{"Event": {"info": "another", "Attribute": [{"type": "domain", "value": "no.example"}]}}],
    "ShadowAttribute": [{"type": "domain", "value": "proposed.example", "to_ids": True}],
}
VALUES = ["a.example", "0" * 32]
NETWORK = {"ip-src", "ip-dst", "ip-dst|port", "domain", "domain|ip", "hostname", "url"}
KINDS = NETWORK | {"md5", "sha1", "sha256", "filename|sha1"}
"""Types of ours that the real events hold."""


def dumps(value: object) -> bytes:
    return orjson.dumps(value)


@pytest.mark.parametrize(
    "data",
    [
        dumps({"Event": EVENT}),
        orjson.dumps({"Event": EVENT}, option=orjson.OPT_INDENT_2),
        b"\xef\xbb\xbf \n" + dumps({"Event": EVENT}) + b"\n",
        dumps({"response": [{"Event": EVENT}]}),
        dumps([{"Event": EVENT}]),
    ],
)
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_an_event_is_told_by_its_content(data: bytes, compression: str) -> None:
    got = read(COMPRESSIONS[compression](data), "auto", "event.json")
    assert got.values == VALUES
    assert (got.reading.complete, len(got.entries) - got.reading.expanded) == (True, 3)
    record = got.records[1]
    assert (record.location, record.source, record.format) == ("event.json:3", "event.json", "jsonl")
    assert record.fields == {
        "id": "3",
        "type": "MD5",
        "value": "0" * 32,
        "title": "An event",
        "malware": ("Emotet",),
        "tlp": "green",
        "source": "An organisation",
    }


def test_several_events() -> None:
    other = {**EVENT, "info": "Another", "Tag": []}
    for data in (
        dumps({"Event": EVENT}) + b"\n" + dumps({"Event": other}),
        dumps({"response": [{"Event": EVENT}, {"Event": other}]}),
        dumps([{"Event": EVENT}, {"Event": other}]),
    ):
        got = read(data)
        assert got.values == VALUES * 2
        shown = [(record.fields["title"], record.fields.get("tlp")) for record in got.records]
        assert shown == [("An event", "green")] * 2 + [("Another", None)] * 2


def test_a_saved_answer_of_a_search_for_attributes() -> None:
    event = {"info": "own", "Orgc": {"name": "x"}, "Tag": [{"name": "tlp:red"}], "publish_timestamp": "1"}
    rows = [{**EVENT["Attribute"][0], "Event": event, "Tag": [{"name": "t"}]}, EVENT["Attribute"][1]]
    (record,) = read(dumps({"response": {"Attribute": rows}})).records
    assert (record.fields["title"], record.fields["source"], record.fields["tlp"]) == ("own", "x", "red")
    assert record.fields["tags"] == ("t",)


@pytest.mark.parametrize(
    "data", [dumps({"response": []}), dumps({"response": {"Attribute": []}}), dumps({"Event": {}})]
)
def test_nothing_is_something(data: bytes) -> None:
    got = read(data)
    assert (got.entries, got.reading.complete) == ([], True)


def test_an_object_that_is_deleted() -> None:
    attribute = EVENT["Attribute"][0]
    objects = [
        {"deleted": True, "Attribute": [attribute]},
        {"Attribute": [{**attribute, "value": "b.example"}], "deleted": "0"},
        {"Attribute": [attribute], "deleted": "1"},
    ]
    got = read(dumps({"Event": {"Object": objects}}))
    assert (got.values, got.reading.expanded) == (["b.example"], -2)


def test_something_else_under_this_format() -> None:
    for data in (b'{"value":"a.example"}', b"a.example\n", b"", b"[]"):
        got = read(data, "misp")
        assert (got.entries, got.reading.complete) == ([], False), data
        assert got.reading.error.startswith("in:0: ")


@pytest.mark.parametrize("head", [b'{"value":"a","Event":{}}', b'{"Event":"x","value":"a"}', b'{"response":"x"}'])
def test_json_lines_with_such_a_name_are_json_lines(head: bytes) -> None:
    assert [entry.format for entry in read(head).entries] == ["jsonl"]


def test_cut_off_at_any_byte() -> None:
    data = dumps({"Event": EVENT})
    for end in range(data.index(b'"Orgc"'), len(data) - 1):
        got = read(data[:end], "misp")
        assert got.values == VALUES
        assert not got.reading.complete
        assert got.reading.error.startswith("in:3: reading broke off after this attribute:")
        # The marking may have been in what is missing.
        assert {record.fields["tlp"] for record in got.records} == {"unknown"}
    got = read(data[: data.index(b'"to_ids":true,"uuid":"3"')], "misp")
    assert got.values == ["a.example"]


def test_a_stream_that_breaks() -> None:
    got = read(Breaking(dumps({"Event": EVENT})[:-1]), "misp")
    assert (got.values, got.reading.error) == (
        VALUES,
        "in:3: reading broke off after this attribute: the disk went away",
    )


@pytest.mark.parametrize("bad", [b"\xff", b"\x00", b"NaN", b",,"])
def test_bytes_that_no_json_has(bad: bytes) -> None:
    data = dumps({"Event": EVENT}).replace(b'"Orgc"', bad + b'"Orgc"')
    got = read(data, "misp")
    assert (got.values, got.reading.complete) == (VALUES, False)


def test_attributes_of_any_shape() -> None:
    event = dumps({"Event": {"info": 5, "Orgc": [], "Tag": {"a": 1}, "Galaxy": None, "Attribute": "here"}})
    odd = b'[null,5,[[]],{},{"type":"domain","value":1.5,"Event":5},{"type":"domain","value":' + b"9" * 30 + b"}]"
    got = read(event.replace(b'"here"', odd), "misp")
    assert got.reading.complete
    assert got.reasons == ["malformed_record"] * 4
    assert got.values == ["1.5", "9" * 30]
    assert [validate(record).reason for record in got.records] == ["malformed_domain"] * 2  # type: ignore[union-attr]
    assert [orjson.loads(record.raw)["value"] for record in got.records] == got.values


def test_any_change_of_bytes_is_survived() -> None:
    data = dumps({"response": [{"Event": EVENT}]})
    chance = random.Random(7)
    for _ in range(500):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        got = read(bytes(broken), "misp")
        assert got.reading.complete or got.reading.error
        for record in got.records:
            validate(record)


def test_real_events(shared: Path) -> None:
    """Every attribute of a type of ours, and no other, as the standard library's parser sees the same files."""
    paths = [path for path in (shared / "data" / "raw").rglob("*.json") if b'"Event"' in path.read_bytes()]
    assert len(paths) == 19
    total: Counter[str] = Counter()
    for path in paths:
        document = orjson.loads(path.read_bytes())
        events = [one["Event"] for one in document.get("response", [document])]
        attributes = [row for event in events for row in event["Attribute"]]
        attributes += [row for event in events for part in event.get("Object", ()) for row in part["Attribute"]]
        for flagged in (True, False):
            reading = Reading()
            with open(path, "rb") as file:
                wanted = MispFilter(all_attributes=not flagged)
                found = list(read_misp(file, path.name, FieldMap(), reading, wanted))
            expected = [row for row in attributes if row["type"] in KINDS and (row["to_ids"] or not flagged)]
            pairs = sum(row["type"] == "domain|ip" for row in expected)
            assert len(found) == len(expected) + pairs
            assert {entry.fields["id"] for entry in found} == {row["uuid"] for row in expected}  # type: ignore[union-attr]
            assert reading.complete
            assert len(found) - reading.expanded == len(attributes)
            total.update(type(validate(entry)).__name__ for entry in found)  # type: ignore[arg-type]
    assert total["Indicator"] > 2_500
    assert total["Ended"] < 60


def test_the_malformed_event_that_was_really_published(shared: Path) -> None:
    path = shared / "vectors" / "malformed" / "eset_malicious_pypi_packages.misp-event.json"
    with open(path, "rb") as file:
        got = read(file, "auto", path.name)
    assert not got.reading.complete
    assert "unallowed token" in got.reading.error
    # All that stands before the comma too many is good.
    assert len(got.records) > 300
    assert all(validate(record).tlp == "unknown" for record in got.records)  # type: ignore[union-attr]


def test_a_large_event_takes_little_memory() -> None:
    attribute = dumps({**EVENT["Attribute"][0], "comment": "x" * 400, "data": "y" * 4_000}) + b","
    count = 12_000
    begin = dumps({"Event": {"info": "large"}})[:-2] + b',"Attribute":['
    stream = Repeated(attribute, count, b"{}]}}")
    stream._rest = begin
    reading = Reading()
    tracemalloc.start()
    try:
        found = sum(1 for _ in read_misp(stream, "in", FieldMap(), reading))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found, reading.complete) == (count + 1, True)
    assert peak < 16 << 20, peak  # of 50 MB
