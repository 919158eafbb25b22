"""Values in KQL: whatever they hold, they are one literal and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.clients import kql_list, kql_text

_SIGNS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


def read_literal(query: str, start: int) -> tuple[str, int]:
    """The value of a text literal in double quotes as the language's page describes it, and where it ends."""
    assert query[start] == '"'
    value, place = "", start + 1
    while query[place] != '"':
        assert query[place] not in "\r\n", "a line end cannot stand in a literal"
        if query[place] == "\\":
            place += 1
            value += _SIGNS[query[place]]
        else:
            value += query[place]
        place += 1
    return value, place + 1


TEXT = st.text(
    st.one_of(st.sampled_from("\\\"'`|;/*-\n\r\t (){}@"), st.characters(exclude_categories=("Cc", "Cs")))
)


@given(TEXT)
def test_a_value_is_one_literal_whatever_it_holds(value: str) -> None:
    query = f"DeviceInfo | where PublicIP == {kql_text(value)} | take 1"
    read, end = read_literal(query, query.index('"'))
    assert (read, query[end:]) == (value, " | take 1")
    assert "\n" not in query


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_a_list_is_its_values_and_nothing_else(values: list[str]) -> None:
    text = kql_list(values)
    place, found = 1, []
    while True:
        value, place = read_literal(text, place)
        found.append(value)
        if text[place:] == ")":
            break
        assert text[place : place + 2] == ", "
        place += 2
    assert (text[0], found) == ("(", values)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("203.0.113.7", '"203.0.113.7"'),
        ('a" or 1 == 1 //', '"a\\" or 1 == 1 //"'),
        ("C:\\Temp\\", '"C:\\\\Temp\\\\"'),
        ("", '""'),
        ("two\nlines", '"two\\nlines"'),
        ("büro.example", '"büro.example"'),
    ],
    ids=["address", "injection", "path", "empty", "lines", "unicode"],
)
def test_values_are_written_as_documented(value: str, literal: str) -> None:
    assert kql_text(value) == literal


@pytest.mark.parametrize(
    "value", ["a\0b", "\x1b", "\x7f", "\x85", "\ud800"], ids=["nul", "esc", "del", "nel", "half"]
)
def test_what_cannot_be_written_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="value in a query"):
        kql_text(value)


def test_a_list_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        kql_list([])
