"""A running tenant for every test, and a client that speaks to it over real TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from iocbeam.local_tenant import LocalTenant, TenantProfile

SCOPE = "https://api.securitycenter.microsoft.com/.default"


class Clock:
    """A clock that tests turn by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """Signed in as the first app of the first tenant until `sign_in` says otherwise."""

    def __init__(self, tenant: LocalTenant) -> None:
        self.tenant = tenant
        self.profile = tenant.profiles[0]
        self.session = requests.Session()
        self.session.verify = tenant.ca_bundle
        self.session.trust_env = False
        self.sign_in()

    def token_request(self, tenant_id: str | None = None, **changes: str | None) -> requests.Response:
        form = {
            "client_id": self.profile.client_id,
            "client_secret": self.profile.client_secret,
            "grant_type": "client_credentials",
            "scope": SCOPE,
            **changes,
        }
        url = f"{self.tenant.login_url}/{tenant_id or self.profile.tenant_id}/oauth2/v2.0/token"
        return self.session.post(url, data={k: v for k, v in form.items() if v is not None}, timeout=10)

    def sign_in(self, tenant_id: str | None = None, **changes: str | None) -> None:
        token = self.token_request(tenant_id, **changes).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.tenant.defender_url}{path}", timeout=10, **options)

    def list(self, **query: object) -> requests.Response:
        return self.call("GET", "/api/indicators", params={f"${k}": v for k, v in query.items()})

    def submit(self, item: object) -> requests.Response:
        return self.call("POST", "/api/indicators", json=item)

    def post_import(self, *items: object) -> requests.Response:
        return self.call("POST", "/api/indicators/import", json={"Indicators": items})

    def results(self, *items: object) -> list[dict[str, Any]]:
        """Import and return the results; the import as a whole has to succeed."""
        answer = self.post_import(*items)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    def batch_delete(self, *ids: object) -> requests.Response:
        return self.call("POST", "/api/indicators/BatchDelete", json={"IndicatorIds": ids})

    def delete(self, row_id: str) -> requests.Response:
        return self.call("DELETE", f"/api/indicators/{row_id}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    """Start a tenant: `start(key_model="value")` with switches, or `start(profile, …, state=…)`."""
    with ExitStack() as stack:

        def run(*profiles: TenantProfile, **fields: Any) -> Client:
            server = {k: fields.pop(k) for k in ("state", "ca_dir", "keep_bodies", "port") if k in fields}
            if not profiles:
                profiles = (TenantProfile(**{"rate_limits": None, **fields}),)
            client = Client(stack.enter_context(LocalTenant(*profiles, **server)))
            stack.callback(client.session.close)
            return client

        yield run


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
