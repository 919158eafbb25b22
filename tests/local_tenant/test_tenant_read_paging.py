"""Pages and quotas of what is read."""

from __future__ import annotations

import pytest

from iocbeam.local_tenant import DOCUMENTED_RATE_LIMITS

LINK = "@odata.nextLink"


def numbers(answer):
    assert answer.status_code == 200, answer.text
    return [alert["incidentId"] for alert in answer.json()["value"]]


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def five(start_read, alert, machine):
    """A tenant with five alerts and five machines, and pages of two."""

    def run(**switches):
        client = start_read(page_size=2, **switches)
        client.tenant.seed_alerts(map(alert, range(5)))
        client.tenant.seed_machines(map(machine, range(5)))
        return client

    return run


def test_top_limits_the_answer_and_then_there_is_no_link(five):
    answer = five().read("alerts", top=1)
    assert (numbers(answer), LINK in answer.json()) == ([0], False)


def test_page_size_caps_top_without_a_link(five):
    answer = five().read("alerts", top=5)
    assert (numbers(answer), LINK in answer.json()) == ([0, 1], False)


def test_skip_goes_on(five):
    client = five()
    assert numbers(client.read("alerts", top=2, skip=4)) == [4]
    assert numbers(client.read("alerts", top=2, skip=6)) == []
    assert [len(client.read("machines", top=2, skip=skip).json()["value"]) for skip in (0, 2, 4)] == [2, 2, 1]


@pytest.mark.parametrize("path", ["alerts", "machines"])
def test_links_lead_to_every_row_once(five, path):
    client = five()
    answer = client.read(path, filter="id ne 'x'")
    seen = [row["id"] for row in answer.json()["value"]]
    while LINK in answer.json():
        assert answer.json()[LINK].startswith(f"{client.tenant.defender_url}/api/{path}?$filter=")
        answer = client.session.get(answer.json()[LINK], timeout=10)
        seen += [row["id"] for row in answer.json()["value"]]
    assert len(seen) == len(set(seen)) == 5


def test_link_keeps_the_expansion(five):
    assert "$expand=evidence" in five().read("alerts", expand="evidence").json()[LINK]


def test_there_may_be_no_links_at_all(five):
    answer = five(paging="none").read("alerts")
    assert (numbers(answer), LINK in answer.json()) == ([0, 1], False)


def test_links_may_never_end(five):
    client = five(paging="endless_link")
    first = client.read("alerts").json()
    again = client.session.get(first[LINK], timeout=10).json()
    assert (again["value"], again[LINK]) == (first["value"], first[LINK])


@pytest.mark.parametrize("query", [{"top": 10_001}, {"top": "x"}, {"top": -1}, {"skip": "x"}, {"skip": -1}])
@pytest.mark.parametrize("path", ["alerts", "machines"])
def test_top_and_skip_are_numbers_up_to_the_documented_one(five, path, query):
    assert error(five().read(path, **query)) == (400, "ODataError")


FAMILIES = {
    "machines": ["machines", "machines/x", "machines/x/alerts"],
    "alerts": ["alerts", "alerts/x", "alerts/x/files", "alerts/x/user"],
    "domains": ["domains/bad.example/alerts", "domains/bad.example/stats"],
    "ips": ["ips/203.0.113.9/alerts", "ips/203.0.113.9/stats"],
    "files": [f"files/{'a' * 40}", f"files/{'a' * 40}/alerts"],
    "exposureScore": ["exposureScore/ByMachineGroups"],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_family_of_calls_has_its_quota(start_read, clock, family):
    assert {limit.seconds: limit.calls for limit in DOCUMENTED_RATE_LIMITS[family]} == {60.0: 100, 3600.0: 1500}
    client = start_read(clock=clock, rate_limits=DOCUMENTED_RATE_LIMITS)
    paths = FAMILIES[family]
    statuses = [client.read(paths[number % len(paths)]).status_code for number in range(101)]
    assert (429 in statuses[:-1], statuses[-1]) == (False, 429)
    refused = client.read(paths[0])
    assert (error(refused), refused.headers["Retry-After"]) == ((429, "TooManyRequests"), "60")
    others = [paths[0] for other, paths in FAMILIES.items() if other != family]
    assert 429 not in {client.read(path).status_code for path in others}


def test_fifteen_hundred_calls_in_an_hour(start_read, clock):
    client = start_read(clock=clock, rate_limits=DOCUMENTED_RATE_LIMITS)
    statuses = []
    for _ in range(15):
        statuses += [client.read("alerts/x").status_code for _ in range(100)]
        clock.now += 61
    assert set(statuses) == {404}
    refused = client.read("alerts/x")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(3600 - 15 * 61))


@pytest.mark.parametrize("graph", [False, True], ids=["defender", "graph"])
def test_hunting_has_forty_five_calls_a_minute(start_read, clock, graph):
    name = "graph_hunting" if graph else "hunting"
    assert {limit.seconds: limit.calls for limit in DOCUMENTED_RATE_LIMITS[name]} == {60.0: 45, 3600.0: 1500}
    client = start_read(graph=graph, clock=clock, rate_limits=DOCUMENTED_RATE_LIMITS)
    path = "/v1.0/security/runHuntingQuery" if graph else "/api/advancedqueries/run"
    statuses = [client.call("POST", path, json={"Query": "DeviceInfo"}).status_code for _ in range(46)]
    assert statuses == [200] * 45 + [429]


def test_alerts_of_graph_have_a_quota_of_their_own(start_read, clock):
    client = start_read(graph=True, clock=clock, rate_limits=DOCUMENTED_RATE_LIMITS)
    statuses = [client.call("GET", "/v1.0/security/alerts_v2").status_code for _ in range(151)]
    assert statuses == [200] * 150 + [429]
    assert client.call("POST", "/v1.0/security/runHuntingQuery", json={"Query": "DeviceInfo"}).status_code == 200


def test_quota_may_be_for_each_call(start_read, clock):
    client = start_read(clock=clock, rate_limits=DOCUMENTED_RATE_LIMITS, quota_per="call")
    assert {client.read("alerts").status_code for _ in range(100)} == {200}
    assert client.read("alerts/x").status_code == 404
    assert client.read("alerts").status_code == 429
