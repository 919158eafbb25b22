"""What becomes of the named locations, promise by promise."""

from __future__ import annotations

from typing import Any

import pytest
from entra_plan_help import REPLAY, Graph, desired, ended, evens, ip_set, settings, told

from iocbeam.model.intake import Intake
from iocbeam.planning.entra.access import SENTINEL, TenantAccess
from iocbeam.planning.entra.plan import plan_entra

GOOD = ("45.9.1.2", "45.9.8.0/24", "2a00:1450::7", "2a02:6b8::/32")


def holding(*values: str, **limits: Any) -> Graph:
    """A tenant after a first run with these."""
    graph = Graph()
    graph.run(desired(*values), settings(**limits))
    graph.bodies.clear()
    return graph


def test_a_first_run_makes_a_location_and_a_policy_that_names_it() -> None:
    graph = Graph()
    made = graph.run(desired(*GOOD))
    assert told(made)[0] == "create IOC: ipRanges isTrusted"
    assert made.policy is not None
    assert made.policy.kind == "create"
    assert ended(made) == dict.fromkeys(GOOD, "created")
    assert graph.texts() == ["45.9.1.2/32", "45.9.8.0/24", "2a00:1450::7/128", "2a02:6b8::/32"]
    assert graph.named()["conditions"]["locations"]["includeLocations"] == [graph.locations[0]["id"]]
    assert graph.locations[0]["isTrusted"] is False


def test_a_second_run_finds_nothing_to_do() -> None:
    made = holding(*GOOD).plan(desired(*GOOD))
    assert told(made) == []
    assert ended(made) == dict.fromkeys(GOOD, "unchanged")
    assert made.withdrawn == 0


def test_ranges_in_odd_spelling_order_and_parts_are_equal() -> None:
    graph = holding(*GOOD)
    odd = ("2A02:06B8:0:0::1/32", "45.9.8.200/25", "45.9.8.1/25", "2a00:1450:0:0:0:0:0.0.0.7/128", "45.9.1.2/32")
    del graph.locations[0]
    graph.policies.clear()
    graph.policy(include=[graph.location("IOC", *odd)])
    made = graph.plan(desired(*GOOD))
    assert told(made) == []
    assert ended(made) == dict.fromkeys(GOOD, "unchanged")


def test_a_difference_patches_the_location_with_all_that_it_is_to_hold() -> None:
    graph = holding("45.9.1.2", "45.9.2.2")
    made = graph.plan(desired("45.9.1.2", "45.9.3.0/24"))
    [change] = made.locations
    assert (change.kind, change.fields) == ("update", ("ipRanges",))
    assert change.ranges == ("45.9.1.2/32", "45.9.3.0/24")
    assert (change.added, change.removed) == (("45.9.3.0/24",), ("45.9.2.2/32",))
    assert made.policy is None
    assert made.withdrawn == 1
    assert ended(made) == {"45.9.1.2": "unchanged", "45.9.3.0/24": "created"}


def test_only_what_is_wholly_there_is_unchanged() -> None:
    graph = holding("45.9.8.0/25", "45.9.9.0/24")
    made = graph.plan(desired("45.9.8.0/24", "45.9.9.7", "45.9.9.0/24"))
    assert ended(made) == {"45.9.8.0/24": "created", "45.9.9.7": "unchanged", "45.9.9.0/24": "unchanged"}


def test_the_collection_merges_into_the_fewest_ranges() -> None:
    graph = Graph()
    graph.run(desired("45.9.0.0/25", "45.9.0.128/25", "45.9.0.7", "45.9.1.0/24", "2a02::/32", "2a02:1::/32"))
    assert graph.texts() == ["45.9.0.0/23", "2a02::/31"]


def test_nothing_is_made_for_an_empty_collection() -> None:
    made = Graph().plan(desired())
    assert told(made) == []
    assert made.stopped == ""
    assert any("no location and no policy is made" in one for one in made.notices)


@pytest.mark.parametrize("limits", [{}, {"policy": None}], ids=["with a policy", "without"])
def test_when_nothing_is_left_a_documentation_address_holds_the_place(limits: dict[str, Any]) -> None:
    graph = holding("45.9.1.2", "45.9.1.9", **limits)
    empty = desired(ended=["45.9.1.2", "45.9.1.9"])
    if "policy" in limits:
        limits = {**limits, "adopt": (graph.locations[0]["id"],)}
    made = graph.run(empty, settings(**limits))
    assert graph.texts() == [SENTINEL]
    assert made.withdrawn == 2
    assert any(SENTINEL in one for one in made.notices)
    assert told(graph.plan(empty, settings(**limits))) == []
    back = graph.run(desired("45.9.1.2"), settings(**limits))
    assert graph.texts() == ["45.9.1.2/32"]
    assert back.withdrawn == 0


def test_what_one_location_cannot_hold_goes_into_numbered_ones() -> None:
    graph = holding(*evens(4_500))
    assert graph.names() == ["IOC", "IOC (2)", "IOC (3)"]
    assert [len(graph.texts(name)) for name in graph.names()] == [2_000, 2_000, 500]
    assert len(graph.named()["conditions"]["locations"]["includeLocations"]) == 3


def test_a_name_that_somebody_elses_location_has_is_passed_over() -> None:
    graph = Graph()
    graph.policy("theirs", include=[graph.location("IOC (x)", "9.9.9.0/24")])
    graph.run(desired(*evens(2_001)))
    assert graph.names() == ["IOC (x)", "IOC", "IOC (2)"]


def test_one_address_added_to_100_000_ranges_rewrites_one_location() -> None:
    graph, whole = Graph(), evens(99_999)
    roomy = settings(max_locations=60)
    graph.run(desired(*whole), roomy)
    made = graph.plan(desired(*whole, "9.9.9.1"), roomy)
    assert told(made) == ["update IOC (50): ipRanges"]
    assert made.locations[0].added == ("9.9.9.1/32",)
    assert ended(made)["9.9.9.1"] == "created"


def test_when_all_locations_are_full_one_more_is_made_and_the_policy_names_it_too() -> None:
    graph = holding(*evens(4_000))
    made = graph.run(desired(*evens(4_000), "9.9.9.1"))
    assert told(made) == [
        "create IOC (3): ipRanges isTrusted",
        "update policy: conditions.locations.includeLocations",
    ]
    assert told(graph.plan(desired(*evens(4_000), "9.9.9.1", "9.9.9.4"))) == ["update IOC (3): ipRanges"]


def test_a_surplus_location_is_no_longer_named_and_then_deleted() -> None:
    graph = holding(*evens(2_050))
    made = graph.plan(desired(*evens(1_900)))
    assert told(made) == [
        "update IOC: ipRanges",
        "update policy: conditions.locations.includeLocations",
        "delete IOC (2)",
    ]
    graph.apply(made)
    assert graph.names() == ["IOC"]
    assert made.withdrawn == 150


def test_a_surplus_location_that_another_policy_names_is_emptied_and_then_left_alone() -> None:
    graph = holding(*evens(2_050))
    second = graph.locations[1]["id"]
    graph.policy("theirs", include=[second])
    smaller = desired(*evens(1_900))
    made = graph.run(smaller)
    assert told(made)[:2] == ["update IOC: ipRanges", "update IOC (2): ipRanges"]
    assert made.surplus == ()
    assert graph.texts("IOC (2)") == [SENTINEL]
    assert graph.named()["conditions"]["locations"]["includeLocations"] == [graph.locations[0]["id"]]
    again = graph.run(smaller)
    assert told(again) == []
    grown = graph.run(desired(*evens(2_100)))
    assert grown.locations[-1].name == "IOC (3)"
    assert graph.texts("IOC (2)") == [SENTINEL]


def test_a_trusted_surplus_location_can_be_deleted() -> None:
    graph = holding(*evens(2_050), trusted=True)
    made = graph.run(desired(*evens(1_900)), settings(trusted=True))
    assert [one.trusted for one in made.surplus] == [True]
    assert graph.names() == ["IOC"]


def test_merge_only_adds() -> None:
    graph = holding("45.9.1.2", "45.9.2.2")
    made = graph.run(desired("45.9.3.2"), settings(mode="merge"))
    assert graph.cover() == ip_set("45.9.1.2", "45.9.2.2", "45.9.3.2")
    assert (made.withdrawn, made.refusals) == (0, ())


def test_no_withdraw_only_adds_and_says_how_many_stay() -> None:
    graph = holding("45.9.1.2", "45.9.2.2")
    made = graph.run(desired("45.9.3.2"), settings(withdraw=False))
    assert graph.cover() == ip_set("45.9.1.2", "45.9.2.2", "45.9.3.2")
    assert any("2 ranges stay" in one for one in made.notices)
    assert made.refusals == ()


@pytest.mark.parametrize("limits", [{}, {"withdraw": False}], ids=["alone", "as the command line sets it"])
def test_a_replay_only_adds(limits: dict[str, Any]) -> None:
    graph = holding("45.9.1.2", "45.9.2.2")
    made = graph.run(desired("45.9.3.2", ended=["45.9.2.2"]), settings(**limits), REPLAY)
    assert graph.cover() == ip_set("45.9.1.2", "45.9.2.2", "45.9.3.2")
    assert (made.withdrawn, made.refusals) == (0, ())


def test_the_rest_of_a_run_is_deferred_and_not_withdrawn_meanwhile() -> None:
    graph = holding("45.9.1.2", "45.9.8.0/25")
    limited = settings(objects_per_run=1)
    whole = desired("45.9.1.2", "45.9.7.7", "45.9.8.0/24", "45.9.6.6")
    made = graph.run(whole, limited)
    assert ended(made) == {
        "45.9.1.2": "unchanged",
        "45.9.7.7": "created",
        "45.9.8.0/24": "deferred objects_per_run",
        "45.9.6.6": "deferred objects_per_run",
    }
    assert graph.cover() == ip_set("45.9.1.2", "45.9.7.7", "45.9.8.0/25")
    assert (made.withdrawn, made.refusals) == (0, ())
    graph.run(whole, limited)
    graph.run(whole, limited)
    assert graph.cover() == ip_set("45.9.1.2", "45.9.7.7", "45.9.8.0/24", "45.9.6.6")
    assert told(graph.plan(whole, limited)) == []


def test_the_trust_of_a_location_stays_as_found_unless_it_is_given() -> None:
    graph = Graph()
    graph.policy(include=[graph.location("IOC", "45.9.1.2/32", trusted=True)])
    found = graph.plan(desired("45.9.1.2"))
    assert told(found) == []
    assert any("marked trusted" in one for one in found.conflicts)
    made = graph.plan(desired("45.9.1.2"), settings(trusted=False))
    assert told(made) == ["update IOC: isTrusted"]
    assert made.conflicts == ()
    assert told(graph.plan(desired("45.9.1.2"), settings(trusted=True))) == []


def test_locations_alone_are_written_without_a_policy_and_that_is_said() -> None:
    graph = Graph()
    alone = settings(policy=None)
    made = graph.run(desired(*GOOD), alone)
    assert (made.policy, made.effect, graph.policies) == (None, None, [])
    assert any("No policy names 'IOC':" in one for one in made.notices)
    assert told(graph.plan(desired(*GOOD), alone)) == []


def test_a_further_location_that_no_policy_names_is_told_when_it_is_made() -> None:
    graph = holding(*evens(2_000), policy=None)
    graph.policy("by hand", include=[graph.locations[0]["id"]])
    alone = settings(policy=None, adopt=(graph.locations[0]["id"],))
    assert not any("No policy names" in one for one in graph.plan(desired(*evens(2_000)), alone).notices)
    made = graph.run(desired(*evens(2_001)), alone)
    assert any("No policy names 'IOC (2)':" in one for one in made.notices)


def test_when_nothing_is_left_it_is_a_location_of_somebody_elses_policy_that_stays() -> None:
    graph = Graph()
    ids = [graph.location(name, "9.9.9.0/24") for name in ("IOC", "IOC (2)", "IOC (3)")]
    graph.policy("theirs", include=ids[1:2])
    adopting = settings(adopt=tuple(ids), max_withdraw_percent=100)
    graph.run(desired(), adopting)
    assert graph.names() == ["IOC (2)"]
    assert told(graph.plan(desired(), adopting)) == []


def test_without_a_login_the_plan_is_as_for_an_empty_tenant_and_says_so() -> None:
    made = plan_entra(desired(*GOOD), TenantAccess(settings(), read=False), REPLAY)
    assert len(made.locations) == 1
    assert any("as for an empty tenant" in one for one in made.notices)


def test_a_tenant_that_could_not_be_read_gets_no_plan_and_every_row_is_in_it() -> None:
    made = plan_entra(desired(*GOOD), TenantAccess(settings(), error="no login"), REPLAY)
    assert (made.unreadable, told(made), len(made.ranges)) == ("no login", [], len(GOOD))


def test_what_a_person_should_know_of_the_options_is_passed_on() -> None:
    made = Graph().plan(desired("45.9.1.2", notices=("mind the gap",), intake=Intake(records=1)))
    assert made.notices[0] == "mind the gap"
