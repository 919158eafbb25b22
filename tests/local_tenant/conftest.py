"""A running tenant for every test, and a client that speaks to it over real TLS."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import requests
from tenant_client import GRAPH_SCOPE, Client, Clock

from iocbeam.local_tenant import GraphProfile, LocalTenant, ReadProfile, TenantProfile


class GraphClient(Client):
    """The same, signed in to Graph. Paths start after `/v1.0/identity/conditionalAccess/`."""

    def token_request(self, tenant_id: str | None = None, **changes: str | None) -> requests.Response:
        return super().token_request(tenant_id, **{"scope": GRAPH_SCOPE, **changes})

    def ask(self, method: str, path: str, body: object = None, **query: object) -> requests.Response:
        url = f"{self.tenant.graph_url}/v1.0/identity/conditionalAccess/{path}"
        params = {f"${name}": value for name, value in query.items()}
        sent = {} if body is None else {"json": body}
        return self.session.request(method, url, params=params, timeout=10, **sent)

    def get(self, path: str, **query: object) -> requests.Response:
        return self.ask("GET", path, **query)

    def post(self, path: str, body: object) -> requests.Response:
        return self.ask("POST", path, body)

    def patch(self, path: str, body: object) -> requests.Response:
        return self.ask("PATCH", path, body)

    def remove(self, path: str) -> requests.Response:
        return self.ask("DELETE", path)

    def created(self, path: str, body: object) -> str:
        """Create, which has to succeed, and return the id."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def launch() -> Iterator[Callable[..., Any]]:
    with ExitStack() as stack:

        def run(kind: type[Client], *profiles: TenantProfile, **fields: Any) -> Client:
            server = {k: fields.pop(k) for k in ("state", "ca_dir", "keep_bodies", "port") if k in fields}
            if not profiles:
                profiles = (TenantProfile(**{"rate_limits": None, **fields}),)
            client = kind(stack.enter_context(LocalTenant(*profiles, **server)))
            stack.callback(client.session.close)
            return client

        yield run


@pytest.fixture
def start(launch: Callable[..., Any]) -> Callable[..., Client]:
    """Start a tenant: `start(key_model="value")` with switches, or `start(profile, …, state=…)`."""
    return partial(launch, Client)


@pytest.fixture
def start_read(launch: Callable[..., Any]) -> Callable[..., Client]:
    """Start a tenant to read machines and alerts: `start_read(paging="none", roles=…)` with switches of
    `ReadProfile` and of `TenantProfile`; `graph=True` signs in to Graph."""

    def run(graph: bool = False, **fields: Any) -> Client:
        own = {field.name for field in dataclasses.fields(ReadProfile)}
        fields["read"] = ReadProfile(**{name: fields.pop(name) for name in [*fields] if name in own})
        return launch(GraphClient if graph else Client, **fields)

    return run


@pytest.fixture
def start_graph(launch: Callable[..., Any]) -> Callable[..., GraphClient]:
    """Start a tenant to use its Graph: `start_graph(page_size=2, roles=…)` with switches of `GraphProfile`
    (no rate limit unless given) and of `TenantProfile`, or `start_graph(profile, …, state=…)`."""

    def run(*profiles: TenantProfile, **fields: Any) -> GraphClient:
        own = {field.name for field in dataclasses.fields(GraphProfile)}
        switches = {name: fields.pop(name) for name in [*fields] if name in own}
        if not profiles:
            fields["graph"] = GraphProfile(**{"rate_limit": None, **switches})
        return launch(GraphClient, *profiles, **fields)

    return run


@pytest.fixture
def graph(start_graph: Callable[..., GraphClient]) -> GraphClient:
    return start_graph()


@pytest.fixture
def client(start: Callable[..., Client]) -> Client:
    return start()


@pytest.fixture
def item() -> Callable[..., dict[str, Any]]:
    """A valid submission: `item()`, `item(7)` for another value, changed by keyword; `None` leaves out."""

    def make(number: int = 0, **changes: Any) -> dict[str, Any]:
        fields = {
            "indicatorValue": f"{number:064x}",
            "indicatorType": "FileSha256",
            "action": "Block",
            "title": "a title",
            "description": "a description",
            **changes,
        }
        return {name: value for name, value in fields.items() if value is not None}

    return make


@pytest.fixture
def machine() -> Callable[..., dict[str, Any]]:
    """A machine: `machine()`, `machine(7)` for another one, changed by keyword."""

    def make(number: int = 0, **changes: Any) -> dict[str, Any]:
        fields = {
            "id": f"{number:040x}",
            "computerDnsName": f"host-{number}.example.com",
            "lastSeen": "2027-01-15T07:00:00.1234567Z",
            "osPlatform": "Windows11",
            "lastIpAddress": f"10.0.0.{number}",
            "lastExternalIpAddress": f"203.0.113.{number}",
            "healthStatus": "Active",
            "riskScore": "None",
            "rbacGroupId": number % 2,
            "rbacGroupName": "Servers" if number % 2 else None,
            "ipAddresses": [{"ipAddress": f"10.0.0.{number}", "macAddress": None}],
        }
        return {**fields, **changes}

    return make


@pytest.fixture
def alert() -> Callable[..., dict[str, Any]]:
    """An alert of a machine: `alert()`, `alert(7)` for another one, changed by keyword."""

    def make(number: int = 0, *evidence: dict[str, Any], **changes: Any) -> dict[str, Any]:
        fields = {
            "id": f"da{number}_-1",
            "incidentId": number,
            "severity": "High",
            "status": "New",
            "title": "a title",
            "alertCreationTime": "2027-01-10T08:00:00.1234567Z",
            "firstEventTime": "2027-01-10T07:00:00Z",
            "lastEventTime": "2027-01-10T07:30:00Z",
            "lastUpdateTime": f"2027-01-11T08:00:{number:02}.5Z",
            "machineId": f"{number:040x}",
            "computerDnsName": f"host-{number}.example.com",
            "relatedUser": {"userName": "user", "domainName": "CONTOSO"},
            "evidence": list(evidence),
        }
        return {**fields, **changes}

    return make


@pytest.fixture
def location() -> Callable[..., dict[str, Any]]:
    """A valid IP location: `location()`, `location("a name", "192.0.2.0/24", "2001:db8::/32")`, changed by
    keyword; `None` leaves out."""

    def make(name: str = "blocked", *ranges: str, **changes: Any) -> dict[str, Any]:
        fields = {
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "displayName": name,
            "isTrusted": False,
            "ipRanges": [cidr(text) for text in ranges or ("198.51.100.7/32",)],
            **changes,
        }
        return {name: value for name, value in fields.items() if value is not None}

    return make


def cidr(text: str) -> dict[str, str]:
    kind = "iPv6CidrRange" if ":" in text else "iPv4CidrRange"
    return {"@odata.type": f"#microsoft.graph.{kind}", "cidrAddress": text}


@pytest.fixture
def policy() -> Callable[..., dict[str, Any]]:
    """A valid policy: `policy()`, `policy("a name", locations=[…])`, its top level changed by keyword; `None`
    leaves out, `conditions__…` changes one condition."""

    def make(name: str = "block them", locations: list[str] | None = None, **changes: Any) -> dict[str, Any]:
        conditions: dict[str, Any] = {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"]},
            "users": {"includeUsers": ["All"], "excludeUsers": ["4628e7df-dff3-407c-a08f-75f08c0806dc"]},
        }
        if locations is not None:
            conditions["locations"] = {"includeLocations": locations}
        for key in [key for key in changes if key.startswith("conditions__")]:
            conditions[key.removeprefix("conditions__")] = changes.pop(key)
        fields = {
            "displayName": name,
            "state": "enabledForReportingButNotEnforced",
            "conditions": conditions,
            "grantControls": {"operator": "OR", "builtInControls": ["block"]},
            **changes,
        }
        return {name: value for name, value in fields.items() if value is not None}

    return make
