"""In which order locations are changed, so that a range that moves is never in none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from iocbeam.model.entra_plan import CREATE, LocationChange
from iocbeam.planning.entra.range_assignment import MAX_RANGES
from iocbeam.planning.entra.ranges import RangeSet


class Move(NamedTuple):
    """A change to send now.

    Attributes:
        fits: whether the location has room for what it must keep until, or because, it is nowhere else. If not,
            the change must not be sent.
    """

    change: LocationChange
    fits: bool = True


class Moves:
    """The location changes of a plan, one at a time: additions before removals.

    A change waits until what it takes away was added elsewhere, and keeps what could not be added there. Where
    changes wait for each other, one is sent without taking away what others are yet to add, and again at the end.
    """

    def __init__(self, changes: Iterable[LocationChange]) -> None:
        self._waiting = sorted(changes, key=lambda one: (not one.added, one.kind != CREATE))
        brings = {one.name: RangeSet.of(one.added) for one in self._waiting}
        taken = RangeSet.union(RangeSet.of(one.removed) for one in self._waiting)
        moving = RangeSet.union(brings.values()) & taken
        # Mostly nothing moves, and then every order will do.
        self._brings = {name: ranges & moving if moving else moving for name, ranges in brings.items()}
        self._lost = RangeSet()

    def failed(self, change: LocationChange) -> None:
        """What this change would have added is to stay where it is."""
        self._lost |= RangeSet.of(change.added)

    def __iter__(self) -> Iterator[Move]:
        again: list[tuple[LocationChange, Sequence[str]]] = []
        while self._waiting:
            to_come = RangeSet.union(self._brings[one.name] for one in self._waiting)
            change = self._next(to_come)
            self._waiting.remove(change)
            move = _keeping(change, self._lost)
            whole = _keeping(change, self._lost | to_come)
            if move.fits and whole.fits and whole != move:
                again.append((change, whole.change.ranges))
                move = whole
            yield move
        for change, sent in again:
            move = _keeping(change, self._lost)
            if move.fits and move.change.ranges != sent:
                yield move

    def _next(self, to_come: RangeSet) -> LocationChange:
        """One that takes away nothing of what is yet to be added, or else one that has room to keep it."""
        if not to_come:
            return self._waiting[0]
        # What a change adds itself it does not take away.
        free = (one for one in self._waiting if not RangeSet.of(one.removed) & to_come)
        roomy = (one for one in self._waiting if _keeping(one, to_come).fits)
        return next(free, None) or next(roomy, self._waiting[0])


def _keeping(change: LocationChange, nowhere_else: RangeSet) -> Move:
    kept = RangeSet.of(change.removed) & nowhere_else
    if not kept:
        return Move(change)
    ranges = (RangeSet.of(change.ranges) | kept).cidrs()
    return Move(change._replace(ranges=tuple(ranges)), len(ranges) <= MAX_RANGES)
