"""Which policy is ours, which is never taken for it, and how one takes the place of another."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from entra_plan_help import ADA, BOB, GROUP, Graph, desired, guid, settings, told

from iocbeam.model.entra_plan import FINISH, RECREATE
from iocbeam.model.settings.entra import PolicySettings

ADDRESS = "45.9.1.2"
RENEW: dict[str, Any] = {"recreate": True, "exclude_users": (ADA,)}


def given(name: str = "Block IOC", **options: Any) -> Any:
    return settings(PolicySettings(name=name, **options))


def ours(**more: Any) -> Graph:
    graph = Graph()
    graph.policy(include=[graph.location("IOC", f"{ADDRESS}/32")], **more)
    return graph


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param({"include": None}, "apply to less", id="blocks from everywhere without saying so"),
        pytest.param({"include": ["All"]}, "apply to less", id="blocks from everywhere"),
        pytest.param({"include": ["All"], "exclude": [guid(9)]}, "apply to less", id="from all but a few"),
        pytest.param({"include": [guid(9)], "controls": ["mfa"]}, "does not block", id="asks for a second factor"),
        pytest.param({"include": [guid(9)], "grantControls": None}, "does not block", id="grants nothing"),
    ],
)
@pytest.mark.parametrize("state", ["enabled", "enabledForReportingButNotEnforced"])
def test_a_policy_in_use_that_only_has_our_name_is_not_taken(found: Any, words: str, state: str) -> None:
    graph = Graph()
    theirs = graph.policy(**{"sessionControls": {"disableResilienceDefaults": True}, **found}, state=state)
    made = graph.plan(desired(ADDRESS))
    assert words in made.stopped
    assert theirs in made.stopped
    assert made.locations == ()


def test_one_that_blocks_from_certain_places_also_blocks_from_ours_then() -> None:
    graph = Graph()
    bad = graph.location("Bad places", "9.9.9.0/24")
    graph.policy(include=[bad, "AllTrusted"], exclude=[guid(0, "0000")])
    del graph.policies[0]["conditions"]["locations"]["excludeLocations"][0]
    graph.run(desired(ADDRESS), given())
    assert graph.named()["conditions"]["locations"]["includeLocations"] == [
        bad,
        "AllTrusted",
        graph.locations[-1]["id"],
    ]


@pytest.mark.parametrize("change", [{"state": "disabled"}, {"users": {"includeUsers": ["None"]}}])
@pytest.mark.parametrize("include", [None, ["All"], []])
def test_one_that_does_nothing_is_taken_and_is_about_our_locations_from_now_on(include: Any, change: Any) -> None:
    graph = Graph()
    graph.policy(include=include, **change)
    graph.run(desired(ADDRESS), given())
    locations = graph.named()["conditions"]["locations"]
    assert locations["includeLocations"] == [graph.locations[0]["id"]]
    assert told(graph.plan(desired(ADDRESS), given())) == []


@pytest.mark.parametrize("gap", ["conditions", "grantControls", "sessionControls"])
def test_policies_with_nothing_where_something_is_usual_are_read(gap: str) -> None:
    graph = ours()
    graph.policy("theirs")
    graph.policies[-1][gap] = None
    graph.policies[-1]["displayName"] = None
    assert graph.plan(desired(ADDRESS), given()).stopped == ""


@pytest.mark.parametrize("part", ["users", "locations", "applications", "platforms", "clientAppTypes"])
def test_our_policy_with_empty_conditions_is_completed(part: str) -> None:
    graph = ours(state="disabled")
    graph.policies[0]["conditions"][part] = None
    made = graph.plan(desired(ADDRESS), given(include_apps=("All",), include_users=(ADA,)))
    assert made.stopped == ""
    graph.policies[0]["conditions"] = None
    assert graph.plan(desired(ADDRESS), given(include_apps=("All",))).stopped == ""
    graph.policies[0]["displayName"] = None
    by_id = settings(PolicySettings(id=graph.policies[0]["id"], include_apps=("All",)))
    assert graph.plan(desired(ADDRESS), by_id).stopped == ""


def test_by_its_id_a_policy_is_found_whatever_it_is_called() -> None:
    graph = Graph()
    theirs = graph.policy("Hand-made", include=[graph.location("Bad", "9.9.9.0/24")], controls=["mfa"])
    tenant = settings(PolicySettings(id=theirs.upper()))
    made = graph.run(desired(ADDRESS), tenant)
    assert made.policy_name == "Hand-made"
    assert graph.locations[-1]["id"] in graph.named("Hand-made")["conditions"]["locations"]["includeLocations"]
    assert any("does not block" in one for one in made.conflicts)
    assert told(graph.plan(desired(ADDRESS), tenant)) == []


def test_by_its_id_too_one_that_blocks_from_everywhere_is_not_narrowed() -> None:
    graph = Graph()
    theirs = graph.policy("Hand-made", include=["All"])
    made = graph.plan(desired(ADDRESS), settings(PolicySettings(id=theirs)))
    assert "--policy_id" in made.stopped
    assert "disable it first" in made.stopped


def test_beside_its_id_the_name_is_what_it_is_to_be_called() -> None:
    graph = ours()
    [found] = [one["id"] for one in graph.policies]
    tenant = given("Renamed", id=found)
    made = graph.run(desired(ADDRESS), tenant)
    assert told(made) == ["update policy: displayName"]
    assert graph.named("Renamed")["id"] == found
    assert told(graph.plan(desired(ADDRESS), tenant)) == []


def test_a_policy_does_not_get_the_name_of_another() -> None:
    graph = ours()
    other = graph.policy("Renamed", include=[])
    made = graph.plan(desired(ADDRESS), given("Renamed", id=graph.policies[0]["id"]))
    assert other in made.stopped
    assert graph.policies[0]["id"] in made.stopped


def test_an_id_of_no_policy_stops() -> None:
    made = ours().plan(desired(ADDRESS), given(id=guid(99)))
    assert guid(99) in made.stopped
    assert told(made) == []


def test_two_of_one_name_stop_and_are_listed_but_one_may_be_named_by_its_id() -> None:
    graph = ours()
    twin = graph.policy(include=[])
    made = graph.plan(desired(ADDRESS), given())
    assert twin in made.stopped
    assert graph.policies[0]["id"] in made.stopped
    assert graph.plan(desired(ADDRESS), settings(PolicySettings(id=graph.policies[0]["id"]))).stopped == ""


def test_recreating_makes_a_copy_of_all_that_is_changed_by_what_was_given_and_deletes_the_old_one() -> None:
    graph = ours(
        description="by hand",
        sessionControls={
            "signInFrequency": {"value": 4, "type": "hours", "isEnabled": True},
            "persistentBrowser": None,
        },
        conditions={"platforms": {"includePlatforms": ["linux"]}, "insiderRiskLevels": "minor"},
        grantControls={"operator": "OR", "builtInControls": ["block"]},
    )
    before = copy.deepcopy(graph.named())
    made = graph.run(desired(ADDRESS, "9.9.9.9"), given(**RENEW))
    assert made.policy is not None
    assert (made.policy.kind, made.policy.old) == (RECREATE, before["id"])
    after = graph.named()
    assert after["id"] != before["id"]
    before["conditions"]["users"]["excludeUsers"] = [ADA]
    changed = {"id", "createdDateTime", "modifiedDateTime", "@odata.etag"}
    assert {name: after[name] for name in before if name not in changed} == {
        name: before[name] for name in before if name not in changed
    }
    assert told(graph.plan(desired(ADDRESS, "9.9.9.9"), given(**RENEW))) == []


def test_recreating_does_not_take_along_what_the_service_would_refuse() -> None:
    graph = ours()
    strength = {"id": guid(4), "displayName": "MFA", "allowedCombinations": ["fido2"]}
    graph.policies[0]["grantControls"] = {
        "operator": "OR",
        "builtInControls": [],
        "authenticationStrength": strength,
    }
    graph.policies[0]["sessionControls"] = {"disableResilienceDefaults": False, "cloudAppSecurity": None}
    graph.policies[0]["conditions"]["devices"] = {"deviceFilter": None}
    graph.run(desired(ADDRESS), given(**RENEW))
    assert graph.named()["grantControls"]["authenticationStrength"] == {"id": guid(4)}
    assert graph.named()["sessionControls"] is None
    assert graph.named()["conditions"]["devices"] is None


def test_a_policy_that_is_as_it_should_be_is_not_recreated() -> None:
    assert (
        told(ours(users={"includeUsers": [ADA], "excludeUsers": [ADA]}).plan(desired(ADDRESS), given(**RENEW)))
        == []
    )


def test_a_recreation_by_id_says_that_the_id_changes_and_goes_on_by_the_name() -> None:
    graph = ours()
    tenant = given(id=graph.policies[0]["id"], **RENEW)
    made = graph.run(desired(ADDRESS), tenant)
    assert any("another id" in one for one in made.notices)
    assert told(graph.plan(desired(ADDRESS), tenant)) == []
    gone = graph.plan(desired(ADDRESS), settings(PolicySettings(id=guid(2), **RENEW)))
    assert "--policy_name" in gone.stopped


def broken_off(**options: Any) -> tuple[Graph, str, str]:
    """A tenant after a recreation that did not come to the deletion of the old policy."""
    graph = ours(users={"includeUsers": ["All"], "excludeGroups": [GROUP]})
    old = copy.deepcopy(graph.named())
    graph.run(desired(ADDRESS), given(**{**RENEW, **options}))
    new = str(graph.policies[-1]["id"])
    graph.policies.insert(0, old)
    return graph, str(old["id"]), new


@pytest.mark.parametrize("by_id", [False, True])
def test_a_recreation_that_was_broken_off_is_finished(by_id: bool) -> None:
    graph, old, new = broken_off()
    tenant = given(**RENEW, id=old) if by_id else given(**RENEW)
    made = graph.run(desired(ADDRESS), tenant)
    assert made.policy is not None
    assert (made.policy.kind, made.policy.id, made.policy.old) == (FINISH, new, old)
    assert [one["id"] for one in graph.policies] == [new]
    assert told(graph.plan(desired(ADDRESS), given(**RENEW))) == []


def test_what_is_given_meanwhile_is_changed_in_the_copy_before_the_old_one_goes() -> None:
    graph, _, new = broken_off()
    made = graph.run(desired(ADDRESS, "9.9.9.1"), given(recreate=True, exclude_users=(ADA, BOB)))
    assert told(made) == ["update IOC: ipRanges", "finish policy: conditions.users.excludeUsers"]
    assert graph.named()["id"] == new
    assert graph.users()["excludeUsers"] == [ADA, BOB]


def test_without_the_option_two_of_one_name_stop_also_after_a_recreation() -> None:
    graph, old, new = broken_off()
    made = graph.plan(desired(ADDRESS), given())
    assert old in made.stopped
    assert new in made.stopped


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("state",), "disabled"),
        (("description",), "an older one of somebody's"),
        (("conditions", "users", "includeUsers"), [BOB]),
        (("conditions", "platforms"), {"includePlatforms": ["iOS"]}),
        (("conditions", "locations", "includeLocations"), [guid(1), guid(77)]),
        (("grantControls", "builtInControls"), ["mfa"]),
    ],
)
def test_an_older_one_that_says_something_else_is_never_deleted(path: tuple[str, ...], value: Any) -> None:
    graph, old, new = broken_off()
    place: Any = graph.of(old)
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    made = graph.plan(desired(ADDRESS), given(**RENEW))
    assert old in made.stopped
    assert new in made.stopped


def test_of_two_of_one_age_and_of_three_none_is_deleted() -> None:
    graph, old, new = broken_off()
    graph.of(old)["createdDateTime"] = graph.of(new)["createdDateTime"]
    assert old in graph.plan(desired(ADDRESS), given(**RENEW)).stopped
    graph, old, _ = broken_off()
    third = graph.policy(include=[graph.locations[0]["id"]])
    made = graph.plan(desired(ADDRESS), given(**RENEW))
    assert old in made.stopped
    assert third in made.stopped


def test_a_newer_one_that_names_none_of_our_locations_replaces_nothing() -> None:
    graph = ours()
    graph.policy(include=[])
    assert "2 policies are called 'Block IOC'" in graph.plan(desired(ADDRESS), given(**RENEW)).stopped
