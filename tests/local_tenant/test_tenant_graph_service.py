"""Graph as a service: paths, who may call, how often, the form of errors, faults and the log."""

from __future__ import annotations

import concurrent.futures
import re
import uuid

import jwt
import pytest
import requests

from iocbeam.local_tenant import (
    DOCUMENTED_GRAPH_RATE,
    Answer,
    App,
    DropAfter,
    EditAnswer,
    FailItems,
    Fault,
    GraphProfile,
    Meanwhile,
    Poison,
    RateLimit,
    TenantProfile,
)

ROOT = "/v1.0/identity/conditionalAccess"
LOCATIONS, POLICIES = "namedLocations", "policies"
OTHER = "33333333-3333-4333-8333-333333333333"
OTHER_TENANT = "44444444-4444-4444-8444-444444444444"
READ, WRITE, APPLICATIONS = "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", "Application.Read.All"


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


# Paths


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1.0/$batch"), ("POST", "/v1.0/%24BATCH")])
def test_a_batch_is_not_implemented_so_that_it_is_found(graph, method, path):
    assert error(graph.call(method, path, json={"requests": []})) == (501, "NotImplemented")


@pytest.mark.parametrize("path", ["/beta", "/beta/identity/conditionalAccess/policies", "/beta/$batch"])
def test_beta_is_not_implemented_so_that_it_is_found(graph, path):
    assert error(graph.call("GET", path)) == (501, "NotImplemented")


@pytest.mark.parametrize(
    "path",
    [
        "/v1.0",
        "/v1.0/users",
        f"{ROOT}",
        f"{ROOT}/namedlocations",
        f"{ROOT}/namedLocations/",
        f"{ROOT}/namedLocations/x/y",
        f"{ROOT}/deletedItems",
        "/v1.0/identity/ConditionalAccess/policies",
    ],
)
def test_unknown_path_is_400_and_no_missing_object(graph, path):
    assert error(graph.call("GET", path)) == (400, "BadRequest")


@pytest.mark.parametrize("kind", [LOCATIONS, POLICIES])
@pytest.mark.parametrize(
    ("method", "suffix", "allowed"),
    [("PUT", "/x", "GET, PATCH, DELETE"), ("DELETE", "", "GET, POST"), ("PATCH", "", "GET, POST")],
)
def test_other_method_is_405(graph, kind, method, suffix, allowed):
    answer = graph.ask(method, f"{kind}{suffix}", {})
    assert error(answer) == (405, "MethodNotAllowed")
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("kind", [LOCATIONS, POLICIES])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_object_that_is_not_there_is_404(graph, kind, method):
    assert error(graph.ask(method, f"{kind}/{uuid.uuid4()}", {})) == (404, "ResourceNotFound")


# Who may call


def test_no_token_is_401(graph):
    del graph.session.headers["Authorization"]
    answer = graph.get(LOCATIONS)
    assert error(answer) == (401, "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("code", ["InvalidAuthenticationToken", "Unauthenticated"])
def test_both_codes_of_a_401(start_graph, code):
    graph = start_graph(unauthenticated_code=code)
    graph.sign_in(scope="https://graph.microsoft.us/.default")
    assert error(graph.get(LOCATIONS)) == (401, code)


def test_expired_token_is_401(start_graph, clock):
    graph = start_graph(clock=clock)
    clock.now += 3598
    assert graph.get(LOCATIONS).status_code == 200
    clock.now += 1
    assert graph.get(LOCATIONS).status_code == 401


AUDIENCES = {
    "global": "https://graph.microsoft.com",
    "gcc": "https://graph.microsoft.com",
    "gcc_high": "https://graph.microsoft.us",
    "dod": "https://dod-graph.microsoft.us",
    "china": "https://microsoftgraph.chinacloudapi.cn",
}


@pytest.mark.parametrize("cloud", AUDIENCES)
def test_each_cloud_takes_tokens_for_its_own_graph_only(start_graph, cloud):
    graph = start_graph(cloud=cloud)
    for audience in {*AUDIENCES.values(), "https://api.securitycenter.microsoft.com"}:
        graph.sign_in(scope=f"{audience}/.default")
        assert (graph.get(LOCATIONS).status_code == 200) is (audience == AUDIENCES[cloud])


def test_token_for_the_servers_own_address_is_taken_by_both_apis(graph):
    graph.sign_in(scope=f"{graph.tenant.url}/.default")
    assert graph.get(LOCATIONS).status_code == 200
    assert graph.list().status_code == 200


def test_token_for_graph_is_not_for_defender(graph):
    assert graph.list().status_code == 401


OF_GRAPH = (
    READ,
    WRITE,
    APPLICATIONS,
    "SecurityAlert.Read.All",
    "SecurityEvents.Read.All",
    "ThreatHunting.Read.All",
)
OF_DEFENDER = ("Ti.ReadWrite.All", "Machine.Read.All", "Alert.Read.All", "AdvancedQuery.Read.All")


@pytest.mark.parametrize(
    ("scope", "roles"),
    [
        ("https://graph.microsoft.com", {*OF_GRAPH, "User.Read.All"}),
        ("https://dod-graph.microsoft.us", {*OF_GRAPH, "User.Read.All"}),
        ("https://api.securitycenter.microsoft.com", {*OF_DEFENDER, "User.Read.All"}),
        ("https://elsewhere.example", {*OF_GRAPH, *OF_DEFENDER, "User.Read.All"}),
    ],
)
def test_token_has_the_roles_of_the_api_that_it_is_for(start_graph, scope, roles):
    graph = start_graph(roles=(*OF_GRAPH, *OF_DEFENDER, "User.Read.All"))
    token = graph.token_request(scope=f"{scope}/.default").json()["access_token"]
    assert set(jwt.decode(token, options={"verify_signature": False})["roles"]) == roles


def test_token_without_a_role_for_its_api_has_no_roles(start_graph):
    token = start_graph(roles=("Ti.ReadWrite.All",)).token_request().json()["access_token"]
    assert "roles" not in jwt.decode(token, options={"verify_signature": False})


CALLS = {
    "list locations": ("GET", LOCATIONS),
    "read location": ("GET", f"{LOCATIONS}/x"),
    "create location": ("POST", LOCATIONS),
    "update location": ("PATCH", f"{LOCATIONS}/x"),
    "delete location": ("DELETE", f"{LOCATIONS}/x"),
    "list policies": ("GET", POLICIES),
    "read policy": ("GET", f"{POLICIES}/x"),
    "create policy": ("POST", POLICIES),
    "update policy": ("PATCH", f"{POLICIES}/x"),
    "delete policy": ("DELETE", f"{POLICIES}/x"),
}
READS = {name for name, (method, _) in CALLS.items() if method == "GET"}
WITH_APPLICATIONS = {"create policy", "update policy"}


@pytest.mark.parametrize(
    ("roles", "allowed"),
    [
        ((), set()),
        (("Ti.ReadWrite.All",), set()),
        ((READ,), READS),
        ((WRITE, APPLICATIONS), set()),
        ((READ, WRITE), CALLS.keys() - WITH_APPLICATIONS),
        ((READ, WRITE, APPLICATIONS), CALLS.keys()),
    ],
)
def test_roles_that_each_call_needs(start_graph, policy, roles, allowed):
    graph = start_graph(roles=roles)
    got = {
        name
        for name, (method, path) in CALLS.items()
        if graph.ask(method, path, None if method in ("GET", "DELETE") else policy()).status_code != 403
    }
    assert got == set(allowed)


def test_policy_without_its_applications_needs_no_third_role(start_graph):
    graph = start_graph(roles=(READ, WRITE))
    [policy_id] = graph.tenant.seed_policies([{"displayName": "theirs"}])
    assert graph.patch(f"{POLICIES}/{policy_id}", {"state": "disabled"}).status_code == 204


def test_third_role_can_be_switched_off(start_graph, policy):
    graph = start_graph(roles=(READ, WRITE), application_role="not_required")
    assert graph.post(POLICIES, policy()).status_code == 201


@pytest.mark.parametrize("code", ["AccessDenied", "accessDenied"])
def test_both_codes_of_a_403(start_graph, policy, code):
    assert error(start_graph(roles=(READ,), denied_code=code).post(LOCATIONS, {})) == (403, code)
    assert error(start_graph(roles=(READ, WRITE), denied_code=code).post(POLICIES, policy())) == (403, code)


def test_tenant_of_the_token_decides_on_the_objects(start_graph, location):
    quiet = {"graph": GraphProfile(rate_limit=None)}
    graph = start_graph(TenantProfile(**quiet), TenantProfile(tenant_id=OTHER_TENANT, **quiet))
    graph.created(LOCATIONS, location("here"))
    graph.sign_in(OTHER_TENANT)
    assert graph.get(LOCATIONS).json()["value"] == []
    graph.created(LOCATIONS, location("there"))
    assert [one["displayName"] for one in graph.tenant.locations()] == ["here"]
    assert [one["displayName"] for one in graph.tenant.locations(OTHER_TENANT)] == ["there"]


# How often


def test_documented_rate_is_the_default_over_all_operations(start_graph, clock, location):
    graph = start_graph(TenantProfile(clock=clock))
    assert graph.profile.graph.rate_limit == DOCUMENTED_GRAPH_RATE == RateLimit(1, 1.0)
    statuses = [graph.get(LOCATIONS).status_code, graph.get(POLICIES).status_code]
    clock.now += 1
    statuses += [graph.post(LOCATIONS, location()).status_code, graph.remove(f"{POLICIES}/x").status_code]
    clock.now += 1
    statuses += [graph.remove(f"{POLICIES}/x").status_code, graph.get(LOCATIONS).status_code]
    assert statuses == [200, 429, 201, 429, 404, 429]


def test_refused_call_does_not_count(start_graph, clock):
    graph = start_graph(clock=clock, rate_limit=RateLimit(1, 10))
    statuses = []
    for step in (0, 5, 4, 1):
        clock.now += step
        statuses.append(graph.get(LOCATIONS).status_code)
    assert statuses == [200, 429, 429, 200]


def test_all_apps_share_the_rate(start_graph, clock):
    other = App(OTHER, client_secret="other-secret")
    graph = start_graph(clock=clock, rate_limit=RateLimit(1, 10), more_apps=(other,))
    assert graph.get(LOCATIONS).status_code == 200
    graph.sign_in(client_id=OTHER, client_secret="other-secret")
    assert graph.get(LOCATIONS).status_code == 429


@pytest.mark.parametrize(("form", "header"), [("none", None), ("seconds", "8")])
def test_429_with_and_without_the_seconds_to_wait(start_graph, clock, form, header):
    graph = start_graph(clock=clock, rate_limit=RateLimit(1, 10), retry_after=form)
    graph.get(LOCATIONS)
    clock.now += 2.5
    answer = graph.get(LOCATIONS)
    assert error(answer) == (429, "TooManyRequests")
    assert answer.headers.get("Retry-After") == header


def test_defender_has_its_own_rate(start_graph, clock):
    graph = start_graph(clock=clock, rate_limit=RateLimit(1, 10))
    graph.sign_in(scope=f"{graph.tenant.url}/.default")
    assert graph.get(LOCATIONS).status_code == 200
    assert [graph.list().status_code for _ in range(3)] == [200] * 3


def test_rate_can_be_switched_off(graph):
    assert {graph.get(LOCATIONS).status_code for _ in range(20)} == {200}


# Bodies and errors


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"'])
def test_body_that_is_no_object_is_400(graph, body):
    url = f"{graph.tenant.graph_url}{ROOT}/namedLocations"
    answer = graph.session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)
    assert error(answer) == (400, "BadRequest")


def test_body_of_another_type_is_415(graph):
    answer = graph.session.post(f"{graph.tenant.graph_url}{ROOT}/namedLocations", data={"a": "b"}, timeout=10)
    assert error(answer) == (415, "UnsupportedMediaType")


def test_error_has_the_documented_form(graph):
    graph.session.headers["client-request-id"] = OTHER
    answer = graph.get(f"{LOCATIONS}/x")
    told = answer.json()["error"]
    assert told.keys() == {"code", "message", "innerError"}
    assert told["innerError"].keys() == {"date", "request-id", "client-request-id"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", told["innerError"]["date"])
    assert told["innerError"]["client-request-id"] == OTHER == answer.headers["client-request-id"]
    assert told["innerError"]["request-id"] == answer.headers["request-id"] != OTHER


def test_client_request_id_is_the_services_own_without_one(graph):
    inner = graph.get(f"{LOCATIONS}/x").json()["error"]["innerError"]
    assert inner["client-request-id"] == inner["request-id"]


@pytest.mark.parametrize("name", ["innerError", "innererror"])
def test_both_spellings_of_the_inner_error(start_graph, name):
    assert name in start_graph(inner_error=name).get(f"{LOCATIONS}/x").json()["error"]


def test_good_answers_name_the_request_too(graph):
    answer = graph.get(LOCATIONS)
    assert uuid.UUID(answer.headers["request-id"])
    assert answer.headers["Content-Type"].startswith("application/json;odata.metadata=minimal")


# Faults and the log


def test_scripted_status_gives_graphs_error(graph):
    graph.tenant.faults.add(Fault(f"{ROOT}/namedLocations", Answer(429, retry_after=3), times=1))
    answer = graph.get(LOCATIONS)
    assert error(answer) == (429, "TooManyRequests")
    assert answer.headers["Retry-After"] == "3"
    assert "innerError" in answer.json()["error"]


@pytest.mark.parametrize("status", [500, 503, 418])
def test_scripted_status_may_be_any(graph, status):
    graph.tenant.faults.add(Fault(f"{ROOT}/*", Answer(status)))
    assert graph.get(POLICIES).status_code == status


def test_lost_answer_to_a_create_has_created(graph, location):
    graph.tenant.faults.add(Fault(f"{ROOT}/namedLocations", DropAfter(), method="POST", times=1))
    with pytest.raises(requests.ConnectionError):
        graph.post(LOCATIONS, location())
    assert len(graph.get(LOCATIONS, filter="displayName eq 'blocked'").json()["value"]) == 1


def test_meanwhile_changes_what_is_read(graph, location):
    location_id = graph.created(LOCATIONS, location())
    edit = Meanwhile(lambda: graph.tenant.edit_location(location_id, displayName="changed"))
    graph.tenant.faults.add(Fault(f"{ROOT}/namedLocations/*", edit))
    assert graph.get(f"{LOCATIONS}/{location_id}").json()["displayName"] == "changed"


def test_answer_can_be_edited(graph, location):
    graph.created(LOCATIONS, location())
    graph.tenant.faults.add(Fault(f"{ROOT}/namedLocations", EditAnswer(lambda answer: {**answer, "value": []})))
    assert graph.get(LOCATIONS).json()["value"] == []


@pytest.mark.parametrize("fault", [Poison, FailItems])
def test_body_for_which_a_fault_holds_is_refused(graph, location, fault):
    graph.tenant.faults.add(Fault(f"{ROOT}/*", fault(lambda body: body["displayName"] == "poison")))
    assert graph.post(LOCATIONS, location("poison")).status_code == 400
    assert graph.post(LOCATIONS, location("fine")).status_code == 201
    assert len(graph.tenant.locations()) == 1


def test_log_tells_what_was_asked(start_graph, location):
    graph = start_graph(keep_bodies=True)
    graph.tenant.clear_requests()
    location_id = graph.created(LOCATIONS, location("a", "192.0.2.0/24", "2001:db8::/32"))
    graph.get(LOCATIONS, top=5)
    graph.remove(f"{LOCATIONS}/{location_id}")
    logged = graph.tenant.requests
    assert [(r.method, r.path, r.query, r.status, r.items) for r in logged] == [
        ("POST", f"{ROOT}/namedLocations", "", 201, 2),
        ("GET", f"{ROOT}/namedLocations", "%24top=5", 200, 0),
        ("DELETE", f"{ROOT}/namedLocations/{location_id}", "", 204, 0),
    ]
    assert {r.tenant_id for r in logged} == {graph.profile.tenant_id}
    assert b"2001:db8::/32" in logged[0].body


def test_many_threads_at_once_lose_nothing(start_graph, location):
    graph = start_graph(max_locations=60)
    url = f"{graph.tenant.graph_url}{ROOT}/namedLocations"

    def work(thread):
        with requests.Session() as session:
            session.verify, session.trust_env = graph.tenant.ca_bundle, False
            session.headers["Authorization"] = graph.session.headers["Authorization"]
            posted = [session.post(url, json=location(f"{thread}-{n}"), timeout=10).status_code for n in range(10)]
            assert session.get(url, timeout=10).status_code == 200
            return posted

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = [status for done in pool.map(work, range(8)) for status in done]
    assert (statuses.count(201), statuses.count(400)) == (60, 20)
    assert len({one["displayName"] for one in graph.tenant.locations()}) == 60


# Profile


@pytest.mark.parametrize(
    "fields",
    [
        {"cloud": "moon"},
        {"denied_code": "Forbidden"},
        {"retry_after": "http_date"},
        {"stale_pattern": ()},
        {"stale_pattern": ("old", "older")},
        {"stale_reads": -1},
        {"new_location_tries": -1},
        {"max_locations": -1},
        {"max_policies": -1},
        {"max_ranges": 0},
        {"page_size": 0},
    ],
)
def test_profile_refuses_what_no_switch_knows(fields):
    with pytest.raises(ValueError, match="must"):
        GraphProfile(**fields)
