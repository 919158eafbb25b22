"""Helpers of the pipeline tests: a job's settings, and its output read back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import fastavro
import orjson

from iocbeam.clients import Budget, DefenderBudgets, DefenderClient, Rate, RetryPolicy, connect_defender
from iocbeam.local_tenant import LocalTenant
from iocbeam.model.actual import TenantRows
from iocbeam.model.plan import DefenderPlan
from iocbeam.model.settings import (
    ClassifySettings,
    ConnectionSettings,
    DefenderJob,
    IntakeSettings,
    PlanPolicy,
    RunInfo,
    TenantSettings,
)
from iocbeam.pipelines import defender
from iocbeam.sinks import DefenderWriter, Written
from iocbeam.transforms import read_tenant

STARTED = 1_790_000_000


def quick_client(tenant: TenantSettings, cancel: threading.Event, dry_run: bool = False) -> DefenderClient:
    """A client with short deadlines and without the documented rates."""
    roomy = Budget(Rate(100_000, 1.0))
    return connect_defender(
        tenant.connection,
        dry_run=dry_run,
        retry=RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=1.0),
        cancel=cancel,
        budgets=DefenderBudgets(roomy, roomy, roomy, roomy),
    )


def quick_read(tenant: TenantSettings, cancel: threading.Event) -> TenantRows:
    """Lists a tenant by such a client."""
    return read_tenant(tenant, cancel, partial(quick_client, dry_run=True))


def quick_write(plan: DefenderPlan, tenant: TenantSettings, cancel: threading.Event) -> Written:
    """Applies a plan by such a client."""
    client = quick_client(tenant, cancel)
    writer = DefenderWriter(
        client,
        tenant.policy,
        cancel=cancel,
        clock=lambda: time.monotonic() * 100,
        sleep=lambda seconds: time.sleep(seconds / 100),
    )
    try:
        return writer.write(plan)
    finally:
        client.close()


class JobSite:
    """A local tenant, a directory, and jobs between them."""

    def __init__(self, tenant: LocalTenant, directory: Path) -> None:
        self.tenant = tenant
        self.directory = directory
        self.output = directory / "out"

    def collection(self, records: Iterable[dict[str, Any] | bytes], name: str = "collection.jsonl") -> Path:
        path = self.directory / name
        lines = (record if isinstance(record, bytes) else orjson.dumps(record) for record in records)
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return path

    def connection(self, number: int = 0, **changes: Any) -> ConnectionSettings:
        profile = self.tenant.profiles[number]
        secret = self.directory / f"secret-{number}"
        secret.write_text(profile.client_secret or "")
        values = {
            "tenant_id": profile.tenant_id,
            "client_id": profile.client_id,
            "client_secret": f"file:{secret}",
            "login_url": self.tenant.login_url,
            "defender_url": self.tenant.defender_url,
            "ca_bundle": self.tenant.ca_bundle,
        }
        return ConnectionSettings(**{**values, **changes})

    def settings(self, connection: ConnectionSettings | None = None, **changes: Any) -> TenantSettings:
        made = connection or self.connection()
        values: dict[str, Any] = {
            "alias": made.tenant_id,
            "connection": made,
            "classify": ClassifySettings(collection="drill"),
            "policy": PlanPolicy("drill"),
        }
        return TenantSettings(**{**values, **changes})

    def job(self, *inputs: Path | str, tenants: tuple[TenantSettings, ...] = (), **changes: Any) -> DefenderJob:
        run = RunInfo(
            changes.pop("run_id", "run-1"),
            STARTED,
            "defender",
            "drill",
            dry_run=changes.pop("dry_run", False),
            replay=changes.pop("replay", False),
        )
        output = str(changes.pop("output", self.output))
        intake = IntakeSettings(tuple(map(str, inputs)), **changes)
        return DefenderJob(run, intake, tenants or (self.settings(),), output)

    def run(self, job: DefenderJob, *beam_args: str) -> dict[str, Any]:
        return defender.run(job, beam_args, read=quick_read, write=quick_write)

    def rows_of(self, prefix: str, output: Path | None = None) -> list[dict[str, Any]]:
        """All rows of the Avro files with this prefix."""
        rows: list[dict[str, Any]] = []
        for path in sorted((output or self.output).glob(f"{prefix}-*.avro")):
            with path.open("rb") as stream:
                rows += [dict(row) for row in fastavro.reader(stream)]  # type: ignore[arg-type]
        return rows

    def document(self, name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.output / name).read_bytes())
        return loaded


def domains(count: int) -> list[dict[str, Any]]:
    """Good records."""
    return [
        {"id": number, "type": "FQDN", "value": f"n{number}.malware-test.example", "status": "Active"}
        for number in range(count)
    ]
