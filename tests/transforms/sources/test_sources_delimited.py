"""Delimited files."""

from __future__ import annotations

import csv
import io
import time

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import read

from iocbeam.model.record import MAX_RECORD

# A carriage return alone is the one thing that csv.writer quotes and no line-based reader keeps apart.
cells = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=6).filter(
    lambda cell: cell != "None"
)


@given(
    rows=st.lists(st.tuples(cells, cells, cells), max_size=20),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(("\n", "\r\n")),
)
def test_rows_are_read_as_they_were_written(rows: list[tuple[str, str, str]], delimiter: str, end: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("type", "value", "description"), *rows])
    data = text.getvalue().encode()
    got = read(data, "csv")
    assert got.reading.complete
    assert [tuple(record.fields.values()) for record in got.records] == rows
    assert got.rejected == []
    # Together the bytes kept are the input.
    kept = b"\n".join([data.split(b"\n")[0], *(record.raw for record in got.records), b""])
    assert kept == data


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_aliases(delimiter: str) -> None:
    header = ["IOC", "Valid From", "valid-until", "Confidence", "threat_actor", "Link"]
    row = ["bad.example", "2026-01-01", "2027-01-01", "80", "Panda", "https://x.example"]
    got = read((delimiter.join(header) + "\n" + delimiter.join(row)).encode())
    assert got.records[0].fields == {
        "value": "bad.example",
        "created_at": "2026-01-01",
        "expires_at": "2027-01-01",
        "score": "80",
        "adversaries": "Panda",
    }
    assert got.fields.unused == ("Link",)
    assert orjson.loads(got.records[0].mapping) == {"columns": header, "delimiter": delimiter}


def test_field_map_names_the_columns_and_travels_with_the_bytes() -> None:
    data = b"\xef\xbb\xbfIndicator type,Data\ndomain,bad.example\n"
    refused = read(data)
    assert not refused.reading.complete
    assert "'Indicator type', 'Data'" in refused.reading.error
    assert "--field_map value=COLUMN" in refused.reading.error
    got = read(data, user_map={"value": "data"})
    assert got.records[0].fields == {"value": "bad.example", "type": "domain"}
    assert orjson.loads(got.records[0].mapping)["field_map"] == {"value": "data"}


def test_a_header_in_a_comment() -> None:
    threatfox = (
        b"################\n# ThreatFox IOCs: CSV, recent\n#\n"
        b'# "first_seen_utc","ioc_id","ioc_value","ioc_type","malware_printable","tags"\n'
        b'"2026-01-01 10:00:00", "7", "203.0.113.9:443", "ip:port", "None", "a,b"\n'
        b"# Number of entries: 1\n"
    )
    got = read(threatfox)
    assert [(record.fields, record.location) for record in got.records] == [
        (
            {
                "created_at": "2026-01-01 10:00:00",
                "id": "7",
                "value": "203.0.113.9:443",
                "type": "ip:port",
                "malware": "",
                "tags": "a,b",
            },
            "in:5",
        )
    ]
    urlhaus = b'# id,dateadded,url,url_status\r\n"1","2026-01-01","http://x.example/a,b","online"\r\n'
    assert read(urlhaus).values == ["http://x.example/a,b"]
    assert read(b"# type,value\n").entries == []


@pytest.mark.parametrize("caption", [b"# domain", b"# This list has ip, domain", b"# url: a, b", b"#"])
def test_prose_in_comments_is_no_header(caption: bytes) -> None:
    got = read(caption + b"\nbad.example # c\nworse.example\n")
    assert got.values == ["bad.example", "worse.example"]
    assert got.records[0].format == "text"


def test_ragged_rows() -> None:
    got = read(b"type,value,tags\nFQDN,bad.example\nFQDN,a.example,x,y\n,,\nFQDN,b.example,\n")
    assert [tuple(record.fields.values()) for record in got.records] == [
        ("FQDN", "bad.example", ""),
        ("", "", ""),
        ("FQDN", "b.example", ""),
    ]
    (bad,) = got.rejected
    assert (bad.reason, bad.location, bad.raw) == ("ragged_row", "in:3", b"FQDN,a.example,x,y")
    assert bad.message == "4 fields under a header of 3."


def test_a_quoted_line_feed_keeps_the_location_of_its_first_line() -> None:
    got = read(b'value,description\na.example,"one\ntwo\r\n# three"\n\nb.example,x\n')
    assert [(record.location, record.fields["description"]) for record in got.records] == [
        ("in:2", "one\ntwo\r\n# three"),
        ("in:6", "x"),
    ]
    assert got.records[0].raw == b'a.example,"one\ntwo\r\n# three"'


@pytest.mark.parametrize("tail", [b"", b'w.example,"quoted"\n', b'w.example,"quoted\nover two"\nx.example,\n'])
def test_an_open_quote_costs_its_own_row(tail: bytes) -> None:
    rows = [b"%d.example,text\n" % n for n in range(5_000)]
    rows[100] = b'100.example,"no end\n'
    got = read(b"value,description\n" + b"".join(rows) + tail)
    values = set(got.values)
    assert {f"{n}.example" for n in range(5_000) if n != 100} <= values
    assert [bad.location for bad in got.rejected if bad.raw.startswith(b"100.")] == ["in:102"]
    assert got.reading.complete
    if tail:
        assert got.rejected[-1].raw.startswith((b"100.", b'w.example,"quoted', b'over two"'))


def test_text_from_within_broken_quotes_is_no_indicator() -> None:
    got = read(b'value,description\na.example,"see\n8.8.8.8\nfor more"x\nb.example,y\n')
    assert got.values == ["b.example"]
    assert [(bad.location, bad.reason) for bad in got.rejected] == [
        ("in:2", "malformed_record"),
        ("in:3", "malformed_record"),
        ("in:4", "malformed_record"),
    ]


def test_quotes_that_never_close_take_no_time_twice() -> None:
    line = b'a","\n'  # from a quoted field as from none, its end is within a quoted field
    begin = time.process_time()
    got = read(b"value,type\n" + line * 100_000, "csv")
    assert len(got.entries) == 100_000
    assert time.process_time() - begin < 10


def test_text_after_a_closing_quote_is_not_guessed_at() -> None:
    (bad,) = read(b'value,type\n"bad.example"x,FQDN\n', "csv").rejected
    assert bad.reason == "malformed_record"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"a\0.example,x", "malformed_record"),
        (b"a\xff.example,x", "invalid_utf8"),
        (b'a.example,"x\n\xff"', "invalid_utf8"),
        (b"a.example,x\ry", "malformed_record"),
        (b"a.example," + b"x" * 200_000, "malformed_record"),
        (b"a.example," + b"x" * MAX_RECORD, "too_long"),
    ],
)
def test_a_bad_row_costs_itself_alone(row: bytes, reason: str) -> None:
    got = read(b"value,description\nbefore.example,\n" + row + b"\nafter.example,\n")
    assert got.values == ["before.example", "after.example"]
    (bad,) = got.rejected
    assert (bad.reason, bad.location) == (reason, "in:3")
    assert bad.raw == row[: len(bad.raw)]
    assert bad.truncated == (reason == "too_long")


def test_a_row_of_many_lines_is_bounded() -> None:
    row = b'a.example,"' + b'x","\n' * 300_000
    got = read(b"value,description\n" + row + b'"\nb.example,y\n', "csv")
    assert got.values[-1] == "b.example"
    assert got.rejected[0].location == "in:2"


def test_a_single_column_may_hold_any_delimiter() -> None:
    got = read(b"url\nhttp://x.example/a,b;c|d\n")
    assert got.values == ["http://x.example/a,b;c|d"]
    assert got.records[0].format == "csv"


def test_two_columns_that_could_be_the_value() -> None:
    got = read(b"md5,sha256,name\n0,1,2\n")
    assert "'md5', 'sha256' could be the value" in got.reading.error
    assert read(b"md5,sha256,name\n0,1,2\n", user_map={"value": "sha256"}).values == ["1"]


def test_columns_without_a_header_are_refused() -> None:
    got = read(b"hxxp://x.example/,2016-05-09,12\nhxxp://y.example/,2016-05-09,13\n")
    assert got.entries == []
    assert "in:1: columns without a header line" in got.reading.error
    assert "--field_map" in got.reading.error
    # Of these only the cell that is no name tells that it is data.
    assert not read(b"domain,bad.example\nip,203.0.113.9\n").reading.complete


def test_a_header_too_long_to_be_one() -> None:
    got = read(b"value," + b"x," * MAX_RECORD + b"\na,b\n", "csv")
    assert got.reading.error.startswith("in:1: longer than 1 MiB")
