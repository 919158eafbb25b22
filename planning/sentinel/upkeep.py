"""What an indicator of ours needs to be in step again.

What was sent last time is known by the digest in its label. Where no label comes back, the shown fields are all
there is, and an end that the service makes earlier cannot be told from one that moved in the collection: it is
then sent anew only shortly before it is reached.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from iocbeam.model.outcome import UPDATED
from iocbeam.model.sentinel_plan import SentinelActual, SentinelChange, SentinelRow
from iocbeam.model.settings import DAY

from ..expiry import expiry_is_due, expiry_was_changed, has_own_expiry
from ..marks import digest_seen
from .objects import sent_digest

EXPIRY: Final = "valid_until"

_LAST_DAYS: Final = 3 * DAY
"""Seconds before an end that the service turns back, at which it is sent anew: a daily run may fail twice."""

_NEVER: Final = 0xFFFFFFFF


class SentinelUpkeep(NamedTuple):
    """What is to be done with an indicator that the workspace has.

    Attributes:
        change: what to send, or None when it is in step.
        edited: whether it shows another name, description or confidence than was sent, which is left.
        turned_back: whether its end was put right once, came back as before, and is left.
    """

    change: SentinelChange | None
    edited: bool = False
    turned_back: bool = False


class _End(NamedTuple):
    """Whether the end is to be sent, what the mark is to remember of it, and whether it is left."""

    due: bool
    seen: str = ""
    left: bool = False


def sentinel_upkeep(row: SentinelRow, there: SentinelActual, now: int, days: int | None) -> SentinelUpkeep:
    """Holds an indicator of ours against the one that is wanted.

    Args:
        now: epoch seconds, UTC; the run's start.
        days: the default expiry, where there is one.
    """
    digest = sent_digest(row)
    seen_then = [seen for sent, seen in there.marks if sent == digest]
    fields = _shown_otherwise(row, there)
    edited = False
    if seen_then and not there.older:
        # What the workspace shows otherwise than sent it has rewritten: sending it again would change nothing.
        fields, edited = [], bool(fields)
    elif there.sent and not seen_then:
        fields = fields or ["labels"]
    # With several marks the wanted one may be older than what is there; then the fields tell.
    end = _end(row, there, seen_then, now, days)
    if end.due:
        fields.append(EXPIRY)
    if not fields:
        return SentinelUpkeep(None, edited, end.left)
    change = SentinelChange(UPDATED, row, digest, there.created, tuple(fields), there.valid_from, end.seen)
    return SentinelUpkeep(change)


def _shown_otherwise(row: SentinelRow, there: SentinelActual) -> list[str]:
    return [
        name
        for name, wanted, shown in (
            ("name", row.title, there.title),
            ("description", row.description, there.description),
            ("confidence", row.confidence, there.confidence),
        )
        if wanted != shown
    ]


def _end(row: SentinelRow, there: SentinelActual, seen_then: list[str], now: int, days: int | None) -> _End:
    default = not has_own_expiry(row) and days is not None
    if default and there.expires_at is None and there.updated_at is not None:
        # No end is shown. Whether the service has dropped it or only hides it, it was this one.
        there = there._replace(expires_at=there.updated_at + (days or 0) * DAY)
    if not expiry_is_due(row, there, now, days):
        return _End(False)
    unknown = default and there.expires_at is None
    changed = unknown or expiry_was_changed(row, there, days)
    if not there.sent:
        return _End(not changed or _must_be_sent(row, there, now, earlier_too=True))
    if not seen_then or not changed:
        return _End(True)
    seen = digest_seen((EXPIRY, days)) if default else _as_memory(row.expires_at)
    before = next(filter(None, seen_then), "")
    if not before or (not default and _shows(there.expires_at, before)):
        return _End(True, seen)
    # By default another number of days; else an end that the collection has moved forward since.
    earlier = seen != before if default else int(before, 16) - int(seen, 16) > DAY
    return _End(_must_be_sent(row, there, now, earlier_too=earlier), seen, left=True)


def _as_memory(end: int | None) -> str:
    """An end of the record's own as the mark remembers it: its seconds in 8 hexadecimal digits."""
    return f"{min(max(end, 0), _NEVER - 1) if end is not None else _NEVER:08x}"


def _shows(shown: int | None, memory: str) -> bool:
    """Whether the workspace shows the end that was sent, to the day; then the collection's has moved."""
    sent = int(memory, 16)
    return shown is None if sent == _NEVER else shown is not None and abs(shown - sent) <= DAY


def _must_be_sent(row: SentinelRow, there: SentinelActual, now: int, *, earlier_too: bool = False) -> bool:
    """Whether the indicator would lose its effect too early, or with `earlier_too` keep it too long."""
    shown, wanted = there.expires_at, row.expires_at
    if shown is None:
        return False
    if wanted is not None and shown - wanted > DAY:
        return earlier_too
    return shown - now < _LAST_DAYS
