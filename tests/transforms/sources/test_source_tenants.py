"""Machines, alerts, indicators and hunting rows of tenants, from the local tenant over real TLS."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from iocbeam.clients import RetryPolicy
from iocbeam.local_tenant import Answer, Fault, LocalTenant, ReadProfile, TenantProfile
from iocbeam.model.errors import AuthenticationError, ConfigurationError, PermissionDenied
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sightings import ReadTenant, TimeWindow
from iocbeam.model.sighting import ALERT, GRAPH_ALERT, HUNTING_ROW, INDICATOR_ROW, MACHINE, Fetched
from iocbeam.transforms.sources import (
    FetchFrom,
    Fetching,
    ReadDefenderAlerts,
    ReadDefenderIndicators,
    ReadDefenderMachines,
    ReadGraphAlerts,
    ReadHunting,
)
from iocbeam.transforms.sources.defender_data import AlertReader, MachineReader
from iocbeam.transforms.sources.fetch_tenants import TenantReader
from iocbeam.transforms.sources.hunting import HuntingReader

NOW = 1_795_161_600
"""2026-11-20T08:00:00Z."""
WINDOW = TimeWindow.days_before(NOW, 2)
FIRST, SECOND = "11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333"
QUERY = 'DeviceInfo | where PublicIP == "203.0.113.7" | project DeviceName'
QUICK = RetryPolicy(first_wait=0.01, jitter=0.0, deadline=0.05)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., LocalTenant]]:
    """Start a local tenant of the given profiles, each with a machine, an alert and an indicator."""
    monkeypatch.setenv("TENANT_SECRET", TenantProfile().client_secret or "")
    with ExitStack() as stack:

        def run(*profiles: dict[str, Any]) -> LocalTenant:
            fields: dict[str, Any] = {"rate_limits": None, "clock": lambda: float(NOW)}
            made = [TenantProfile(**{**fields, **profile}) for profile in profiles or ({},)]
            tenant = stack.enter_context(LocalTenant(*made))
            for profile in made:
                fill(tenant, profile.tenant_id)
            return tenant

        yield run


def fill(tenant: LocalTenant, tenant_id: str) -> None:
    name = tenant_id[:4]
    seen = "2026-11-20T07:00:00Z"
    tenant.seed_machines(
        [{"id": f"m-{name}", "computerDnsName": name, "lastSeen": seen, "lastExternalIpAddress": "203.0.113.7"}],
        tenant_id=tenant_id,
    )
    tenant.seed_alerts([{"id": f"a-{name}", "lastUpdateTime": seen, "evidence": []}], tenant_id=tenant_id)
    tenant.seed(
        [{"indicatorType": "DomainName", "indicatorValue": f"{name}.example", "title": "t", "description": "d"}],
        tenant_id=tenant_id,
    )


def settings(tenant: LocalTenant, *aliases: str, **changes: Any) -> tuple[ReadTenant, ...]:
    """How to read each of a server's tenants."""
    return tuple(
        ReadTenant(
            alias,
            ConnectionSettings(
                **{
                    "tenant_id": profile.tenant_id,
                    "client_id": profile.client_id,
                    "client_secret": "env:TENANT_SECRET",
                    "login_url": tenant.login_url,
                    "defender_url": tenant.defender_url,
                    "graph_url": tenant.graph_url,
                    "ca_bundle": tenant.ca_bundle,
                    **changes,
                }
            ),
        )
        for alias, profile in zip(aliases, tenant.profiles, strict=True)
    )


Start = Callable[..., LocalTenant]
Source = Callable[[tuple[ReadTenant, ...]], FetchFrom]
SOURCES: dict[str, tuple[Source, str, str, Callable[[Any], Any], str]] = {
    "machines": (
        lambda t: ReadDefenderMachines(t, WINDOW),
        MACHINE,
        "machines",
        lambda data: data["id"],
        "m-1111",
    ),
    "alerts": (lambda t: ReadDefenderAlerts(t, WINDOW), ALERT, "alerts", lambda data: data["id"], "a-1111"),
    "graph_alerts": (
        lambda t: ReadGraphAlerts(t, WINDOW),
        GRAPH_ALERT,
        "Graph alerts",
        lambda data: data["id"],
        "a-1111",
    ),
    "indicators": (
        lambda t: ReadDefenderIndicators(t),
        INDICATOR_ROW,
        "indicators",
        lambda data: data["indicatorValue"],
        "1111.example",
    ),
    "hunting": (
        lambda t: ReadHunting(t, f"{QUERY} | take 1"),
        HUNTING_ROW,
        "hunting rows",
        lambda data: data["DeviceName"],
        "1111",
    ),
    "hunting_by_defender": (
        lambda t: ReadHunting(t, f"{QUERY} | take 1", dialect="defender"),
        HUNTING_ROW,
        "hunting rows",
        lambda data: data["DeviceName"],
        "1111",
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_each_source_gives_its_objects_and_whose_they_are(
    start: Start, pipeline: Callable[[], beam.Pipeline], name: str
) -> None:
    source, kind, called, shown, expected = SOURCES[name]
    tenants = settings(start(), "Contoso")
    with pipeline() as p:
        read = p | source(tenants)
        objects = read.objects | beam.Map(lambda one: (one.kind, one.tenant_id, one.alias, shown(one.data)))
        reports = read.reports | beam.Map(
            lambda one: (one.tenant_id, one.kind, one.report.location, one.report.records, one.report.complete)
        )
        answered = read.reports | beam.Map(lambda one: sum(counts["200"] for counts in one.requests.values()) > 0)
        assert_that(objects, equal_to([(kind, FIRST, "Contoso", expected)]), label="objects")
        assert_that(reports, equal_to([(FIRST, kind, f"{called} of Contoso", 1, True)]), label="reports")
        assert_that(answered, equal_to([True]), label="answered")


def test_of_several_tenants_one_that_cannot_be_read_does_not_stop_the_others(
    start: Start, pipeline: Callable[[], beam.Pipeline]
) -> None:
    tenant = start({}, {"tenant_id": SECOND, "roles": ("Ti.ReadWrite",)})
    with pipeline() as p:
        read = p | ReadDefenderAlerts(settings(tenant, "Contoso", "Fabrikam"), WINDOW)
        objects = read.objects | beam.Map(lambda one: one.data["id"])
        reports = read.reports | beam.Map(
            lambda one: (one.tenant_id, one.report.complete, "Alert.Read.All" in one.report.error)
        )
        assert_that(objects, equal_to(["a-1111"]), label="objects")
        assert_that(reports, equal_to([(FIRST, True, False), (SECOND, False, True)]), label="reports")


def test_a_single_tenant_without_the_role_ends_the_run_with_the_role(
    start: Start, pipeline: Callable[[], beam.Pipeline]
) -> None:
    tenants = settings(start({"roles": ("Ti.ReadWrite",)}), "Contoso")
    with pytest.raises(Exception, match=r"Machine\.Read\.All"), pipeline() as p:
        p | ReadDefenderMachines(tenants, WINDOW)


def read_part(reader: TenantReader[Any] | HuntingReader) -> tuple[list[Fetched], Fetching]:
    """What the only part of a reader gives, without a pipeline."""
    (part,) = reader.parts()
    reading = Fetching()
    return list(reader.fetch(part, reading)), reading


def test_a_part_that_breaks_off_keeps_what_it_gave_and_its_calls(start: Start) -> None:
    tenant = start({"read": ReadProfile(page_size=1)})
    tenant.seed_machines([{"id": "m-2", "lastSeen": "2026-11-20T07:00:00Z"}])
    tenant.faults.add(Fault("/api/machines", Answer(503), nth=2, times=1000))
    objects, reading = read_part(MachineReader(settings(tenant, "Contoso"), WINDOW, QUICK))
    assert [one.data["id"] for one in objects] == ["m-1111"]
    assert not reading.complete
    assert reading.error.startswith("machines of Contoso: GET /api/machines: 503")
    assert reading.requests["GET /api/machines"]["503"] >= 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "env:NO_SUCH_VARIABLE"}, ConfigurationError),
        ({"client_id": "44444444-4444-4444-8444-444444444444"}, AuthenticationError),
    ],
    ids=["no_secret", "unknown_app"],
)
def test_a_tenant_that_cannot_be_asked_raises_before_its_first_object(
    start: Start, changes: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_part(AlertReader(settings(start(), "Contoso", **changes), WINDOW, QUICK))


def test_a_role_that_hunting_lacks_raises(start: Start) -> None:
    tenants = settings(start({"roles": ("Machine.Read.All",)}), "Contoso")
    with pytest.raises(PermissionDenied, match=r"ThreatHunting\.Read\.All"):
        read_part(HuntingReader(tenants, QUERY))


def test_hunting_that_was_cut_off_gives_its_rows_and_is_incomplete(start: Start) -> None:
    tenant = start()
    rows = [{"DeviceName": number} for number in range(100_000)]
    tenant.faults.add(Fault("/v1.0/security/runHuntingQuery", Answer(200, {"results": rows})))
    objects, reading = read_part(HuntingReader(settings(tenant, "Contoso"), QUERY))
    assert len(objects) == 100_000
    assert "gave 100000 rows and no more" in reading.error
    assert not reading.complete


def test_readers_pickle_without_a_secret(start: Start) -> None:
    tenants = settings(start(), "Contoso")
    for reader in (MachineReader(tenants, WINDOW), HuntingReader(tenants, QUERY)):
        pickled = pickle.dumps(reader)
        assert b"local-secret" not in pickled
        assert len(read_part(pickle.loads(pickled))[0]) >= 1  # noqa: S301 - our own bytes
