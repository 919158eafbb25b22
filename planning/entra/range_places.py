"""Locations while ranges are assigned to them: what each of them keeps, and what is without a place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .ranges import RangeSet


@dataclass(slots=True)
class Place:
    """One location.

    Attributes:
        name: what it is known by.
        limit: how many CIDRs it may hold.
        held: the CIDRs that it will hold, as numbers in the ascending list of all wanted ones.
        changed: whether it is to hold other addresses than it does now.
    """

    name: str
    limit: int
    held: list[int] = field(default_factory=list)
    changed: bool = False

    @property
    def room(self) -> int:
        """How many more it may hold."""
        return self.limit - len(self.held)

    def take(self, waiting: list[int]) -> list[int]:
        """Takes the first of these, as many as it has room for, and gives back the others."""
        room = self.room
        if waiting and room:
            self.held += waiting[:room]
            self.changed = True
        return waiting[room:]


class Wanted:
    """The fewest CIDRs of a set, numbered in ascending order."""

    def __init__(self, ranges: RangeSet) -> None:
        self.blocks = list(ranges.blocks())
        self._firsts = [first for first, _ in self.blocks]
        self._lasts = [last for _, last in self.blocks]

    def within(self, ranges: RangeSet) -> tuple[list[int], list[int]]:
        """The CIDRs that lie wholly in another set, and those of which it holds only a part."""
        whole: list[int] = []
        part: list[int] = []
        for first, last in zip(ranges.firsts, ranges.lasts, strict=True):
            at = bisect_left(self._firsts, first)
            end = bisect_right(self._lasts, last, at)
            if at and self._lasts[at - 1] >= first:
                part.append(at - 1)
            whole += range(at, end)
            if end < len(self._firsts) and self._firsts[end] <= last:
                part.append(end)
        return whole, part

    def size(self, numbers: Iterable[int]) -> int:
        """How many addresses these CIDRs hold."""
        return sum(self._lasts[at] - self._firsts[at] + 1 for at in numbers)


def places_as_they_are(
    existing: Mapping[str, RangeSet], wanted: Wanted, limit: int
) -> tuple[list[Place], dict[int, list[Place]]]:
    """Every location with what it keeps, by name, and for each CIDR the locations that have some of it now.

    What two locations have stays in one of them, rather in one that needs no change otherwise.
    """
    places: list[Place] = []
    whole: dict[str, list[int]] = {}
    had: dict[int, list[Place]] = {}
    for name in sorted(existing):
        place = Place(name, limit)
        whole[name], part = wanted.within(existing[name])
        place.changed = wanted.size(whole[name]) != existing[name].size
        for number in (*whole[name], *part):
            had.setdefault(number, []).append(place)
        places.append(place)
    taken: set[int] = set()
    for place in sorted(places, key=lambda place: place.changed):
        place.held = [number for number in whole[place.name] if number not in taken][:limit]
        place.changed = place.changed or len(place.held) < len(whole[place.name])
        taken.update(place.held)
    return places, had


def roomiest(places: Iterable[Place]) -> list[Place]:
    """The one with the most room first; among equals, by name."""
    return sorted(places, key=lambda place: (-place.room, place.name))


def cheapest_mixture(rooms: Sequence[int], waiting: int, limit: int, may_make: int) -> tuple[int, int]:
    """How many of the locations with these rooms, the largest first, and how many new ones take in what waits.

    As little as possible is left over, then as few writes as possible; the first new location counts as two, since
    the policy must then name it. Among equals, fewer new ones.
    """
    costs: list[tuple[int, int, int, int]] = []
    left = waiting
    for used, room in enumerate((*rooms, 0)):
        make = min(-(-left // limit), may_make)
        costs.append((max(0, left - make * limit), used + make + (make > 0), make, used))
        left = max(0, left - room)
    _, _, make, used = min(costs)
    return used, make
