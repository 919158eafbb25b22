"""A policy that is made anew or changed keeps everything that an administrator set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from entra_write_help import (
    GROUP,
    NAME,
    POLICIES,
    POLICY,
    POLICY_NAME,
    READER,
    RICH,
    EntraSite,
    addresses,
    in_order,
    no_change,
)

from iocbeam.local_tenant import Answer, DropBefore, EditAnswer, Fault, Meanwhile

Start = Callable[..., EntraSite]

SET_BY_SERVICE = ("id", "createdDateTime", "modifiedDateTime")

both_patches = pytest.mark.parametrize("nested_patch", ["merge", "replace"])


def seeded(here: EntraSite) -> str:
    """A location in a policy with everything that an administrator may have set."""
    return here.seed_policy(here.seed_location(NAME, "45.1.1.7"), **RICH)


def kept(policy: Any, *without: str) -> dict[str, Any]:
    """A policy without what the service sets and without these conditions."""
    conditions = {name: value for name, value in policy["conditions"].items() if name not in without}
    rest = {name: value for name, value in policy.items() if name not in SET_BY_SERVICE}
    return {**rest, "conditions": conditions}


@both_patches
def test_an_update_keeps_everything_that_an_administrator_set(entra: Start, nested_patch: str) -> None:
    here = entra(nested_patch=nested_patch)
    policy = seeded(here)
    before = here.only_policy()
    small = here.seed_location(f"{NAME} (2)", "45.70.1.7")
    locations = {"includeLocations": [*here.named(), small], "excludeLocations": ["AllTrusted"]}
    here.tenant.edit_policy(policy, conditions={**before["conditions"], "locations": locations})
    here.given(here.with_policy(exclude_roles=(GROUP,)))
    report = here.bring("45.1.2.7", "45.70.1.7").report
    after = here.only_policy()
    assert (report.stopped, report.difference_count) == ("", 0)
    assert kept(after, "users", "locations") == kept(before, "users", "locations")
    assert after["conditions"]["users"] == {**before["conditions"]["users"], "excludeRoles": [GROUP]}
    assert after["conditions"]["locations"]["excludeLocations"] == ["AllTrusted"]
    assert here.named() == [here.ids()[NAME]]


def test_a_recreated_policy_is_copied_verified_and_then_takes_the_old_ones_place(entra: Start) -> None:
    here = entra(stale_reads=2)
    old = seeded(here)
    before = here.only_policy()
    here.given(here.with_policy(exclude_roles=(GROUP,), recreate=True))
    report = here.bring("45.1.1.7").report
    after = here.only_policy()
    assert after["id"] != old
    assert kept(after, "users") == kept(before, "users")
    assert after["conditions"]["users"] == {**before["conditions"]["users"], "excludeRoles": [GROUP]}
    assert in_order(here.calls(), "POST policies 201", *["GET policies/{id} 200"] * 3, "DELETE policies/{id} 204")
    assert (report.stopped, report.difference_count, report.policy_written) == ("", 0, True)
    assert no_change(here.plan("45.1.1.7"))


BREAKS = {
    # The first reading is that of the old one, before it is copied.
    "copy_not_seen": Fault(
        POLICY, EditAnswer(lambda body: {**body, "state": "disabled"}), "GET", nth=2, times=999
    ),
    "reading_fails": Fault(POLICY, Answer(403), "GET", nth=2, times=999),
    "old_not_deleted": Fault(POLICY, Answer(400), method="DELETE"),
    "deleting_denied": Fault(POLICY, Answer(403), method="DELETE"),
    "no_answer_to_deleting": Fault(POLICY, DropBefore(), method="DELETE"),
}


@pytest.mark.parametrize("fault", BREAKS.values(), ids=BREAKS.keys())
def test_a_recreation_that_breaks_off_is_told_and_the_next_run_ends_it(entra: Start, fault: Fault) -> None:
    here = entra()
    old = seeded(here)
    before = here.only_policy()
    here.time.now += 10
    here.given(here.with_policy(exclude_roles=(GROUP,), recreate=True))
    here.tenant.faults.add(fault)
    result = here.bring("45.1.1.7")
    assert {one["id"] for one in here.tenant.policies()} > {old}
    assert result.report.stopped or result.report.difference_count
    assert POLICY_NAME in result.told or "policies" in result.told
    here.tenant.faults.clear()
    here.time.now += 10
    again = here.bring("45.1.1.7").report
    assert (again.stopped, again.difference_count) == ("", 0)
    assert here.only_policy()["id"] != old
    assert kept(here.only_policy(), "users") == kept(before, "users")
    assert "POST policies 201" not in here.calls()
    assert no_change(here.plan("45.1.1.7"))


def test_a_recreation_is_ended_only_once_the_copy_shows(entra: Start) -> None:
    here = entra()
    old = seeded(here)
    here.time.now += 10
    here.given(here.with_policy(exclude_roles=(GROUP,), recreate=True))
    here.tenant.faults.add(Fault(POLICY, Answer(403), method="DELETE"))
    here.bring("45.1.1.7")
    here.tenant.faults.clear()
    (copy,) = (one["id"] for one in here.tenant.policies() if one["id"] != old)
    gone = Answer(404, {"error": {"code": "ResourceNotFound", "message": "no"}})
    here.tenant.faults.add(Fault(f"{POLICIES}/{copy}", gone, method="GET"))
    here.bring("45.1.1.7")
    assert {one["id"] for one in here.tenant.policies()} == {old, copy}
    assert here.writes() == []


def test_nothing_is_recreated_when_nothing_differs(entra: Start) -> None:
    here = entra()
    old = seeded(here)
    here.given(here.with_policy(recreate=True))
    here.bring("45.1.1.7", "45.1.2.7")
    assert here.only_policy()["id"] == old
    assert here.writes() == ["PATCH namedLocations/{id} 204"]


def test_surplus_waits_while_the_old_policy_is_there_and_may_name_it(entra: Start) -> None:
    here = entra()
    big, small = here.seed_location(NAME, *addresses(5)), here.seed_location(f"{NAME} (2)", "45.70.1.7")
    here.seed_policy(big, small)
    here.time.now += 10
    here.given(here.with_policy(recreate=True))
    here.tenant.faults.add(Fault(POLICY, Answer(400), method="DELETE"))
    report = here.bring(*addresses(4), "45.70.1.7").report
    assert "DELETE namedLocations" not in " ".join(here.writes())
    assert any("still there" in one for one in report.differences)
    here.tenant.faults.clear()
    here.bring(*addresses(4), "45.70.1.7")
    assert here.named() == [big]
    assert here.ids() in ({NAME: big}, {NAME: big, f"{NAME} (2)": small})


def meddle(here: EntraSite, policy: str) -> Meanwhile:
    """An administrator lets somebody else out, after the plan was made."""

    def change() -> None:
        (found,) = (one for one in here.tenant.policies() if one["id"] == policy)
        users = {**found["conditions"]["users"], "excludeUsers": [READER, GROUP]}
        here.tenant.edit_policy(policy, conditions={**found["conditions"], "users": users})

    return Meanwhile(change)


@pytest.mark.parametrize("recreate", [False, True], ids=["update", "recreate"])
def test_what_an_administrator_changes_meanwhile_is_not_turned_back(entra: Start, recreate: bool) -> None:
    here = entra()
    policy = seeded(here)
    here.given(here.with_policy(exclude_roles=(GROUP,), recreate=recreate))
    here.tenant.faults.add(Fault(POLICY, meddle(here, policy), method="GET", nth=1))
    result = here.bring("45.1.1.7", "45.1.2.7")
    assert here.only_policy()["id"] == policy
    assert here.only_policy()["conditions"]["users"]["excludeUsers"] == [READER, GROUP]
    assert "conditions.users.excludeUsers" in result.report.stopped
    assert result.outcomes == {"created": 1}
    here.tenant.faults.clear()
    here.time.now += 10
    here.bring("45.1.1.7", "45.1.2.7")
    users = here.only_policy()["conditions"]["users"]
    assert (users["excludeUsers"], users["excludeRoles"]) == ([READER, GROUP], [GROUP])


def test_what_an_administrator_changes_while_it_is_copied_is_not_lost(entra: Start) -> None:
    here = entra()
    policy = seeded(here)
    here.given(here.with_policy(exclude_roles=(GROUP,), recreate=True))
    here.tenant.faults.add(Fault(POLICIES, meddle(here, policy), method="POST"))
    report = here.bring("45.1.1.7").report
    # The copy goes again, not the policy.
    assert here.only_policy()["id"] == policy
    assert here.only_policy()["conditions"]["users"]["excludeUsers"] == [READER, GROUP]
    assert "its copy was deleted" in report.stopped
    assert not report.policy_written


def test_another_change_of_an_administrator_is_no_hindrance(entra: Start) -> None:
    here = entra()
    policy = seeded(here)
    here.given(here.with_policy(state="disabled"))
    here.tenant.faults.add(Fault(POLICY, meddle(here, policy), method="GET", nth=1))
    report = here.bring("45.1.1.7").report
    assert (report.stopped, report.difference_count) == ("", 0)
    assert here.only_policy()["state"] == "disabled"
    assert here.only_policy()["conditions"]["users"]["excludeUsers"] == [READER, GROUP]
