"""A client that speaks to a local tenant over real TLS, and a clock that tests turn by hand."""

from __future__ import annotations

from typing import Any

import requests

from iocbeam.local_tenant import LocalTenant

SCOPE = "https://api.securitycenter.microsoft.com/.default"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"


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

    def read(self, path: str, **query: object) -> requests.Response:
        return self.call("GET", f"/api/{path}", params={f"${k}": v for k, v in query.items()})

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
