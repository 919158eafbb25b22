"""A whole job, small, against a local tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from job_help import JobSite

from iocbeam.local_tenant import LocalTenant, TenantProfile


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
