"""Alerts in Graph, against the local tenant over real TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote

import pytest
from fake_time import FakeTime

from iocbeam.clients import GraphSecurityClient, connect_graph_security
from iocbeam.local_tenant import Answer, Fault, GraphProfile, LocalTenant, Meanwhile, ReadProfile
from iocbeam.model.errors import PermissionDenied, RetryLater, Stop
from iocbeam.model.settings import DAY, ConnectionSettings
from iocbeam.model.settings.sightings import TimeWindow

NOW = 1_795_161_600
"""2026-11-20T08:00:00Z."""
PATH = "/v1.0/security/alerts_v2"


@pytest.fixture
def service(start: Callable[..., LocalTenant], time: FakeTime) -> Callable[..., LocalTenant]:
    """A tenant whose clock goes with the fake time from `NOW` on and whose reads are as given."""
    began = time.now

    def make(**read: Any) -> LocalTenant:
        return start(read=ReadProfile(**read), clock=lambda: NOW + time.now - began)

    return make


@pytest.fixture
def connect(
    settings: Callable[..., ConnectionSettings], time: FakeTime
) -> Iterator[Callable[..., GraphSecurityClient]]:
    clients: list[GraphSecurityClient] = []

    def make(tenant: LocalTenant, **changes: Any) -> GraphSecurityClient:
        clients.append(connect_graph_security(settings(tenant, **changes), clock=time.clock, sleep=time.sleep))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


Service = Callable[..., LocalTenant]
Connect = Callable[..., GraphSecurityClient]


def alert(number: int, updated: int = NOW - 60, **fields: Any) -> dict[str, Any]:
    moment = datetime.fromtimestamp(updated, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.1234567Z")
    return {"id": f"da63_{number}", "lastUpdateTime": moment, "severity": "High", "evidence": [], **fields}


def ids(pages: Iterator[list[dict[str, Any]]]) -> list[str]:
    return [one["id"] for page in pages for one in page]


def test_alerts_are_asked_for_a_day_at_a_time(service: Service, connect: Connect) -> None:
    tenant = service()
    tenant.seed_alerts([alert(1), alert(2, NOW - 30 * 3600), alert(3, NOW - 3 * DAY)])
    assert ids(connect(tenant).alerts(TimeWindow.days_before(NOW, 2))) == ["da63_2", "da63_1"]
    queries = [unquote(asked.query) for asked in tenant.requests if asked.path == PATH]
    assert queries[0] == (
        "$filter=lastUpdateDateTime ge 2026-11-18T08:00:00Z and lastUpdateDateTime lt 2026-11-19T08:00:00Z"
        "&$top=1000&$count=true"
    )
    assert queries[-1] == "$filter=lastUpdateDateTime ge 2026-11-20T08:00:00Z&$top=1000&$count=true"


@pytest.mark.parametrize("links", ["always", "not_with_top"])
@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 35])
def test_alerts_come_a_page_at_a_time_to_their_end(
    service: Service, connect: Connect, number: int, links: str
) -> None:
    tenant = service(graph_page_size=10, graph_links=links)
    tenant.seed_alerts(alert(n) for n in range(number))
    pages = list(connect(tenant).alerts(TimeWindow.days_before(NOW, 1)))
    assert max(map(len, pages), default=0) <= 10
    assert sorted(ids(iter(pages))) == sorted(f"da63_{n}" for n in range(number))


@pytest.mark.parametrize("links", ["always", "not_with_top"])
@pytest.mark.parametrize("nth", range(1, 14))
def test_alerts_that_are_updated_while_they_are_read_are_met_and_none_is_lost(
    service: Service, connect: Connect, links: str, nth: int
) -> None:
    tenant = service(graph_page_size=4, graph_links=links)
    tenant.seed_alerts(alert(n, NOW - 3 * DAY + n * 10_000) for n in range(24))

    def update() -> None:
        for number in (1, 13):
            tenant.edit_alert(f"da63_{number}", status="Resolved")

    tenant.faults.add(Fault(PATH, Meanwhile(update), nth=nth))
    found = ids(connect(tenant).alerts(TimeWindow.days_before(NOW, 4)))
    assert sorted(found) == sorted(f"da63_{n}" for n in range(24))


def test_members_that_an_enumeration_has_gained_are_shown(service: Service, connect: Connect) -> None:
    tenant = service()
    tenant.seed_graph_alerts(
        [{"id": "g1", "severity": "catastrophic", "lastUpdateDateTime": "2026-11-20T07:00:00Z", "evidence": []}]
    )
    ((found,),) = connect(tenant).alerts(TimeWindow.days_before(NOW, 1))
    assert found["severity"] == "catastrophic"


def test_evidence_comes_along(service: Service, connect: Connect) -> None:
    tenant = service()
    tenant.seed_alerts([alert(1, evidence=[{"entityType": "Ip", "ipAddress": "203.0.113.7"}])])
    ((found,),) = connect(tenant).alerts(TimeWindow.days_before(NOW, 1))
    assert [one["ipAddress"] for one in found["evidence"]] == ["203.0.113.7"]


def test_calls_are_counted_and_paced(service: Service, connect: Connect, time: FakeTime) -> None:
    tenant = service(graph_page_size=1)
    tenant.seed_alerts(alert(n) for n in range(120))
    client = connect(tenant)
    started = time.now
    assert len(ids(client.alerts(TimeWindow.days_before(NOW, 1), top=1))) == 120
    assert 60 <= time.now - started < 120
    assert client.requests[f"GET {PATH}"] == {"200": 122}
    assert client.throttled_seconds == time.now - started


def test_a_page_that_never_comes_breaks_off_after_what_was_given(service: Service, connect: Connect) -> None:
    tenant = service(graph_page_size=5)
    tenant.seed_alerts(alert(n) for n in range(12))
    tenant.faults.add(Fault(PATH, Answer(503), nth=2, times=1000))
    pages = connect(tenant).alerts(TimeWindow.days_before(NOW, 1))
    assert len(next(pages)) == 5
    with pytest.raises(RetryLater, match="alerts_v2: 503"):
        next(pages)


def test_a_missing_role_is_named(start: Callable[..., LocalTenant], connect: Connect) -> None:
    tenant = start(roles=("SecurityEvents.Read.All", "Alert.Read.All"))
    with pytest.raises(PermissionDenied, match=r"SecurityAlert\.Read\.All of Microsoft Graph"):
        list(connect(tenant).alerts(TimeWindow.days_before(NOW, 1)))


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_the_client_cannot_write(service: Service, connect: Connect, method: str) -> None:
    tenant = service()
    client = connect(tenant)
    assert "SecurityAlert.Read.All" in client.roles()
    with pytest.raises(Stop, match=f"may not send {method}"):
        client._edge.request(method, "/v1.0/security/runHuntingQuery", json={})
    assert [asked for asked in tenant.requests if asked.path.startswith("/v1.0")] == []


@pytest.mark.parametrize("top", [0, 1001])
def test_a_page_has_a_size(service: Service, connect: Connect, top: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 1000"):
        list(connect(service()).alerts(TimeWindow.days_before(NOW, 1), top=top))


def test_a_token_is_for_the_graph_of_its_cloud(start: Callable[..., LocalTenant], connect: Connect) -> None:
    tenant = start(graph=GraphProfile(cloud="gcc_high"))
    assert list(connect(tenant, cloud="gcc_high").alerts(TimeWindow.days_before(NOW, 1))) == []
