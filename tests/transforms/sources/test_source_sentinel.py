"""Indicators of Sentinel workspaces as a source, from the local tenant over real TLS."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from iocbeam.clients import RetryPolicy
from iocbeam.local_tenant import Answer, Fault, LocalTenant, SentinelProfile, TenantProfile
from iocbeam.model.errors import PermissionDenied, UsageError
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sentinel import SentinelWorkspace
from iocbeam.model.settings.sightings import ReadTenant
from iocbeam.model.sighting import SENTINEL_ROW
from iocbeam.transforms.sources import FetchFrom, Fetching, ReadSentinelIndicators
from iocbeam.transforms.sources.sentinel_indicators import SentinelIndicatorReader

FIRST, SECOND = "11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333"
QUICK = RetryPolicy(first_wait=0.01, jitter=0.0, deadline=0.05)
Start = Callable[..., LocalTenant]


def stix(number: int) -> dict[str, Any]:
    return {
        "type": "indicator",
        "id": f"indicator--00000000-0000-4000-8000-{number:012}",
        "name": f"n{number}",
        "pattern": f"[domain-name:value = 'n{number}.malware-test.example']",
    }


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a local tenant with two indicators of one source and one of another in each workspace."""
    monkeypatch.setenv("TENANT_SECRET", TenantProfile().client_secret or "")
    with ExitStack() as stack:

        def run(*tenant_ids: str, **switches: Any) -> LocalTenant:
            sentinel = SentinelProfile(**switches)
            made = [TenantProfile(tenant_id=one, sentinel=sentinel) for one in tenant_ids or (FIRST,)]
            tenant = stack.enter_context(LocalTenant(*made))
            for profile in made:
                tenant.seed_sentinel([stix(1), stix(2)], "Feed", profile.tenant_id)
                tenant.seed_sentinel([stix(3)], "Other", profile.tenant_id)
            return tenant

        yield run


def tenants_of(tenant: LocalTenant) -> tuple[ReadTenant, ...]:
    return tuple(
        ReadTenant(
            f"alias {profile.tenant_id[0]}",
            ConnectionSettings(
                tenant_id=profile.tenant_id,
                client_id=profile.client_id,
                client_secret="env:TENANT_SECRET",
                login_url=tenant.login_url,
                arm_url=tenant.arm_url,
                ca_bundle=tenant.ca_bundle,
            ),
        )
        for profile in tenant.profiles
    )


def workspaces_of(tenant: LocalTenant) -> dict[str, SentinelWorkspace]:
    # The id, which only uploads need, is left out.
    return {
        profile.tenant_id: SentinelWorkspace(
            subscription=profile.sentinel.subscription,
            resource_group=profile.sentinel.resource_group,
            name=profile.sentinel.workspace,
        )
        for profile in tenant.profiles
    }


def quick(tenant: LocalTenant, *sources: str) -> FetchFrom:
    return FetchFrom(SentinelIndicatorReader(tenants_of(tenant), workspaces_of(tenant), sources, QUICK))


def test_the_indicators_of_every_workspace_come_as_they_are_shown(start: Start, pipeline: Any) -> None:
    tenant = start(FIRST, SECOND)
    with pipeline() as p:
        fetched = p | ReadSentinelIndicators(tenants_of(tenant), workspaces_of(tenant))
        shown = fetched.objects | beam.Map(
            lambda one: (one.kind, one.tenant_id, one.alias, one.data["properties"]["displayName"])
        )
        wanted = [
            (SENTINEL_ROW, tenant_id, f"alias {tenant_id[0]}", f"n{number}")
            for tenant_id in (FIRST, SECOND)
            for number in (1, 2, 3)
        ]
        assert_that(shown, equal_to(wanted))
        reports = fetched.reports | beam.Map(
            lambda one: (one.tenant_id, one.kind, one.report.records, one.report.complete)
        )
        assert_that(reports, equal_to([(one, SENTINEL_ROW, 3, True) for one in (FIRST, SECOND)]), label="reports")


def test_sources_narrow_it(start: Start, pipeline: Any) -> None:
    tenant = start()
    with pipeline() as p:
        fetched = p | quick(tenant, "Other")
        assert_that(fetched.objects | beam.Map(lambda one: one.data["properties"]["source"]), equal_to(["Other"]))


def test_a_reading_that_breaks_off_is_incomplete(start: Start) -> None:
    tenant = start(max_page_size=2)
    tenant.faults.add(Fault("*/queryIndicators", Answer(500), nth=2, times=1_000))
    reader = SentinelIndicatorReader(tenants_of(tenant), workspaces_of(tenant), (), QUICK)
    (part,) = pickle.loads(pickle.dumps(reader)).parts()  # noqa: S301 - our own
    reading = Fetching()
    assert len(list(reader.fetch(part, reading))) == 2
    assert not reading.complete
    assert "Sentinel indicators of alias 1" in reading.error


def test_a_single_workspace_that_cannot_be_read_ends_the_run(start: Start, pipeline: Any) -> None:
    tenant = start(role="none")
    with pytest.raises(Exception, match="Microsoft Sentinel Reader") as caught, pipeline() as p:
        _ = p | quick(tenant)
    error: BaseException | None = caught.value
    causes = []
    while error is not None:
        causes.append(type(error))
        error = error.__cause__ or error.__context__
    assert PermissionDenied in causes


def test_a_reader_needs_the_place_of_every_workspace(start: Start) -> None:
    tenant = start()
    with pytest.raises(UsageError, match="has no Sentinel workspace"):
        ReadSentinelIndicators(tenants_of(tenant), {})
    with pytest.raises(UsageError, match="--sentinel_subscription"):
        ReadSentinelIndicators(tenants_of(tenant), {FIRST: SentinelWorkspace()})
