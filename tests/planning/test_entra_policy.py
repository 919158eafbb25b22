"""What a policy is made with, and what of a found one changes: only what was given."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from entra_plan_help import ADA, APP, BOB, GROUP, RICH, ROLE, Graph, desired, evens, guid, settings, told

from iocbeam.model.entra_plan import LOCATION_REFERENCE
from iocbeam.model.settings.entra import PolicySettings

ADDRESS = "45.9.1.2"


def given(**options: Any) -> Any:
    return settings(PolicySettings(name="Block IOC", **options))


def ours(**more: Any) -> Graph:
    """A tenant in which our policy names our location."""
    graph = Graph()
    graph.policy(include=[graph.location("IOC", f"{ADDRESS}/32")], **more)
    return graph


def rich(state: str = "enabled") -> Graph:
    return ours(state=state, **copy.deepcopy(RICH))


def conditions(graph: Graph) -> Any:
    return graph.named()["conditions"]


def test_a_new_policy_only_reports_is_for_no_one_and_blocks() -> None:
    graph = Graph()
    made = graph.run(desired(ADDRESS))
    policy = graph.named()
    assert policy["state"] == "enabledForReportingButNotEnforced"
    assert policy["grantControls"]["builtInControls"] == ["block"]
    assert conditions(graph)["users"]["includeUsers"] == ["None"]
    assert conditions(graph)["clientAppTypes"] == ["all"]
    assert conditions(graph)["applications"]["includeApplications"] == ["All"]
    assert made.effect == "none"
    assert any("applies to no one" in one for one in made.notices)


def test_a_new_policy_names_new_locations_by_name_until_their_ids_are_known() -> None:
    made = Graph().plan(desired(ADDRESS))
    assert made.policy is not None
    assert made.policy.body["conditions"]["locations"]["includeLocations"] == [f"{LOCATION_REFERENCE}IOC"]


def test_a_new_policy_needs_applications() -> None:
    made = Graph().plan(desired(ADDRESS), settings(PolicySettings(name="Block IOC")))
    assert "--include_apps is missing" in made.stopped
    assert (told(made)) == []


def test_a_new_policy_has_what_is_given() -> None:
    graph = Graph()
    tenant = given(
        include_apps=("Office365", APP),
        exclude_apps=("MicrosoftAdminPortals",),
        client_app_types=("browser", "other"),
        include_platforms=("windows",),
        exclude_platforms=("linux",),
        sign_in_risk=("high",),
        include_users=(ADA,),
        exclude_users=(BOB, "GuestsOrExternalUsers"),
        include_groups=(GROUP,),
        exclude_groups=(guid(1),),
        include_roles=(ROLE,),
        exclude_roles=(guid(2),),
        state="enabled",
    )
    made = graph.run(desired(ADDRESS), tenant)
    found = conditions(graph)
    assert found["applications"]["includeApplications"] == ["Office365", APP]
    assert found["applications"]["excludeApplications"] == ["MicrosoftAdminPortals"]
    assert found["clientAppTypes"] == ["browser", "other"]
    assert found["platforms"] == {"includePlatforms": ["windows"], "excludePlatforms": ["linux"]}
    assert found["signInRiskLevels"] == ["high"]
    assert [found["users"][f"include{one}"] for one in ("Users", "Groups", "Roles")] == [[ADA], [GROUP], [ROLE]]
    assert found["users"]["excludeUsers"] == [BOB, "GuestsOrExternalUsers"]
    assert (found["users"]["excludeGroups"], found["users"]["excludeRoles"]) == ([guid(1)], [guid(2)])
    assert made.effect == "enforced"
    assert told(graph.plan(desired(ADDRESS), tenant)) == []


@pytest.mark.parametrize("option", ["include_groups", "include_roles"])
def test_groups_or_roles_alone_take_the_place_of_no_one(option: str) -> None:
    graph = Graph()
    graph.run(desired(ADDRESS), given(include_apps=("Office365",), **{option: (GROUP,)}))
    assert conditions(graph)["users"]["includeUsers"] == []
    graph = ours(users={"includeUsers": ["None"]}, apps=["Office365"])
    made = graph.run(desired(ADDRESS), given(**{option: (GROUP,)}))
    assert graph.users()["includeUsers"] == []
    assert made.effect == "enforced"


def test_no_one_beside_a_group_that_is_there_stays_out() -> None:
    graph = ours(users={"includeUsers": [], "includeGroups": [GROUP]})
    made = graph.plan(desired(ADDRESS), given(include_users=("None",)))
    assert told(made) == []
    assert made.effect == "enforced"


@pytest.mark.parametrize("state", ["enabled", "disabled", "enabledForReportingButNotEnforced"])
def test_what_is_not_given_stays_as_it_was_found(state: str) -> None:
    graph = rich(state)
    assert told(graph.plan(desired(ADDRESS), given())) == []
    before = copy.deepcopy(graph.named())
    graph.run(desired(ADDRESS, *evens(2_000)), given())
    after = graph.named()
    names = after["conditions"]["locations"].pop("includeLocations")
    assert names == [one["id"] for one in graph.locations]
    before["conditions"]["locations"].pop("includeLocations")
    changing = {"modifiedDateTime", "@odata.etag"}
    assert {key: after[key] for key in after.keys() - changing} == {
        key: before[key] for key in before.keys() - changing
    }


def test_properties_that_are_not_known_here_are_kept() -> None:
    graph = rich()
    graph.policies[0]["conditions"]["quantum"] = {"entangled": True, "note": None, "@odata.context": "x"}
    graph.policies[0]["novelty"] = "kept"
    made = graph.plan(desired(ADDRESS), given(exclude_users=(BOB,)))
    assert made.policy is not None
    assert made.policy.body.keys() == {"conditions"}
    assert made.policy.body["conditions"]["quantum"] == {"entangled": True}
    made = graph.plan(desired(ADDRESS), given(exclude_users=(BOB,), recreate=True))
    assert made.policy is not None
    assert made.policy.body["novelty"] == "kept"
    assert "@odata.etag" not in made.policy.body


def test_what_an_administrator_added_to_a_list_stays_beside_what_is_given() -> None:
    graph = rich()
    made = graph.run(
        desired(ADDRESS),
        given(
            exclude_users=(BOB,),
            include_platforms=("iOS",),
            client_app_types=("other",),
            sign_in_risk=("medium",),
            exclude_apps=("Office365",),
            exclude_roles=(ROLE,),
        ),
    )
    found = conditions(graph)
    assert found["users"]["excludeUsers"] == [ADA, BOB]
    assert found["users"]["excludeGroups"] == [GROUP]
    assert found["users"]["excludeRoles"] == [ROLE]
    assert found["platforms"]["includePlatforms"] == ["windows", "macOS", "iOS"]
    assert found["platforms"]["excludePlatforms"] == ["linux"]
    assert found["clientAppTypes"] == ["browser", "other"]
    assert found["signInRiskLevels"] == ["high", "medium"]
    assert found["applications"]["excludeApplications"] == [APP, "Office365"]
    assert any(f"excludeUsers of the policy keeps {ADA}" in one for one in made.notices)
    assert made.policy is not None
    assert set(made.policy.options) >= {"--exclude_users", "--exclude_roles", "--sign_in_risk"}


@pytest.mark.parametrize(
    ("found", "options", "expected"),
    [
        (["All"], {"include_users": (ADA,)}, ["All"]),
        ([ADA], {"include_users": ("All",)}, ["All"]),
        ([ADA], {"include_users": ("None",)}, [ADA]),
        (["None"], {"include_users": (ADA,)}, [ADA]),
        (["None"], {"include_users": ("None",)}, ["None"]),
        ([ADA, ADA.upper()], {"include_users": (ADA.upper(),)}, [ADA, ADA.upper()]),
        ([ADA], {"include_users": (ADA.upper(), BOB)}, [ADA, BOB]),
        ([ADA], {"include_users": ()}, [ADA]),
        (["None"], {"include_users": ()}, ["None"]),
    ],
)
def test_words_and_spellings_in_lists_that_are_united(
    found: list[str], options: dict[str, Any], expected: list[str]
) -> None:
    graph = ours(users={"includeUsers": found})
    tenant = given(accept_lockout_risk=True, **options)
    graph.run(desired(ADDRESS), tenant)
    assert graph.users()["includeUsers"] == expected
    assert told(graph.plan(desired(ADDRESS), tenant)) == []


def test_excluding_platforms_alone_leaves_all_others_in() -> None:
    graph = ours()
    graph.run(desired(ADDRESS), given(exclude_platforms=("linux",)))
    assert conditions(graph)["platforms"] == {"includePlatforms": ["all"], "excludePlatforms": ["linux"]}


def test_a_state_that_is_given_is_set_and_its_effect_told() -> None:
    graph = ours(state="enabled")
    made = graph.run(desired(ADDRESS), given(state="disabled"))
    assert told(made) == ["update policy: state"]
    assert (graph.named()["state"], made.effect) == ("disabled", "disabled")
    made = graph.run(desired(ADDRESS), given(state="enabledForReportingButNotEnforced"))
    assert made.effect == "report_only"
    assert graph.run(desired(ADDRESS), given(state="enabled")).effect == "enforced"


@pytest.mark.parametrize(
    ("users", "apps", "effect"),
    [
        ({"includeUsers": ["None"]}, ["All"], "none"),
        ({"includeUsers": [ADA]}, ["None"], "none"),
        ({"includeUsers": [ADA]}, [APP], "enforced"),
        ({"includeUsers": ["None"], "includeRoles": [ROLE]}, [APP], "enforced"),
        ({"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"}}, [APP], "enforced"),
    ],
)
def test_a_policy_for_no_one_or_for_nothing_has_no_effect_and_that_is_said(
    users: dict[str, Any], apps: list[str], effect: str
) -> None:
    made = ours(users=users, apps=apps).plan(desired(ADDRESS), given())
    assert made.effect == effect
    assert any("blocks nothing yet" in one for one in made.notices) is (effect == "none")


def test_workload_identities_are_someone() -> None:
    for clients in ({"includeServicePrincipals": [APP]}, {"servicePrincipalFilter": {"mode": "include"}}):
        graph = ours(users={}, conditions={"users": None, "clientApplications": clients})
        assert graph.plan(desired(ADDRESS), given()).effect == "enforced"
