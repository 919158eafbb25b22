"""Ranges stay in their locations from run to run."""

from __future__ import annotations

import random
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from iocbeam.planning.entra.range_assignment import Assignment, assign_ranges
from iocbeam.planning.entra.ranges import RangeSet

Locations = Mapping[str, RangeSet]


def addresses(*hosts: int) -> RangeSet:
    """Single addresses of one /16; even numbers do not merge."""
    return RangeSet.of(f"45.9.{host >> 8}.{host & 255}" for host in hosts)


def evens(first: int, count: int) -> RangeSet:
    return addresses(*range(2 * first, 2 * (first + count), 2))


def applied(assignment: Assignment) -> dict[str, RangeSet]:
    """The locations after all writes."""
    after = {name: RangeSet.of(cidrs) for name, cidrs in assignment.locations.items()}
    free = (name for number in range(1_000) if (name := f"L{number:03}") not in after)
    return after | {next(free): RangeSet.of(cidrs) for cidrs in assignment.new}


def touched(assignment: Assignment) -> int:
    return len(assignment.changed) + len(assignment.new) + len(assignment.freed)


def check(existing: Locations, wanted: RangeSet, locations: int, limit: int) -> Assignment:
    """Assigns, and holds the result to all that is promised of every assignment."""
    found = assign_ranges(existing, wanted, locations, limit)
    everything = [*found.locations.values(), *found.new, found.overflow]
    assert sorted(text for texts in everything for text in texts) == sorted(wanted.cidrs())
    assert len(found.overflow) == max(0, len(wanted.cidrs()) - locations * limit)
    assert len(found.locations) + len(found.new) <= locations
    for texts in everything[:-1]:
        assert 0 < len(texts) <= limit
    for texts in everything:
        assert list(texts) == RangeSet.of(texts).cidrs()
    assert sorted([*found.locations, *found.freed]) == sorted(existing)
    differing = [name for name, texts in found.locations.items() if RangeSet.of(texts) != existing[name]]
    assert list(found.changed) == sorted(differing)

    backwards = {name: existing[name] for name in reversed(list(existing))}
    assert assign_ranges(backwards, wanted, locations, limit) == found
    again = assign_ranges(applied(found), wanted, locations, limit)
    assert (touched(again), again.overflow) == (0, found.overflow)
    return found


def test_the_first_run_fills_one_location_after_the_other() -> None:
    found = check({}, evens(0, 12), 40, 5)
    assert [len(cidrs) for cidrs in found.new] == [5, 5, 2]
    assert found.new[0] == tuple(evens(0, 5).cidrs())


def test_one_address_more_among_100_000_ranges_rewrites_one_location() -> None:
    chosen = random.Random(1)
    numbers = chosen.sample(range(1 << 24), 105_000)
    wanted = RangeSet.of(f"45.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in numbers)
    before = applied(assign_ranges({}, wanted, 195))
    assert len(before) == -(-len(wanted.cidrs()) // 2_000)
    found = assign_ranges(before, wanted | RangeSet.of(["9.9.9.9"]), 195)
    assert (len(found.changed), found.new, found.freed) == (1, (), ())
    assert touched(assign_ranges(before, wanted, 195)) == 0


def test_what_is_written_otherwise_is_not_rewritten() -> None:
    existing = {"a": RangeSet.of(["45.9.1.0/25", "45.9.1.200/25"]), "b": RangeSet.of(["2606:4700::ABCD/32"])}
    assert touched(check(existing, RangeSet.of(["45.9.1.0/24", "2606:4700::/32"]), 40, 5)) == 0


def test_new_ranges_go_where_something_changes_anyway() -> None:
    existing = {"a": evens(0, 5), "b": evens(10, 3), "c": evens(20, 1)}
    wanted = evens(1, 4) | existing["b"] | existing["c"] | addresses(200)
    assert check(existing, wanted, 40, 5).changed == ("a",)


def test_new_ranges_go_into_the_location_with_most_room() -> None:
    existing = {"a": evens(0, 3), "b": evens(10, 2), "c": evens(20, 5)}
    wanted = RangeSet.union([*existing.values(), addresses(200, 202)])
    assert check(existing, wanted, 40, 5).changed == ("b",)


def test_a_new_location_is_made_when_the_others_are_full() -> None:
    existing = {"a": evens(0, 5), "b": evens(10, 5)}
    found = check(existing, RangeSet.union([*existing.values(), addresses(200)]), 40, 5)
    assert (found.changed, found.new) == ((), (("45.9.0.200/32",),))


def test_a_new_location_spares_many_rewrites() -> None:
    existing = {name: evens(10 * at, 4) for at, name in enumerate("abcd")}
    more = addresses(200, 202, 204)
    found = check(existing, RangeSet.union([*existing.values(), more]), 40, 5)
    assert (found.changed, found.new) == ((), (tuple(more.cidrs()),))
    found = check(existing, RangeSet.union([*existing.values(), more]), 4, 5)
    assert (len(found.changed), found.new) == (3, ())


def test_a_merge_across_locations_rewrites_those_that_it_concerns() -> None:
    existing = {"a": addresses(0, 8), "b": addresses(2, 3), "c": addresses(12), "d": addresses(16)}
    found = check(existing, RangeSet.union([*existing.values(), addresses(1)]), 40, 5)
    assert found.changed == ("a",)
    assert found.freed == ("b",)
    assert found.locations["a"] == ("45.9.0.0/30", "45.9.0.8/32")


def test_a_hole_stays_in_its_location() -> None:
    existing = {"a": RangeSet.of(["45.9.0.0/24"]), "b": RangeSet.of(["45.9.2.0/24"])}
    found = check(existing, RangeSet.union(existing.values()) - addresses(77), 40, 8)
    assert (found.changed, len(found.locations["a"])) == (("a",), 8)
    found = check(existing, RangeSet.union(existing.values()) - addresses(77), 40, 7)
    assert (found.changed, len(found.locations["a"]), found.new) == (("a", "b"), 7, ())


def test_what_two_locations_have_stays_in_one() -> None:
    existing = {"a": evens(0, 4), "b": evens(2, 4), "c": evens(0, 6)}
    found = check(existing, evens(0, 6), 40, 10)
    assert found.locations == {"a": tuple(evens(0, 4).cidrs()), "b": tuple(evens(4, 2).cidrs())}
    assert (found.changed, found.freed) == (("b",), ("c",))
    # "a" must be written in any case.
    existing = {"a": evens(0, 4) | addresses(200), "b": evens(0, 4)}
    assert check(existing, evens(0, 4), 40, 10).freed == ("a",)


def test_fewer_locations_than_there_are() -> None:
    existing = {"a": evens(0, 1), "b": evens(10, 3), "c": evens(20, 4), "d": evens(30, 2)}
    found = check(existing, RangeSet.union(existing.values()), 3, 5)
    assert (found.freed, found.changed, found.new) == (("d",), ("a",), ())
    found = check(existing, RangeSet.union(existing.values()), 1, 5)
    assert (found.freed, len(found.overflow)) == (("b", "c", "d"), 5)
    assert check(existing, RangeSet.union(existing.values()), 0, 5).freed == ("a", "b", "c", "d")


def test_too_many_ranges_are_told_and_those_in_place_stay() -> None:
    existing = {"a": evens(50, 5), "b": evens(60, 5)}
    found = check(existing, evens(0, 3) | evens(50, 5) | evens(60, 5), 2, 5)
    assert (touched(found), found.overflow) == (0, tuple(evens(0, 3).cidrs()))


def test_nothing_wanted_frees_every_location() -> None:
    found = check({"a": evens(0, 5), "b": evens(10, 5)}, RangeSet(), 40, 5)
    assert (found.locations, found.freed) == ({}, ("a", "b"))


def test_a_nearly_empty_location_is_freed_into_one_that_changes_anyway() -> None:
    existing = {"a": evens(0, 15), "b": evens(100, 20), "c": evens(200, 2)}
    everything = RangeSet.union(existing.values())
    assert touched(check(existing, everything, 40, 20)) == 0
    found = check(existing, everything - addresses(0), 40, 20)
    assert (found.changed, found.freed) == (("a",), ("c",))
    # Not where it would be needed again soon.
    found = check(existing, everything - addresses(200), 40, 20)
    assert (found.changed, found.freed) == (("b",), ())
    # Nor if it is not nearly empty.
    found = check({**existing, "c": evens(200, 3)}, everything - addresses(0) | evens(200, 3), 40, 20)
    assert (found.changed, found.freed) == (("a",), ())


def test_the_first_location_is_not_freed_for_another() -> None:
    existing = {"a": evens(0, 2), "b": evens(100, 10)}
    found = check(existing, RangeSet.union(existing.values()) - addresses(200), 40, 20)
    assert (found.changed, found.freed) == (("b",), ())


def test_locations_do_not_come_and_go_with_one_address() -> None:
    everything = evens(0, 61)
    locations = applied(check({}, everything, 40, 20))
    for run in range(12):
        found = check(locations, everything if run % 2 else everything - addresses(0), 40, 20)
        assert (len(found.changed), found.new, found.freed) == (1, (), ())
        locations = applied(found)


@st.composite
def ranges(draw: st.DrawFn) -> str:
    """A short range in one of three small neighbourhoods, of both families."""
    host, length = draw(st.integers(0, 63)), draw(st.sampled_from([0, 0, 0, 1, 2, 4]))
    base, bits = draw(st.sampled_from([("45.9.1.", 32), ("46.9.1.", 32), ("2606:4700::", 128)]))
    return f"{base}{host:x}/{bits - length}" if bits == 128 else f"{base}{host}/{bits - length}"


sets = st.builds(RangeSet.of, st.lists(ranges(), max_size=30))
limits = st.tuples(st.integers(0, 6), st.integers(1, 12))


@given(st.lists(sets, max_size=6), sets, limits)
def test_any_locations_come_to_hold_what_is_wanted(
    held: list[RangeSet], wanted: RangeSet, limit: tuple[int, int]
) -> None:
    check({f"L{at:03}": ranges for at, ranges in enumerate(held)}, wanted, *limit)


@given(st.lists(st.tuples(sets, sets), min_size=1, max_size=8), st.integers(1, 12))
def test_no_run_writes_more_than_it_must(days: list[tuple[RangeSet, RangeSet]], limit: int) -> None:
    """With locations so small that none is freed for another."""
    limit = min(limit, 9)
    wanted, locations = RangeSet(), dict[str, RangeSet]()
    for added, removed in days:
        wanted = (wanted - removed) | added
        found = check(locations, wanted, 40, limit)
        cidrs = set(wanted.cidrs())
        must = {name for name, held in locations.items() if not cidrs.issuperset(held.cidrs())}
        assert must <= {*found.changed, *found.freed}
        kept = {name: len(cidrs.intersection(held.cidrs())) for name, held in locations.items()}
        rest = len(cidrs) - sum(kept.values()) - sum(limit - kept[name] for name in must)
        others = [limit - count for name, count in kept.items() if name not in must]
        writes = len({*found.changed, *found.freed} - must) + len(found.new) + bool(found.new)
        assert writes == fewest_writes(others, rest, limit)
        locations = applied(found)


def fewest_writes(rooms: list[int], rest: int, limit: int) -> int:
    """By trying every number of locations besides those that must be written."""
    costs: list[int] = []
    for count in range(len(rooms) + 1):
        new = max(0, -(-(rest - sum(sorted(rooms, reverse=True)[:count])) // limit))
        costs.append(count + new + bool(new))
    return min(costs)


def test_one_address_more_or_less_touches_few_locations() -> None:
    """A long walk through a space so small that ranges merge and split all the time."""
    chosen, limit = random.Random(3), 25
    wanted = RangeSet.of(["45.9.0.0/22", "2606:4700::/118"])
    locations = applied(check({}, wanted, 195, limit))
    for _ in range(200):
        host = chosen.getrandbits(10)
        text = f"45.9.{host >> 8}.{host & 255}" if chosen.random() < 0.5 else f"2606:4700::{host:x}"
        before, one = wanted, RangeSet.of([text])
        less = wanted.contains(text)
        wanted = wanted - one if less else wanted | one
        gone = set(before.cidrs()) - set(wanted.cidrs())
        losing = [name for name, held in locations.items() if not gone.isdisjoint(held.cidrs())]
        found = check(locations, wanted, 195, limit)
        writes = len(found.changed) + len(found.new)
        if less:
            assert len(losing) == 1
            assert writes <= 3
        else:
            assert len(losing) <= len(gone) <= 24
            assert writes <= max(1, len(losing))
        locations = applied(found)
    assert len(locations) > 5


def test_a_chain_of_merges_is_as_long_as_prefixes_allow() -> None:
    whole = RangeSet.of(["45.0.0.0/8"])
    one = RangeSet.of(["45.9.1.2"])
    pieces = (whole - one).cidrs()
    assert len(pieces) == 24
    existing = {text: RangeSet.of([text]) for text in pieces}
    found = check(existing, whole, 195, 5)
    assert touched(found) == 24
    assert len((RangeSet.of(["2600::/8"]) - RangeSet.of(["2606:4700::1"])).cidrs()) == 120
