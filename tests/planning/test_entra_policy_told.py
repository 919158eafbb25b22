"""What else stands in our policy stays, and is told where it matters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from entra_plan_help import ADA, POLICY, RUN, Graph, desired, guid, settings, told

from iocbeam.planning.entra.plan import plan_entra

ADDRESS = "45.9.1.2"
ZEROS = "00000000-0000-0000-0000-000000000000"


def test_other_locations_in_our_policy_stay_and_are_told() -> None:
    graph = Graph()
    bad, office = graph.location("Bad places", "9.9.9.0/24"), graph.location("Office", "8.8.0.0/24", trusted=True)
    own = graph.location("IOC", f"{ADDRESS}/32")
    graph.policy(include=[bad, own, "AllTrusted"], exclude=[office.upper(), ZEROS, "AllTrusted"])
    made = graph.plan(desired(ADDRESS))
    assert told(made) == []
    assert any("'Bad places', 'Office'" in one for one in made.notices)
    assert made.conflicts == ()


def test_an_id_in_our_policy_that_the_tenant_does_not_show_stays_and_is_told() -> None:
    graph = Graph()
    graph.policy(include=[graph.location("IOC", f"{ADDRESS}/32"), guid(77)])
    made = graph.plan(desired(ADDRESS))
    assert told(made) == []
    [line] = made.conflicts
    assert guid(77) in line


def test_a_policy_of_ours_that_an_administrator_made_to_block_from_everywhere_stays_so() -> None:
    graph = Graph()
    graph.policy(include=["All", graph.location("IOC", f"{ADDRESS}/32")])
    made = graph.plan(desired(ADDRESS, "9.9.9.1"))
    assert told(made) == ["update IOC: ipRanges"]
    assert any("blocks from everywhere" in one for one in made.conflicts)


def test_a_location_of_ours_that_an_administrator_excluded_stays_so_and_that_is_told() -> None:
    graph = Graph()
    own = graph.location("IOC", f"{ADDRESS}/32")
    graph.policy(include=[own], exclude=[own.upper()])
    made = graph.plan(desired(ADDRESS))
    assert told(made) == []
    assert any("hold is not blocked" in one for one in made.conflicts)


def test_a_location_that_goes_is_taken_out_of_both_lists() -> None:
    graph = Graph()
    first, second = graph.location("IOC", "9.9.8.0/24", "9.9.9.0/24"), graph.location("IOC (2)", "9.9.9.0/24")
    graph.policy(include=[first, second], exclude=[second.upper()])
    graph.run(desired("9.9.8.0/24", "9.9.9.0/24"))
    assert graph.named()["conditions"]["locations"] == {"includeLocations": [first], "excludeLocations": []}


@pytest.mark.parametrize("given_trust", [None, True])
def test_our_trusted_locations_in_a_policy_that_leaves_trusted_ones_out_are_told(given_trust: bool | None) -> None:
    graph = Graph()
    graph.policy(include=[graph.location("IOC", f"{ADDRESS}/32", trusted=True)], exclude=["AllTrusted"])
    made = graph.plan(desired(ADDRESS), settings(trusted=given_trust))
    assert any("blocks nothing of them" in one for one in made.conflicts)
    assert not graph.plan(desired(ADDRESS), settings(trusted=False)).conflicts


def test_a_policy_of_ours_that_does_not_block_is_told() -> None:
    graph = Graph()
    graph.policy(include=[graph.location("IOC", f"{ADDRESS}/32")], controls=["mfa"])
    made = graph.plan(desired(ADDRESS))
    assert told(made) == []
    assert any("does not block: it has mfa" in one for one in made.conflicts)


@pytest.mark.parametrize("roles", [{"policy.read.all"}, {"policy.read.all", "policy.readwrite.conditionalaccess"}])
def test_missing_roles_are_told(roles: set[str]) -> None:
    access = replace(Graph().read(settings()), roles=frozenset(roles))
    [line] = [one for one in plan_entra(desired(ADDRESS), access, RUN).notices if "has not the role" in one]
    assert "Application.Read.All" in line
    assert ("Policy.ReadWrite.ConditionalAccess" in line) is (len(roles) == 1)
    every = replace(
        access, roles=frozenset([*roles, "policy.readwrite.conditionalaccess", "application.read.all"])
    )
    assert not any("has not the role" in one for one in plan_entra(desired(ADDRESS), every, RUN).notices)


def test_an_option_that_turns_an_enabled_policy_off_is_obeyed_and_told() -> None:
    graph = Graph()
    users = {"includeUsers": ["All"], "excludeUsers": [ADA]}
    graph.policy(include=[graph.location("IOC", f"{ADDRESS}/32")], state="enabled", users=users)
    made = graph.run(desired(ADDRESS), settings(replace(POLICY, state="disabled")))
    assert told(made) == ["update policy: state"]
    assert any("--policy_state makes it disabled" in line for line in made.conflicts)
    assert graph.plan(desired(ADDRESS)).conflicts == ()
