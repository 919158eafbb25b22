"""How wide the columns of a search's tables are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.cli.search.widths import GAP, Column, fitted

_ADDRESS = "fd12:3456:789a:bcde:f012:3456:789a:bcde"
_COLUMNS = (
    Column("Name", ["host-00040.corp.example.com"], 10),
    Column("Last seen", ["2026-11-21 21:07"], 10, order=3),
    Column("IPs", [f"{_ADDRESS}\n203.0.113.9"], whole=True),
    Column("OS", ["WindowsServer2022"], 9, order=1),
    Column("Risk", ["Informational"], whole=True, order=2),
    Column("How", ["public address"], 7),
)


def _widths(room: int) -> dict[str, int]:
    return {column.title: width for column, width in fitted(_COLUMNS, room)}


def test_where_there_is_room_nothing_is_folded() -> None:
    assert list(_widths(200).values()) == [27, 16, 39, 17, 13, 14]


@pytest.mark.parametrize(
    ("room", "titles"),
    [
        (100, ["Name", "Last seen", "IPs", "OS", "Risk", "How"]),
        (90, ["Name", "Last seen", "IPs", "Risk", "How"]),
        (80, ["Name", "Last seen", "IPs", "How"]),
        (60, ["Name", "IPs", "How"]),
    ],
)
def test_columns_are_left_out_before_an_address_is_broken(room: int, titles: list[str]) -> None:
    widths = _widths(room)
    assert list(widths) == titles
    assert widths["IPs"] == len(_ADDRESS)
    assert sum(widths.values()) + GAP * len(widths) <= room


def test_wide_letters_take_two_columns() -> None:
    assert fitted([Column("A", ["端末"])], 80)[0][1] == 4


@given(st.integers(50, 220))
def test_a_table_never_exceeds_the_terminal(room: int) -> None:
    widths = _widths(room)
    assert sum(widths.values()) + GAP * len(widths) <= room
    assert min(widths.values()) >= 1
