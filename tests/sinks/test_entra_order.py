"""The order in which an Entra plan is applied, and how many calls that takes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from entra_write_help import LOCATION, NAME, EntraSite, addresses, in_order, no_change, row

from iocbeam.local_tenant import Fault, Meanwhile
from iocbeam.model.entra_plan import UPDATE, EntraPlan, LocationChange, PlannedRange
from iocbeam.planning.entra.ranges import RangeSet, range_changes
from iocbeam.sinks import write_locations, write_policy

Start = Callable[..., EntraSite]

THREE_READS = ["GET namedLocations/{id} 200"] * 3
THREE_LISTS = ["GET namedLocations 200"] * 3
THREE_POLICY_READS = ["GET policies/{id} 200"] * 3


def watched(here: EntraSite) -> list[RangeSet]:
    """What all locations together hold before each change of one of them."""
    seen: list[RangeSet] = []

    def look() -> None:
        seen.append(RangeSet.of(cidr for cidrs in here.held().values() for cidr in cidrs))

    here.tenant.faults.add(Fault(LOCATION, Meanwhile(look), method="PATCH"))
    return seen


def pair(here: EntraSite, count: int = 210) -> tuple[list[str], list[str]]:
    """Two locations that our policy names, too full to be brought together."""
    one, other = addresses(count, net=1), addresses(count, net=61)
    here.seed_policy(here.seed_location(NAME, *one), here.seed_location(f"{NAME} (2)", *other))
    return one, other


def test_a_first_run_makes_the_location_sees_it_three_times_and_makes_the_policy(entra: Start) -> None:
    here = entra()
    result = here.bring("45.1.1.7", "45.9.8.0/24", "2a00:1450::7")
    assert here.calls() == [
        "GET namedLocations 200",
        "POST namedLocations 201",
        *THREE_READS,
        "GET policies 200",
        "POST policies 201",
        *THREE_POLICY_READS,
    ]
    assert result.outcomes == {"created": 3}
    assert here.named() == [here.ids()[NAME]]
    report = result.report
    assert (report.sent, report.accepted, report.present, report.withdrawn) == (3, 3, 3, 0)
    assert (report.policy_written, report.stopped, report.difference_count) == (True, "", 0)
    assert no_change(here.plan("45.1.1.7", "45.9.8.0/24", "2a00:1450::7"))


def test_a_change_of_one_location_is_one_patch_and_three_reads_of_it(entra: Start) -> None:
    here = entra()
    here.seed_policy(here.seed_location(NAME, "45.1.1.7", "45.1.2.7"))
    result = here.bring("45.1.1.7", "45.1.3.7")
    assert here.calls() == ["PATCH namedLocations/{id} 204", *THREE_READS]
    assert (result.outcomes, result.report.withdrawn) == ({"created": 1}, 1)
    assert here.held() == {NAME: ["45.1.1.7/32", "45.1.3.7/32"]}


def test_a_change_of_several_locations_is_a_patch_for_each_and_three_lists(entra: Start) -> None:
    here = entra()
    one, other = pair(here)
    result = here.bring(*one[1:], *other[1:])
    assert here.calls() == ["PATCH namedLocations/{id} 204"] * 2 + THREE_LISTS
    assert result.report.withdrawn == 2
    assert no_change(here.plan(*one[1:], *other[1:]))


def test_a_plan_without_changes_makes_no_call_at_all(entra: Start) -> None:
    here = entra()
    here.seed_policy(here.seed_location(NAME, "45.1.1.7"))
    plan = here.plan("45.1.1.7")
    written = write_locations(plan, here.settings, threading.Event())
    report = write_policy(written, here.settings, threading.Event())
    assert here.write(plan).report == report
    assert here.tenant.requests == []


def test_a_policy_is_changed_with_one_patch_and_seen_three_times(entra: Start) -> None:
    here = entra()
    here.seed_policy(here.seed_location(NAME, "45.1.1.7"), state="disabled")
    here.given(here.with_policy(state="enabledForReportingButNotEnforced"))
    report = here.bring("45.1.1.7").report
    # It is looked at once more before it is changed: somebody may have been there.
    assert here.calls() == ["GET policies/{id} 200", "PATCH policies/{id} 204", *THREE_POLICY_READS]
    assert here.only_policy()["state"] == "enabledForReportingButNotEnforced"
    assert report.policy_written


def test_what_is_surplus_goes_last_after_the_policy_no_longer_names_it(entra: Start) -> None:
    here = entra()
    first, second = here.seed_location(NAME, *addresses(5)), here.seed_location(f"{NAME} (2)", "45.70.1.7")
    here.seed_policy(first, second)
    result = here.bring(*addresses(4), "45.70.1.7")
    assert here.calls() == [
        "PATCH namedLocations/{id} 204",
        *THREE_READS,
        "GET policies/{id} 200",
        "PATCH policies/{id} 204",
        *THREE_POLICY_READS,
        "DELETE namedLocations/{id} 204",
        *["GET namedLocations/{id} 404"] * 3,
    ]
    assert here.ids() == {NAME: first}
    assert here.named() == [first]
    assert (result.report.withdrawn, result.report.difference_count) == (1, 0)


def test_a_location_that_moves_into_a_new_one_is_kept_until_that_shows(entra: Start) -> None:
    here = entra()
    values = addresses(2_100)
    here.seed_policy(here.seed_location(NAME, *values[:2_000]))
    here.bring(*values)
    assert here.writes() == ["POST namedLocations 201", "PATCH policies/{id} 204"]
    assert in_order(here.calls(), "POST namedLocations", *THREE_READS, "PATCH policies")
    assert set(here.named()) == set(here.ids().values())
    assert no_change(here.plan(*values))


def test_what_moves_is_added_to_its_new_location_before_it_leaves_the_old_one(entra: Start) -> None:
    here = entra()
    one, other = addresses(210, net=1), addresses(210, net=61)
    ids = [
        here.seed_location(NAME, *one),
        here.seed_location(f"{NAME} (2)", "45.90.1.7"),
        here.seed_location(f"{NAME} (3)", *other),
    ]
    here.seed_policy(*ids)
    # Somebody else uses the second one too, so that it is emptied rather than deleted.
    here.seed_policy(ids[1], name="Of somebody else")
    wanted = [*one, *other[1:], "45.90.1.7"]
    seen = watched(here)
    result = here.bring(*wanted)
    assert here.paths("PATCH")[:2] == [ids[2], ids[1]]
    assert all(cover.contains(value) for cover in seen for value in wanted)
    assert here.held()[f"{NAME} (2)"] == ["192.0.2.1/32"]
    assert result.report.withdrawn == 1


def swap(here: EntraSite, size: int = 1) -> EntraPlan:
    """Two locations that exchange what they hold, which leaves no right order."""
    held = {NAME: addresses(size, net=1), f"{NAME} (2)": addresses(size, net=61)}
    ids = {name: here.seed_location(name, *values) for name, values in held.items()}
    here.seed_policy(*ids.values())
    changes = []
    for name, values in zip(held, reversed(held.values()), strict=True):
        after = RangeSet.of(values)
        difference = range_changes(RangeSet.of(held[name]), after)
        changes.append(
            LocationChange(UPDATE, ids[name], name, tuple(after.cidrs()), False, ("ipRanges",), *difference)
        )
    bare = here.plan(*held[NAME], *held[f"{NAME} (2)"])
    rows = tuple(PlannedRange(row(value)) for values in held.values() for value in values)
    return EntraPlan(bare.tenant_id, bare.alias, rows, locations=tuple(changes), holds=bare.holds)


def test_what_two_locations_exchange_is_in_one_of_them_at_every_moment(entra: Start) -> None:
    here = entra()
    plan, seen = swap(here), watched(here)
    result = here.write(plan)
    assert here.calls() == ["PATCH namedLocations/{id} 204"] * 3 + THREE_LISTS
    assert {tuple(cover.cidrs()) for cover in seen} == {("45.1.0.7/32", "45.61.0.7/32")}
    assert here.held() == {NAME: ["45.61.0.7/32"], f"{NAME} (2)": ["45.1.0.7/32"]}
    assert (result.outcomes, result.report.withdrawn) == ({"created": 2}, 0)


@pytest.mark.parametrize("refused", [1, 2, 3])
def test_an_exchange_that_breaks_off_leaves_everything_somewhere(entra: Start, refused: int) -> None:
    from iocbeam.local_tenant import Answer

    here = entra()
    plan = swap(here)
    here.tenant.faults.add(Fault(LOCATION, Answer(400), method="PATCH", nth=refused))
    result = here.write(plan)
    left = RangeSet.of(cidr for cidrs in here.held().values() for cidr in cidrs)
    assert left.cidrs() == ["45.1.0.7/32", "45.61.0.7/32"]
    assert result.outcomes == {"created": 2}
    assert result.report.withdrawn == 0
    assert "Feed" in result.told
