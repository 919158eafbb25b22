"""With --exclude_location everything but the collection is blocked, so that what is missing does the harm."""

from __future__ import annotations

from typing import Any

import pytest
from entra_plan_help import ADA, APP, Graph, desired, ended, evens, guid, ip_set, settings, told

from iocbeam.model.intake import Intake
from iocbeam.model.settings.entra import PolicySettings
from iocbeam.planning.entra import plan as entra

OFFICES = ("45.9.1.0/24", "45.9.7.7")
POLICY: dict[str, Any] = {"include_apps": (APP,), "accept_lockout_risk": True}


def around(policy: dict[str, Any] | None = None, **more: Any) -> Any:
    return settings(PolicySettings(name="Block IOC", **{**POLICY, **(policy or {})}), excluded=True, **more)


def holding(*values: str, **policy: Any) -> Graph:
    graph = Graph()
    graph.run(desired(*values), around({"state": "enabled", "include_users": (ADA,), **policy}))
    return graph


def test_the_policy_is_about_all_locations_but_ours() -> None:
    graph = holding(*OFFICES)
    assert graph.named()["conditions"]["locations"] == {
        "includeLocations": ["All"],
        "excludeLocations": [graph.locations[0]["id"]],
    }
    assert graph.cover() == ip_set(*OFFICES)
    made = graph.plan(desired(*OFFICES), around())
    assert told(made) == []
    assert ended(made) == dict.fromkeys(OFFICES, "unchanged")
    grown = graph.run(desired(*evens(2_001), *OFFICES), around())
    assert grown.policy is not None
    assert grown.policy.excludes
    assert graph.named()["conditions"]["locations"]["excludeLocations"] == [one["id"] for one in graph.locations]


@pytest.mark.parametrize("users", [{"include_users": (ADA,)}, {"include_users": ("All",)}, {}])
def test_it_is_always_a_lock_out_risk(users: dict[str, Any]) -> None:
    risky = {"accept_lockout_risk": False, "state": "enabled", **users}
    made = Graph().plan(desired(*OFFICES), around(risky))
    assert "everything that comes from elsewhere" in made.stopped
    assert Graph().plan(desired(*OFFICES), around({**risky, "exclude_users": (guid(3),)})).stopped == ""
    assert Graph().plan(desired(*OFFICES), around({**risky, "state": None})).stopped == ""


def test_an_empty_collection_is_refused_and_nothing_is_written() -> None:
    made = Graph().plan(desired(), around())
    assert "leaves nothing that is not blocked" in made.stopped
    assert "--exclude_location" in made.stopped
    graph = holding(*OFFICES)
    assert "2 of 2" in graph.plan(desired(), around()).refusals[0]
    assert "leaves nothing" in graph.plan(desired(), around(max_withdraw_percent=100)).stopped
    # What is added on top of the collection does not make up for it.
    assert "leaves nothing" in Graph().plan(desired(listed=["9.9.9.9"]), around(my_addresses=("8.8.8.1",))).stopped


def test_a_collection_of_nothing_but_my_address_is_not_empty() -> None:
    graph, mine = Graph(), around(my_addresses=("45.9.1.0/24",))
    graph.run(desired("45.9.1.7"), mine)
    assert told(graph.plan(desired("45.9.1.7"), mine)) == []


def test_a_deferred_record_is_refused() -> None:
    made = Graph().plan(desired(*OFFICES), around(objects_per_run=1))
    assert "1 records of the collection would be blocked" in made.stopped


def test_a_record_without_room_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entra, "MAX_RANGES", 2)
    made = Graph().plan(desired(*evens(5)), around(max_locations=2))
    assert "1 records of the collection would be blocked" in made.stopped
    assert Graph().plan(desired(*evens(4)), around(max_locations=2)).stopped == ""


BROKEN = [
    pytest.param(Intake(inputs=2, incomplete=1, records=2), id="incomplete"),
    pytest.param(Intake(records=2, lost=1), id="unbalanced"),
    pytest.param(Intake(records=9, rejected=7), id="mostly rejected"),
]


@pytest.mark.parametrize("intake", BROKEN)
def test_a_bad_read_is_refused_the_first_time_and_later_takes_nothing_away(intake: Intake) -> None:
    made = Graph().plan(desired("9.9.9.1", intake=intake), around())
    assert "could not be read as a whole" in made.stopped
    graph = holding(*OFFICES)
    later = graph.run(desired("9.9.9.1", intake=intake), around())
    assert graph.cover() == ip_set(*OFFICES, "9.9.9.1")
    assert later.refusals


@pytest.mark.parametrize("intake", [*BROKEN, pytest.param(Intake(records=0), id="empty")])
def test_nor_does_a_bad_read_bring_the_first_policy_about_a_location_that_is_there(intake: Intake) -> None:
    graph = Graph()
    graph.location("IOC", "45.9.1.0/24", "45.9.7.7/32")
    adopting = around(adopt=(graph.locations[0]["id"],))
    made = graph.plan(desired("45.9.7.7", intake=intake), adopting)
    assert "could not be read as a whole" in made.stopped
    assert graph.plan(desired("45.9.7.7"), adopting).stopped == ""


@pytest.mark.parametrize(("gone", "goes"), [(2, True), (3, False)])
def test_what_would_shrink_beyond_the_guard_is_kept(gone: int, goes: bool) -> None:
    graph = holding(*evens(10))
    made = graph.run(desired(*evens(10 - gone)), around())
    assert graph.cover() == ip_set(*evens(10 - gone if goes else 10))
    assert bool(made.refusals) is not goes


def test_records_that_ended_count_in_the_guard_like_absent_ones() -> None:
    graph = holding(*evens(10))
    made = graph.run(desired(*evens(1), ended=evens(9, 1)), around())
    assert graph.cover() == ip_set(*evens(10))
    assert "9 of 10" in made.refusals[0]


def test_what_is_never_to_be_blocked_is_added_rather_than_subtracted() -> None:
    graph = Graph()
    collection = desired(
        *OFFICES,
        listed=["9.9.9.0/24", "45.9.1.0/26"],
        whitelisted=["45.9.7.6/31"],
        built_in=["45.9.1.128/25"],
    )
    made = graph.run(collection, around(my_addresses=("8.8.0.0/16",)))
    assert graph.cover() == ip_set(*OFFICES, "9.9.9.0/24", "45.9.7.6/31", "8.8.0.0/16")
    assert ended(made) == dict.fromkeys(OFFICES, "created")
    assert made.subtracted == ()
    assert told(graph.plan(collection, around(my_addresses=("8.8.0.0/16",)))) == []


def test_a_trusted_location_is_not_subtracted_and_one_that_would_be_blocked_is_told() -> None:
    graph = Graph()
    graph.location("Head office", "45.9.1.0/25", trusted=True)
    graph.location("Branch", "45.9.2.0/24", trusted=True)
    made = graph.run(desired(*OFFICES), around())
    assert graph.cover() == ip_set(*OFFICES)
    assert [one for one in made.conflicts if "'Head office'" in one] == []
    assert any("'Branch'" in one for one in made.conflicts)


def test_a_policy_is_never_turned_round() -> None:
    graph = Graph()
    graph.run(desired(*OFFICES))
    made = graph.plan(desired(*OFFICES), around())
    assert "turn it round" in made.stopped
    assert "--exclude_location is given" in made.stopped
    made = holding(*OFFICES).plan(desired(*OFFICES))
    assert "turn it round" in made.stopped
    assert "--exclude_location is not given" in made.stopped


@pytest.mark.parametrize("include", [None, ["All"], [guid(9)]])
def test_a_policy_in_use_that_names_none_of_ours_is_not_taken(include: Any) -> None:
    graph = Graph()
    graph.policy(include=include)
    assert "is not ours" in graph.plan(desired(*OFFICES), around()).stopped


def test_one_that_does_nothing_keeps_what_it_is_about_and_that_is_told() -> None:
    graph = Graph()
    bad = graph.location("Bad places", "9.9.0.0/16")
    graph.policy(include=[bad], exclude=["AllTrusted"], state="disabled")
    made = graph.run(desired(*OFFICES), around())
    own = graph.locations[-1]["id"]
    assert graph.named()["conditions"]["locations"] == {
        "includeLocations": [bad],
        "excludeLocations": ["AllTrusted", own],
    }
    assert any("it blocks from there alone" in one for one in made.conflicts)


def test_a_surplus_location_is_no_longer_named_on_either_side() -> None:
    graph = holding(*evens(2_050))
    second = graph.locations[1]["id"]
    graph.named()["conditions"]["locations"]["includeLocations"].append(second.upper())
    made = graph.run(desired(*evens(1_900)), around())
    assert [one.name for one in made.surplus] == ["IOC (2)"]
    assert graph.named()["conditions"]["locations"] == {
        "includeLocations": ["All"],
        "excludeLocations": [graph.locations[0]["id"]],
    }


def test_there_is_no_sentinel() -> None:
    graph = holding("45.9.7.7")
    made = graph.plan(desired(ended=["45.9.7.7"]), around(max_withdraw_percent=100))
    assert "leaves nothing" in made.stopped
    assert made.locations == ()
