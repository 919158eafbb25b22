"""Literals and filters of OData, as Defender and Graph take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Final

from iocbeam.model.settings import DAY
from iocbeam.model.settings.sightings import TimeWindow

from .streaming import Objects

_MOST_PIECES: Final = 60
"""Pieces of a time window; a longer one has longer pieces, since each costs a call or two."""

_FEW, _MANY = 1_000, 10_000
"""Objects of a piece. Few rows are skipped in short lists, and few calls made for long ones."""


def odata_text(value: str) -> str:
    """A value as a text literal; a quote inside is doubled.

    Raises:
        ValueError: it holds control characters, which no name and no address has.
    """
    if not value.isprintable():
        raise ValueError("a value to compare with has no control characters")
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def odata_time(epoch: int) -> str:
    """Epoch seconds as a time literal, such as `2026-11-20T08:00:00Z`."""
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_pieces(
    property_name: str, window: TimeWindow, read: Callable[[str], Iterator[Objects]]
) -> Iterator[Objects]:
    """Everything from `window.since` on, oldest first, read by filters that follow on one another.

    Up to `window.until` a piece takes a day or more: twice as long as the one before where that brought few
    objects, half as long where it brought many, never shorter than a sixtieth of the window. The last one begins
    at `window.until` and has no end: what changes its time while it is read is met there, and since what it can
    hold has changed since the window was fixed, it is short.

    Args:
        read: gives the objects that a filter meets.
    """
    shortest = max(DAY, -(-(window.until - window.since) // _MOST_PIECES))
    start, length = window.since, shortest
    while start < window.until:
        end = min(start + length, window.until)
        count = 0
        for objects in read(f"{property_name} ge {odata_time(start)} and {property_name} lt {odata_time(end)}"):
            count += len(objects)
            yield objects
        if count < _FEW:
            length *= 2
        elif count > _MANY:
            length = max(length // 2, shortest)
        start = end
    yield from read(f"{property_name} ge {odata_time(start)}")
