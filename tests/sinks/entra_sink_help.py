"""What the Entra sinks write with in tests: clients without the documented rate, and waits that are short."""

from __future__ import annotations

import threading
import time

from entra_write_help import RUN, row

from iocbeam.clients import Budget, GraphClient, Rate, RetryPolicy, connect_graph
from iocbeam.model.entra_plan import EntraPlan
from iocbeam.model.plan import WriteReport
from iocbeam.model.settings.entra import EntraTenantSettings
from iocbeam.planning.entra.access import read_access
from iocbeam.planning.entra.plan import plan_entra
from iocbeam.planning.entra.wanted_ranges import DesiredRanges
from iocbeam.sinks import LocationsWritten, LocationWriter, PolicyWriter


def quick_client(tenant: EntraTenantSettings, cancel: threading.Event) -> GraphClient:
    retry = RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=1.0)
    budget = Budget(Rate(100_000, 1.0))
    return connect_graph(tenant.connection, dry_run=False, retry=retry, cancel=cancel, budget=budget)


def quick_clock() -> float:
    return time.monotonic() * 100


def quick_sleep(seconds: float) -> None:
    time.sleep(seconds / 100)


def quick_locations(plan: EntraPlan, tenant: EntraTenantSettings, cancel: threading.Event) -> LocationsWritten:
    client = quick_client(tenant, cancel)
    try:
        return LocationWriter(client, clock=quick_clock, sleep=quick_sleep, cancel=cancel).write(plan)
    finally:
        client.close()


def quick_policy(written: LocationsWritten, tenant: EntraTenantSettings, cancel: threading.Event) -> WriteReport:
    client = quick_client(tenant, cancel)
    try:
        return PolicyWriter(client, clock=quick_clock, sleep=quick_sleep, cancel=cancel).write(written)
    finally:
        client.close()


def plan_of(tenant: EntraTenantSettings, *values: str) -> EntraPlan:
    """A plan for a tenant that has nothing."""
    return plan_entra(DesiredRanges([row(value) for value in values]), read_access(tenant, (), ()), RUN)


def quick_written(plan: EntraPlan) -> LocationsWritten:
    """As if its locations had been written."""
    return LocationsWritten(plan, WriteReport(plan.tenant_id, plan.alias))
