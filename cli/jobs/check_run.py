"""Checking tenants: several at a time, and what they answer as one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.permissions import APIS, DEFENDER, roles_of
from iocbeam.model.settings import ConnectionSettings, RunInfo
from iocbeam.model.settings.sentinel import SentinelWorkspace
from iocbeam.model.summary import EXIT_COULD_NOT_RUN, EXIT_DONE

from .check_jobs import Stages, jobs_to_check
from .connection import connection_of

if TYPE_CHECKING:
    from iocbeam.clients.probe.check import Check
    from iocbeam.clients.probe.probe import Service

_AT_A_TIME: Final = 8
_RUN: Final = RunInfo("check", 0, "check", "check")
"""A check has no collection and no run; it is no dry run, so that a login is asked for."""


@dataclass(frozen=True, slots=True)
class TenantToCheck:
    """A tenant, and what it should be good for.

    Attributes:
        alias: a person's name for it; the tenant id when none was given.
        services: where they are, by api.
        jobs: the stages of each job.
    """

    alias: str
    connection: ConnectionSettings
    services: Mapping[str, Service]
    jobs: Mapping[str, Stages]


def tenant_to_check(given: Mapping[str, Any], alias: str, values: Mapping[str, Any]) -> TenantToCheck:
    """The tenant that these values describe.

    Args:
        given: a value for every option.
        values: those that were given for every tenant; defaults are not in it.

    Raises:
        UsageError: an option is missing or cannot be.
    """
    from iocbeam.clients.probe.probe import services

    jobs = jobs_to_check(values.get("jobs", ()), given, values)
    uses_defender = any(roles_of(job, DEFENDER, stages) for job, stages in jobs.items())
    connection = connection_of(given, _RUN, defender=uses_defender)
    workspace = SentinelWorkspace(
        workspace_id=given.get("sentinel_workspace_id") or "",
        subscription=given.get("sentinel_subscription") or "",
        resource_group=given.get("sentinel_resource_group") or "",
        name=given.get("sentinel_workspace") or "",
    )
    if "sentinel" in jobs:
        workspace.require_query()
    return TenantToCheck(alias or connection.tenant_id, connection, services(connection, workspace), jobs)


def check_tenants(tenants: Sequence[TenantToCheck], now: float) -> dict[str, Any]:
    """The document that `--json` prints. One tenant that fails keeps no other from being looked at.

    Args:
        now: epoch seconds.
    """
    with ThreadPoolExecutor(min(_AT_A_TIME, len(tenants)), thread_name_prefix="iocbeam-check") as pool:
        entries = [
            _entry(tenant, checks) for tenant, checks in zip(tenants, pool.map(_checks, tenants), strict=True)
        ]
    ok = all(entry["ok"] for entry in entries)
    return {
        "checked_at": f"{datetime.fromtimestamp(int(now), tz=timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
        "ok": ok,
        "exit_code": EXIT_DONE if ok else EXIT_COULD_NOT_RUN,
        "tenants": entries,
    }


def _checks(tenant: TenantToCheck) -> list[Check]:
    from iocbeam.clients.probe.probe import probe

    return list(probe(tenant.connection, tenant.services, tenant.jobs))


def _entry(tenant: TenantToCheck, checks: Sequence[Check]) -> dict[str, Any]:
    stopped = {job for check in checks if not check.passed for job in check.jobs}
    return {
        "alias": tenant.alias,
        "tenant_id": tenant.connection.tenant_id,
        "client_id": tenant.connection.client_id,
        "cloud": tenant.connection.cloud,
        "ok": not stopped,
        "jobs": {job: job not in stopped for job in tenant.jobs},
        "checks": [
            {
                "api": check.api,
                "service": APIS[check.api],
                "check": check.check,
                "subject": check.subject,
                "state": check.state,
                "message": check.message,
                "advice": check.advice,
                "code": check.code,
                "jobs": list(check.jobs),
            }
            for check in checks
        ],
    }
