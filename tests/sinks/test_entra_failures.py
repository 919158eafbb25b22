"""What is refused, lost or deleted on the way: told, and nothing is taken away that has no other place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from entra_write_help import (
    LOCATION,
    LOCATIONS,
    NAME,
    POLICIES,
    POLICY,
    READER,
    EntraSite,
    addresses,
    no_change,
)

from iocbeam.local_tenant import Answer, Fault, Meanwhile, Poison
from iocbeam.model.errors import PermissionDenied

Start = Callable[..., EntraSite]

ONE, OTHER = addresses(210, net=1), addresses(210, net=61)
# Neighbours of what is there, so that each goes to its own location.
NEW_ONE, NEW_OTHER = "45.1.0.6", "45.61.0.6"


def pair(here: EntraSite) -> tuple[str, str]:
    """Two locations that our policy names, too full to be brought together."""
    ids = here.seed_location(NAME, *ONE), here.seed_location(f"{NAME} (2)", *OTHER)
    here.seed_policy(*ids)
    return ids


def poison(cidr: str, **more: Any) -> Fault:
    """The location with this range is refused."""

    def has_it(body: dict[str, Any]) -> bool:
        return any(item["cidrAddress"] == cidr for item in body.get("ipRanges", ()))

    return Fault(f"{LOCATIONS}*", Poison(has_it, "BadRequest", "The range is odd."), **more)


def test_of_several_locations_one_that_is_refused_fails_alone_with_the_services_words(entra: Start) -> None:
    here = entra()
    pair(here)
    here.tenant.faults.add(poison("45.61.0.6/31"))
    result = here.bring(*ONE, *OTHER, NEW_ONE, NEW_OTHER)
    assert result.outcomes == {"created": 1, "failed refused": 1}
    (failed,) = (one for one in result.written.results if one.end.outcome == "failed")
    assert failed.planned.row.value == NEW_OTHER
    assert failed.status == 400
    assert failed.end.message == f"the location '{NAME} (2)' was not written: BadRequest: The range is odd."
    assert "The location 'Feed (2)' was not written: BadRequest: The range is odd." in result.report.notices
    assert result.report.differences == (f"the location '{NAME} (2)' (not written)",)
    assert (result.report.accepted, result.report.present, result.report.stopped) == (1, 1, "")
    assert set(here.held()[NAME]) == {"45.1.0.6/31", *(f"{one}/32" for one in ONE[1:])}
    here.tenant.faults.clear()
    here.bring(*ONE, *OTHER, NEW_ONE, NEW_OTHER)
    assert no_change(here.plan(*ONE, *OTHER, NEW_ONE, NEW_OTHER))


def test_a_withdrawal_that_is_refused_is_told_although_no_record_fails(entra: Start) -> None:
    here = entra()
    here.seed_policy(here.seed_location(NAME, *ONE))
    here.tenant.faults.add(Fault(LOCATION, Answer(400), method="PATCH"))
    report = here.bring(*ONE[1:]).report
    assert report.differences == (f"the location {NAME!r} (not written)",)
    assert (report.difference_count, report.withdrawn) == (1, 0)


def test_a_location_whose_ranges_could_not_be_moved_stays_and_stays_named(entra: Start) -> None:
    here = entra()
    big, small = here.seed_location(NAME, *ONE), here.seed_location(f"{NAME} (2)", "45.70.1.7")
    unnamed = here.seed_location(f"{NAME} (3)", "45.71.1.7")
    here.seed_policy(big, small)
    here.tenant.faults.add(Fault(LOCATION, Answer(400), method="PATCH"))
    values = [*ONE[1:], "45.70.1.7", "45.71.1.7"]
    plan = here.plan(*values)
    assert {one.id for one in plan.surplus} == {small, unnamed}
    result = here.write(plan)
    assert set(here.ids().values()) == {big, small, unnamed}
    # What it did not name before it is not made to name.
    assert set(here.named()) == {big, small}
    assert "DELETE" not in " ".join(here.calls())
    assert result.report.difference_count
    assert result.report.withdrawn == 0
    here.tenant.faults.clear()
    here.bring(*values)
    assert here.ids() == {NAME: big}
    assert here.named() == [big]


def test_a_range_that_could_not_be_added_elsewhere_is_not_taken_away(entra: Start) -> None:
    here = entra()
    first, middle = here.seed_location(NAME, *ONE), here.seed_location(f"{NAME} (2)", "45.90.1.7")
    last = here.seed_location(f"{NAME} (3)", *OTHER)
    here.seed_policy(first, middle, last)
    here.seed_policy(middle, name="Of somebody else")
    here.tenant.faults.add(Fault(f"{LOCATIONS}/{last}", Answer(400), method="PATCH"))
    here.bring(*ONE, *OTHER[1:], "45.90.1.7")
    assert "45.90.1.7/32" in here.held()[f"{NAME} (2)"]


def test_a_location_that_has_no_room_to_keep_what_could_not_be_moved_is_left_as_it_is(entra: Start) -> None:
    here = entra()
    full = addresses(1_999)
    values = [*full, "45.90.0.0/23"]
    first, second = here.seed_location(NAME, *values), here.seed_location(f"{NAME} (2)", *OTHER)
    here.seed_policy(first, second)
    before = here.held()
    # The hole leaves the range in more pieces than its location has room for; the second one takes them.
    here.given(my_addresses=("45.90.0.77",))
    plan = here.plan(*values, *OTHER)
    assert [change.name for change in plan.locations if change.added] == [f"{NAME} (2)"]
    here.tenant.faults.add(Fault(f"{LOCATIONS}/{second}", Answer(400), method="PATCH"))
    result = here.write(plan)
    assert here.held() == before
    assert here.writes() == ["PATCH namedLocations/{id} 400"]
    assert "has no room" in result.told
    here.tenant.faults.clear()
    here.bring(*values, *OTHER)
    assert no_change(here.plan(*values, *OTHER))


def test_a_new_location_that_is_refused_is_not_named_by_the_policy(entra: Start) -> None:
    here = entra()
    values = addresses(2_100)
    first = here.seed_location(NAME, *values[:2_000])
    policy = here.seed_policy(first, state="disabled")
    here.given(here.with_policy(state="enabledForReportingButNotEnforced"))
    here.tenant.faults.add(Fault(LOCATIONS, Answer(400), method="POST"))
    result = here.bring(*values)
    assert result.outcomes == {"failed refused": 100}
    assert here.named() == [first]
    assert here.only_policy()["state"] == "enabledForReportingButNotEnforced"
    assert here.only_policy()["id"] == policy


def test_no_policy_is_made_that_names_no_location(entra: Start) -> None:
    here = entra()
    here.tenant.faults.add(Fault(LOCATIONS, Answer(400), method="POST"))
    result = here.bring("45.1.1.7")
    assert here.tenant.policies() == []
    assert result.outcomes == {"failed refused": 1}
    assert "has no location to name yet" in result.report.stopped


def test_a_policy_that_blocks_the_rest_of_the_world_waits_for_every_location(entra: Start) -> None:
    here = entra()
    here.seed_location(NAME, *ONE)
    settings = here.with_policy(include_users=("All",), exclude_users=(READER,), state="enabled")
    here.given(settings, excluded=True)
    here.tenant.faults.add(Fault(LOCATION, Answer(400), method="PATCH"))
    result = here.bring(*ONE, NEW_ONE)
    assert here.tenant.policies() == []
    assert "would block what the locations do not hold yet" in result.report.stopped


def test_a_permission_that_is_missing_at_the_first_write_raises_and_nothing_is_written(entra: Start) -> None:
    here = entra(roles=("Policy.Read.All",))
    with pytest.raises(PermissionDenied, match=r"Policy\.ReadWrite\.ConditionalAccess"):
        here.bring("45.1.1.7")
    assert here.tenant.locations() == []


def test_a_permission_that_is_missing_later_stops_the_rest_and_is_told(entra: Start) -> None:
    here = entra()
    pair(here)
    here.tenant.faults.add(Fault(LOCATION, Answer(403), method="PATCH", nth=2))
    result = here.bring(*ONE, *OTHER, NEW_ONE, NEW_OTHER)
    assert result.outcomes == {"created": 1, "failed stopped": 1}
    assert "403" in result.report.stopped
    assert not result.report.unreachable
    assert (result.report.present, result.report.policy_written) == (1, False)


def test_a_permission_that_only_the_policy_needs_is_told_after_the_locations(entra: Start) -> None:
    here = entra(roles=("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"))
    result = here.bring("45.1.1.7")
    assert result.outcomes == {"created": 1}
    assert "Application.Read.All" in result.report.stopped
    assert here.tenant.policies() == []


def test_a_policy_that_must_not_be_written_raises_where_no_location_was(entra: Start) -> None:
    here = entra(roles=("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"))
    here.seed_location(NAME, "45.1.1.7")
    with pytest.raises(PermissionDenied):
        here.bring("45.1.1.7")


def test_a_location_that_somebody_deletes_meanwhile_fails_its_records_and_comes_back(entra: Start) -> None:
    # The policy still names the one that is gone.
    here = entra(unknown_location="accept")
    first = here.seed_location(NAME, "45.1.1.7")
    here.seed_policy(first)
    delete = Meanwhile(lambda: here.tenant.remove_location(first))
    here.tenant.faults.add(Fault(LOCATION, delete, method="PATCH", nth=1))
    result = here.bring("45.1.1.7", NEW_ONE)
    assert result.outcomes == {"failed not_delivered": 1}
    assert "was deleted meanwhile" in result.told
    assert result.report.difference_count == 1
    again = here.bring("45.1.1.7", NEW_ONE)
    assert again.outcomes == {"created": 2}
    assert again.report.stopped == ""
    assert here.ids()[NAME] in here.named()


def test_a_policy_that_somebody_deletes_meanwhile_is_told_and_comes_back(entra: Start) -> None:
    here = entra()
    policy = here.seed_policy(here.seed_location(NAME, "45.1.1.7"), state="disabled")
    here.given(here.with_policy(state="enabledForReportingButNotEnforced"))
    here.tenant.faults.add(Fault(POLICY, Meanwhile(lambda: here.tenant.remove_policy(policy)), method="PATCH"))
    report = here.bring("45.1.1.7").report
    assert "was deleted meanwhile" in report.stopped
    assert not report.policy_written
    here.bring("45.1.1.7")
    assert here.only_policy()["id"] != policy


def test_a_refused_policy_shows_the_services_words_and_the_options_involved(entra: Start) -> None:
    here = entra()
    actions = {"includeUserActions": ["urn:user:registerdevice"]}
    here.seed_policy(here.seed_location(NAME, "45.1.1.7"), state="disabled", conditions={"applications": actions})
    result = here.bring("45.1.1.7", NEW_ONE)
    assert result.outcomes == {"created": 1}
    assert "1012" in result.report.stopped
    assert "both applications and user actions" in result.report.stopped
    assert "--include_apps" in result.report.stopped
    assert here.writes() == ["PATCH namedLocations/{id} 204", "PATCH policies/{id} 400"]


def test_refused_lists_do_not_keep_what_was_done_from_being_told(entra: Start) -> None:
    here = entra()
    pair(here)
    here.tenant.faults.add(Fault(LOCATIONS, Answer(403), method="GET"), Fault(POLICIES, Answer(403), method="GET"))
    result = here.bring(*ONE[1:], *OTHER, NEW_OTHER)
    assert "could not be read back" in result.report.stopped
    assert (result.report.accepted, result.report.present, result.report.withdrawn) == (1, None, 1)
