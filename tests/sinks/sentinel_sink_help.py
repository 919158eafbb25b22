"""Plans for a workspace of the local tenant, and a writer that waits in fast time: helpers of the sink tests."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from iocbeam.clients import Budget, Rate, RetryPolicy, connect_sentinel, connect_sentinel_reader
from iocbeam.local_tenant import LocalTenant
from iocbeam.model.indicator import FQDN, Indicator
from iocbeam.model.sentinel_plan import SentinelPlan, SentinelRow, WorkspaceRows
from iocbeam.model.settings import ClassifySettings, ConnectionSettings, Limits, RunInfo
from iocbeam.model.settings.sentinel import SentinelTenantSettings, SentinelWorkspace
from iocbeam.planning.sentinel.desired import DesiredIndicators
from iocbeam.planning.sentinel.objects import read_indicator, source_of_collection
from iocbeam.planning.sentinel.plan import plan_sentinel
from iocbeam.sinks import SentinelWriter, SentinelWritten

UPLOAD: Final = "/workspaces/*"
QUERY: Final = "*/queryIndicators"
QUICK: Final = RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=2.0)
STARTED: Final = 1_790_000_000


def sentinel_row(number: int, **changes: Any) -> SentinelRow:
    name = f"n{number}.malware-test.example"
    indicator = Indicator(FQDN, name, source_id=str(number), location=f"list:{number}")
    row = SentinelRow(FQDN, name, "Medium", 50, name, f"number {number}", (), None, indicator)
    return row._replace(**changes)


def sentinel_rows(numbers: int | Iterable[int], **changes: Any) -> list[SentinelRow]:
    return [sentinel_row(one, **changes) for one in (range(numbers) if isinstance(numbers, int) else numbers)]


class SentinelSite:
    """A running local tenant and what is needed to bring its workspace in step."""

    def __init__(self, tenant: LocalTenant, secret: Path) -> None:
        self.tenant = tenant
        self.profile = tenant.profiles[0]
        self.connection = ConnectionSettings(
            tenant_id=self.profile.tenant_id,
            client_id=self.profile.client_id,
            client_secret=f"file:{secret}",
            login_url=tenant.login_url,
            sentinel_url=tenant.sentinel_url,
            arm_url=tenant.arm_url,
            ca_bundle=tenant.ca_bundle,
        )
        where = self.profile.sentinel
        self.workspace = SentinelWorkspace(
            where.workspace_id, where.subscription, where.resource_group, where.workspace
        )
        self.run = RunInfo("run", STARTED, "sync", "drill")
        self.settings = SentinelTenantSettings(
            "tenant",
            self.connection,
            self.workspace,
            ClassifySettings(collection="drill"),
            Limits("drill", max_withdraw_percent=100),
        )

    def plan(
        self, rows: Iterable[SentinelRow], outranked: Iterable[SentinelRow] = (), **changes: Any
    ) -> SentinelPlan:
        """What the planner makes of the workspace as it is now, with a guard that lets everything go."""
        reader = connect_sentinel_reader(self.connection, self.workspace)
        pages = list(reader.pages([source_of_collection("drill")]))
        reader.close()
        found = [read_indicator(row, "drill") for page in pages for row in page]
        there = tuple(one for one in found if one is not None)
        workspace = WorkspaceRows(replace(self.settings, **changes), there)
        return plan_sentinel(DesiredIndicators(list(rows), list(outranked)), workspace, self.run)

    def write(self, plan: SentinelPlan, retry: RetryPolicy = QUICK, **writer: Any) -> SentinelWritten:
        roomy = Budget(Rate(100_000, 1.0))
        client = connect_sentinel(self.connection, self.workspace, dry_run=False, retry=retry, budget=roomy)
        reader = connect_sentinel_reader(self.connection, self.workspace, retry=retry)
        # Five seconds of the read-back pass in fifty milliseconds.
        quick = {"clock": lambda: time.monotonic() * 100, "sleep": lambda seconds: time.sleep(seconds / 100)}
        try:
            return SentinelWriter(client, reader, "drill", STARTED, **{**quick, **writer}).write(plan)
        finally:
            client.close()
            reader.close()

    def values(self) -> list[str]:
        """What is in effect, by its pattern's value."""
        return sorted(one["name"] for one in self.tenant.sentinel_objects() if not one["revoked"])

    def uploads(self) -> list[tuple[int, int]]:
        """Status and number of objects of each upload."""
        return [(one.status, one.items) for one in self.tenant.requests if one.path.endswith(":upload")]


def ends_of(written: SentinelWritten) -> Counter[str]:
    return Counter(f"{one.end.outcome} {one.end.reason}".strip() for one in written.results)
