"""JSON documents of records."""

from __future__ import annotations

import io

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import read

from iocbeam.transforms.sources import detect_format, parse_record
from iocbeam.transforms.validate import validate

URLHAUS = {
    "dateadded": "2026-03-01 10:00:00 UTC",
    "url": "http://bad.example/a.exe",
    "url_status": "online",
    "threat": "malware_download",
    "tags": ["elf"],
    "urlhaus_link": "https://report.example/1",
}
THREATFOX = {
    "ioc_value": "198.51.100.7:443",
    "ioc_type": "ip:port",
    "threat_type": "botnet_cc",
    "malware": "win.badthing",
    "malware_printable": "BadThing",
    "first_seen_utc": "2026-03-01 10:00:00",
    "confidence_level": 75,
    "tags": "one,two",
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
records = st.lists(st.dictionaries(st.text(max_size=5), json_values, max_size=3), min_size=1, max_size=8)


class Dripping:
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = io.BytesIO(data), size

    def read(self, size: int, /) -> bytes:
        return self._data.read(min(size, self._size))


@given(records, st.booleans(), st.integers(1, 50), st.sampled_from(("list", "urls", "ids")))
def test_each_object_of_a_list_is_a_record(
    objects: list[dict[str, object]], indent: bool, size: int, form: str
) -> None:
    found = [{**one, "value": "v", "id": "own"} for one in objects]
    document: object = found
    if form == "urls":
        document = {"query_status": "ok", "n": 3, "meta": {"a": [1, "]"]}, "urls": found, "none": None}
    elif form == "ids":
        document = {str(number): [one] for number, one in enumerate(found)}
    data = orjson.dumps(document, option=orjson.OPT_INDENT_2 if indent else 0)
    got = read(Dripping(data, size), "json")
    assert got.reading.complete
    assert [orjson.loads(record.raw) for record in got.records] == found
    assert [record.fields["value"] for record in got.records] == ["v"] * len(found)
    lines = data.split(b"\n")
    for record in got.records:
        assert b"\n" not in record.raw
        line = lines[int(record.location.split(":")[1]) - 1]
        assert b"{" in line


def test_the_exports_of_urlhaus() -> None:
    by_id = orjson.dumps({"3041": [URLHAUS], "3042": [URLHAUS]})
    by_name = orjson.dumps({"query_status": "ok", "urls": [{"id": "3041", "host": "bad.example", **URLHAUS}]})
    for data in (by_id, by_name):
        got = read(data)
        assert got.reading.complete
        assert got.records[0].fields == {
            "id": "3041",
            "value": "http://bad.example/a.exe",
            "created_at": "2026-03-01 10:00:00 UTC",
            "tags": ["elf"],
        }
    assert "query_status" in got.fields.unused


def test_the_exports_of_threatfox() -> None:
    answer = {"query_status": "ok", "data": [{"id": "7", "ioc": "198.51.100.7:443", "ioc_type": "ip:port"}]}
    assert read(orjson.dumps(answer)).records[0].fields == {
        "id": "7",
        "value": "198.51.100.7:443",
        "type": "ip:port",
    }
    got = read(orjson.dumps({"7": [THREATFOX]}, option=orjson.OPT_INDENT_2))
    (record,) = got.records
    assert record.fields == {
        "id": "7",
        "value": "198.51.100.7:443",
        "type": "ip:port",
        "malware": "BadThing",
        "created_at": "2026-03-01 10:00:00",
        "score": 75,
        "tags": "one,two",
    }
    assert (record.location, record.format, record.mapping) == ("in:3", "jsonl", "")
    public = record._replace(fields={**record.fields, "value": "8.8.4.4:443"})
    found = validate(public)
    assert (found.type, found.value, found.malware) == ("IP Address", "8.8.4.4", ("BadThing",))  # type: ignore[union-attr]


def test_the_bytes_of_a_record_parse_again_to_the_same() -> None:
    data = orjson.dumps({"7": [{"Data": "a.example", "note": "x\ny"}, 5]}, option=orjson.OPT_INDENT_2)
    got = read(data, user_map={"value": "data"})
    (record,), (bad,) = got.records, got.rejected
    for entry in got.entries:
        again = parse_record(entry.raw, entry.format, entry.mapping, entry.location, entry.source)
        assert again == entry
    assert record.raw == b'{"Data":"a.example","note":"x\\ny","id":"7"}'
    assert (bad.reason, bad.raw, bad.location) == ("malformed_record", b"5", "in:7")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b'{"error":"unauthorized"}', "in:1: no list of records in this JSON document: only 'error'."),
        (b'["a.example"]', "in:1: no list of records in this JSON document."),
        (b'{"a":[1]}', "in:1: no list of records in this JSON document: only 'a'."),
        (b"<html>", "in:1: reading broke off after this line: this is no JSON document"),
        (b'[{"when":1,"what":2}]', "in:1: none of the names 'when', 'what' is known to hold the value."),
        (b'{"data":[\n{"md5_hash":1,"sha1_hash":2}]}', "in:2: each of the names 'md5_hash', 'sha1_hash' could be"),
    ],
)
def test_what_is_refused(data: bytes, error: str) -> None:
    got = read(data, "json")
    assert (got.entries, got.reading.complete) == ([], False)
    assert got.reading.error.startswith(error)


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"[]", b"{}", b'{"urls":[]}', b'\xef\xbb\xbf{"data": [ ] , "n": 0}']
)
def test_an_empty_document_is_complete(data: bytes) -> None:
    got = read(data, "json")
    assert (got.entries, got.reading.complete) == ([], True)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'[{"value":"a"}]', "json"),
        (b'[{"value":"a"}]\n[{"value":"b"}]\n', "jsonl"),
        (b'{"7":[{"ioc_value":"a"}]}', "json"),
        (b'{\n  "7": [\n    {\n "ioc_value": "a"}]}', "json"),
        (b'{"urls":[{"url":"a"}],"source":"x"}', "json"),
        (b'{"name":"x","data":[{"ioc":"a"}', "json"),
        (b'{"value":"a","related":[{"value":"b"}]}', "jsonl"),
        (b'{"related":[{"value":"b"}],"value":"a"}', "jsonl"),
        (b'{"related":[{"value":"b"}]}\n{"related":[{"value":"b"}]}', "jsonl"),
        (b'{"attributes":[{"name":"a","value":"b"}],"score":1}', "jsonl"),
        (b'{"value":"cut o\n{"value":"b"}\n', "jsonl"),
        (b'{"urls":[]}', "jsonl"),
        (b'["a.example"]', "jsonl"),
    ],
)
def test_a_document_is_told_from_json_lines(head: bytes, expected: str) -> None:
    assert detect_format(head, "in") == expected
