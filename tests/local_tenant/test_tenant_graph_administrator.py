"""What is done to Graph objects without the API, and what outlives the process."""

from __future__ import annotations

import pytest

from iocbeam.local_tenant import GraphProfile, TenantProfile

LOCATIONS, POLICIES = "namedLocations", "policies"
OTHER_TENANT = "44444444-4444-4444-8444-444444444444"


def two_tenants():
    quiet = {"graph": GraphProfile(rate_limit=None)}
    return TenantProfile(**quiet), TenantProfile(tenant_id=OTHER_TENANT, **quiet)


def test_seeded_location_has_the_properties_given(graph):
    given = {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": "00000000-aaaa-4aaa-8aaa-000000000001",
        "displayName": "theirs",
        "createdDateTime": "2020-01-01T00:00:00Z",
        "modifiedDateTime": "2021-01-01T00:00:00Z",
        "isTrusted": True,
        "ipRanges": [
            {"@odata.type": "#microsoft.graph.iPv4Range", "lowerAddress": "10.0.0.1", "upperAddress": "10.0.0.9"},
            {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "64:ff9b::/96"},
            {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "0.0.0.0/0"},
        ],
    }
    assert graph.tenant.seed_locations([given]) == [given["id"]]
    [row] = graph.get(LOCATIONS).json()["value"]
    assert row == {**given, "deletedDateTime": None}


def test_seeded_location_needs_a_name_only(start_graph, clock):
    graph = start_graph(clock=clock, ranges_kept="canonical")
    graph.tenant.seed_locations([{"displayName": "a"}])
    [row] = graph.tenant.locations()
    assert row.pop("id")
    assert row == {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "displayName": "a",
        "createdDateTime": "2027-01-15T08:00:00.0000000Z",
        "modifiedDateTime": "2027-01-15T08:00:00.0000000Z",
        "deletedDateTime": None,
        "isTrusted": False,
        "ipRanges": [],
    }


def test_seeded_country_location_has_the_properties_of_its_type(graph):
    graph.tenant.seed_locations([{"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "a"}])
    [row] = graph.tenant.locations()
    assert row["countriesAndRegions"] == []
    assert "ipRanges" not in row


def test_seeded_policy_does_nothing_unless_told(graph, policy):
    graph.tenant.seed_policies(
        [{"displayName": "theirs", "conditions": {"locations": {"includeLocations": ["x"]}}}]
    )
    [row] = graph.tenant.policies()
    assert row["state"] == "disabled"
    conditions = row["conditions"]
    assert conditions["users"]["includeUsers"] == conditions["applications"]["includeApplications"] == ["None"]
    assert conditions["locations"] == {"includeLocations": ["x"], "excludeLocations": []}
    assert row["grantControls"]["builtInControls"] == ["block"]
    assert (row["modifiedDateTime"], row["templateId"]) == (None, None)
    assert row.keys() == graph.post(POLICIES, policy()).json().keys() - {"@odata.context"}


def test_seeded_policy_may_be_odd(graph):
    given = {
        "displayName": "theirs",
        "templateId": "c7503427-338e-4c5e-902d-abe252abfb43",
        "state": "unheard",
        "conditions": {"insiderRiskLevels": "unheard", "unheard": 7},
        "grantControls": {"authenticationStrength": {"id": "x", "displayName": "Phishing resistant"}},
        "sessionControls": {"signInFrequency": {"isEnabled": False}},
    }
    graph.tenant.seed_policies([given])
    [row] = graph.get(POLICIES).json()["value"]
    assert (row["state"], row["templateId"]) == (given["state"], given["templateId"])
    assert (row["conditions"]["insiderRiskLevels"], row["conditions"]["unheard"]) == ("unheard", 7)
    assert row["grantControls"]["authenticationStrength"] == given["grantControls"]["authenticationStrength"]
    assert row["sessionControls"]["signInFrequency"]["isEnabled"] is False


@pytest.mark.parametrize("conditions", [None, {"applications": None}, {"users": None}])
def test_patch_of_an_odd_policy_is_judged_by_the_outcome(graph, conditions):
    [policy_id] = graph.tenant.seed_policies([{"displayName": "theirs", "conditions": conditions}])
    assert graph.patch(f"{POLICIES}/{policy_id}", {"state": "disabled"}).status_code == 400


def test_seeds_go_beyond_every_limit(start_graph):
    graph = start_graph(max_locations=1, max_policies=1, max_ranges=1)
    assert len(graph.tenant.seed_locations({"displayName": "a", "ipRanges": [{}, {}]} for _ in range(3))) == 3
    assert len(graph.tenant.seed_policies({"displayName": "a"} for _ in range(3))) == 3


@pytest.mark.parametrize("name", ["ID", "displayname", "@odata.context", "rules"])
def test_property_that_no_object_has_is_a_slip_in_the_test(graph, name):
    tenant = graph.tenant
    for seed, edit in (
        (tenant.seed_locations, tenant.edit_location),
        (tenant.seed_policies, tenant.edit_policy),
    ):
        with pytest.raises(ValueError, match=name):
            seed([{"displayName": "a", name: "x"}])
        [object_id] = seed([{"displayName": "a"}])
        with pytest.raises(ValueError, match=name):
            edit(object_id, **{name: "x"})


def test_seed_without_a_name_or_with_a_taken_id_is_a_slip_in_the_test(graph):
    with pytest.raises(ValueError, match="displayName"):
        graph.tenant.seed_locations([{}])
    [taken] = graph.tenant.seed_policies([{"displayName": "a"}])
    with pytest.raises(ValueError, match="already"):
        graph.tenant.seed_policies([{"displayName": "a", "id": taken}])
    with pytest.raises(ValueError, match="id"):
        graph.tenant.edit_policy(taken, id="x")


def test_edit_changes_the_properties_given_and_when(start_graph, location, policy, clock):
    graph = start_graph(clock=clock)
    location_id = graph.created(LOCATIONS, location())
    policy_id = graph.created(POLICIES, policy())
    before = graph.tenant.locations()[0], graph.tenant.policies()[0]
    clock.now += 60
    graph.tenant.edit_location(location_id, isTrusted=True, ipRanges=[])
    graph.tenant.edit_policy(policy_id, conditions={"clientAppTypes": ["browser"]}, state="enabled")
    moment = {"modifiedDateTime": "2027-01-15T08:01:00.0000000Z"}
    assert graph.tenant.locations() == [{**before[0], "isTrusted": True, "ipRanges": [], **moment}]
    [after] = graph.tenant.policies()
    assert after == {**before[1], "state": "enabled", "conditions": after["conditions"], **moment}
    assert after["conditions"]["clientAppTypes"] == ["browser"]
    assert (after["conditions"]["users"], after["conditions"]["signInRiskLevels"]) == (None, [])


def test_edit_and_remove_of_what_is_not_there(graph):
    tenant = graph.tenant
    for change in (tenant.edit_location, tenant.edit_policy, tenant.remove_location, tenant.remove_policy):
        with pytest.raises(KeyError):
            change("nothing")


def test_administrator_may_delete_what_is_trusted_and_in_use(graph, location, policy):
    [location_id] = graph.tenant.seed_locations([location(isTrusted=True)])
    [policy_id] = graph.tenant.seed_policies([policy(locations=[location_id])])
    graph.tenant.remove_location(location_id)
    assert graph.tenant.policies()[0]["conditions"]["locations"]["includeLocations"] == [location_id]
    graph.tenant.remove_policy(policy_id)
    assert (graph.tenant.locations(), graph.tenant.policies()) == ([], [])


def test_changes_are_of_one_tenant(start_graph):
    tenant = start_graph(*two_tenants()).tenant
    for tenant_id in (None, OTHER_TENANT):
        tenant.seed_locations([{"displayName": "a", "id": "1"}, {"displayName": "b", "id": "2"}], tenant_id)
        tenant.seed_policies([{"displayName": "a", "id": "1"}, {"displayName": "b", "id": "2"}], tenant_id)
    tenant.edit_location("1", OTHER_TENANT, displayName="changed")
    tenant.edit_policy("1", OTHER_TENANT, displayName="changed")
    tenant.remove_location("2", OTHER_TENANT)
    tenant.remove_policy("2", OTHER_TENANT)
    for objects in (tenant.locations, tenant.policies):
        assert [one["displayName"] for one in objects()] == ["a", "b"]
        assert [one["displayName"] for one in objects(OTHER_TENANT)] == ["changed"]


def test_what_is_given_and_what_is_handed_out_are_copies(graph, location):
    given = location()
    graph.tenant.seed_locations([given])
    given["ipRanges"].clear()
    graph.tenant.locations()[0]["ipRanges"].clear()
    assert len(graph.tenant.locations()[0]["ipRanges"]) == 1


# State


def test_objects_survive_a_restart(start_graph, location, policy, tmp_path):
    first = start_graph(state=tmp_path / "state.db")
    ids = [first.created(LOCATIONS, location(name)) for name in "abc"]
    first.patch(f"{LOCATIONS}/{ids[0]}", location("changed", "2001:db8::/32"))
    first.remove(f"{LOCATIONS}/{ids[1]}")
    first.tenant.seed_locations([location("seeded", isTrusted=True)])
    policy_id = first.created(POLICIES, policy(locations=[ids[0]]))
    first.tenant.edit_policy(policy_id, state="disabled")
    kept = first.tenant.locations(), first.tenant.policies()
    first.tenant.stop()

    second = start_graph(state=tmp_path / "state.db")
    assert (second.tenant.locations(), second.tenant.policies()) == kept
    assert [one["displayName"] for one in kept[0]] == ["changed", "c", "seeded"]
    assert second.remove(f"{LOCATIONS}/{ids[0]}").status_code == 400
    assert second.created(LOCATIONS, location()) not in ids


def test_restart_settles_everything(start_graph, location, policy, tmp_path):
    switches = {"stale_reads": 10, "new_location_tries": 10}
    first = start_graph(state=tmp_path / "state.db", **switches)
    location_id = first.created(LOCATIONS, location())
    first.tenant.stop()
    second = start_graph(state=tmp_path / "state.db", **switches)
    assert second.get(f"{LOCATIONS}/{location_id}").status_code == 200
    assert second.post(POLICIES, policy(locations=[location_id])).status_code == 201


def test_state_keeps_tenants_kinds_and_rows_apart(start_graph, item, tmp_path):
    first = start_graph(*two_tenants(), state=tmp_path / "state.db")
    first.tenant.seed_locations([{"displayName": "a", "id": "1"}])
    first.tenant.seed_policies([{"displayName": "b", "id": "1"}], OTHER_TENANT)
    first.tenant.seed([item(1)])
    first.tenant.stop()
    tenant = start_graph(*two_tenants(), state=tmp_path / "state.db").tenant
    assert [len(tenant.locations()), len(tenant.policies()), len(tenant.rows())] == [1, 0, 1]
    assert [len(found(OTHER_TENANT)) for found in (tenant.locations, tenant.policies, tenant.rows)] == [0, 1, 0]
