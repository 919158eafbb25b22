"""Probing a tenant, and finding what it said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fake_time import FakeTime

from iocbeam.clients.probe.check import CHECKS, STATES, Check
from iocbeam.clients.probe.probe import probe, services
from iocbeam.local_tenant import LocalTenant
from iocbeam.model.permissions import APIS
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sentinel import SentinelWorkspace

TOKEN_PATH = "*/oauth2/v2.0/token"
SCOPE = "https://api.securitycenter.microsoft.com/.default"
STRANGER = "99999999-9999-4999-8999-999999999999"
EVERY_JOB: dict[str, tuple[str, ...]] = {"sync": (), "sightings": (), "search": ()}

Run = Callable[..., list[Check]]


def runner(settings: Callable[..., ConnectionSettings], time: FakeTime) -> Run:
    """Probe a tenant: `run(tenant, {"entra": ()}, client_id=…)`; for defender unless jobs are named. Sentinel's
    workspace is that of the tenant's profile unless one is given."""

    def run(
        tenant: LocalTenant,
        jobs: Mapping[str, Sequence[str]] | None = None,
        workspace: SentinelWorkspace | None = None,
        **changes: Any,
    ) -> list[Check]:
        connection = settings(tenant, **{"arm_url": tenant.arm_url, **changes})
        own = tenant.profiles[0].sentinel
        there = SentinelWorkspace(own.workspace_id, own.subscription, own.resource_group, own.workspace)
        reached = services(connection, workspace or there)
        checks = list(probe(connection, reached, jobs or {"defender": ()}, clock=time.clock, sleep=time.sleep))
        for check in checks:
            assert check.check in CHECKS
            assert check.state in STATES
            assert check.api in APIS
            assert check.jobs
            assert "local-secret" not in str(check)
            assert "eyJ" not in str(check), "how every token begins"
        return checks

    return run


def one(checks: Sequence[Check], kind: str, subject: str = "", api: str = "") -> Check:
    (found,) = [
        check for check in checks if check.check == kind and subject in check.subject and api in ("", check.api)
    ]
    return found


def told(check: Check) -> tuple[str, str, str]:
    return check.state, check.code, f"{check.message} → {check.advice}"


def failed(checks: Sequence[Check]) -> list[tuple[str, str]]:
    return [(check.check, check.code) for check in checks if not check.passed]
