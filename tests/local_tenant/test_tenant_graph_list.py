"""Lists of named locations and policies: filters, pages, and options that are refused."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

LOCATIONS, POLICIES = "namedLocations", "policies"
COUNTRY = {"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "countries"}


def names(answer):
    assert answer.status_code == 200, answer.text
    return [one["displayName"] for one in answer.json()["value"]]


def seeded(graph, count, kind=LOCATIONS):
    seed = graph.tenant.seed_locations if kind == LOCATIONS else graph.tenant.seed_policies
    return seed({"displayName": f"n{number}"} for number in range(count))


def all_pages(graph, answer):
    pages = []
    while True:
        pages.append(names(answer))
        link = answer.json().get("@odata.nextLink")
        if link is None:
            return pages
        answer = graph.session.get(link, timeout=10)


@pytest.mark.parametrize(
    ("kind", "context"),
    [(LOCATIONS, "conditionalAccess/namedLocations"), (POLICIES, "identity/conditionalAccess/policies")],
)
def test_list_has_context_tips_and_all_objects(graph, kind, context):
    seeded(graph, 3, kind)
    answer = graph.get(kind).json()
    assert answer["@odata.context"] == f"{graph.tenant.url}/v1.0/$metadata#{context}"
    assert answer["@microsoft.graph.tips"]
    assert "@odata.nextLink" not in answer
    assert [one["displayName"] for one in answer["value"]] == ["n0", "n1", "n2"]


def test_objects_in_a_list_are_as_in_a_single_read(graph, policy, location):
    for kind, body in ((LOCATIONS, location()), (POLICIES, policy())):
        object_id = graph.created(kind, body)
        single = graph.get(f"{kind}/{object_id}").json()
        [listed] = graph.get(kind).json()["value"]
        assert listed == {k: v for k, v in single.items() if k not in ("@odata.context", "@microsoft.graph.tips")}


def test_types_are_mixed_and_each_is_named(graph, location):
    graph.tenant.seed_locations([location("ranges"), COUNTRY])
    types = [one["@odata.type"].rpartition(".")[2] for one in graph.get(LOCATIONS).json()["value"]]
    assert types == ["ipNamedLocation", "countryNamedLocation"]


@pytest.mark.parametrize("kind", [LOCATIONS, POLICIES])
def test_pages_follow_each_other_by_opaque_links(start_graph, kind):
    graph = start_graph(page_size=2)
    seeded(graph, 5, kind)
    first = graph.get(kind)
    link = first.json()["@odata.nextLink"]
    assert link.startswith(f"{graph.tenant.url}/v1.0/identity/conditionalAccess/{kind}?$skiptoken=")
    assert all_pages(graph, first) == [["n0", "n1"], ["n2", "n3"], ["n4"]]


def test_full_last_page_has_no_link(start_graph):
    graph = start_graph(page_size=2)
    seeded(graph, 4)
    assert all_pages(graph, graph.get(LOCATIONS)) == [["n0", "n1"], ["n2", "n3"]]


def test_default_page_size(graph):
    seeded(graph, 101)
    assert [len(page) for page in all_pages(graph, graph.get(LOCATIONS))] == [100, 1]


def test_top_is_the_size_of_a_page_and_stays_in_the_link(start_graph):
    graph = start_graph(page_size=3)
    seeded(graph, 5)
    first = graph.get(LOCATIONS, top=2)
    assert parse_qs(urlsplit(first.json()["@odata.nextLink"]).query)["$top"] == ["2"]
    assert all_pages(graph, first) == [["n0", "n1"], ["n2", "n3"], ["n4"]]
    assert all_pages(graph, graph.get(LOCATIONS, top=999)) == [["n0", "n1", "n2"], ["n3", "n4"]]


def test_skip_leaves_out_the_first(start_graph):
    graph = start_graph(page_size=2)
    seeded(graph, 6)
    assert all_pages(graph, graph.get(LOCATIONS, skip=1)) == [["n1", "n2"], ["n3", "n4"], ["n5"]]
    assert names(graph.get(LOCATIONS, skip=9)) == []


def test_objects_that_come_and_go_between_pages_shift_nothing(start_graph):
    graph = start_graph(page_size=2)
    ids = seeded(graph, 5)
    first = graph.get(LOCATIONS)
    graph.tenant.remove_location(ids[0])
    graph.tenant.seed_locations([{"displayName": "late"}])
    assert all_pages(graph, first) == [["n0", "n1"], ["n2", "n3"], ["n4", "late"]]


@pytest.mark.parametrize("name", ["plain", "it's", "''", "a 'b' and 'c'", "ünï & +%/?#", "x eq 'y"])
@pytest.mark.parametrize("kind", [LOCATIONS, POLICIES])
def test_filter_by_name_with_quotes_doubled(graph, kind, name):
    seed = graph.tenant.seed_locations if kind == LOCATIONS else graph.tenant.seed_policies
    wanted = {*seed([{"displayName": name}, {"displayName": "other"}, {"displayName": name}])[::2]}
    quoted = name.replace("'", "''")
    found = graph.get(kind, filter=f"displayName eq '{quoted}'").json()["value"]
    assert {one["id"] for one in found} == wanted


@pytest.mark.parametrize(("switch", "found"), [("exact", ["Blocked"]), ("any_case", ["Blocked", "BLOCKED"])])
def test_name_with_or_without_case(start_graph, switch, found):
    graph = start_graph(name_filter=switch)
    graph.tenant.seed_locations({"displayName": name} for name in ("Blocked", "BLOCKED", "Blocked 2"))
    assert names(graph.get(LOCATIONS, filter="displayName eq 'Blocked'")) == found


def test_filter_goes_over_pages(start_graph, location):
    graph = start_graph(page_size=1)
    graph.tenant.seed_locations([location("a"), location("b"), location("a"), location("b")])
    assert all_pages(graph, graph.get(LOCATIONS, filter="displayName eq 'a'")) == [["a"], ["a"]]


def test_filter_by_type(graph, location):
    graph.tenant.seed_locations([location("ranges"), COUNTRY])
    assert names(graph.get(LOCATIONS, filter="isof('microsoft.graph.ipNamedLocation')")) == ["ranges"]
    assert names(graph.get(LOCATIONS, filter="isof('microsoft.graph.countryNamedLocation')")) == ["countries"]


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "displayName eq it"},
        {"filter": "displayName eq 'it's'"},
        {"filter": "displayname eq 'x'"},
        {"filter": "startswith(displayName,'x')"},
        {"filter": "displayName eq 'x' and state eq 'enabled'"},
        {"filter": ""},
        {"top": "0"},
        {"top": "-1"},
        {"top": "x"},
        {"skip": "-1"},
        {"skiptoken": "x"},
        {"skiptoken": "MTA"},
        {"skiptoken": "é"},
        {"select": "id"},
        {"count": "true"},
        {"orderby": "displayName"},
        {"Filter": "displayName eq 'x'"},
    ],
)
def test_query_that_is_not_understood_is_400(graph, query):
    answer = graph.get(LOCATIONS, **query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
