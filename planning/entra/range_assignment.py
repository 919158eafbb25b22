"""Which range goes into which location, so that as few locations as possible change from run to run.

Writes are slow (one request a second for a tenant), so what is in a location stays there. What a run touches:

1. Every location that has something which is not wanted as it stands: no assignment of the fewest CIDRs can leave
   it alone. One address more merges with nothing, or with at most 24 ranges (IPv6: 120), one for each prefix
   length down to /9, and the locations that have those lose them. One address less concerns only the location that
   has it.
2. Nothing else, while those have room for what is without a place. For what is left, the mixture of other
   locations and new ones that takes the fewest writes; the first new one counts as two, since the policy must then
   name it. While a new location is allowed, those are at most one for every 2,000 ranges and one more.

So one address more rewrites one location, or those that have what it merges with. One address less rewrites one,
and at most two others if the range with the hole is in more pieces than its location has room for. Only where no
new location is allowed may those pieces need more: at most 23 (IPv6: 119), with room for one each.

A location with at most a tenth of what it may hold is freed, but only into locations that are written anyway, and
only if they then have as much room again: what is freed today is not needed again tomorrow. A run with nothing new
touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .range_places import Place, Wanted, cheapest_mixture, places_as_they_are, roomiest
from .range_texts import range_texts
from .ranges import RangeSet

# What one location of Entra may hold.
MAX_RANGES: Final = 2_000
_NEARLY_EMPTY: Final = 10  # a tenth


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where each wanted range goes. All CIDRs are canonical and in ascending order.

    Attributes:
        locations: the CIDRs of each existing location that stays.
        changed: those of them that are to be written, by name; the others have exactly these addresses already.
        new: the CIDRs of each location that is to be made.
        freed: existing locations for which nothing is left, by name.
        overflow: CIDRs for which there is no room.
    """

    locations: Mapping[str, tuple[str, ...]]
    changed: tuple[str, ...]
    new: tuple[tuple[str, ...], ...]
    freed: tuple[str, ...]
    overflow: tuple[str, ...]


def assign_ranges(
    existing: Mapping[str, RangeSet], wanted: RangeSet, max_locations: int, max_ranges: int = MAX_RANGES
) -> Assignment:
    """Assigns the fewest CIDRs of a set to the existing locations and to new ones.

    Wherever two choices are as good, the names decide, so the order of `existing` does not matter. The first name
    is not freed for the sake of fewer locations.

    Args:
        existing: what each of our locations has now.
        wanted: what all of them together are to have. If it is empty, every location is freed.
        max_locations: how many there may be in the end.
        max_ranges: how many CIDRs one location may hold.
    """
    cidrs = Wanted(wanted)
    places, had = places_as_they_are(existing, cidrs, max_ranges)
    staying = _within_limit(places, max_locations)

    placed = {number for place in staying for number in place.held}
    waiting = [number for number in range(len(cidrs.blocks)) if number not in placed]
    # What is blocked today comes before what is new, in case that there is no room for all.
    waiting.sort(key=lambda number: number not in had)
    waiting = _to_former_places(waiting, had, staying)
    for place in roomiest(place for place in staying if place.changed):
        waiting = place.take(waiting)
    others = roomiest(place for place in staying if not place.changed)
    used, make = cheapest_mixture(
        [place.room for place in others], len(waiting), max_ranges, max(0, max_locations - len(staying))
    )
    for place in others[:used]:
        waiting = place.take(waiting)
    made = [Place("", max_ranges) for _ in range(make)]
    for place in made:
        waiting = place.take(waiting)
    _compact(staying)

    texts = range_texts(cidrs.blocks)

    def shown(numbers: list[int]) -> tuple[str, ...]:
        return tuple([texts[number] for number in sorted(numbers)])

    locations = {place.name: shown(place.held) for place in places if place.held}
    return Assignment(
        locations,
        changed=tuple([place.name for place in places if place.changed and place.held]),
        new=tuple([shown(place.held) for place in made]),
        freed=tuple([place.name for place in places if not place.held]),
        overflow=shown(waiting),
    )


def _within_limit(places: list[Place], max_locations: int) -> list[Place]:
    """As many as there may be; the emptiest of the others give up what they hold."""
    ranked = sorted(places, key=lambda place: (not place.held, place is not places[0], -len(place.held)))
    for place in ranked[max_locations:]:
        place.held = []
    return ranked[:max_locations]


def _to_former_places(waiting: list[int], had: Mapping[int, list[Place]], staying: list[Place]) -> list[int]:
    """Puts what has merged where a part of it is, among its neighbours, which it may merge with in turn."""
    still_waiting: list[int] = []
    names = {place.name for place in staying}
    for number in waiting:
        former = [place for place in had.get(number, ()) if place.name in names and place.changed and place.room]
        if former:
            former[0].take([number])
        else:
            still_waiting.append(number)
    return still_waiting


def _compact(staying: list[Place]) -> None:
    """Frees locations that are nearly empty, where that takes no write that is not made anyway."""
    first = min(staying, key=lambda place: place.name, default=None)
    for place in sorted(staying, key=lambda place: (len(place.held), place.name)):
        few = place.limit // _NEARLY_EMPTY
        into = roomiest(other for other in staying if other is not place and other.changed and other.held)
        room = sum(other.room for other in into)
        if place is not first and 0 < len(place.held) <= few and room - len(place.held) >= few:
            for other in into:
                place.held = other.take(place.held)
