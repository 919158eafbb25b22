"""Rows as plain tuples and back: pickling thousands of objects costs several times what pickling tuples does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from .entra_plan import RangeRow
from .indicator import build_indicator, indicator_values
from .plan import DefenderRow
from .sentinel_plan import SentinelRow
from .sighting import SoughtRow

Row = TypeVar("Row", DefenderRow, RangeRow, SentinelRow, SoughtRow)
"""A row that one indicator makes for a target. Its first two fields are its key, its last is the indicator."""

Packed = tuple[Any, ...]


def pack_row(row: DefenderRow | RangeRow | SentinelRow | SoughtRow) -> Packed:
    """A row and its indicator as one flat tuple."""
    return (*row[:-1], *indicator_values(row[-1]))


def unpack_row(packed: Packed, kind: type[Row]) -> Row:
    """The row that `pack_row` packed."""
    fields: int = len(kind._fields) - 1
    return kind._make((*packed[:fields], build_indicator(*packed[fields:])))


def pack_rows(rows: Iterable[DefenderRow | RangeRow | SentinelRow | SoughtRow]) -> list[Packed]:
    """Many of them."""
    return [pack_row(row) for row in rows]


def unpack_rows(packed: Iterable[Packed], kind: type[Row]) -> list[Row]:
    """Many of them."""
    return [unpack_row(one, kind) for one in packed]
