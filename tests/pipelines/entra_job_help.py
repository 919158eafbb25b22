"""Helpers of the Entra pipeline tests: a local tenant, jobs, and what the tenant then holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import netaddr
from job_help import STARTED, JobSite

from iocbeam.clients import Budget, GraphClient, Rate, RetryPolicy, connect_graph
from iocbeam.model.entra_plan import EntraPlan
from iocbeam.model.plan import WriteReport
from iocbeam.model.settings import IntakeSettings, Limits, RunInfo
from iocbeam.model.settings.entra import EntraJob, EntraTenantSettings, LocationSettings, PolicySettings
from iocbeam.pipelines import entra
from iocbeam.planning.entra.access import TenantAccess
from iocbeam.sinks import LocationsWritten, LocationWriter, PolicyWriter
from iocbeam.transforms import read_conditional_access

LOCATIONS = "/v1.0/identity/conditionalAccess/namedLocations"
POLICIES = "/v1.0/identity/conditionalAccess/policies"
READER = "4628e7df-dff3-407c-a08f-75f08c0806dc"


def quick_graph(tenant: EntraTenantSettings, cancel: threading.Event, dry_run: bool = False) -> GraphClient:
    """A client with short deadlines and without the documented rate."""
    return connect_graph(
        tenant.connection,
        dry_run=dry_run,
        retry=RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=1.0),
        cancel=cancel,
        budget=Budget(Rate(100_000, 1.0)),
    )


def quick_read(tenant: EntraTenantSettings, cancel: threading.Event) -> TenantAccess:
    """Reads a tenant by such a client."""
    return read_conditional_access(tenant, cancel, partial(quick_graph, dry_run=True))


def quick_clock() -> float:
    return time.monotonic() * 100


def quick_sleep(seconds: float) -> None:
    time.sleep(seconds / 100)


def quick_locations(plan: EntraPlan, tenant: EntraTenantSettings, cancel: threading.Event) -> LocationsWritten:
    """Applies the first half of a plan."""
    client = quick_graph(tenant, cancel)
    try:
        return LocationWriter(client, clock=quick_clock, sleep=quick_sleep, cancel=cancel).write(plan)
    finally:
        client.close()


def quick_policy(written: LocationsWritten, tenant: EntraTenantSettings, cancel: threading.Event) -> WriteReport:
    """Applies the second half of a plan."""
    client = quick_graph(tenant, cancel)
    try:
        return PolicyWriter(client, clock=quick_clock, sleep=quick_sleep, cancel=cancel).write(written)
    finally:
        client.close()


class EntraSite(JobSite):
    """A local tenant and Entra jobs."""

    def entra_settings(self, number: int = 0, **changes: Any) -> EntraTenantSettings:
        connection = self.connection(number, graph_url=self.tenant.graph_url)
        values: dict[str, Any] = {
            "alias": connection.tenant_id,
            "connection": connection,
            "location": LocationSettings("IOC"),
            "policy": PolicySettings(name="IOC policy", include_apps=("All",)),
            "limits": Limits("drill"),
        }
        return EntraTenantSettings(**{**values, **changes})

    def entra_job(
        self, *inputs: Path | str, tenants: tuple[EntraTenantSettings, ...] = (), **changes: Any
    ) -> EntraJob:
        run = RunInfo(
            changes.pop("run_id", "run-1"),
            STARTED,
            "entra",
            "drill",
            dry_run=changes.pop("dry_run", False),
            replay=changes.pop("replay", False),
        )
        output = str(changes.pop("output", self.output))
        intake = IntakeSettings(tuple(map(str, inputs)), **changes)
        return EntraJob(run, intake, tenants or (self.entra_settings(),), output)

    def run_entra(self, job: EntraJob) -> dict[str, Any]:
        return entra.run(job, read=quick_read, writes=(quick_locations, quick_policy))

    def writes(self) -> list[str]:
        """Everything that was asked of Graph but reading, in order."""
        return [
            f"{one.method} {one.path.rpartition('/conditionalAccess')[2]}"
            for one in self.tenant.requests
            if one.path.startswith("/v1.0") and one.method != "GET"
        ]

    def cover(self, prefix: str = "IOC", tenant_id: str | None = None) -> netaddr.IPSet:
        """All addresses of the locations with this name, as an independent library counts them."""
        return netaddr.IPSet(
            item["cidrAddress"]
            for location in self.tenant.locations(tenant_id)
            if location["displayName"].startswith(prefix)
            for item in location["ipRanges"]
        )


def addresses(*values: str) -> list[dict[str, Any]]:
    """Good records of addresses and ranges."""
    return [{"value": value, "id": number, "status": "Active"} for number, value in enumerate(values)]


def ip_set(values: Iterable[str]) -> netaddr.IPSet:
    return netaddr.IPSet(values)
