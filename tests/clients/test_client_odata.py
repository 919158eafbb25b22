"""Filters: literals that end where they should, and windows without a gap."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.clients.http.odata import in_pieces, odata_text, odata_time
from iocbeam.model.settings import DAY
from iocbeam.model.settings.sightings import TimeWindow

FILTER = re.compile(r"changed ge (\S+)(?: and changed lt (\S+))?")


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def pieces(window: TimeWindow, rows: Callable[[int, int | None], int]) -> list[tuple[int, int | None]]:
    """Beginning and end of each filter that is asked, by a service that has so many objects in them."""
    found: list[tuple[int, int | None]] = []

    def read(text: str) -> Iterator[list[dict[str, Any]]]:
        match = FILTER.fullmatch(text)
        assert match, text
        found.append((seconds(match[1]), seconds(match[2]) if match[2] else None))
        yield [{}] * rows(*found[-1])

    assert list(in_pieces("changed", window, read))
    return found


def test_times_are_written_as_documented() -> None:
    assert odata_time(1_795_161_600) == "2026-11-20T08:00:00Z"


def test_where_there_is_much_each_day_is_a_piece_and_what_comes_after_the_window_is_one() -> None:
    asked: list[str] = []

    def read(text: str) -> Iterator[list[dict[str, Any]]]:
        asked.append(text)
        yield [{}] * 5_000

    assert len(list(in_pieces("changed", TimeWindow.days_before(1_795_161_600, 3), read))) == 4
    assert asked[2:] == [
        "changed ge 2026-11-19T08:00:00Z and changed lt 2026-11-20T08:00:00Z",
        "changed ge 2026-11-20T08:00:00Z",
    ]


def test_where_there_is_little_a_month_takes_a_few_pieces() -> None:
    found = pieces(TimeWindow.days_before(1_795_161_600, 30), lambda *_: 10)
    assert [(end - start) // DAY for start, end in found[:-1] if end] == [1, 2, 4, 8, 15]


@given(st.integers(0, 4_000_000_000), st.integers(0, 400 * DAY), st.randoms(use_true_random=False))
def test_pieces_follow_on_one_another_from_the_beginning_without_end(
    since: int, length: int, dice: random.Random
) -> None:
    found = pieces(TimeWindow(since, since + length), lambda *_: dice.choice((0, 10, 5_000, 20_000)))
    assert found[0][0] == since
    assert [start for start, _ in found[1:]] == [end for _, end in found[:-1]]
    assert found[-1] == (since + length, None)
    assert len(found) <= 61
    assert all(end - start >= DAY for start, end in found[:-2] if end is not None)


@given(st.text())
def test_a_text_ends_where_it_should(value: str) -> None:
    if not value.isprintable():
        with pytest.raises(ValueError, match="control characters"):
            odata_text(value)
        return
    literal = odata_text(value)
    assert (literal[0], literal[-1]) == ("'", "'")
    assert re.fullmatch(r"(?:[^']|'')*", literal[1:-1])
    assert literal[1:-1].replace("''", "'") == value
