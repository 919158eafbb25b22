"""Helpers of the tests that bring Sentinel in step: settings, and readers and writers that wait in fast time."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from entra_job_help import EntraSite, quick_locations, quick_policy
from entra_job_help import quick_read as read_access
from job_help import STARTED, quick_read, quick_write

from iocbeam.clients import Budget, Rate, RetryPolicy, connect_sentinel, connect_sentinel_reader
from iocbeam.model.sentinel_plan import SentinelPlan, WorkspaceRows
from iocbeam.model.settings import ClassifySettings, IntakeSettings, Limits, RunInfo
from iocbeam.model.settings.sentinel import SentinelJob, SentinelTenantSettings, SentinelWorkspace
from iocbeam.model.settings.sync import SyncJob
from iocbeam.pipelines import sync
from iocbeam.sinks import SentinelWriter, SentinelWritten
from iocbeam.transforms import read_workspace

QUICK: Final = RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=1.0)


def quick_read_workspace(tenant: SentinelTenantSettings, cancel: threading.Event, now: int) -> WorkspaceRows:
    """Reads a workspace by a client with short deadlines."""
    return read_workspace(
        tenant,
        cancel,
        now,
        lambda one, event: connect_sentinel_reader(one.connection, one.workspace, retry=QUICK, cancel=event),
    )


def quick_write_sentinel(
    plan: SentinelPlan, tenant: SentinelTenantSettings, run: RunInfo, cancel: threading.Event
) -> SentinelWritten:
    """Applies a plan by such a client, without the documented rate."""
    client = connect_sentinel(
        tenant.connection, tenant.workspace, dry_run=False, retry=QUICK, budget=Budget(Rate(100_000, 1.0))
    )
    reader = connect_sentinel_reader(tenant.connection, tenant.workspace, retry=QUICK)
    writer = SentinelWriter(
        client,
        reader,
        run.collection,
        run.started_at,
        cancel=cancel,
        clock=lambda: time.monotonic() * 100,
        sleep=lambda seconds: time.sleep(seconds / 100),
    )
    try:
        return writer.write(plan)
    finally:
        client.close()
        reader.close()


class SyncSite:
    """A site of all three targets."""

    def __init__(self, site: EntraSite) -> None:
        self.site = site
        self.tenant = site.tenant

    def settings(self, number: int = 0, **changes: Any) -> SentinelTenantSettings:
        where = self.tenant.profiles[number].sentinel
        connection = self.site.connection(
            number, sentinel_url=self.tenant.sentinel_url, arm_url=self.tenant.arm_url
        )
        known: dict[str, Any] = {
            "alias": connection.tenant_id,
            "connection": connection,
            "workspace": SentinelWorkspace(
                where.workspace_id, where.subscription, where.resource_group, where.workspace
            ),
            "classify": ClassifySettings(collection="drill"),
            "limits": Limits("drill"),
        }
        return SentinelTenantSettings(**{**known, **changes})

    def job(
        self,
        *inputs: Path | str,
        targets: str = "sentinel",
        tenants: tuple[SentinelTenantSettings, ...] = (),
        dry_run: bool = False,
        replay: bool = False,
        output: Path | None = None,
        started_at: int = STARTED,
        **changes: Any,
    ) -> SyncJob:
        info = RunInfo("run-1", started_at, "sync", "drill", dry_run=dry_run, replay=replay)
        one = self.site.job(*inputs, **changes) if "defender" in targets else None
        two = self.site.entra_job(*inputs, **changes) if "entra" in targets else None
        intake = IntakeSettings(tuple(map(str, inputs)), **changes)
        return SyncJob(
            one and replace(one, run=info),
            two and replace(two, run=info),
            SentinelJob(info, intake, tenants or (self.settings(),), str(output or self.site.output))
            if "sentinel" in targets
            else None,
        )

    def run(self, *inputs: Path | str, **changes: Any) -> dict[str, Any]:
        return run_sync(self.job(*inputs, **changes))

    def shown(self) -> list[str]:
        """The values in effect in the workspace, in order."""
        return sorted(one["name"] for one in self.tenant.sentinel_objects() if not one["revoked"])

    def uploads(self) -> int:
        return sum(one.path.endswith(":upload") for one in self.tenant.requests)


def run_sync(job: SyncJob) -> dict[str, Any]:
    return sync.run(
        job,
        reads=(quick_read, read_access),
        writes=(quick_write, (quick_locations, quick_policy)),
        workspaces=(quick_read_workspace, quick_write_sentinel),
    )


def by_target(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {tenant["target"]: tenant for tenant in summary["tenants"]}
