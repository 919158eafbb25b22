"""When a row's expiry is to be sent again."""

from __future__ import annotations

from typing import Final

from iocbeam.model.actual import ActualRow
from iocbeam.model.indicator import key_digest
from iocbeam.model.plan import DefenderRow
from iocbeam.model.sentinel_plan import SentinelActual, SentinelRow
from iocbeam.model.settings import DAY

_TOLERANCE: Final = DAY
_SPREAD: Final = 0.5
"""Rows that were made on one day are renewed over half of the second half of their life, not on one day."""


def has_own_expiry(row: DefenderRow | SentinelRow) -> bool:
    """Whether the expiry is the record's own, or never; else it is a default that counts from the run."""
    return row.expires_at is None or row.indicator.expires_at is not None


def expiry_is_due(
    row: DefenderRow | SentinelRow, actual: ActualRow | SentinelActual, now: int, days: int | None
) -> bool:
    """Whether the row must be sent for its expiry alone.

    An expiry of the record's own, or none: when the tenant's differs by more than a day. A default: when less
    than half of its days remains, or when the one that is wanted is earlier by more than a day. So a daily run
    sends each row about once in half of its life.

    Args:
        now: epoch seconds, UTC; the run's start.
        days: the default expiry, where there is one.
    """
    wanted, there = row.expires_at, actual.expires_at
    if wanted is None or there is None:
        return wanted is not there
    if has_own_expiry(row) or days is None:
        return abs(wanted - there) > _TOLERANCE
    return there - wanted > _TOLERANCE or there - now < _renewed_below(row, days)


def _renewed_below(row: DefenderRow | SentinelRow, days: int) -> float:
    """Seconds of remaining life below which a default expiry is renewed; a quarter to a half of all."""
    indicator = row.indicator
    share = int.from_bytes(key_digest(indicator.type, indicator.value)[:4], "big") / (1 << 32)
    return days * DAY / 2 * (1 - share * _SPREAD)


def expiry_was_changed(
    row: DefenderRow | SentinelRow, actual: ActualRow | SentinelActual, days: int | None
) -> bool:
    """Whether the tenant shows another expiry than the one that was sent when the row was last written.

    Told only where the content is the same as then. Without the time of the last update nothing is known.
    """
    if has_own_expiry(row) or days is None:
        return True
    if actual.updated_at is None:
        return False
    if actual.expires_at is None:
        return True
    return abs(actual.updated_at + days * DAY - actual.expires_at) > _TOLERANCE
