"""The indicator as a flat row, which any transform and any format can take."""

# Without `from __future__ import annotations`: Beam reads the types of the fields, and a text is none.

from collections.abc import Sequence
from typing import NamedTuple

from .indicator import Indicator, indicator_values


class IndicatorRow(NamedTuple):
    """The fields of an `Indicator`, which see."""

    type: str
    value: str
    severity: str | None = None
    score: float | None = None
    title: str | None = None
    description: str | None = None
    status: str = ""
    created_at: int | None = None
    expires_at: int | None = None
    malware: Sequence[str] = ()
    adversaries: Sequence[str] = ()
    tags: Sequence[str] = ()
    attributes: Sequence[Sequence[str]] = ()
    source: str = ""
    source_id: str = ""
    tlp: str | None = None
    location: str = ""


def indicator_row(indicator: Indicator) -> IndicatorRow:
    """An indicator as a row."""
    return IndicatorRow(*indicator_values(indicator))
