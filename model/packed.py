"""Rows as plain tuples and back: pickling thousands of objects costs several times what pickling tuples does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .indicator import build_indicator, indicator_values
from .plan import DefenderRow

Packed = tuple[Any, ...]

_FIELDS = len(DefenderRow._fields) - 1
"""All but the indicator, which comes last."""


def pack_row(row: DefenderRow) -> Packed:
    """A row and its indicator as one flat tuple."""
    return (*row[:_FIELDS], *indicator_values(row[_FIELDS]))


def unpack_row(packed: Packed) -> DefenderRow:
    """The row that `pack_row` packed."""
    return DefenderRow._make((*packed[:_FIELDS], build_indicator(*packed[_FIELDS:])))


def pack_rows(rows: Iterable[DefenderRow]) -> list[Packed]:
    """Many of them."""
    return [pack_row(row) for row in rows]


def unpack_rows(packed: Iterable[Packed]) -> list[DefenderRow]:
    """Many of them."""
    return [unpack_row(one) for one in packed]
