"""Machines, alerts and indicators in bulk, against the local tenant over real TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote

import pytest
from fake_time import FakeTime

from iocbeam.clients import DefenderDataClient, ReadBudgets, connect_defender_data
from iocbeam.local_tenant import (
    DOCUMENTED_RATE_LIMITS,
    Answer,
    EditAnswer,
    Fault,
    LocalTenant,
    Meanwhile,
    ReadProfile,
)
from iocbeam.model.errors import ConfigurationError, PermissionDenied, RetryLater, Stop
from iocbeam.model.settings import DAY, ConnectionSettings
from iocbeam.model.settings.sightings import TimeWindow

Start = Callable[..., LocalTenant]
Connect = Callable[..., DefenderDataClient]
NOW = 1_795_161_600
"""2026-11-20T08:00:00Z."""
WEEK = TimeWindow.days_before(NOW, 7)


@pytest.fixture
def connect(settings: Callable[..., ConnectionSettings], time: FakeTime) -> Iterator[Connect]:
    clients: list[DefenderDataClient] = []

    def make(tenant: LocalTenant, **changes: Any) -> DefenderDataClient:
        clients.append(connect_defender_data(settings(tenant, **changes), clock=time.clock, sleep=time.sleep))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def service(start: Start, time: FakeTime) -> Callable[..., LocalTenant]:
    """A tenant whose clock goes with the fake time from `NOW` on and whose reads are as given."""

    began = time.now

    def make(rate_limits: Any = None, **read: Any) -> LocalTenant:
        return start(read=ReadProfile(**read), clock=lambda: NOW + time.now - began, rate_limits=rate_limits)

    return make


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.1234567Z")


def machine(number: int, seen: int = NOW - 60) -> dict[str, Any]:
    return {"id": f"{number:040x}", "computerDnsName": f"ws-{number}.contoso.example", "lastSeen": moment(seen)}


def alert(number: int, updated: int = NOW - 60) -> dict[str, Any]:
    return {
        "id": f"da63_{number}",
        "lastUpdateTime": moment(updated),
        "evidence": [{"entityType": "Ip", "ipAddress": "203.0.113.7"}],
    }


def ids(pages: Iterator[list[dict[str, Any]]]) -> list[str]:
    return [one["id"] for page in pages for one in page]


def queries(tenant: LocalTenant, path: str) -> list[str]:
    return [unquote(asked.query) for asked in tenant.requests if asked.path == path]


def test_machines_are_asked_for_by_when_they_were_seen(service: Start, connect: Connect) -> None:
    tenant = service()
    tenant.seed_machines([machine(1), machine(2, NOW - 9 * DAY), machine(3, NOW - 6 * DAY)])
    (page,) = connect(tenant).machines(NOW - 7 * DAY)
    assert page == [machine(1), machine(3, NOW - 6 * DAY)]
    assert queries(tenant, "/api/machines") == [
        "$filter=lastSeen ge 2026-11-13T08:00:00Z&$top=5000&$skip=0",
        "$filter=lastSeen ge 2026-11-13T08:00:00Z&$top=5000&$skip=1",
    ]


@pytest.mark.parametrize("empty", ["not_found", "empty_list"])
def test_no_machine_is_an_empty_list(service: Start, connect: Connect, empty: str) -> None:
    tenant = service(empty_machines=empty)
    tenant.seed_machines([machine(1, NOW - 9 * DAY)])
    client = connect(tenant)
    assert list(client.machines(NOW - DAY)) == []
    assert client.requests == {"GET /api/machines": {"404" if empty == "not_found" else "200": 1}}


@pytest.mark.parametrize("number", [1, 9, 10, 11, 35])
@pytest.mark.parametrize("empty", ["not_found", "empty_list"])
def test_machines_come_a_page_at_a_time_to_their_end(
    service: Start, connect: Connect, number: int, empty: str
) -> None:
    tenant = service(page_size=10, empty_machines=empty)
    tenant.seed_machines(machine(n) for n in range(number))
    pages = list(connect(tenant).machines(NOW - DAY))
    assert max(map(len, pages)) <= 10
    assert ids(iter(pages)) == [f"{n:040x}" for n in range(number)]


def test_a_404_of_some_other_server_is_not_a_tenant_without_machines(service: Start, connect: Connect) -> None:
    tenant = service()
    tenant.faults.add(Fault("/api/machines", Answer(404, b"<html>Not here</html>")))
    with pytest.raises(ConfigurationError, match="The service is not at"):
        list(connect(tenant).machines(NOW - DAY))


def test_alerts_are_asked_for_in_pieces_of_time_with_their_evidence(service: Start, connect: Connect) -> None:
    tenant = service()
    old, new = alert(1, NOW - 3 * DAY), alert(2)
    tenant.seed_alerts([new, old, alert(3, NOW - 5 * DAY)])
    pages = list(connect(tenant).alerts(TimeWindow.days_before(NOW, 4)))
    assert pages == [[old], [new]]
    assert queries(tenant, "/api/alerts") == [
        "$filter=lastUpdateTime ge 2026-11-16T08:00:00Z and lastUpdateTime lt 2026-11-17T08:00:00Z"
        "&$expand=evidence&$top=2000&$skip=0",
        "$filter=lastUpdateTime ge 2026-11-17T08:00:00Z and lastUpdateTime lt 2026-11-19T08:00:00Z"
        "&$expand=evidence&$top=2000&$skip=0",
        "$filter=lastUpdateTime ge 2026-11-17T08:00:00Z and lastUpdateTime lt 2026-11-19T08:00:00Z"
        "&$expand=evidence&$top=2000&$skip=1",
        "$filter=lastUpdateTime ge 2026-11-19T08:00:00Z and lastUpdateTime lt 2026-11-20T08:00:00Z"
        "&$expand=evidence&$top=2000&$skip=0",
        "$filter=lastUpdateTime ge 2026-11-19T08:00:00Z and lastUpdateTime lt 2026-11-20T08:00:00Z"
        "&$expand=evidence&$top=2000&$skip=1",
        "$filter=lastUpdateTime ge 2026-11-20T08:00:00Z&$expand=evidence&$top=2000&$skip=0",
    ]


@pytest.mark.parametrize("order", ["last_update", "as_seeded"])
@pytest.mark.parametrize("nth", range(1, 16))
def test_alerts_that_are_updated_while_they_are_read_are_met_and_none_is_lost(
    service: Start, connect: Connect, order: str, nth: int
) -> None:
    """Two alerts, one read already and one not yet, move to the end of time before the nth call."""
    tenant = service(page_size=4, alert_order=order)
    tenant.seed_alerts(alert(n, NOW - 3 * DAY + n * 10_000) for n in range(24))

    def update() -> None:
        for number in (1, 13):
            tenant.edit_alert(f"da63_{number}", status="Resolved")

    tenant.faults.add(Fault("/api/alerts", Meanwhile(update), nth=nth))
    found = ids(connect(tenant).alerts(TimeWindow.days_before(NOW, 4)))
    assert sorted(found) == sorted(f"da63_{n}" for n in range(24))


def test_an_alert_that_is_updated_before_it_is_read_comes_as_it_is_now(service: Start, connect: Connect) -> None:
    tenant = service()
    tenant.seed_alerts([alert(1, NOW - 3 * DAY), alert(2, NOW - 60)])
    pages = connect(tenant).alerts(TimeWindow.days_before(NOW, 4))
    assert [one["id"] for one in next(pages)] == ["da63_1"]
    tenant.edit_alert("da63_2", status="Resolved")
    (last,) = pages
    assert [(one["id"], one["status"]) for one in last] == [("da63_2", "Resolved")]


def test_a_list_that_shifts_between_pages_is_read_again_and_nothing_comes_twice(
    service: Start, connect: Connect
) -> None:
    tenant = service(page_size=5)
    tenant.seed_alerts(alert(n, NOW - 60) for n in range(20))
    tenant.faults.add(Fault("/api/alerts", Meanwhile(lambda: tenant.remove_alert("da63_2")), nth=3))
    client = connect(tenant)
    found = ids(client.alerts(TimeWindow.days_before(NOW, 1)))
    assert sorted(found) == sorted(f"da63_{n}" for n in range(20))
    skips = [query.rpartition("=")[2] for query in queries(tenant, "/api/alerts")]
    assert skips == ["0", "4", "8", "0", "4", "8", "12", "16", "0"]


def test_indicators_come_as_they_are(service: Start, connect: Connect) -> None:
    tenant = start_with_indicators(service, 5)
    pages = connect(tenant).indicators(top=2)
    rows = [row for page in pages for row in page]
    assert [row["indicatorValue"] for row in rows] == [f"{n:064x}" for n in range(5)]
    assert {"id", "action", "title", "generateAlert"} <= set(rows[0])


def start_with_indicators(service: Start, number: int) -> LocalTenant:
    tenant = service()
    tenant.seed(
        {"indicatorType": "FileSha256", "indicatorValue": f"{n:064x}", "title": "t", "description": "d"}
        for n in range(number)
    )
    return tenant


def test_rows_without_an_id_and_rows_that_are_no_objects_are_given(service: Start, connect: Connect) -> None:
    tenant = service()
    tenant.seed_machines([machine(1)])

    def spoil(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "value": [*body["value"], {"computerDnsName": "odd.contoso.example"}, None, "text"]}

    tenant.faults.add(Fault("/api/machines", EditAnswer(spoil), nth=1))
    page = next(connect(tenant).machines(NOW - DAY))
    assert page == [machine(1), {"computerDnsName": "odd.contoso.example"}, {"value": None}, {"value": "text"}]


@pytest.mark.parametrize("body", [{}, {"value": None}, b"<html>", b"", [1]])
def test_a_page_of_another_form_is_asked_for_again(service: Start, connect: Connect, body: object) -> None:
    tenant = service()
    tenant.seed_machines([machine(1)])
    tenant.faults.add(Fault("/api/machines", Answer(200, body), nth=1, times=2))
    assert ids(connect(tenant).machines(NOW - DAY)) == [f"{1:040x}"]


def test_a_page_that_never_comes_breaks_the_list_off_after_what_was_given(
    service: Start, connect: Connect
) -> None:
    tenant = service(page_size=5)
    tenant.seed_machines(machine(n) for n in range(12))
    tenant.faults.add(Fault("/api/machines", Answer(503), nth=2, times=1000))
    pages = connect(tenant).machines(NOW - DAY)
    assert len(next(pages)) == 5
    with pytest.raises(RetryLater, match="GET /api/machines: 503"):
        next(pages)


def test_a_link_to_another_host_is_not_followed(service: Start, connect: Connect) -> None:
    tenant = service()
    tenant.seed_machines([machine(1)])
    link = "https://elsewhere.example/api/machines?$skip=1"
    tenant.faults.add(Fault("/api/machines", EditAnswer(lambda body: {**body, "@odata.nextLink": link}), nth=1))
    with pytest.raises(ConfigurationError, match="another host"):
        list(connect(tenant).machines(NOW - DAY))


def test_a_link_of_the_same_host_is_followed(service: Start, connect: Connect) -> None:
    tenant = service(page_size=2)
    tenant.seed_machines(machine(n) for n in range(5))
    link = f"{tenant.defender_url}/api/machines?$skip=2"
    tenant.faults.add(Fault("/api/machines", EditAnswer(lambda body: {**body, "@odata.nextLink": link}), nth=1))
    assert ids(connect(tenant).machines(NOW - DAY)) == [f"{n:040x}" for n in range(5)]
    assert queries(tenant, "/api/machines")[1] == "$skip=2"


def test_links_that_lead_nowhere_end_with_an_error(service: Start, connect: Connect) -> None:
    tenant = service()
    tenant.seed_machines([machine(1)])
    link = f"{tenant.defender_url}/api/machines?$skip=0"
    tenant.faults.add(Fault("/api/machines", EditAnswer(lambda body: {**body, "@odata.nextLink": link})))
    with pytest.raises(RetryLater, match="does not end"):
        list(connect(tenant).machines(NOW - DAY))


@pytest.mark.parametrize("top", [0, -1, 10_001])
def test_a_page_has_a_size_that_the_service_takes(service: Start, connect: Connect, top: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 10000"):
        connect(service()).machines(NOW, top=top)


def test_a_family_of_calls_keeps_to_its_rates(service: Start, connect: Connect, time: FakeTime) -> None:
    tenant = service(rate_limits=DOCUMENTED_RATE_LIMITS)
    client = connect(tenant)
    started = time.now
    for _ in range(100):
        client.machine("ws-1")
    assert time.now == started
    client.machine_alerts("ws-1")
    assert time.now - started == 60
    client.alert("da63_1")
    assert time.now - started == 60
    assert client.throttled_seconds == 60
    assert {asked.status for asked in tenant.requests} == {200, 404}


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("/api/machines", "/api/machines/{id}/alerts"),
        ("/api/exposureScore/ByMachineGroups", "/api/exposureScore/ByMachineGroups"),
    ],
)
def test_a_family_has_1500_calls_an_hour_for_itself(time: FakeTime, path: str, other: str) -> None:
    budgets = ReadBudgets(clock=time.clock, sleep=time.sleep)
    started = time.now
    for number in range(1501):
        budgets.of(other if number % 2 else path).acquire()
    assert time.now - started == 3600
    budgets.of("/api/alerts").acquire()
    assert time.now - started == 3600


def test_a_rate_that_is_used_up_by_others_is_waited_for(service: Start, connect: Connect, time: FakeTime) -> None:
    tenant = service()
    tenant.faults.add(Fault("/api/machines", Answer(429, retry_after=17), nth=1))
    client = connect(tenant)
    assert list(client.machines(NOW - DAY)) == []
    assert time.slept == [17]
    assert client.throttled_seconds == 17


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/indicators",
        "/api/machines/AddOrRemoveTagForMultipleMachines",
        "/api/advancedqueries/run",
        "/api/alerts",
    ],
)
def test_the_client_cannot_write(service: Start, connect: Connect, method: str, path: str) -> None:
    tenant = service()
    client = connect(tenant)
    client.roles()
    with pytest.raises(Stop, match=f"may not send {method}"):
        client._edge.request(method, path, json={})
    assert [asked for asked in tenant.requests if asked.path.startswith("/api/")] == []


@pytest.mark.parametrize(
    ("call", "role"),
    [
        (lambda client: list(client.machines(NOW)), "Machine.Read.All"),
        (lambda client: list(client.alerts(WEEK)), "Alert.Read.All"),
        (lambda client: list(client.indicators()), "Ti.Read.All"),
        (lambda client: client.machine_alerts("ws-1"), "Alert.Read.All"),
        (lambda client: client.file("ab" * 20), "File.Read.All"),
        (lambda client: client.ip_stats("203.0.113.7"), "Ip.Read.All"),
        (lambda client: client.domain_stats("bad.example"), "Url.Read.All"),
        (lambda client: client.alert_user("da63_1"), "User.Read.All"),
        (lambda client: client.machine_groups(), "Score.Read.All"),
    ],
    ids=["machines", "alerts", "indicators", "alerts_of_machine", "file", "address", "domain", "user", "groups"],
)
def test_a_missing_role_is_named(
    start: Start, connect: Connect, call: Callable[[DefenderDataClient], object], role: str
) -> None:
    tenant = start(roles=("Vulnerability.Read.All",))
    with pytest.raises(PermissionDenied, match=f"Needed: the application role {role} of WindowsDefenderATP"):
        call(connect(tenant))


def test_the_roles_of_the_token_are_shown(start: Start, connect: Connect) -> None:
    assert connect(start(roles=("Machine.Read.All",))).roles() == {"Machine.Read.All"}
