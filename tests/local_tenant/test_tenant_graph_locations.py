"""Named locations: creating, reading, changing, deleting, and their limits."""

from __future__ import annotations

import re
import time

import orjson
import pytest

LOCATIONS = "namedLocations"
COUNTRIES = {
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    "displayName": "countries",
    "countriesAndRegions": ["US", "GB"],
    "includeUnknownCountriesAndRegions": True,
}


def refused(answer):
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "BadRequest"
    return True


def test_create_answers_201_with_entity_and_context(start_graph, location, clock):
    graph = start_graph(clock=clock)
    answer = graph.post(LOCATIONS, location("a name", "12.34.221.11/22", "2001:0:9d38:90d6::/63"))
    assert answer.status_code == 201
    entity = answer.json()
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", entity.pop("id"))
    assert entity == {
        "@odata.context": f"{graph.tenant.url}/v1.0/$metadata#namedLocations/$entity",
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "displayName": "a name",
        "createdDateTime": "2027-01-15T08:00:00.0000000Z",
        "modifiedDateTime": "2027-01-15T08:00:00.0000000Z",
        "deletedDateTime": None,
        "isTrusted": False,
        "ipRanges": [
            {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "12.34.221.11/22"},
            {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:0:9d38:90d6::/63"},
        ],
    }


@pytest.mark.parametrize(
    ("cloud", "there"), [("gcc", True), ("gcc_high", False), ("dod", False), ("china", False)]
)
def test_time_of_deletion_is_in_the_schema_of_some_clouds_only(start_graph, location, cloud, there):
    graph = start_graph(cloud=cloud)
    graph.tenant.seed_locations([location()])
    assert ("deletedDateTime" in graph.tenant.locations()[0]) is there


def test_trust_is_off_unless_asked_for(graph, location):
    assert graph.post(LOCATIONS, location(isTrusted=None)).json()["isTrusted"] is False
    assert graph.post(LOCATIONS, location(isTrusted=True)).json()["isTrusted"] is True


def test_read_shows_the_entity_and_keys_that_no_schema_has(graph, location):
    created = graph.post(LOCATIONS, location()).json()
    answer = graph.get(f"{LOCATIONS}/{created['id']}")
    assert answer.status_code == 200
    shown = answer.json()
    assert shown.pop("@microsoft.graph.tips")
    assert shown == created


def test_names_are_not_unique(graph, location):
    ids = {graph.created(LOCATIONS, location("same")) for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"@odata.type": None},
        {"@odata.type": "microsoft.graph.ipNamedLocation"},
        {"@odata.type": "#microsoft.graph.IpNamedLocation"},
        {"@odata.type": ["#microsoft.graph.ipNamedLocation"]},
        {"displayName": None},
        {"displayName": ""},
        {"displayName": 7},
        {"ipRanges": None},
        {"ipRanges": []},
        {"ipRanges": {}},
        {"isTrusted": "false"},
        {"isTrusted": 0},
        {"id": "33333333-3333-4333-8333-333333333333"},
        {"createdDateTime": "2027-01-15T08:00:00Z"},
        {"description": "x"},
        {"IsTrusted": True},
        {"@microsoft.graph.tips": "x"},
        {"countriesAndRegions": ["US"]},
    ],
)
def test_body_that_breaks_a_rule_is_refused(graph, location, changes):
    assert refused(graph.post(LOCATIONS, location(**changes)))
    assert graph.tenant.locations() == []


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.0/24",
        "192.0.2.77/24",
        "10.0.0.0/8",
        "255.255.255.255/32",
        "2001:db8::/32",
        "2001:DB8:0:0:0:0:0:1/128",
        "::ffff:192.0.2.1/128",
        "2000::/8",
    ],
)
def test_range_is_returned_as_given(graph, location, text):
    location_id = graph.created(LOCATIONS, location("a", text))
    [shown] = graph.get(f"{LOCATIONS}/{location_id}").json()["ipRanges"]
    assert shown["cidrAddress"] == text


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.1",
        "192.0.2.0/7",
        "0.0.0.0/0",
        "192.0.2.0/33",
        "192.0.2.0/08",
        "192.0.2.0/024",
        "192.0.2.0/255.255.255.0",
        "192.0.2/24",
        "192.0.2.256/32",
        "192.0.02.1/32",
        " 192.0.2.0/24",
        "192.0.2.0/24\n",
        "192.0.2.0/ 24",
        "\u066192.0.2.0/24",
        "192.0.2.1-192.0.2.9",
        "192.0.2.*/24",
        "",
        "/24",
        "2001:db8::1",
        "2001:db8::/7",
        "2001:db8::/129",
        "2001:db8::/064",
        "2001:db8:::/64",
        "2001:db8::1::/64",
        "2001:db8/64",
        "fe80::1%eth0/64",
        "[2001:db8::]/64",
        "example.com/24",
    ],
)
def test_what_is_no_range_is_refused(graph, location, text):
    assert refused(graph.post(LOCATIONS, location("a", "198.51.100.0/24", text)))


@pytest.mark.parametrize(
    "item",
    [
        "192.0.2.0/24",
        None,
        {},
        {"cidrAddress": "192.0.2.0/24"},
        {"@odata.type": "#microsoft.graph.iPv4CidrRange"},
        {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "192.0.2.0/24"},
        {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "2001:db8::/32"},
        {"@odata.type": "#microsoft.graph.IPv4CidrRange", "cidrAddress": "192.0.2.0/24"},
        {"@odata.type": "microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"},
        {"@odata.type": "#microsoft.graph.iPv4CidrRange", "CidrAddress": "192.0.2.0/24"},
        {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": 7},
        {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24", "note": "x"},
        {"@odata.type": "#microsoft.graph.iPv4Range", "lowerAddress": "192.0.2.0", "upperAddress": "192.0.2.9"},
        {"@odata.type": ["#microsoft.graph.iPv4CidrRange"], "cidrAddress": "192.0.2.0/24"},
    ],
)
def test_range_in_another_form_is_refused(graph, location, item):
    assert refused(graph.post(LOCATIONS, location(ipRanges=[item])))


@pytest.mark.parametrize(("switch", "status"), [("accept", 201), ("reject", 400)])
@pytest.mark.parametrize("text", ["10.1.0.0/16", "fc00::/32"])
def test_private_range(start_graph, location, switch, status, text):
    graph = start_graph(private_ranges=switch)
    assert graph.post(LOCATIONS, location("a", text)).status_code == status
    assert graph.post(LOCATIONS, location("a", "9.9.9.0/24", "2620:fe::/48")).status_code == 201


@pytest.mark.parametrize(
    ("switch", "kept"),
    [
        ("as_given", ["2001:DB8:0::/48", "203.0.113.9/24", "198.51.100.7/32", "203.0.113.9/24"]),
        ("canonical", ["198.51.100.7/32", "203.0.113.0/24", "203.0.113.0/24", "2001:db8::/48"]),
    ],
)
def test_ranges_come_back_as_given_or_as_sorted_networks(start_graph, location, switch, kept):
    graph = start_graph(ranges_kept=switch)
    sent = location("a", "2001:DB8:0::/48", "203.0.113.9/24", "198.51.100.7/32", "203.0.113.9/24")
    location_id = graph.created(LOCATIONS, sent)
    assert [item["cidrAddress"] for item in graph.tenant.locations()[0]["ipRanges"]] == kept
    graph.patch(f"{LOCATIONS}/{location_id}", sent)
    assert [item["cidrAddress"] for item in graph.tenant.locations()[0]["ipRanges"]] == kept


def test_patch_answers_204_without_a_body(graph, location):
    location_id = graph.created(LOCATIONS, location())
    answer = graph.patch(f"{LOCATIONS}/{location_id}", location("renamed"))
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_patch_replaces_ranges_whole_and_keeps_what_it_leaves_out(start_graph, location, clock):
    graph = start_graph(clock=clock)
    location_id = graph.created(LOCATIONS, location("a name", "192.0.2.0/24", "198.51.100.0/24", isTrusted=True))
    [before] = graph.tenant.locations()
    clock.now += 60
    fresh = location("", "203.0.113.0/24")["ipRanges"]
    body = {"@odata.type": "#microsoft.graph.ipNamedLocation", "ipRanges": fresh}
    assert graph.patch(f"{LOCATIONS}/{location_id}", body).status_code == 204
    changed = {"ipRanges": fresh, "modifiedDateTime": "2027-01-15T08:01:00.0000000Z"}
    assert graph.tenant.locations() == [{**before, **changed}]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": "x"},
        {"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "x"},
        {"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": None},
        {"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": ""},
        {"@odata.type": "#microsoft.graph.ipNamedLocation", "ipRanges": []},
        {"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": None},
        {"@odata.type": "#microsoft.graph.ipNamedLocation", "id": "x"},
    ],
)
def test_patch_that_breaks_a_rule_changes_nothing(graph, location, body):
    location_id = graph.created(LOCATIONS, location())
    before = graph.tenant.locations()
    assert refused(graph.patch(f"{LOCATIONS}/{location_id}", body))
    assert graph.tenant.locations() == before


def test_delete_answers_204_once(graph, location):
    location_id = graph.created(LOCATIONS, location())
    answer = graph.remove(f"{LOCATIONS}/{location_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert graph.get(f"{LOCATIONS}/{location_id}").status_code == 404
    assert graph.remove(f"{LOCATIONS}/{location_id}").status_code == 404
    assert graph.tenant.locations() == []


def test_trusted_location_cannot_be_deleted(graph, location):
    location_id = graph.created(LOCATIONS, location(isTrusted=True))
    assert refused(graph.remove(f"{LOCATIONS}/{location_id}"))
    graph.patch(f"{LOCATIONS}/{location_id}", location(isTrusted=False))
    assert graph.remove(f"{LOCATIONS}/{location_id}").status_code == 204


def test_documented_limits_are_the_defaults(graph):
    limits = graph.profile.graph
    assert (limits.max_locations, limits.max_ranges, limits.max_policies) == (195, 2000, 195)


def test_ranges_are_limited(graph, location):
    texts = [f"198.51.{n // 256}.{n % 256}/32" for n in range(2001)]
    assert refused(graph.post(LOCATIONS, location("a", *texts)))
    location_id = graph.created(LOCATIONS, location("a", *texts[:2000]))
    assert refused(graph.patch(f"{LOCATIONS}/{location_id}", location("a", *texts)))
    assert len(graph.tenant.locations()[0]["ipRanges"]) == 2000


def test_locations_of_all_types_count_against_the_limit(start_graph, location):
    graph = start_graph(max_locations=3)
    graph.tenant.seed_locations([COUNTRIES, location()])
    location_id = graph.created(LOCATIONS, location())
    assert refused(graph.post(LOCATIONS, location()))
    assert graph.patch(f"{LOCATIONS}/{location_id}", location("renamed")).status_code == 204
    graph.remove(f"{LOCATIONS}/{location_id}")
    assert graph.post(LOCATIONS, location()).status_code == 201


def test_country_location(graph):
    created = graph.post(LOCATIONS, COUNTRIES)
    assert created.status_code == 201
    entity = created.json()
    assert entity["countryLookupMethod"] == "clientIpAddress"
    assert "ipRanges" not in entity
    path = f"{LOCATIONS}/{entity['id']}"
    change = {"@odata.type": COUNTRIES["@odata.type"], "countriesAndRegions": ["FR"]}
    assert graph.patch(path, change).status_code == 204
    shown = graph.get(path).json()
    assert (shown["countriesAndRegions"], shown["includeUnknownCountriesAndRegions"]) == (["FR"], True)


@pytest.mark.parametrize(
    "changes",
    [
        {"countriesAndRegions": []},
        {"countriesAndRegions": ["us"]},
        {"countriesAndRegions": ["USA"]},
        {"countryLookupMethod": "ClientIpAddress"},
        {"ipRanges": []},
        {"isTrusted": False},
    ],
)
def test_country_location_that_breaks_a_rule_is_refused(graph, changes):
    assert refused(graph.post(LOCATIONS, {**COUNTRIES, **changes}))


def test_two_thousand_ranges_are_patched_and_read_fast(graph, location):
    texts = [f"198.51.{n // 256}.{n % 256}/32" for n in range(1000)] + [
        f"2001:db8:{n:x}::/48" for n in range(1000)
    ]
    location_id = graph.created(LOCATIONS, location("a", *texts))
    url = f"{graph.tenant.graph_url}/v1.0/identity/conditionalAccess/{LOCATIONS}/{location_id}"
    body = orjson.dumps(location("a", *texts))
    headers = {"Content-Type": "application/json"}
    took = []
    for _ in range(20):
        began = time.perf_counter()
        assert graph.session.patch(url, data=body, headers=headers, timeout=10).status_code == 204
        assert len(graph.session.get(url, timeout=10).content) > 100_000
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05
