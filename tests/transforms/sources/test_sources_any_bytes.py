"""Whatever bytes an input holds, it ends in records, dead letters or an error that says where."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_help import COMPRESSIONS, Breaking, avro, emit_bytes, read

from iocbeam.model.outcome import REASONS
from iocbeam.model.record import Record
from iocbeam.model.settings import RunInfo
from iocbeam.transforms.sources import parse_record

RUN = RunInfo("run-1", 1_790_000_000, "defender", "test")
FORMATS = ("auto", "jsonl", "csv", "avro", "text")
WHERE = re.compile(r"in:\d+: .+", re.DOTALL)

SAMPLES = (
    b'{"type":"IP Address","value":"203.0.113.9","score":4}\n{"value":"bad.example"}\r\n\n[1]\n{"value":',
    b'type,value,description\r\nFQDN,bad.example,"a ""quoted""\nfield"\nURL,http://x.example/a,b,c\nip,1.2.3.4\n',
    b'# exported\n#"first_seen_utc", "ioc_value"\n"2026-01-01", "bad.example"\n# end\n',
    b"# list\nbad.example # why\n0.0.0.0 a.example b.example\n2001:db8::1\n",
    avro([{"value": "bad.example", "tags": ["a"]}, {"value": "203.0.113.9", "score": 1.5}]),
    avro([{"value": "bad.example"}] * 50, codec="deflate", sync_interval=100),
)
PIECES = (b"{", b"}", b'"', b"\n", b"\r", b",", b";", b"#", b"\0", b"\xff", b"\xef\xbb\xbf", b"value", b"\x80" * 9)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good input with some bytes changed, put in or cut off, before or after compression."""
    data = draw(st.sampled_from(SAMPLES))
    compress = COMPRESSIONS[draw(st.sampled_from(sorted(COMPRESSIONS)))]
    after = draw(st.booleans())
    if after:
        data = compress(data)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 2)):
            case 0:
                data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
            case 1:
                data = data[:at] + draw(st.sampled_from(PIECES)) + data[at:]
            case _:
                data = data[:at]
    return data if after else compress(data)


lines_of_pieces = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
any_bytes = st.one_of(
    damaged(), st.binary(max_size=300), lines_of_pieces, lines_of_pieces.map(b"type,value,id\n".__add__)
)


@settings(max_examples=600)
@given(data=any_bytes, input_format=st.sampled_from(FORMATS))
def test_every_byte_sequence_ends_in_records_dead_letters_or_an_error_that_says_where(
    data: bytes, input_format: str
) -> None:
    got = emit_bytes(data, input_format, RUN)
    (report,) = got.reports
    assert report.records == len(got.records) + len(got.errors)
    assert report.entries <= report.records
    assert len(got.ended) == len(got.errors) == sum(tally.records for tally in got.tallies)
    for letter, row in zip(got.errors, got.ended, strict=True):
        assert letter.reason in REASONS
        assert (row.outcome, row.reason, row.location) == ("rejected", letter.reason, letter.location)
        assert re.fullmatch(r"in:\d+", letter.location)
        assert letter.message
    assert report.complete == (not report.error)
    assert report.complete or WHERE.fullmatch(report.error), report.error


@settings(max_examples=600)
@given(data=any_bytes, input_format=st.sampled_from(FORMATS))
def test_the_bytes_of_every_entry_parse_again_to_the_same(data: bytes, input_format: str) -> None:
    for entry in read(data, input_format).entries:
        again = parse_record(entry.raw, entry.format, entry.mapping, entry.location, entry.source)
        if isinstance(entry, Record):
            assert again == entry
        else:
            assert not isinstance(again, Record)
            assert again.reason == entry.reason


@given(data=st.sampled_from(SAMPLES), input_format=st.sampled_from(FORMATS[1:]), at=st.integers(0, 400))
def test_a_stream_that_breaks_off_is_incomplete_and_keeps_what_came_before(
    data: bytes, input_format: str, at: int
) -> None:
    whole = read(data[:at], input_format)
    broken = read(Breaking(data[:at]), input_format)
    assert not broken.reading.complete
    assert WHERE.fullmatch(broken.reading.error)
    assert broken.entries == whole.entries[: len(broken.entries)]


@pytest.mark.parametrize("input_format", FORMATS[1:])
def test_the_error_names_the_last_good_line(input_format: str) -> None:
    samples = dict(zip(FORMATS[1:], (SAMPLES[0], SAMPLES[1], SAMPLES[5], SAMPLES[3]), strict=True))
    broken = read(Breaking(samples[input_format]), input_format)
    assert "the disk went away" in broken.reading.error
    assert int(broken.reading.error.split(":")[1]) >= 4


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("input_format", FORMATS)
def test_an_empty_input_is_read_to_its_end(compression: str, input_format: str) -> None:
    got = read(COMPRESSIONS[compression](b""), input_format)
    assert got.entries == []
    # An Avro file has a header even when it has no records.
    assert got.reading.complete == (input_format != "avro")
