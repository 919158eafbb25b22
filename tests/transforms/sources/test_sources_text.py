"""Plain lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import read

from iocbeam.model.record import MAX_RECORD, Record

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20).filter(
    lambda word: word[0] not in "#;\ufeff"
)


@given(st.lists(words, max_size=20))
def test_each_line_is_a_value(values: list[str]) -> None:
    got = read("\n".join(values).encode(), "text")
    assert got.values == values
    assert [record.location for record in got.records] == [f"in:{n + 1}" for n in range(len(values))]


def test_comments_blank_lines_and_white_space() -> None:
    data = (
        b"\xef\xbb\xbf# head\r\n; other\r\n\r\n  bad.example  \r\n1.10.16.0/20 ; SBL256894\r\n"
        b"http://x.example/a;b#c # why\r\n\tb.example\t#x\r\n  # indented"
    )
    got = read(data)
    assert got.values == ["bad.example", "1.10.16.0/20", "http://x.example/a;b#c", "b.example"]
    assert got.records[0] == Record({"value": "bad.example"}, b"  bad.example  \r", "in:4", "in", "text", "")


def test_a_line_of_several_words_stays_one_value() -> None:
    assert read(b"Phishing domains\nbad.example and more words\n").values == [
        "Phishing domains",
        "bad.example and more words",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"a\xff.example", "invalid_utf8"),
        (b"a\0b", "malformed_record"),
        (b"x" * (MAX_RECORD + 1), "too_long"),
        (b"0.0.0.0 a.example \xff.example", "invalid_utf8"),
    ],
)
def test_a_bad_line_costs_itself_alone(line: bytes, reason: str) -> None:
    got = read(b"before.example\n" + line + b"\nafter.example\n", "text")
    assert got.values[0] == "before.example"
    assert got.values[-1] == "after.example"
    assert got.reasons == [reason]
    assert got.rejected[0].location == "in:2"
