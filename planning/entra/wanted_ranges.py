"""Which addresses a tenant's locations should hold, and how each record ends by that.

Pure arithmetic on sets of addresses: what the collection brings, minus what is never blocked, plus what a guard
does not let go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from iocbeam.model.entra_plan import PlannedRange, RangeEnd, RangeRow
from iocbeam.model.intake import Intake
from iocbeam.model.outcome import DEFERRED, INACTIVE, UNCHANGED, ended
from iocbeam.model.settings.entra import EntraTenantSettings

from ..guard import goes_at_once, refusal
from .ranges import RangeSet
from .subtraction import Effective, Subtraction

PARTLY: str = "partly_protected"
_NOTHING = RangeSet()


@dataclass(frozen=True, slots=True)
class DesiredRanges:
    """What a collection wants in a tenant's named locations.

    Attributes:
        rows: best first, one for each key.
        whitelisted: addresses of Whitelisted records, as far as they matter to the rows.
        built_in, listed: addresses of the built-in never-block list and of the files given.
        ended: addresses of records that ended as inactive or expired, as far as locations of ours hold them.
        intake: what was read.
        notices: what a person should know of how the rows were made.
    """

    rows: Sequence[RangeRow]
    whitelisted: RangeSet = _NOTHING
    built_in: RangeSet = _NOTHING
    listed: RangeSet = _NOTHING
    ended: RangeSet = _NOTHING
    intake: Intake = Intake(records=1)  # noqa: RUF009 - immutable
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class Wanted:
    """What locations should hold.

    Attributes:
        ranges: all of them together; empty when nothing is left.
        writing: rows whose ranges are not all there yet.
        ends: the other rows.
        refusal: what the withdrawal guard held back, in words; else empty.
        staying: addresses that stay although no record that is kept brings them.
        going: addresses that would go if no guard asked how many.
        unread: addresses that the collection may bring, for all that is known after a bad read.
    """

    ranges: RangeSet = _NOTHING
    writing: list[PlannedRange] = field(default_factory=list)
    ends: list[RangeEnd] = field(default_factory=list)
    refusal: str = ""
    staying: RangeSet = _NOTHING
    going: RangeSet = _NOTHING
    unread: RangeSet = _NOTHING


class _Judged(NamedTuple):
    row: RangeRow
    left: Effective
    is_there: bool

    @property
    def reason(self) -> str:
        return PARTLY if self.left.reason else ""


def wanted_ranges(
    desired: DesiredRanges,
    actual: RangeSet,
    subtraction: Subtraction,
    settings: EntraTenantSettings,
    room: int,
    *,
    replay: bool = False,
    always: RangeSet = _NOTHING,
) -> Wanted:
    """What our locations should hold together, by these steps: subtract, limit, guard, fit.

    Args:
        actual: what they hold.
        room: how many CIDRs fit into them.
        replay: dead letters withdraw nothing.
        always: addresses that are in it whatever the collection says; of a list of what is not blocked.
    """
    wanted = Wanted()
    judged = _judge(desired.rows, actual, subtraction, wanted)
    judged = _limited(judged, settings.limits.objects_per_run, wanted)
    chosen = len(judged)
    everything = _union(judged)
    deferred = RangeSet.of([end.row.value for end in wanted.ends if end.outcome == DEFERRED])
    always |= (deferred & actual) - subtraction.ranges
    _guard(wanted, desired, actual, subtraction, settings, replay, everything | always)
    kept = always | wanted.staying
    if not _fits(everything | kept, room):
        # The best have the places, as far as what they push out may go: that is asked once more.
        chosen = _most(kept, judged, room)
        _guard(wanted, desired, actual, subtraction, settings, replay, _union(judged[:chosen]) | always)
        kept = always | wanted.staying
        if not _fits(_union(judged[:chosen]) | kept, room):
            # It may not: what is there stays, whichever record brings it.
            kept |= everything & actual
            chosen = _most(kept, judged, room)
    whole = _union(judged[:chosen]) | kept
    wanted.ranges = whole
    for at, one in enumerate(judged):
        if one.is_there and (at < chosen or _holds(whole, one)):
            wanted.ends.append(RangeEnd(one.row, UNCHANGED, one.reason))
        elif at < chosen or _holds(whole, one):
            wanted.writing.append(PlannedRange(one.row, one.reason))
        else:
            wanted.ends.append(RangeEnd(one.row, *ended("over_capacity")[:3]))
    return wanted


def _judge(rows: Sequence[RangeRow], actual: RangeSet, subtraction: Subtraction, wanted: Wanted) -> list[_Judged]:
    """Rows of which something is left, with whether that is there already."""
    judged = []
    for row in rows:
        left = subtraction.left_of(row)
        if left.ranges is not None and not left.ranges:
            wanted.ends.append(RangeEnd(row, *ended(left.reason)[:3]))
            continue
        is_there = actual.contains(row.value) if left.ranges is None else not left.ranges - actual
        judged.append(_Judged(row, left, is_there))
    return judged


def _limited(judged: list[_Judged], most: int | None, wanted: Wanted) -> list[_Judged]:
    """Without the rows that one run may not write; the best are written."""
    if most is None:
        return judged
    kept = []
    for one in judged:
        if not one.is_there:
            if most <= 0:
                wanted.ends.append(RangeEnd(one.row, *ended("objects_per_run")[:3]))
                continue
            most -= 1
        kept.append(one)
    return kept


def _guard(
    wanted: Wanted,
    desired: DesiredRanges,
    actual: RangeSet,
    subtraction: Subtraction,
    settings: EntraTenantSettings,
    replay: bool,
    brought: RangeSet,
) -> None:
    """Decides which addresses that nothing brings may go: `staying`, `going` and `refusal`.

    Args:
        brought: what rows that are kept bring, and what must stay for other reasons.
    """
    limits, intake = settings.limits, desired.intake
    unbrought = actual - brought - subtraction.ranges
    wanted.refusal, wanted.staying, wanted.unread = "", _NOTHING, _NOTHING
    wanted.going = actual & subtraction.ranges
    if replay or not limits.withdraw or settings.location.mode == "merge":
        wanted.staying = unbrought
        return
    # Of a list of what is not blocked, going is what does harm: there everything counts, and few are no less.
    certain = intake.records and goes_at_once(INACTIVE, intake, limits) and not settings.location.excluded
    at_once = unbrought & desired.ended if certain else _NOTHING
    absent = unbrought - at_once
    wanted.going |= at_once
    if not intake.records or intake.problem(limits.max_rejected_percent):
        wanted.unread = absent
    else:
        wanted.going |= absent
    if settings.location.excluded:
        limits = replace(limits, withdraw_floor=0)
    owned = sum(1 for _ in actual.blocks())
    # What goes may be in more pieces than what is there: 100 percent must allow it all.
    leaving = min(owned, sum(1 for _ in absent.blocks()))
    wanted.refusal = refusal(leaving, owned, limits, intake, "ranges")
    if wanted.refusal:
        wanted.staying = absent


def _union(judged: Sequence[_Judged]) -> RangeSet:
    whole = RangeSet.of([one.row.value for one in judged if one.left.ranges is None])
    return RangeSet.union((whole, *(one.left.ranges for one in judged if one.left.ranges is not None)))


def _holds(whole: RangeSet, one: _Judged) -> bool:
    return whole.contains(one.row.value) if one.left.ranges is None else not one.left.ranges - whole


def _fits(ranges: RangeSet, room: int) -> bool:
    return sum(1 for _ in ranges.blocks()) <= room


def _most(staying: RangeSet, judged: Sequence[_Judged], room: int) -> int:
    """How many of the best rows fit beside what stays, of rows that do not all fit."""
    fitting, too_many = 0, len(judged)
    while too_many - fitting > 1:
        middle = (fitting + too_many) // 2
        if _fits(_union(judged[:middle]) | staying, room):
            fitting = middle
        else:
            too_many = middle
    return fitting
