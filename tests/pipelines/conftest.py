"""A whole job, small, against a local tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from entra_job_help import EntraSite
from job_help import JobSite

from iocbeam.local_tenant import GraphProfile, LocalTenant, SentinelProfile, TenantProfile


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., JobSite]]:
    """Starts a local tenant for each profile (one by default); rates are off."""
    running: list[LocalTenant] = []

    def start(*profiles: dict[str, Any]) -> JobSite:
        made = [TenantProfile(**{"rate_limits": None, **profile}) for profile in profiles or ({},)]
        tenant = LocalTenant(*made)
        tenant.start()
        running.append(tenant)
        return JobSite(tenant, tmp_path)

    yield start
    for tenant in running:
        tenant.stop()


@pytest.fixture
def entra_site(tmp_path: Path) -> Iterator[Callable[..., EntraSite]]:
    """Starts local tenants with switches of `GraphProfile`, and `roles`; no rate limit. `profiles=2` makes two."""
    running: list[LocalTenant] = []

    def start(profiles: int = 1, roles: tuple[str, ...] | None = None, **graph: Any) -> EntraSite:
        own: dict[str, Any] = {"graph": GraphProfile(**{"rate_limit": None, **graph}), "rate_limits": None}
        if roles is not None:
            own["roles"] = roles
        made = [TenantProfile(**own, **(_another(number) if number else {})) for number in range(profiles)]
        tenant = LocalTenant(*made, keep_bodies=True)
        tenant.start()
        running.append(tenant)
        return EntraSite(tenant, tmp_path)

    yield start
    for tenant in running:
        tenant.stop()


def _another(number: int) -> dict[str, Any]:
    """What a further tenant has of its own."""
    return {
        "tenant_id": f"{number:08}-1111-4111-8111-111111111111",
        "sentinel": SentinelProfile(workspace_id=f"{number:08}-6666-4666-8666-666666666666"),
    }
