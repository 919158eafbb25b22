"""Advanced hunting in both dialects, against the local tenant over real TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from fake_time import FakeTime

from iocbeam.clients import HuntingClient, HuntingDialect, connect_hunting, kql_text
from iocbeam.clients.hunting.hunting import DIALECTS
from iocbeam.local_tenant import DOCUMENTED_RATE_LIMITS, Answer, Fault, LocalTenant, ReadProfile, TenantProfile
from iocbeam.model.errors import ConfigurationError, PermissionDenied, Refused, RetryLater, Stop
from iocbeam.model.settings import ConnectionSettings

NOW = 1_795_161_600
"""2026-11-20T08:00:00Z."""
PUBLIC = "203.0.113.7"
QUERY = f"DeviceInfo | where PublicIP == {kql_text(PUBLIC)} | project DeviceName, PublicIP"
both = pytest.mark.parametrize("dialect", ["graph", "defender"])


@pytest.fixture
def hunting(
    settings: Callable[..., ConnectionSettings], time: FakeTime
) -> Iterator[Callable[..., tuple[LocalTenant, HuntingClient]]]:
    """A tenant with three machines, whose clock goes with the fake time from `NOW` on, and a client for it."""
    running: list[LocalTenant] = []
    clients: list[HuntingClient] = []
    began = time.now

    def make(
        dialect: HuntingDialect, roles: tuple[str, ...] | None = None, rate_limits: Any = None, **read: Any
    ) -> tuple[LocalTenant, HuntingClient]:
        fields: dict[str, Any] = {} if roles is None else {"roles": roles}
        profile = TenantProfile(
            rate_limits=rate_limits, clock=lambda: NOW + time.now - began, read=ReadProfile(**read), **fields
        )
        tenant = LocalTenant(profile, keep_bodies=True)
        tenant.start()
        running.append(tenant)
        tenant.seed_machines(
            {
                "id": f"{number:040x}",
                "computerDnsName": f"ws-{number}.contoso.example",
                "lastSeen": f"2026-11-{20 - days:02}T07:00:00Z",
                "lastExternalIpAddress": address,
            }
            for number, (address, days) in enumerate([(PUBLIC, 0), ("198.51.100.1", 0), (PUBLIC, 10)])
        )
        clients.append(connect_hunting(settings(tenant), dialect, clock=time.clock, sleep=time.sleep))
        return tenant, clients[-1]

    yield make
    for client in clients:
        client.close()
    for tenant in running:
        tenant.stop()


Hunting = Callable[..., tuple[LocalTenant, HuntingClient]]


def names(rows: list[dict[str, Any]]) -> set[str]:
    return {row["DeviceName"] for row in rows}


def body_of(tenant: LocalTenant, dialect: HuntingDialect) -> Any:
    (asked,) = [one for one in tenant.requests if one.path == DIALECTS[dialect].path]
    assert asked.method == "POST"
    assert asked.body is not None
    return orjson.loads(asked.body)


@both
def test_a_query_finds_its_rows(hunting: Hunting, dialect: HuntingDialect) -> None:
    _, client = hunting(dialect)
    rows = client.run(QUERY)
    assert names(rows) == {"ws-0.contoso.example", "ws-2.contoso.example"}
    assert set(rows[0]) == {"DeviceName", "PublicIP"}
    assert client.requests == {f"POST {DIALECTS[dialect].path}": {"200": 1}}


@both
@pytest.mark.parametrize("casing", ["lower", "mixed"])
def test_either_casing_of_an_answer_is_read(hunting: Hunting, dialect: HuntingDialect, casing: str) -> None:
    assert len(names(hunting(dialect, graph_hunting_casing=casing)[1].run(QUERY))) == 2


@both
@pytest.mark.parametrize(
    "body",
    [
        {"schema": [{"name": "A", "type": "String"}], "results": [{"A": "1"}]},
        {"Schema": [{"Name": "A", "Type": "String"}], "Results": [{"A": "1"}]},
        {"schema": [{"Name": "A", "Type": "String"}], "results": [{"A": "1"}]},
        {"Stats": {"ExecutionTime": 1}, "Results": [{"A": "1"}]},
    ],
    ids=["lower", "upper", "mixed", "without_schema"],
)
def test_each_form_of_answer_that_was_seen_is_read(
    hunting: Hunting, dialect: HuntingDialect, body: dict[str, Any]
) -> None:
    tenant, client = hunting(dialect)
    tenant.faults.add(Fault(DIALECTS[dialect].path, Answer(200, body)))
    assert client.run(QUERY) == [{"A": "1"}]


@both
@pytest.mark.parametrize("body", [{}, {"results": None}, [], b"<html>", b""])
def test_an_answer_of_another_form_is_asked_for_again(
    hunting: Hunting, dialect: HuntingDialect, body: object
) -> None:
    tenant, client = hunting(dialect)
    tenant.faults.add(Fault(DIALECTS[dialect].path, Answer(200, body), nth=1, times=2))
    assert len(names(client.run(QUERY))) == 2


def test_graph_is_told_how_far_to_look_back(hunting: Hunting) -> None:
    tenant, client = hunting("graph")
    assert names(client.run(QUERY, days=7)) == {"ws-0.contoso.example"}
    assert body_of(tenant, "graph") == {"Query": QUERY, "Timespan": "P7D"}


def test_defender_is_told_so_in_the_query_only(hunting: Hunting) -> None:
    tenant, client = hunting("defender")
    recent = QUERY.replace("| project", "| where Timestamp >= ago(7d) | project")
    assert names(client.run(recent, days=7)) == {"ws-0.contoso.example"}
    assert body_of(tenant, "defender") == {"Query": recent}


@both
@pytest.mark.parametrize("days", [0, -1, 31])
def test_it_looks_back_30_days_at_most(hunting: Hunting, dialect: HuntingDialect, days: int) -> None:
    tenant, client = hunting(dialect)
    with pytest.raises(ValueError, match="from 1 to 30"):
        client.run(QUERY, days=days)
    with pytest.raises(ValueError, match="empty"):
        client.run(" \n")
    assert tenant.requests == []


@both
def test_an_answer_that_was_cut_off_is_told(hunting: Hunting, dialect: HuntingDialect) -> None:
    tenant, client = hunting(dialect)
    rows = [{"A": number} for number in range(100_000)]
    tenant.faults.add(Fault(DIALECTS[dialect].path, Answer(200, {"results": rows})))
    answer = client.ask(QUERY)
    assert (len(answer.rows), answer.cut_off) == (100_000, True)
    with pytest.raises(Refused, match="100000 rows or more"):
        client.run(QUERY)


@both
def test_an_answer_just_below_is_whole(hunting: Hunting, dialect: HuntingDialect) -> None:
    tenant, client = hunting(dialect)
    rows = [{"A": number} for number in range(99_999)]
    tenant.faults.add(Fault(DIALECTS[dialect].path, Answer(200, {"results": rows})))
    assert len(client.run(QUERY)) == 99_999


@both
def test_a_query_that_is_wrong_is_refused_in_the_services_words(hunting: Hunting, dialect: HuntingDialect) -> None:
    _, client = hunting(dialect)
    with pytest.raises(Refused, match=r"refuses the query: .*NoSuchTable") as caught:
        client.run("NoSuchTable | take 1")
    assert caught.value.status == 400
    assert caught.value.code


@both
def test_a_value_in_a_query_stays_a_value(hunting: Hunting, dialect: HuntingDialect) -> None:
    _, client = hunting(dialect)
    assert client.run(f"DeviceInfo | where PublicIP == {kql_text(chr(34) + ' or PublicIP != ' + chr(34))}") == []


@both
def test_a_used_up_quota_is_told_with_what_it_counts(
    hunting: Hunting, dialect: HuntingDialect, time: FakeTime
) -> None:
    tenant, client = hunting(dialect)
    words = {"error": {"code": "TooManyRequests", "message": "CPU quota of 10 minutes an hour was exceeded."}}
    tenant.faults.add(Fault(DIALECTS[dialect].path, Answer(429, words, retry_after=200)))
    with pytest.raises(RetryLater, match=r"CPU quota.*computing time") as caught:
        client.run(QUERY)
    assert (caught.value.status, caught.value.advice) == (429, "Ask for less, or later.")
    assert client.throttled_seconds == 200


@both
def test_45_queries_a_minute_are_sent_and_no_more(
    hunting: Hunting, dialect: HuntingDialect, time: FakeTime
) -> None:
    tenant, client = hunting(dialect, rate_limits=DOCUMENTED_RATE_LIMITS)
    started = time.now
    for _ in range(46):
        client.run("DeviceInfo | take 1")
    assert time.now - started == 60
    assert {asked.status for asked in tenant.requests} == {200}


@pytest.mark.parametrize("state", ["gone", "not_found"])
def test_when_defenders_api_is_retired_the_other_dialect_is_named(hunting: Hunting, state: str) -> None:
    _, client = hunting("defender", advanced_hunting=state)
    with pytest.raises(ConfigurationError, match=r"no longer at /api/advancedqueries/run.*`graph`.*ThreatHunting"):
        client.run(QUERY)


@pytest.mark.parametrize("body", [b"", {"error": {"code": "NotFound", "message": "No such thing."}}])
def test_when_graph_does_not_know_the_call_the_other_dialect_is_named(hunting: Hunting, body: object) -> None:
    tenant, client = hunting("graph")
    tenant.faults.add(Fault(DIALECTS["graph"].path, Answer(404, body)))
    with pytest.raises(ConfigurationError, match=r"`defender`.*AdvancedQuery\.Read\.All"):
        client.run(QUERY)


@pytest.mark.parametrize(
    ("dialect", "role", "other"),
    [
        ("graph", r"ThreatHunting\.Read\.All of Microsoft Graph", "AdvancedQuery.Read.All"),
        ("defender", r"AdvancedQuery\.Read\.All of WindowsDefenderATP.*`graph`", "ThreatHunting.Read.All"),
    ],
)
def test_a_missing_role_is_named(hunting: Hunting, dialect: HuntingDialect, role: str, other: str) -> None:
    with pytest.raises(PermissionDenied, match=role):
        hunting(dialect, roles=(other,))[1].run(QUERY)


@both
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/indicators"),
        ("POST", "/v1.0/security/alerts_v2"),
        ("DELETE", None),
        ("PUT", None),
        ("POST", "{}/x"),
        ("POST", "{}/../indicators"),
        ("POST", "{}?x=1"),
        ("POST", "{}/"),
    ],
)
def test_nothing_but_the_query_can_be_sent(
    hunting: Hunting, dialect: HuntingDialect, method: str, path: str | None
) -> None:
    tenant, client = hunting(dialect)
    with pytest.raises(Stop, match=f"may not send {method}"):
        client._edge.request(method, (path or "{}").format(DIALECTS[dialect].path), json={})
    assert [asked for asked in tenant.requests if asked.path.startswith(("/api", "/v1.0"))] == []
