"""A local tenant for each test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from entra_write_help import EntraSite, Time, profile_of
from sentinel_sink_help import SentinelSite
from sinks_help import Site

from iocbeam.local_tenant import LocalTenant, SentinelProfile, TenantProfile


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Starts a local tenant with the given switches; rates are off unless asked for."""
    running: list[LocalTenant] = []

    def start(**profile: Any) -> Site:
        tenant = LocalTenant(TenantProfile(**{"rate_limits": None, **profile}))
        tenant.start()
        running.append(tenant)
        secret = tmp_path / "secret"
        secret.write_text(tenant.profiles[0].client_secret or "")
        return Site(tenant, secret)

    yield start
    for tenant in running:
        tenant.stop()


@pytest.fixture
def entra(tmp_path: Path) -> Iterator[Callable[..., EntraSite]]:
    """Starts a local tenant with the given switches of Graph, at the documented rate, in a time of its own."""
    running: list[LocalTenant] = []

    def start(**graph: Any) -> EntraSite:
        time = Time()
        tenant = LocalTenant(profile_of(time, **graph), keep_bodies=True)
        tenant.start()
        running.append(tenant)
        secret = tmp_path / "secret"
        secret.write_text(tenant.profiles[0].client_secret or "")
        return EntraSite(tenant, secret, time)

    yield start
    for tenant in running:
        tenant.stop()


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[Callable[..., SentinelSite]]:
    """Starts a local tenant with switches of `SentinelProfile`; no rate limit unless given."""
    running: list[LocalTenant] = []

    def start(**switches: Any) -> SentinelSite:
        profile = TenantProfile(sentinel=SentinelProfile(**{"upload_rate": None, **switches}))
        tenant = LocalTenant(profile, keep_bodies=True)
        tenant.start()
        running.append(tenant)
        secret = tmp_path / "secret"
        secret.write_text(profile.client_secret or "")
        return SentinelSite(tenant, secret)

    yield start
    for tenant in running:
        tenant.stop()


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Whatever a writer starts must have ended when it is done."""
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("iocbeam")]
    assert left == []
