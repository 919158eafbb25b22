"""Whatever moves between locations and whichever change fails, what is to stay is always in one of them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.entra_plan import CREATE, UPDATE, EntraPlan, LocationChange
from iocbeam.model.plan import WriteReport
from iocbeam.planning.entra.range_assignment import MAX_RANGES
from iocbeam.planning.entra.ranges import RangeSet, range_changes
from iocbeam.sinks import LocationsWritten
from iocbeam.sinks.entra.moves import Moves

LOCATIONS = ("A", "B", "C", "D")
# No two are neighbours, so that each is a range of its own.
ADDRESSES = tuple(f"45.1.{number}.7/32" for number in range(6))

Layout = Mapping[str, str | None]
layouts = st.fixed_dictionaries({one: st.sampled_from((None, *LOCATIONS)) for one in ADDRESSES})


def held_by(layout: Layout, name: str) -> set[str]:
    return {address for address, place in layout.items() if place == name}


def changes_of(before: Layout, after: Layout) -> list[LocationChange]:
    changes = []
    for name in LOCATIONS:
        old, new = RangeSet.of(held_by(before, name)), RangeSet.of(held_by(after, name))
        if old != new:
            kind = UPDATE if old else CREATE
            difference = range_changes(old, new)
            changes.append(LocationChange(kind, name, name, tuple(new.cidrs()), False, ("ipRanges",), *difference))
    return changes


@given(before=layouts, after=layouts, failing=st.sets(st.integers(0, 5)))
def test_nothing_that_is_to_stay_is_ever_nowhere(before: Layout, after: Layout, failing: set[int]) -> None:
    now = {name: held_by(before, name) for name in LOCATIONS}
    staying = {one for one in ADDRESSES if before[one] and after[one]}
    changes = changes_of(before, after)
    moves, sent = Moves(changes), 0
    for number, (change, fits) in enumerate(moves):
        assert fits
        if number in failing:
            moves.failed(change)
        else:
            now[change.name] = set(change.ranges)
        sent += 1
        assert staying <= set().union(*now.values())
    assert sent <= 2 * len(changes)
    if not failing:
        assert now == {name: held_by(after, name) for name in LOCATIONS}


@given(before=layouts, after=layouts)
def test_each_is_sent_once_unless_they_wait_for_each_other(before: Layout, after: Layout) -> None:
    changes = changes_of(before, after)
    waits = {one.name: {other.name for other in changes if set(one.removed) & set(other.added)} for one in changes}
    # Without a circle, those that nobody waits for can be taken away until none is left.
    while free := [name for name, others in waits.items() if not others & waits.keys()]:
        for name in free:
            del waits[name]
    sent = [change.name for change, _ in Moves(changes)]
    assert len(sent) - len(set(sent)) <= max(0, len(waits) - 1)


def test_in_a_circle_the_one_with_room_goes_first() -> None:
    one, other = [f"45.1.{number // 100}.{number % 100}" for number in range(0, 4_000, 2)], ["45.90.1.7"]
    full, roomy = RangeSet.of(one), RangeSet.of(other)
    after_full, after_roomy = RangeSet.of([*one[1:], *other]), RangeSet.of(one[:1])
    changes = [
        LocationChange(UPDATE, name, name, tuple(new.cidrs()), False, ("ipRanges",), *range_changes(old, new))
        for name, old, new in (("full", full, after_full), ("roomy", roomy, after_roomy))
    ]
    sent = [(change.name, len(change.ranges)) for change, _ in Moves(changes)]
    assert sent == [("roomy", 2), ("full", 2_000), ("roomy", 1)]
    assert max(count for _, count in sent) <= MAX_RANGES


def test_what_the_first_half_hands_to_the_second_can_travel() -> None:
    written = LocationsWritten(EntraPlan("t", "t"), WriteReport("t", "t"), cover=RangeSet.of(ADDRESSES))
    assert pickle.loads(pickle.dumps(written)) == written  # noqa: S301 - our own
