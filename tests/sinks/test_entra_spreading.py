"""Changes spread: whatever a tenant shows meanwhile, in the end it holds the plan, or the run tells otherwise."""

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
    EntraSite,
    addresses,
    in_order,
    no_change,
)

from iocbeam.local_tenant import Answer, EditAnswer, Fault, Meanwhile
from iocbeam.model.entra_plan import EntraPlan

Start = Callable[..., EntraSite]

TENANTS: dict[str, dict[str, Any]] = {
    "one_stale_read": {"stale_reads": 1},
    "old_and_new_take_turns": {"stale_reads": 7},
    "new_and_old_take_turns": {"stale_reads": 7, "stale_pattern": ("new", "old")},
    "old_twice": {"stale_reads": 9, "stale_pattern": ("old", "old", "new")},
    "new_twice": {"stale_reads": 9, "stale_pattern": ("new", "new", "old")},
    "old_for_a_minute": {"stale_seconds": 60.0, "stale_pattern": ("old",)},
    "turns_for_two_minutes": {"stale_seconds": 120.0},
    "deletes_see_the_newest": {"stale_reads": 5, "deletes_see": "newest"},
    "deletes_see_the_old_too": {"stale_seconds": 30.0, "deletes_see": "old_too"},
    "canonical_ranges": {"ranges_kept": "canonical", "stale_reads": 2},
    "nested_patch_replaces": {"nested_patch": "replace", "stale_reads": 2},
    "numbers_in_the_message": {"numbered_errors": "message", "new_location_tries": 2},
    "numbers_inside": {"numbered_errors": "inner_message", "inner_error": "innererror", "new_location_tries": 2},
    "new_locations_unknown_for_a_while": {"new_location_seconds": 30.0, "stale_reads": 3},
    "unknown_locations_accepted": {"unknown_location": "accept", "stale_reads": 3},
    "used_locations_deletable": {"delete_in_use": "accept", "stale_reads": 3},
    "small_pages": {"page_size": 1, "stale_reads": 3},
}


def answers(here: EntraSite) -> list[Any]:
    """What single locations and policies looked like, one entry for each answer, from now on."""
    seen: list[Any] = []

    def keep(body: Any) -> Any:
        seen.append(body)
        return body

    here.tenant.faults.add(Fault(LOCATION, EditAnswer(keep), method="GET"))
    here.tenant.faults.add(Fault(POLICY, EditAnswer(keep), method="GET"))
    return seen


def cidrs(location: dict[str, Any]) -> set[str]:
    return {item["cidrAddress"] for item in location["ipRanges"]}


@pytest.mark.parametrize("switches", TENANTS.values(), ids=TENANTS.keys())
def test_the_tenant_holds_the_plan_and_planning_again_gives_nothing(
    entra: Start, switches: dict[str, Any]
) -> None:
    here = entra(**switches)
    small = here.seed_location(f"{NAME} (2)", "45.70.1.7", trusted=True)
    big = here.seed_location(NAME, *addresses(5))
    here.seed_policy(small, big)
    seen = answers(here)
    values = [*addresses(4), "45.70.1.7", "45.80.0.0/16", "2a00:1450::7"]
    result = here.bring(*values)
    assert (result.report.stopped, result.report.differences) == ("", ())
    assert result.outcomes == {"created": 2}
    assert no_change(here.plan(*values))
    assert here.ids() == {NAME: big}
    wanted = {f"{value}/32" for value in (*addresses(4), "45.70.1.7")} | {"45.80.0.0/16", "2a00:1450::7/128"}
    last = [cidrs(one) for one in seen if one["id"] == big][-3:]
    assert last == [wanted] * 3
    named = [one["conditions"]["locations"]["includeLocations"] for one in seen if "conditions" in one]
    assert named[-3:] == [[big]] * 3
    assert here.calls()[-3:] == ["GET namedLocations/{id} 404"] * 3


@pytest.mark.parametrize("switches", TENANTS.values(), ids=TENANTS.keys())
def test_what_is_new_is_made_once_and_seen_three_times(entra: Start, switches: dict[str, Any]) -> None:
    here = entra(**switches)
    seen = answers(here)
    result = here.bring("45.1.1.7", "45.9.8.0/24")
    assert (result.report.stopped, result.report.differences) == ("", ())
    assert (len(here.tenant.locations()), len(here.tenant.policies())) == (1, 1)
    assert here.writes().count("POST policies 201") == 1
    assert no_change(here.plan("45.1.1.7", "45.9.8.0/24"))
    assert [cidrs(one) for one in seen if "ipRanges" in one][-3:] == [{"45.1.1.7/32", "45.9.8.0/24"}] * 3
    assert [one["displayName"] for one in seen][-3:] == ["Block feed"] * 3


def test_a_location_that_never_shows_is_told_and_the_policy_is_not_touched(entra: Start) -> None:
    here = entra(stale_seconds=10_000.0, stale_pattern=("old",))
    big, small = here.seed_location(NAME, *addresses(5)), here.seed_location(f"{NAME} (2)", "45.70.1.7")
    here.seed_policy(big, small)
    started = here.time.now
    result = here.bring(*addresses(4), "45.70.1.7", "45.70.2.7")
    report = result.report
    assert here.writes() == ["PATCH namedLocations/{id} 204"]
    assert set(here.named()) == {big, small}
    assert report.differences == (f"the location {NAME!r}", "45.70.2.7")
    assert (report.accepted, report.present, report.difference_count) == (1, 0, 2)
    assert not report.policy_written
    assert "policy was not touched" in result.told
    assert 290 < here.time.now - started < 330


def test_a_new_location_that_never_shows_is_told_and_no_policy_is_made(entra: Start) -> None:
    here = entra(stale_seconds=10_000.0, stale_pattern=("old",))
    result = here.bring("45.1.1.7")
    assert here.writes() == ["POST namedLocations 201"]
    assert result.report.difference_count == 2
    assert here.tenant.policies() == []
    # The tenant has it all the same, and the next run goes on from there.
    here.tenant.faults.clear()
    plan = here.plan("45.1.1.7")
    assert plan.locations == ()
    assert plan.policy is not None


def test_one_of_several_locations_that_does_not_show_is_named_alone(entra: Start) -> None:
    here = entra()
    one, other = addresses(210, net=1), addresses(210, net=61)
    here.seed_policy(here.seed_location(NAME, *one), here.seed_location(f"{NAME} (2)", *other))
    before = {row["id"]: row for row in here.tenant.locations() if row["displayName"] != NAME}

    def as_it_was(answer: Any) -> Any:
        return {**answer, "value": [before.get(row["id"], row) for row in answer["value"]]}

    here.tenant.faults.add(Fault(LOCATIONS, EditAnswer(as_it_was), method="GET"))
    report = here.bring(*one[1:], *other[1:]).report
    assert report.differences == (f"the location '{NAME} (2)'",)
    assert report.difference_count == 1


def test_a_policy_that_never_shows_is_told_and_nothing_is_deleted(entra: Start) -> None:
    here = entra()
    big, small = here.seed_location(NAME, *addresses(5)), here.seed_location(f"{NAME} (2)", "45.70.1.7")
    here.seed_policy(big, small)
    (before,) = here.tenant.policies()
    here.tenant.faults.add(Fault(POLICY, EditAnswer(lambda body: before), method="GET"))
    report = here.bring(*addresses(4), "45.70.1.7").report
    assert in_order(here.calls(), "PATCH namedLocations", "PATCH policies")
    assert "DELETE namedLocations/{id} 204" not in here.calls()
    assert report.differences == ("the policy 'Block feed'",)
    assert (report.policy_written, report.stopped) == (True, "")
    assert set(here.ids().values()) == {big, small}


def test_a_deleted_location_that_never_goes_is_told(entra: Start) -> None:
    here = entra()
    big, small = here.seed_location(NAME, *addresses(5)), here.seed_location(f"{NAME} (2)", "45.70.1.7")
    here.seed_policy(big, small)
    (before,) = (row for row in here.tenant.locations() if row["id"] == small)
    here.tenant.faults.add(Fault(f"{LOCATIONS}/{small}", Answer(200, before), method="GET"))
    result = here.bring(*addresses(4))
    assert result.report.differences == (f"the location '{NAME} (2)' (still there)",)
    assert here.ids() == {NAME: big}
    # Nobody has seen that the second one is gone.
    assert (result.plan.withdrawn, result.report.withdrawn) == (2, 1)


def new_location_plan(here: EntraSite) -> EntraPlan:
    return here.plan("45.1.1.7")


@pytest.mark.parametrize("tries", [1, 5, 12])
def test_a_policy_that_comes_too_early_for_its_location_is_sent_again(entra: Start, tries: int) -> None:
    here = entra(new_location_tries=tries)
    started = here.time.now
    report = here.write(new_location_plan(here)).report
    posts = [call for call in here.writes() if "policies" in call]
    assert posts == ["POST policies 400"] * tries + ["POST policies 201"]
    assert (report.stopped, report.difference_count) == ("", 0)
    assert here.time.now - started < 80


def test_it_is_given_up_after_a_minute_with_the_services_words_and_the_options(entra: Start) -> None:
    here = entra(new_location_seconds=10_000.0)
    result = here.write(new_location_plan(here))
    posts = [one.time for one in here.tenant.requests if one.path == POLICIES and one.method == "POST"]
    assert 12 <= len(posts) <= 16
    assert {call for call in here.writes() if "policies" in call} == {"POST policies 400"}
    stopped = result.report.stopped
    assert "1040" in stopped
    assert "does not exist" in stopped
    assert "--location_name" in stopped
    assert "--include_apps" in stopped
    assert not result.report.policy_written
    # The next run finds the location and makes the policy.
    here.time.now += 10_000
    here.bring("45.1.1.7")
    assert here.named() == [here.ids()[NAME]]


@pytest.mark.parametrize("words", ["1032: no", "10400: no", "1007: the id 1040 is odd"])
def test_no_other_refusal_of_a_policy_is_sent_again(entra: Start, words: str) -> None:
    here = entra()
    body = {"error": {"code": "BadRequest", "message": words}}
    here.tenant.faults.add(Fault(POLICIES, Answer(400, body), method="POST"))
    result = here.write(new_location_plan(here))
    assert here.writes() == ["POST namedLocations 201", "POST policies 400"]
    assert words in result.report.stopped


def test_a_policy_that_an_administrator_changes_meanwhile_is_no_success(entra: Start) -> None:
    here = entra()
    here.seed_policy(here.seed_location(NAME, "45.1.1.7"), state="disabled")
    here.given(here.with_policy(state="enabledForReportingButNotEnforced"))
    change = Meanwhile(lambda: here.tenant.edit_policy(here.only_policy()["id"], state="disabled"))
    here.tenant.faults.add(Fault(POLICY, change, method="GET", nth=2))
    report = here.bring("45.1.1.7").report
    assert report.differences == ("the policy 'Block feed'",)
