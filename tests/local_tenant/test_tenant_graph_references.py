"""Policies that name locations: which can be named, from when on, and what that means for deleting them."""

from __future__ import annotations

import pytest

from iocbeam.local_tenant import LocalTenant

LOCATIONS, POLICIES = "namedLocations", "policies"
ZEROS = "00000000-0000-0000-0000-000000000000"
COUNTRY = {
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    "displayName": "countries",
    "countriesAndRegions": ["US"],
}


def is_1040(answer):
    if answer.status_code != 400:
        return False
    return answer.json()["error"]["innerError"].get("message", "").startswith("1040: NamedLocation with id ")


def test_location_of_any_type_can_be_named(graph, policy, location):
    ids = [graph.created(LOCATIONS, location()), graph.created(LOCATIONS, COUNTRY)]
    ids += graph.tenant.seed_locations([location("theirs")])
    assert graph.post(POLICIES, policy(locations=ids)).status_code == 201


@pytest.mark.parametrize("words", [["All"], ["AllTrusted"], [ZEROS]])
def test_words_for_more_than_one_location_can_be_named(graph, policy, words):
    assert graph.post(POLICIES, policy(locations=words)).status_code == 201


@pytest.mark.parametrize(
    "named",
    [
        "6011477e-1a16-4a45-9102-e28d3dee2edb",
        "all",
        "allTrusted",
        "None",
        "/identity/conditionalAccess/namedLocations/{id}",
        "{ID}",
    ],
)
@pytest.mark.parametrize("side", ["includeLocations", "excludeLocations"])
def test_what_is_no_location_is_1040(graph, policy, location, named, side):
    location_id = graph.created(LOCATIONS, location())
    named = named.replace("{id}", location_id).replace("{ID}", location_id.upper())
    body = {"includeLocations": ["All"], side: [location_id, named]}
    assert is_1040(graph.post(POLICIES, policy(conditions__locations=body)))
    assert graph.tenant.policies() == []


def test_all_cannot_be_excluded(graph, policy):
    body = {"includeLocations": ["All"], "excludeLocations": ["All"]}
    assert is_1040(graph.post(POLICIES, policy(conditions__locations=body)))


def test_deleted_location_cannot_be_named(graph, policy, location):
    location_id = graph.created(LOCATIONS, location())
    graph.remove(f"{LOCATIONS}/{location_id}")
    assert is_1040(graph.post(POLICIES, policy(locations=[location_id])))


def test_patch_is_checked_for_the_locations_that_it_sends(graph, policy, location):
    location_id = graph.created(LOCATIONS, location())
    path = f"{POLICIES}/{graph.created(POLICIES, policy(locations=[location_id]))}"
    body = {"conditions": {"locations": {"includeLocations": ["6011477e-1a16-4a45-9102-e28d3dee2edb"]}}}
    assert is_1040(graph.patch(path, body))
    graph.tenant.remove_location(location_id)
    assert graph.patch(path, {"state": "disabled"}).status_code == 204
    assert is_1040(graph.patch(path, {"conditions": {"locations": {"includeLocations": [location_id]}}}))


@pytest.mark.parametrize(("named", "taken"), [("6011477e-1a16-4a45-9102-e28d3dee2edb", True), ("all", False)])
def test_unknown_location_can_be_accepted(start_graph, policy, named, taken):
    graph = start_graph(unknown_location="accept")
    assert (graph.post(POLICIES, policy(locations=[named])).status_code == 201) is taken


def test_new_location_cannot_be_named_for_some_time(start_graph, policy, location, clock):
    graph = start_graph(clock=clock, new_location_seconds=30)
    location_id = graph.created(LOCATIONS, location())
    body = policy(locations=[location_id])
    for step in (0, 10, 19.5):
        clock.now += step
        assert is_1040(graph.post(POLICIES, body))
    clock.now += 0.5
    assert graph.post(POLICIES, body).status_code == 201


def test_new_location_cannot_be_named_for_some_tries(start_graph, policy, location):
    graph = start_graph(new_location_tries=2)
    body = policy(locations=[graph.created(LOCATIONS, location()) for _ in range(2)])
    assert [is_1040(graph.post(POLICIES, body)) for _ in range(3)] == [True, True, False]
    assert len(graph.tenant.policies()) == 1


def test_time_and_tries_both_hold_back(start_graph, policy, location, clock):
    graph = start_graph(clock=clock, new_location_tries=1, new_location_seconds=30)
    location_id = graph.created(LOCATIONS, location())
    body = policy(locations=[location_id])
    assert [is_1040(graph.post(POLICIES, body)) for _ in range(3)] == [True] * 3
    clock.now += 30
    assert graph.post(POLICIES, body).status_code == 201
    late = graph.created(LOCATIONS, location())
    clock.now += 30
    assert [is_1040(graph.post(POLICIES, policy(locations=[late]))) for _ in range(2)] == [True, False]


def test_seeded_and_changed_locations_are_not_new(start_graph, policy, location):
    graph = start_graph(new_location_tries=5)
    [location_id] = graph.tenant.seed_locations([location()])
    graph.patch(f"{LOCATIONS}/{location_id}", location("renamed"))
    assert graph.post(POLICIES, policy(locations=[location_id])).status_code == 201


@pytest.mark.parametrize(("switch", "status"), [("reject", 400), ("accept", 204)])
@pytest.mark.parametrize("side", ["includeLocations", "excludeLocations"])
def test_location_that_a_policy_names(start_graph, policy, location, switch, status, side):
    graph = start_graph(delete_in_use=switch)
    location_id = graph.created(LOCATIONS, location())
    body = {"includeLocations": ["All"], side: [location_id]}
    policy_id = graph.created(POLICIES, policy(state="disabled", conditions__locations=body))
    assert graph.remove(f"{LOCATIONS}/{location_id}").status_code == status
    if status == 400:
        graph.patch(f"{POLICIES}/{policy_id}", {"conditions": {"locations": None}})
        assert graph.remove(f"{LOCATIONS}/{location_id}").status_code == 204


def test_location_is_free_when_its_policy_is_deleted(graph, policy, location):
    location_id = graph.created(LOCATIONS, location())
    policy_id = graph.created(POLICIES, policy(locations=[location_id]))
    graph.remove(f"{POLICIES}/{policy_id}")
    assert graph.remove(f"{LOCATIONS}/{location_id}").status_code == 204


def test_nothing_is_held_back_by_default():
    profile = LocalTenant().profiles[0].graph
    assert (profile.new_location_seconds, profile.new_location_tries) == (0, 0)
    assert (profile.stale_seconds, profile.stale_reads) == (0, 0)
