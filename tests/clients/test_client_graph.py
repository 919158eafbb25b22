"""Named locations and policies, against the local tenant over real TLS."""

from __future__ import annotations

import threading
import time as real_time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from fake_time import FakeTime
from odd_server import OddServer, Reply

from iocbeam.clients import (
    Budget,
    Edge,
    GraphClient,
    NotDocumented,
    Rate,
    RetryPolicy,
    connect_defender,
    connect_graph,
    rule_number,
)
from iocbeam.clients.graph.conditional_access import documented_budget, graph_page
from iocbeam.local_tenant import (
    Answer,
    CutOff,
    DropAfter,
    DropBefore,
    EditAnswer,
    Fault,
    GraphProfile,
    LocalTenant,
    RateLimit,
)
from iocbeam.model.errors import (
    ConfigurationError,
    Gone,
    PermissionDenied,
    Refused,
    RetryLater,
    Stop,
    Unanswered,
)
from iocbeam.model.settings import ConnectionSettings

Start = Callable[..., LocalTenant]
Connect = Callable[..., GraphClient]
Body = dict[str, Any]
ROOT = "/v1.0/identity/conditionalAccess"
LOCATIONS, POLICIES = f"{ROOT}/namedLocations", f"{ROOT}/policies"
NOBODY = "99999999-9999-4999-8999-999999999999"
READ, WRITE, APPLICATIONS = "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", "Application.Read.All"
OPEN = {
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    "displayName": "open",
    "countriesAndRegions": ["SE"],
    "includeUnknownCountriesAndRegions": False,
}


@pytest.fixture
def start_graph(start: Start) -> Start:
    """Start a local tenant: `start_graph(page_size=2)` with switches of Graph. Without a rate limit unless one
    is given; `roles` and `clock` are the tenant's own."""

    def run(**switches: Any) -> LocalTenant:
        own = {name: switches.pop(name) for name in ("roles", "clock") if name in switches}
        return start(graph=GraphProfile(**{"rate_limit": None, **switches}), **own)

    return run


@pytest.fixture
def tenant(start_graph: Start) -> LocalTenant:
    return start_graph()


@pytest.fixture
def connect(settings: Callable[..., ConnectionSettings], time: FakeTime) -> Iterator[Connect]:
    """A client of a local tenant's Graph that waits in fake time."""
    clients: list[GraphClient] = []

    def make(tenant: LocalTenant, *, dry_run: bool = False, **changes: Any) -> GraphClient:
        own = {name: changes.pop(name) for name in ("budget", "retry") if name in changes}
        connection = settings(tenant, **changes)
        clients.append(connect_graph(connection, dry_run=dry_run, clock=time.clock, sleep=time.sleep, **own))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def location(name: str = "blocked", *ranges: str, **changes: Any) -> Body:
    return {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "displayName": name,
        "isTrusted": False,
        "ipRanges": [
            {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": text}
            for text in ranges or ("198.51.100.7/32",)
        ],
        **changes,
    }


def policy(name: str = "block them", **changes: Any) -> Body:
    return {
        "displayName": name,
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"]},
            "users": {"includeUsers": ["None"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
        **changes,
    }


def policy_at(location_id: str) -> Body:
    body = policy()
    body["conditions"]["locations"] = {"includeLocations": [location_id]}
    return body


def answers(client: GraphClient, operation: str) -> dict[str, int]:
    return client.requests[operation]


# Reading


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 7])
def test_a_list_is_read_as_far_as_its_links_lead(start_graph: Start, connect: Connect, number: int) -> None:
    tenant = start_graph(page_size=2)
    places = tenant.seed_locations([location(f"place {n}") for n in range(number)])
    rules = tenant.seed_policies([policy(f"rule {n}") for n in range(number)])
    client = connect(tenant)
    assert [row["id"] for row in client.locations()] == places
    assert [row["displayName"] for row in client.policies()] == [f"rule {n}" for n in range(number)]
    assert [row["id"] for row in client.policies()] == rules
    # Never one page more than the links name.
    assert answers(client, f"GET {LOCATIONS}") == {"200": max(1, (number + 1) // 2)}


def test_locations_of_every_type_come_as_they_are(tenant: LocalTenant, connect: Connect) -> None:
    tenant.seed_locations([OPEN, location("blocked", "198.51.100.0/22")])
    rows = connect(tenant).locations()
    assert [row["@odata.type"] for row in rows] == [OPEN["@odata.type"], "#microsoft.graph.ipNamedLocation"]
    assert [entry["cidrAddress"] for entry in rows[1]["ipRanges"]] == ["198.51.100.0/22"]


def test_one_row_is_kept_of_an_id_the_later_one(start_graph: Start, connect: Connect) -> None:
    tenant = start_graph(page_size=2)
    first, *_ = tenant.seed_locations([location(f"place {n}") for n in range(3)])
    moved = {"id": first, "displayName": "renamed meanwhile"}
    tenant.faults.add(Fault(LOCATIONS, EditAnswer(lambda page: {**page, "value": [*page["value"], moved]}), nth=2))
    rows = connect(tenant).locations()
    assert [row["displayName"] for row in rows] == ["renamed meanwhile", "place 1", "place 2"]


def test_a_page_that_fails_in_passing_does_not_shorten_the_list(start_graph: Start, connect: Connect) -> None:
    tenant = start_graph(page_size=2)
    tenant.seed_locations([location(f"place {n}") for n in range(5)])
    tenant.faults.add(
        Fault(LOCATIONS, Answer(503), nth=2),
        Fault(LOCATIONS, CutOff(100), nth=3),
        Fault(LOCATIONS, Answer(200, b'{"value": [{"id"'), nth=4),
        Fault(LOCATIONS, Answer(200, {"value": [{"id": None}]}), nth=5),
    )
    client = connect(tenant)
    assert len(client.locations()) == 5
    assert answers(client, f"GET {LOCATIONS}") == {"200": 5, "503": 1, "0": 1}


def test_part_of_a_list_is_an_error_and_never_the_list(start_graph: Start, connect: Connect) -> None:
    tenant = start_graph(page_size=2)
    tenant.seed_policies([policy(f"rule {n}") for n in range(5)])
    tenant.faults.add(Fault(POLICIES, Answer(500), nth=2, times=1_000))
    with pytest.raises(RetryLater, match="500"):
        connect(tenant).policies()


@pytest.mark.parametrize(
    "stray", [None, "text", {}, {"id": "", "displayName": "x"}, {"id": 7, "displayName": "x"}]
)
def test_a_row_that_cannot_be_told_from_others_spoils_the_list(
    tenant: LocalTenant, connect: Connect, stray: object
) -> None:
    """It could be ours, or the one that must not be touched."""
    tenant.seed_locations([location()])
    tenant.faults.add(Fault(LOCATIONS, EditAnswer(lambda page: {**page, "value": [*page["value"], stray]})))
    with pytest.raises(RetryLater, match="no id"):
        connect(tenant).locations()


@pytest.mark.parametrize("name", [None, 7])
def test_a_row_without_a_name_is_nobodys_and_spoils_nothing(name: object) -> None:
    page = graph_page({"value": [{"id": NOBODY, "displayName": name}, {"id": NOBODY}]})
    assert [row["displayName"] for row in page.rows] == ["", ""]


@pytest.mark.parametrize("body", [None, [], {"value": None}, {"value": {}}, {"value": [], "@odata.nextLink": 7}])
def test_a_page_of_another_form_is_not_documented(body: object) -> None:
    with pytest.raises(NotDocumented):
        graph_page(body)


@pytest.mark.parametrize("target", ["", "?$skiptoken={n}"])
def test_links_that_lead_nowhere_new_are_an_error(
    odd: Callable[..., OddServer], edge: Callable[..., Edge], time: FakeTime, target: str
) -> None:
    """Also when no link comes twice."""
    numbers = iter(range(1_000))

    def answer(asked: object) -> Reply:
        link = f"{server.url}{LOCATIONS}{target.format(n=next(numbers))}"
        return Reply(200, orjson.dumps({"value": [{"id": NOBODY, "displayName": "x"}], "@odata.nextLink": link}))

    server = odd(answer=answer)
    client = GraphClient(edge(server), documented_budget(clock=time.clock, sleep=time.sleep))
    with pytest.raises(RetryLater, match="circles after 1 rows"):
        client.locations()
    assert len(server.asked) < 20


def test_a_next_link_to_another_host_is_refused(
    tenant: LocalTenant, connect: Connect, odd: Callable[..., OddServer]
) -> None:
    other = odd(Reply(200, b'{"value": []}'))
    tenant.faults.add(
        Fault(POLICIES, Answer(200, {"value": [], "@odata.nextLink": f"{other.url}{POLICIES}?$skiptoken=1"}))
    )
    with pytest.raises(ConfigurationError, match="another host"):
        connect(tenant).policies()
    assert other.asked == []


def test_one_object_is_read_or_is_not_there(tenant: LocalTenant, connect: Connect) -> None:
    [place], [rule] = tenant.seed_locations([location()]), tenant.seed_policies([policy()])
    client = connect(tenant)
    found, shown = client.location(place), client.policy(rule)
    assert found is not None
    assert shown is not None
    assert (found["id"], found["displayName"], shown["id"]) == (place, "blocked", rule)
    assert client.location(rule) is None
    assert client.policy(NOBODY) is None
    assert answers(client, f"GET {POLICIES}/{{id}}") == {"200": 1, "404": 1}


@pytest.mark.parametrize("wrong", ["", "..", "1", f"{NOBODY}/x", f"{NOBODY}?x", f" {NOBODY}", f"{NOBODY}\n"])
def test_an_id_cannot_name_another_path(tenant: LocalTenant, connect: Connect, wrong: str) -> None:
    client = connect(tenant)
    for ask in (
        lambda: client.location(wrong),
        lambda: client.policy(wrong),
        lambda: client.update_location(wrong, location()),
        lambda: client.update_policy(wrong, policy()),
        lambda: client.delete_location(wrong),
        lambda: client.delete_policy(wrong),
    ):
        with pytest.raises(ValueError, match="GUID"):
            ask()
    assert tenant.requests == []


# Creating


def test_what_is_created_comes_back_with_its_id(tenant: LocalTenant, connect: Connect) -> None:
    client = connect(tenant)
    place = client.create_location(location("blocked", "198.51.100.0/24"))
    rule = client.create_policy(policy_at(place["id"]))
    assert [row["id"] for row in tenant.locations()] == [place["id"]]
    assert [row["id"] for row in tenant.policies()] == [rule["id"]]
    assert rule["conditions"]["locations"]["includeLocations"] == [place["id"]]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (DropAfter(), None),
        (CutOff(40), None),
        (Answer(500, after_commit=True), 500),
        (Answer(503, after_commit=True), 503),
        (Answer(503, retry_after=5, after_commit=True), 503),
        (Answer(408, after_commit=True), 408),
        (Answer(201, b"", after_commit=True), 201),
        (Answer(201, b"<html>", after_commit=True), 201),
        (Answer(201, {"displayName": "blocked"}, after_commit=True), 201),
        (Answer(201, {"id": "", "displayName": "blocked"}, after_commit=True), 201),
    ],
)
def test_a_create_whose_answer_is_lost_is_not_made_twice(
    tenant: LocalTenant, connect: Connect, kind: Any, status: int | None
) -> None:
    tenant.faults.add(Fault(LOCATIONS, kind, method="POST", nth=1))
    client = connect(tenant)
    with pytest.raises(Unanswered) as caught:
        client.create_location(location())
    assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert [row["displayName"] for row in tenant.locations()] == ["blocked"]
    assert answers(client, f"POST {LOCATIONS}") == {str(status or 0): 1}


@pytest.mark.parametrize("kind", [DropBefore(), Answer(503), Answer(502), Answer(504, retry_after=1)])
def test_nor_when_it_may_not_have_been_made_at_all(tenant: LocalTenant, connect: Connect, kind: Any) -> None:
    tenant.faults.add(Fault(POLICIES, kind, method="POST", nth=1))
    client = connect(tenant)
    with pytest.raises(Unanswered):
        client.create_policy(policy())
    assert tenant.policies() == []
    assert sum(answers(client, f"POST {POLICIES}").values()) == 1


def test_an_id_is_all_that_a_new_object_needs(tenant: LocalTenant, connect: Connect) -> None:
    tenant.faults.add(Fault(LOCATIONS, Answer(201, {"id": NOBODY}, after_commit=True), method="POST"))
    assert connect(tenant).create_location(location()) == {"id": NOBODY}


@pytest.mark.parametrize("retry_after", [None, 9])
def test_a_create_waits_for_a_rate_and_makes_one(
    tenant: LocalTenant, connect: Connect, time: FakeTime, retry_after: int | None
) -> None:
    tenant.faults.add(Fault(LOCATIONS, Answer(429, retry_after=retry_after), method="POST", times=3))
    client = connect(tenant)
    place = client.create_location(location())
    assert [row["id"] for row in tenant.locations()] == [place["id"]]
    assert answers(client, f"POST {LOCATIONS}") == {"429": 3, "201": 1}
    # Those of the budget left out: one before the first call, and what a short wait leaves of a place's time.
    waits = [waited for waited in time.slept[1:] if waited >= 1]
    if retry_after is None:
        for least, waited in zip((1, 2, 4), waits, strict=True):
            assert least <= waited <= least + 1
    else:
        assert waits == [9.0] * 3
    assert client.throttled_seconds == pytest.approx(sum(time.slept))


def test_a_create_that_never_gets_its_turn_is_known_not_to_be_made(tenant: LocalTenant, connect: Connect) -> None:
    tenant.faults.add(Fault(LOCATIONS, Answer(429), method="POST"))
    with pytest.raises(RetryLater, match="429 TooManyRequests") as caught:
        connect(tenant, retry=RetryPolicy(deadline=60.0)).create_location(location())
    assert type(caught.value) is RetryLater
    assert tenant.locations() == []


def test_a_create_renews_the_token_once(tenant: LocalTenant, connect: Connect) -> None:
    tenant.faults.add(Fault(LOCATIONS, Answer(401), method="POST", nth=1))
    client = connect(tenant)
    client.create_location(location())
    assert len(tenant.locations()) == 1
    assert answers(client, f"POST {LOCATIONS}") == {"401": 1, "201": 1}


# Changing and deleting


def test_a_change_leaves_what_it_does_not_name(tenant: LocalTenant, connect: Connect) -> None:
    client = connect(tenant)
    place, rule = client.create_location(location()), client.create_policy(policy())
    client.update_location(place["id"], location("renamed", "203.0.113.0/24"))
    client.update_policy(rule["id"], {"state": "disabled"})
    [shown], [ruled] = tenant.locations(), tenant.policies()
    assert (shown["displayName"], shown["ipRanges"][0]["cidrAddress"]) == ("renamed", "203.0.113.0/24")
    assert (ruled["displayName"], ruled["state"]) == ("block them", "disabled")
    assert answers(client, f"PATCH {LOCATIONS}/{{id}}") == {"204": 1}


@pytest.mark.parametrize(
    "kind",
    [
        Answer(503),
        Answer(503, after_commit=True),
        Answer(429),
        Answer(429, retry_after=3),
        DropBefore(),
        DropAfter(),
    ],
)
def test_a_change_and_a_deletion_may_be_repeated(tenant: LocalTenant, connect: Connect, kind: Any) -> None:
    [place], [rule] = tenant.seed_locations([location()]), tenant.seed_policies([policy()])
    tenant.faults.add(
        Fault(f"{LOCATIONS}/*", kind, method="PATCH", nth=1),
        Fault(f"{POLICIES}/*", kind, method="PATCH", nth=1),
        Fault(f"{POLICIES}/*", kind, method="DELETE", nth=1),
    )
    client = connect(tenant)
    client.update_location(place, location("renamed"))
    client.update_policy(rule, {"state": "disabled"})
    assert [row["displayName"] for row in tenant.locations()] == ["renamed"]
    assert [row["state"] for row in tenant.policies()] == ["disabled"]
    client.delete_policy(rule)
    assert tenant.policies() == []


@pytest.mark.parametrize(("status", "body"), [(200, {"id": NOBODY}), (202, b""), (204, b"")])
def test_a_change_may_be_answered_in_three_ways(
    tenant: LocalTenant, connect: Connect, status: int, body: object
) -> None:
    [place] = tenant.seed_locations([location()])
    tenant.faults.add(Fault(f"{LOCATIONS}/*", Answer(status, body, after_commit=True)))
    client = connect(tenant)
    client.update_location(place, location("renamed"))
    assert answers(client, f"PATCH {LOCATIONS}/{{id}}") == {str(status): 1}


def test_what_is_gone_cannot_be_changed(tenant: LocalTenant, connect: Connect) -> None:
    client = connect(tenant)
    with pytest.raises(Gone, match="ResourceNotFound"):
        client.update_location(NOBODY, location())
    with pytest.raises(Gone, match="ResourceNotFound"):
        client.update_policy(NOBODY, {"state": "disabled"})


def test_what_is_gone_counts_as_deleted(tenant: LocalTenant, connect: Connect) -> None:
    [place], [rule] = tenant.seed_locations([location()]), tenant.seed_policies([policy()])
    client = connect(tenant)
    assert [client.delete_location(place), client.delete_location(place)] == [True, False]
    assert [client.delete_policy(rule), client.delete_policy(rule)] == [True, False]
    assert (tenant.locations(), tenant.policies()) == ([], [])
    assert client.requests == {
        f"DELETE {LOCATIONS}/{{id}}": {"204": 1, "404": 1},
        f"DELETE {POLICIES}/{{id}}": {"204": 1, "404": 1},
    }


# What a refusal says


@pytest.mark.parametrize("numbered_errors", ["inner_message", "message"])
@pytest.mark.parametrize("inner_error", ["innerError", "innererror"])
def test_the_number_of_a_rule_is_read_from_both_forms(
    start_graph: Start, connect: Connect, numbered_errors: str, inner_error: str
) -> None:
    tenant = start_graph(numbered_errors=numbered_errors, inner_error=inner_error)
    with pytest.raises(Refused) as caught:
        connect(tenant).create_policy(policy_at(NOBODY))
    assert (caught.value.status, caught.value.code) == (400, "BadRequest")
    assert NOBODY in caught.value.message
    assert rule_number(caught.value) == 1040


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("1040: NamedLocation with id x does not exist in the directory.", 1040),
        ("The request is malformed. 1032: ClientApps InvalidControls.", 1032),
        ("Policy contains invalid applications ('1012: both of them')", 1012),
        ("The request is malformed.", None),
        ("", None),
        ("The range 2001: is none, but 2001:db8::/32 is", 2001),
        ("The range 2001:db8::1040: is none", None),
        ("At 2026-08-20T10:15:1040: late", None),
        ("11040: too long", None),
        ("104: too short", None),
        ("no limit of 1040 or 1:1040: given", None),
    ],
)
def test_the_number_of_a_rule_is_four_digits_and_a_colon(message: str, number: int | None) -> None:
    assert rule_number(Refused(message)) == number


# Who may, and how often


def test_a_dry_run_reads_and_cannot_write(tenant: LocalTenant, connect: Connect) -> None:
    [place], [rule] = tenant.seed_locations([location()]), tenant.seed_policies([policy()])
    client = connect(tenant, dry_run=True)
    assert len(client.locations()) == len(client.policies()) == 1
    assert client.location(place)
    for write in (
        lambda: client.create_location(location()),
        lambda: client.create_policy(policy()),
        lambda: client.update_location(place, location()),
        lambda: client.update_policy(rule, {"state": "enabled"}),
        lambda: client.delete_location(place),
        lambda: client.delete_policy(rule),
    ):
        with pytest.raises(Stop, match="dry run"):
            write()
    assert {asked.method for asked in tenant.requests if asked.path.startswith("/v1.0")} == {"GET"}


@pytest.mark.parametrize("roles", [(), (READ,), (READ, WRITE)])
def test_an_app_without_a_role_is_told_which_ones(
    start_graph: Start, connect: Connect, roles: tuple[str, ...]
) -> None:
    client = connect(start_graph(roles=roles))
    assert client.roles() == set(roles)
    with pytest.raises(PermissionDenied, match="403 AccessDenied") as caught:
        client.create_policy(policy())
    assert caught.value.advice == (
        f"Needed: the application roles {READ}, {WRITE} and {APPLICATIONS} of Microsoft Graph, with admin consent."
    )


@pytest.mark.parametrize("cloud", ["global", "gcc", "gcc_high", "dod", "china"])
def test_a_token_is_for_the_graph_of_its_cloud(start_graph: Start, connect: Connect, cloud: str) -> None:
    """The scope follows `--cloud`, whatever `--graph_url` says; the tenant refuses any other audience."""
    tenant = start_graph(cloud=cloud)
    assert connect(tenant, cloud=cloud).locations() == []
    other = "global" if cloud in ("gcc_high", "dod", "china") else "china"
    with pytest.raises(Stop, match=r"401 InvalidAuthenticationToken.*--cloud"):
        connect(tenant, cloud=other).locations()


def test_gcc_mixes_a_global_graph_with_a_defender_of_its_own(
    start: Start, settings: Callable[..., ConnectionSettings], time: FakeTime
) -> None:
    tenant = start(audiences=("https://api-gcc.securitycenter.microsoft.us",), graph=GraphProfile(cloud="gcc"))
    connection = settings(tenant, cloud="gcc")
    graph = connect_graph(connection, dry_run=True, clock=time.clock, sleep=time.sleep)
    defender = connect_defender(connection, dry_run=True, clock=time.clock, sleep=time.sleep)
    assert (graph.locations(), defender.list_indicators()) == ([], [])
    assert graph.roles() >= {READ, WRITE, APPLICATIONS}
    assert not graph.roles() & defender.roles() - {"User.Read.All"}
    graph.close()
    defender.close()


def test_a_graph_scope_of_its_own_replaces_the_clouds(start_graph: Start, connect: Connect) -> None:
    tenant = start_graph(cloud="china")
    scope = "https://microsoftgraph.chinacloudapi.cn/.default"
    assert connect(tenant, graph_scope=scope).policies() == []


def followed(time: FakeTime) -> Callable[[], float]:
    """A tenant's clock that follows ours. In whole seconds, so that adding does not round."""
    began, fake = int(real_time.time()), time.now
    return lambda: began + (time.now - fake)


def test_all_operations_share_a_rate_that_is_never_broken(
    start_graph: Start, connect: Connect, time: FakeTime
) -> None:
    tenant = start_graph(rate_limit=RateLimit(1, 1.0), clock=followed(time))
    client = connect(tenant)
    place = client.create_location(location())
    rule = client.create_policy(policy_at(place["id"]))
    client.update_policy(rule["id"], {"state": "disabled"})
    client.delete_policy(rule["id"])
    client.delete_location(place["id"])
    assert client.locations() == client.policies() == []
    # The next client of a run begins where this one ended.
    connect(tenant).locations()
    assert {asked.status for asked in tenant.requests} <= {200, 201, 204}
    assert time.slept == [pytest.approx(1.1)] * 8
    assert client.throttled_seconds == pytest.approx(7.7)


@pytest.mark.parametrize("retry_after", ["none", "seconds"])
def test_a_rate_that_other_apps_use_up_is_waited_for(
    start_graph: Start, connect: Connect, time: FakeTime, retry_after: str
) -> None:
    tenant = start_graph(rate_limit=RateLimit(1, 30.0), retry_after=retry_after, clock=followed(time))
    other, client = connect(tenant), connect(tenant)
    other.locations()
    place = client.create_location(location())
    assert [row["id"] for row in tenant.locations()] == [place["id"]]
    assert answers(client, f"POST {LOCATIONS}").get("429", 0) >= 1


def test_making_a_client_takes_a_place_and_no_time(tenant: LocalTenant, connect: Connect, time: FakeTime) -> None:
    client = connect(tenant)
    assert time.slept == []
    assert tenant.requests == []
    client.locations()
    assert time.slept == [pytest.approx(1.1)]


def test_a_budget_may_be_shared(tenant: LocalTenant, connect: Connect, time: FakeTime) -> None:
    budget = Budget(Rate(1, 5.0), clock=time.clock, sleep=time.sleep)
    first, second = connect(tenant, budget=budget), connect(tenant, budget=budget)
    first.locations()
    second.locations()
    assert time.now == 1_000.0 + 15.0


def test_a_cancelled_run_ends_every_wait(tenant: LocalTenant, settings: Callable[..., ConnectionSettings]) -> None:
    cancel = threading.Event()
    tenant.faults.add(Fault(LOCATIONS, Answer(429, retry_after=120)))
    client = connect_graph(settings(tenant), dry_run=False, cancel=cancel)
    threading.Timer(1.3, cancel.set).start()
    begun = real_time.monotonic()
    with pytest.raises(RetryLater, match="cancelled") as caught:
        client.create_location(location())
    client.close()
    assert not isinstance(caught.value, Unanswered)
    assert real_time.monotonic() - begun < 10
    with pytest.raises(RetryLater, match="cancelled"):
        connect_graph(settings(tenant), dry_run=False, cancel=cancel)


def test_only_documented_paths_are_called(tenant: LocalTenant, connect: Connect) -> None:
    client = connect(tenant)
    place = client.create_location(location())["id"]
    rule = client.create_policy(policy())["id"]
    client.locations()
    client.policies()
    client.update_location(place, location())
    client.update_policy(rule, {"state": "disabled"})
    client.delete_policy(rule)
    client.delete_location(place)
    assert [(asked.method, asked.path) for asked in tenant.requests if "/oauth2/" not in asked.path][1:] == [
        ("POST", LOCATIONS),
        ("POST", POLICIES),
        ("GET", LOCATIONS),
        ("GET", POLICIES),
        ("PATCH", f"{LOCATIONS}/{place}"),
        ("PATCH", f"{POLICIES}/{rule}"),
        ("DELETE", f"{POLICIES}/{rule}"),
        ("DELETE", f"{LOCATIONS}/{place}"),
    ]
