"""Error rows and dead letters are the same thing in two forms."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.ends import INDICATOR_FORMAT
from iocbeam.model.error_row import error_row, letter_of
from iocbeam.model.indicator import Indicator
from iocbeam.model.indicator_row import IndicatorRow, indicator_row

TEXT = st.text(max_size=20)


@st.composite
def letters(draw: st.DrawFn) -> DeadLetter:
    indicator = draw(st.none() | TEXT)
    return DeadLetter(
        run_id=draw(TEXT),
        occurred_at=draw(st.integers(0, 2**40)),
        job=draw(TEXT),
        stage=draw(TEXT),
        reason=draw(TEXT),
        message=draw(TEXT),
        retriable=draw(st.booleans()),
        attempts=draw(st.integers(0, 9)),
        http_status=draw(st.none() | st.integers(100, 599)),
        tenant_id=draw(TEXT),
        source=draw(TEXT),
        location=draw(TEXT),
        format="jsonl" if indicator is None else INDICATOR_FORMAT,
        mapping=draw(TEXT),
        truncated=draw(st.booleans()),
        record=draw(st.binary(max_size=40)) if indicator is None else b"",
        indicator=indicator,
    )


@given(letters())
def test_a_letter_comes_back_from_its_row_as_it_was(letter: DeadLetter) -> None:
    row = error_row(letter)
    assert json.loads(json.dumps(row._asdict())) == row._asdict()
    assert letter_of(row) == letter


def test_a_record_that_is_no_text_is_base64() -> None:
    letter = DeadLetter(
        "r",
        1,
        "yaml",
        "Read",
        "invalid_utf8",
        "",
        False,
        0,
        None,
        "",
        "s",
        "s:1",
        "jsonl",
        "",
        False,
        b"\xff",
        None,
    )
    row = error_row(letter)
    assert (row.record, row.encoding) == ("/w==", "base64")
    with pytest.raises(ValueError, match="not base64"):
        letter_of(row._replace(record="%"))


def test_a_row_has_every_field_of_an_indicator_in_its_order() -> None:
    assert IndicatorRow._fields == Indicator.__slots__
    made = Indicator("FQDN", "bad.example", "High", tags=("a",), attributes=(("b", "c"),), expires_at=5)
    assert Indicator(*indicator_row(made)) == made
    defaults = IndicatorRow("FQDN", "bad.example")
    assert Indicator(*defaults) == Indicator("FQDN", "bad.example")
