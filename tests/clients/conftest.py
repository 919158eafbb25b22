"""Servers over real TLS, and clients that are connected to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fake_time import FakeTime
from odd_server import Asked, OddServer, RecordingProxy, Reply

from iocbeam.clients import DefenderClient, Edge, HttpSettings, HttpTransport, RetryPolicy, connect_defender
from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.model.settings import ConnectionSettings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that the tests run on."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("MSAL_FORCE_REGION", raising=False)
    monkeypatch.setenv("TENANT_SECRET", TenantProfile().client_secret or "")


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def start() -> Iterator[Callable[..., LocalTenant]]:
    """Start a local tenant: `start(page_size=100)`. Without rate limits unless they are given."""
    with ExitStack() as stack:

        def run(**fields: Any) -> LocalTenant:
            return stack.enter_context(LocalTenant(TenantProfile(**{"rate_limits": None, **fields})))

        yield run


@pytest.fixture
def tenant(start: Callable[..., LocalTenant]) -> LocalTenant:
    return start()


@pytest.fixture
def settings() -> Callable[..., ConnectionSettings]:
    """Connection settings for a local tenant, changed by keyword."""

    def make(tenant: LocalTenant, **changes: Any) -> ConnectionSettings:
        profile = tenant.profiles[0]
        fields: dict[str, Any] = {
            "tenant_id": profile.tenant_id,
            "client_id": profile.client_id,
            "client_secret": "env:TENANT_SECRET",
            "login_url": tenant.login_url,
            "defender_url": tenant.defender_url,
            "graph_url": tenant.graph_url,
            "ca_bundle": tenant.ca_bundle,
        }
        return ConnectionSettings(**{**fields, **changes})

    return make


@pytest.fixture
def connect(
    settings: Callable[..., ConnectionSettings], time: FakeTime
) -> Iterator[Callable[..., DefenderClient]]:
    """A client of a local tenant that waits in fake time."""
    clients: list[DefenderClient] = []

    def make(tenant: LocalTenant, *, dry_run: bool = False, **changes: Any) -> DefenderClient:
        client = connect_defender(settings(tenant, **changes), dry_run=dry_run, clock=time.clock, sleep=time.sleep)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Callable[..., OddServer]]:
    """Start a server by a function or by the replies that it gives in turn, the last one for good."""
    with ExitStack() as stack:

        def run(*replies: Reply, answer: Callable[[Asked], Reply] | None = None) -> OddServer:
            left = list(replies)
            return stack.enter_context(
                OddServer(tmp_path, answer or (lambda asked: left.pop(0) if len(left) > 1 else left[0]))
            )

        yield run


@pytest.fixture
def edge(time: FakeTime) -> Iterator[Callable[..., Edge]]:
    """An edge to an odd server, with the token `the-token`, that waits in fake time."""
    edges: list[Edge] = []

    def make(server: OddServer, **changes: Any) -> Edge:
        http = changes.pop("http", HttpSettings(ca_bundle=server.ca_bundle))
        fields: dict[str, Any] = {
            "transport": HttpTransport(http, server.url),
            "clock": time.clock,
            "sleep": time.sleep,
            "retry": RetryPolicy(deadline=60.0),
            **changes,
        }
        token = fields.pop("token", lambda force: "the-token")
        edges.append(Edge(server.url, token, **fields))
        return edges[-1]

    yield make
    for one in edges:
        one.close()


@pytest.fixture
def proxy() -> Iterator[RecordingProxy]:
    running = RecordingProxy()
    yield running
    running.close()


@pytest.fixture
def item() -> Callable[..., dict[str, Any]]:
    """A submission: `item(7)` for another value."""

    def make(number: int = 0, **changes: Any) -> dict[str, Any]:
        return {
            "indicatorValue": f"{number:064x}",
            "indicatorType": "FileSha256",
            "action": "Block",
            "title": "a title",
            "description": "a description",
            "generateAlert": False,
            **changes,
        }

    return make
