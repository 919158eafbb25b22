"""Changes that spread: old and new answers take turns for a while."""

from __future__ import annotations

import pytest

LOCATIONS, POLICIES = "namedLocations", "policies"


def statuses(graph, path, times):
    return [graph.get(path).status_code for _ in range(times)]


def names(graph, path, times):
    return [graph.get(path).json()["displayName"] for _ in range(times)]


def listed(graph, times):
    return [[one["displayName"] for one in graph.get(LOCATIONS).json()["value"]] for _ in range(times)]


def test_new_object_is_missing_now_and_then(start_graph, location, policy):
    graph = start_graph(stale_reads=3)
    for kind, body in ((LOCATIONS, location()), (POLICIES, policy())):
        path = f"{kind}/{graph.created(kind, body)}"
        assert statuses(graph, path, 5) == [404, 200, 404, 200, 200]


def test_changed_object_shows_old_and_new(start_graph, location, policy):
    graph = start_graph(stale_reads=4)
    [location_id] = graph.tenant.seed_locations([location("old")])
    graph.patch(f"{LOCATIONS}/{location_id}", location("new"))
    assert names(graph, f"{LOCATIONS}/{location_id}", 6) == ["old", "new", "old", "new", "new", "new"]
    [policy_id] = graph.tenant.seed_policies([policy("old")])
    graph.patch(f"{POLICIES}/{policy_id}", {"displayName": "new"})
    assert names(graph, f"{POLICIES}/{policy_id}", 6) == ["old", "new", "old", "new", "new", "new"]


def test_deleted_object_is_still_there_now_and_then(start_graph, location):
    graph = start_graph(stale_reads=3)
    [location_id] = graph.tenant.seed_locations([location()])
    assert graph.remove(f"{LOCATIONS}/{location_id}").status_code == 204
    assert statuses(graph, f"{LOCATIONS}/{location_id}", 5) == [200, 404, 200, 404, 404]


def test_lists_are_stale_in_the_same_way(start_graph, location):
    graph = start_graph(stale_reads=2)
    changed, deleted, _ = graph.tenant.seed_locations([location("a"), location("b"), location("c")])
    graph.patch(f"{LOCATIONS}/{changed}", location("A"))
    graph.remove(f"{LOCATIONS}/{deleted}")
    graph.created(LOCATIONS, location("d"))
    assert listed(graph, 3) == [["a", "b", "c"], ["A", "c", "d"], ["A", "c", "d"]]


def test_name_is_looked_for_in_what_is_shown(start_graph, location):
    graph = start_graph(stale_reads=2)
    graph.created(LOCATIONS, location("new"))
    found = [len(graph.get(LOCATIONS, filter="displayName eq 'new'").json()["value"]) for _ in range(3)]
    assert found == [0, 1, 1]


def test_a_list_and_a_single_read_count_alike(start_graph, location):
    graph = start_graph(stale_reads=2)
    path = f"{LOCATIONS}/{graph.created(LOCATIONS, location('new'))}"
    assert (listed(graph, 1), statuses(graph, path, 2)) == ([[]], [200, 200])


def test_time_by_the_tenants_clock(start_graph, location, clock):
    graph = start_graph(clock=clock, stale_seconds=20)
    [location_id] = graph.tenant.seed_locations([location("old")])
    path = f"{LOCATIONS}/{location_id}"
    graph.patch(path, location("new"))
    assert names(graph, path, 5) == ["old", "new", "old", "new", "old"]
    clock.now += 19.5
    assert names(graph, path, 2) == ["new", "old"]
    clock.now += 0.5
    assert names(graph, path, 3) == ["new"] * 3


def test_time_and_reads_both_hold_back(start_graph, location, clock):
    graph = start_graph(clock=clock, stale_seconds=20, stale_reads=3)
    [location_id] = graph.tenant.seed_locations([location("old")])
    path = f"{LOCATIONS}/{location_id}"
    graph.patch(path, location("new"))
    clock.now += 20
    assert names(graph, path, 4) == ["old", "new", "old", "new"]


def test_pattern_of_old_and_new(start_graph, location):
    graph = start_graph(stale_reads=6, stale_pattern=("new", "new", "old"))
    [location_id] = graph.tenant.seed_locations([location("old")])
    path = f"{LOCATIONS}/{location_id}"
    graph.patch(path, location("new"))
    assert names(graph, path, 7) == ["new", "new", "old", "new", "new", "old", "new"]


def test_change_of_a_change_starts_anew(start_graph, location):
    graph = start_graph(stale_reads=2)
    [location_id] = graph.tenant.seed_locations([location("one")])
    path = f"{LOCATIONS}/{location_id}"
    graph.patch(path, location("two"))
    graph.patch(path, location("three"))
    assert names(graph, path, 3) == ["two", "three", "three"]


def test_created_and_deleted_at_once(start_graph, location):
    graph = start_graph(stale_reads=2)
    path = f"{LOCATIONS}/{graph.created(LOCATIONS, location())}"
    assert graph.remove(path).status_code == 204
    assert statuses(graph, path, 3) == [200, 404, 404]
    assert listed(graph, 1) == [[]]


def test_writes_find_the_newest_version(start_graph, location, policy):
    graph = start_graph(stale_reads=100)
    location_id = graph.created(LOCATIONS, location("one", "192.0.2.0/24"))
    path = f"{LOCATIONS}/{location_id}"
    assert graph.patch(path, location("two", isTrusted=True, ipRanges=None)).status_code == 204
    [now] = graph.tenant.locations()
    assert (now["displayName"], now["isTrusted"], len(now["ipRanges"])) == ("two", True, 1)
    assert graph.post(POLICIES, policy(locations=[location_id])).status_code == 201
    graph.remove(f"{POLICIES}/{graph.tenant.policies()[0]['id']}")
    assert graph.tenant.policies() == []


@pytest.mark.parametrize(("switch", "first"), [("old_too", 400), ("newest", 204)])
def test_location_just_untrusted_is_deleted_at_once_or_later(start_graph, location, clock, switch, first):
    graph = start_graph(clock=clock, stale_seconds=20, deletes_see=switch)
    [location_id] = graph.tenant.seed_locations([location(isTrusted=True)])
    path = f"{LOCATIONS}/{location_id}"
    graph.patch(path, location(isTrusted=False))
    assert graph.remove(path).status_code == first
    clock.now += 20
    assert graph.remove(path).status_code == (204 if first == 400 else 404)


@pytest.mark.parametrize(("switch", "first"), [("old_too", 400), ("newest", 204)])
def test_location_just_freed_is_deleted_at_once_or_later(start_graph, location, policy, clock, switch, first):
    graph = start_graph(clock=clock, stale_seconds=20, deletes_see=switch)
    [location_id] = graph.tenant.seed_locations([location()])
    [policy_id] = graph.tenant.seed_policies([policy(locations=[location_id])])
    graph.remove(f"{POLICIES}/{policy_id}")
    path = f"{LOCATIONS}/{location_id}"
    assert graph.remove(path).status_code == first
    clock.now += 20
    assert graph.remove(path).status_code == (204 if first == 400 else 404)


def test_deleting_again_counts_as_reading(start_graph, location, policy):
    graph = start_graph(stale_reads=2)
    [location_id] = graph.tenant.seed_locations([location()])
    [policy_id] = graph.tenant.seed_policies([policy(locations=[location_id])])
    graph.patch(f"{POLICIES}/{policy_id}", {"conditions": {"locations": None}})
    path = f"{LOCATIONS}/{location_id}"
    assert [graph.remove(path).status_code for _ in range(4)] == [400, 400, 204, 404]


def test_what_an_administrator_does_is_seen_at_once(start_graph, location):
    graph = start_graph(stale_reads=10)
    location_id = graph.created(LOCATIONS, location("one"))
    path = f"{LOCATIONS}/{location_id}"
    graph.tenant.edit_location(location_id, displayName="two")
    assert names(graph, path, 3) == ["two"] * 3
    graph.tenant.remove_location(location_id)
    assert statuses(graph, path, 3) == [404] * 3
    assert graph.tenant.seed_locations([{"displayName": "again", "id": location_id}]) == [location_id]
    assert names(graph, path, 3) == ["again"] * 3
    assert listed(graph, 1) == [["again"]]


def test_nothing_is_stale_by_default(graph, location):
    path = f"{LOCATIONS}/{graph.created(LOCATIONS, location('one'))}"
    assert statuses(graph, path, 2) == [200, 200]
    graph.patch(path, location("two"))
    assert names(graph, path, 2) == ["two"] * 2
    graph.remove(path)
    assert statuses(graph, path, 2) == [404, 404]
