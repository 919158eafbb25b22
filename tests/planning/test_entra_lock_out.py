"""A policy that could lock everyone out is not put into force, and no cloud gets what it does not know."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from entra_plan_help import ADA, APP, BOB, GROUP, ROLE, Graph, desired, settings, told

from iocbeam.model.settings.entra import PolicySettings

ADDRESS = "45.9.1.2"
PEOPLE: dict[str, tuple[dict[str, Any], bool]] = {
    "all users": ({"include_users": ("All",)}, True),
    "a group": ({"include_groups": (GROUP,)}, True),
    "a role": ({"include_roles": (ROLE,)}, True),
    "one user and a group": ({"include_users": (ADA,), "include_groups": (GROUP,)}, True),
    "one user": ({"include_users": (ADA,)}, False),
    "guests": ({"include_users": ("GuestsOrExternalUsers",)}, False),
    "no one": ({}, False),
}
THINGS: dict[str, tuple[tuple[str, ...], bool]] = {
    "all apps": (("All",), True),
    "the admin portals": (("MicrosoftAdminPortals",), True),
    "portals among others": (("Office365", "MicrosoftAdminPortals", APP), True),
    "Office": (("Office365",), False),
    "one app": ((APP,), False),
}
STATES = {"enabled": True, "disabled": False, "enabledForReportingButNotEnforced": False}
MATRIX = [pytest.param(*one, id=", ".join(one)) for one in itertools.product(PEOPLE, THINGS, STATES)]


def options(people: str, things: str, state: str, **more: Any) -> dict[str, Any]:
    return {**PEOPLE[people][0], "include_apps": THINGS[things][0], "state": state, **more}


def plan(**given: Any) -> Any:
    return Graph().plan(desired(ADDRESS), settings(PolicySettings(name="Block IOC", **given)))


@pytest.mark.parametrize(("people", "things", "state"), MATRIX)
def test_a_broad_enabled_policy_without_anyone_left_out_stops_the_run(
    people: str, things: str, state: str
) -> None:
    stops = PEOPLE[people][1] and THINGS[things][1] and STATES[state]
    made = plan(**options(people, things, state))
    assert bool(made.stopped) is stops
    if stops:
        assert "--accept_lockout_risk" in made.stopped
        assert "--exclude_users" in made.stopped
    assert plan(**options(people, things, state, accept_lockout_risk=True)).stopped == ""


@pytest.mark.parametrize(
    ("excluded", "enough"),
    [
        ({"exclude_users": (BOB,)}, True),
        ({"exclude_groups": (GROUP,)}, True),
        ({"exclude_roles": (ROLE,)}, True),
        ({"exclude_users": ("GuestsOrExternalUsers", BOB)}, True),
        # Guests turn off no policy, nor does leaving out an application or a platform let an administrator in.
        ({"exclude_users": ("GuestsOrExternalUsers",)}, False),
        ({"exclude_apps": (APP,)}, False),
        ({"exclude_platforms": ("linux",)}, False),
    ],
)
def test_one_user_group_or_role_left_out_is_enough(excluded: dict[str, Any], enough: bool) -> None:
    made = plan(**options("all users", "all apps", "enabled", **excluded))
    assert (made.stopped == "") is enough


def broad(graph: Graph, **users: Any) -> Graph:
    """With a policy of ours that an administrator has put into force for everyone."""
    graph.policy(include=[graph.location("IOC", f"{ADDRESS}/32")], users={"includeUsers": ["All"], **users})
    return graph


def test_what_is_found_and_what_is_given_are_judged_together() -> None:
    assert "--accept_lockout_risk" in broad(Graph()).plan(desired("9.9.9.1", ADDRESS)).stopped
    assert broad(Graph(), excludeUsers=[ADA]).plan(desired("9.9.9.1", ADDRESS)).stopped == ""
    graph = Graph()
    graph.policy(
        include=[graph.location("IOC", f"{ADDRESS}/32")], users={"includeUsers": ["All"]}, state="disabled"
    )
    assert graph.plan(desired(ADDRESS)).stopped == ""
    enabling = settings(PolicySettings(name="Block IOC", state="enabled"))
    made = graph.plan(desired(ADDRESS), enabling)
    assert "is enabled" in made.stopped
    careful = settings(PolicySettings(name="Block IOC", state="enabled", exclude_users=(ADA,)))
    assert graph.plan(desired(ADDRESS), careful).stopped == ""


def test_a_stopped_plan_shows_what_would_have_been_done() -> None:
    made = broad(Graph()).plan(desired("9.9.9.1", ADDRESS))
    assert made.stopped
    assert told(made) == ["update IOC: ipRanges"]
    assert [one.row.value for one in made.ranges] == ["9.9.9.1"]


def test_a_run_with_nothing_to_write_is_not_stopped_but_told() -> None:
    made = broad(Graph()).plan(desired(ADDRESS))
    assert made.stopped == ""
    assert any("leaves no user, group or role out" in one for one in made.conflicts)
    accepting = settings(PolicySettings(name="Block IOC", accept_lockout_risk=True))
    assert broad(Graph()).plan(desired(ADDRESS), accepting).conflicts == ()


def test_a_recreation_is_judged_like_a_change() -> None:
    recreating = settings(PolicySettings(name="Block IOC", recreate=True, exclude_apps=(APP,)))
    assert "--accept_lockout_risk" in broad(Graph()).plan(desired(ADDRESS), recreating).stopped


RISKS = ("signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels", "insiderRiskLevels")


@pytest.mark.parametrize("recreate", [False, True])
def test_china_never_gets_a_condition_on_risks(recreate: bool) -> None:
    graph = Graph(cloud="china")
    graph.run(desired(ADDRESS))
    options: Any = {"exclude_users": (ADA,), "recreate": recreate}
    graph.run(desired(ADDRESS), settings(PolicySettings(name="Block IOC", **options), cloud="china"))
    # Should the service ever show them there, they are not sent back.
    graph.policies[0]["conditions"] |= {name: [] for name in RISKS}
    options["exclude_users"] = (BOB,)
    made = graph.plan(desired(ADDRESS), settings(PolicySettings(name="Block IOC", **options), cloud="china"))
    assert made.policy is not None
    bodies = [body for name, body in graph.bodies if "Policy" in name] + [dict(made.policy.body)]
    assert len(bodies) == 3
    for body in bodies:
        assert not set(RISKS) & body.get("conditions", {}).keys()


def test_elsewhere_a_new_policy_has_the_two_that_are_documented_as_required() -> None:
    graph = Graph()
    graph.run(desired(ADDRESS))
    sent = graph.bodies[-1][1]["conditions"]
    assert (sent["signInRiskLevels"], sent["userRiskLevels"]) == ([], [])
