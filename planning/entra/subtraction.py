"""Ranges that are never blocked, whatever a collection says, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from iocbeam.model.entra_plan import RangeRow

from .access import ActualLocation
from .ranges import RangeSet

_SHOWN: Final = 3


class Exempt(NamedTuple):
    """Addresses that are left out of every location.

    Attributes:
        reason: the reason code of a record that lies wholly in them.
        name: what they are, for a sentence.
        ranges: the addresses.
    """

    reason: str
    name: str
    ranges: RangeSet


class Effective(NamedTuple):
    """What is left of a row.

    Attributes:
        ranges: None when nothing is taken from it; the row's own value then says all.
        reason: of the addresses that were taken, or the first of several; empty when none was.
    """

    ranges: RangeSet | None
    reason: str = ""


class Subtraction:
    """Takes exempt addresses from rows and remembers what it took, to be told.

    Args:
        exempt: in the order in which they name themselves as the reason.
    """

    def __init__(self, exempt: Iterable[Exempt]) -> None:
        self._exempt = [one for one in exempt if one.ranges]
        self._all = RangeSet.union(one.ranges for one in self._exempt)
        self._touching: list[list[str]] = [[] for _ in self._exempt]

    @property
    def ranges(self) -> RangeSet:
        """All exempt addresses."""
        return self._all

    def left_of(self, row: RangeRow) -> Effective:
        """The row without what is exempt; empty ranges when all of it is."""
        if not self._all or not self._all.overlaps(row.value):
            return Effective(None)
        reason = ""
        for one, touching in zip(self._exempt, self._touching, strict=True):
            if one.ranges.overlaps(row.value):
                reason = reason or one.reason
                touching.append(row.value)
        return Effective(RangeSet.of([row.value]) - self._all, reason)

    def told(self, reasons: Sequence[str]) -> tuple[str, ...]:
        """A sentence for each of these kinds of exempt addresses that rows touch."""
        lines = []
        for one, touching in zip(self._exempt, self._touching, strict=True):
            if touching and one.reason in reasons:
                shown = ", ".join(touching[:_SHOWN]) + (", ..." if len(touching) > _SHOWN else "")
                records = "1 record" if len(touching) == 1 else f"{len(touching):,} records"
                lines.append(
                    f"{records} ({shown}) and {one.name} overlap: what they have in common is not blocked."
                )
        return tuple(lines)


def trusted_exempt(locations: Iterable[ActualLocation], ours: frozenset[str]) -> Iterable[Exempt]:
    """The tenant's trusted locations, without our own, whose folded ids are given."""
    for one in locations:
        if one.trusted and one.id.lower() not in ours:
            yield Exempt("trusted_location", f"the trusted location {one.name!r}", one.stored)
