"""Whatever bytes a feed holds, it ends in records, dead letters or an error that says where."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_help import COMPRESSIONS, Breaking, emit_bytes, read

from iocbeam.model.outcome import REASONS
from iocbeam.model.record import Record
from iocbeam.model.settings import RunInfo
from iocbeam.transforms.sources import parse_record

RUN = RunInfo("run-1", 1_790_000_000, "defender", "test")
FORMATS = ("json", "hosts", "text", "auto")
WHERE = re.compile(r"in:\d+: .+", re.DOTALL)

SAMPLES = (
    b'[{"value":"a.example","tags":["x"]},\n{"value":"b.example"},\n\n{"value":"c.example"}]\n',
    b'{"7":[{"ioc_value":"a.example"}],\n"8":[{"ioc_value":"b"},{"ioc_value":"c"}],"9":[{"ioc_value":"d"}]}',
    b'{"query_status":"ok","urls":[\n {\n"url":"http://a.example/","url_status":"online"},\n3,null],"n":1.5e3}',
    b"# list\n127.0.0.1 localhost\n0.0.0.0 a.example b.example # two\n:: c.example\n192.0.2.7 d.example\n",
    b"// list\na.example // one\n" + b"0a" * 16 + b"  name.exe\n//b.example\n",
)
PIECES = (
    b"{",
    b"}",
    b'"',
    b"[",
    b"]",
    b":",
    b",",
    b"\\",
    b"\n",
    b"0.0.0.0 ",
    b"a.b ",
    b"//",
    b"\0",
    b"\xff",
    b'{"value":"a"}',
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good input with some bytes changed, put in or cut off."""
    data = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 2)):
            case 0:
                data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
            case 1:
                data = data[:at] + draw(st.sampled_from(PIECES)) + data[at:]
            case _:
                data = data[:at]
    return COMPRESSIONS[draw(st.sampled_from(sorted(COMPRESSIONS)))](data)


any_bytes = st.one_of(
    damaged(),
    st.binary(max_size=300),
    st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join),
    st.lists(st.sampled_from(PIECES), max_size=40).map(lambda pieces: b"[" + b"".join(pieces)),
)


@settings(max_examples=500)
@given(data=any_bytes, input_format=st.sampled_from(FORMATS))
def test_every_byte_sequence_ends_in_records_dead_letters_or_an_error_that_says_where(
    data: bytes, input_format: str
) -> None:
    got = emit_bytes(data, input_format, RUN)
    (report,) = got.reports
    assert report.records == len(got.records) + len(got.errors)
    assert report.entries <= report.records
    for letter in got.errors:
        assert letter.reason in REASONS
        assert re.fullmatch(r"in:\d+", letter.location)
    assert report.complete == (not report.error)
    assert report.complete or WHERE.fullmatch(report.error), report.error


@settings(max_examples=500)
@given(data=any_bytes, input_format=st.sampled_from(FORMATS[:3]))
def test_the_bytes_of_every_entry_parse_again_to_the_same(data: bytes, input_format: str) -> None:
    for entry in read(data, input_format).entries:
        again = parse_record(entry.raw, entry.format, entry.mapping, entry.location, entry.source)
        if isinstance(entry, Record):
            assert again == entry
        else:
            assert not isinstance(again, Record)
            assert again.reason == entry.reason


@given(data=st.sampled_from(SAMPLES), input_format=st.sampled_from(FORMATS[:3]), at=st.integers(0, 120))
def test_a_stream_that_breaks_off_is_incomplete_and_keeps_what_came_before(
    data: bytes, input_format: str, at: int
) -> None:
    whole = read(data[:at], input_format)
    broken = read(Breaking(data[:at]), input_format)
    assert not broken.reading.complete
    assert WHERE.fullmatch(broken.reading.error)
    assert broken.entries == whole.entries[: len(broken.entries)]


@pytest.mark.parametrize("input_format", FORMATS)
def test_an_empty_input_is_read_to_its_end(input_format: str) -> None:
    got = read(b"", input_format)
    assert (got.entries, got.reading.complete) == ([], True)
