"""The table of permissions against the local tenant: a call's least role lets it through and nothing else does;
a job's roles suffice for the job."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import requests

from iocbeam.local_tenant import App, GraphProfile, LocalTenant, SentinelProfile, TenantProfile
from iocbeam.model.permissions import (
    CALLS,
    DEFENDER,
    GRAPH,
    JOB_ROLES,
    SENTINEL,
    SENTINEL_CONTRIBUTOR,
    SENTINEL_READER,
    ApiCall,
    calls_of,
    covers,
)

SECRET = "an-app's-secret"
SCOPES = {
    DEFENDER: "https://api.securitycenter.microsoft.com/.default",
    GRAPH: "https://graph.microsoft.com/.default",
    SENTINEL: "https://management.azure.com/.default",
}
ROLES = {
    api: sorted(
        {role for call in CALLS if call.api == api for role in (*call.needs, *call.or_else)}
        | {"Machine.ReadWrite.All", "Alert.ReadWrite.All", "Ti.ReadWrite.All", "Directory.Read.All"}
    )
    for api in (DEFENDER, GRAPH)
}
AZURE = {SENTINEL_CONTRIBUTOR: "contributor", SENTINEL_READER: "reader", "": "none"}

VALUES = {
    "ip": "203.0.113.7",
    "time": "2026-11-20T08:00:00Z",
    "domain": "bad.example",
    "sha1": "a" * 40,
    "hash": "b" * 64,
}
IDS = {
    "/api/indicators/": "1",
    "/api/machines/": "c" * 40,
    "/api/alerts/": "da637472900382838869_1364969609",
    "/v1.0/": "55555555-5555-4555-8555-555555555555",
}

Key = tuple[str, ...]


def apart(call: ApiCall) -> Iterator[tuple[str, Key]]:
    """Every role that the call needs, with all roles that do not let the call through without it."""
    for need in call.needs:
        ways = (need, *call.or_else)
        yield need, tuple(role for role in ROLES[call.api] if not any(covers(role, way) for way in ways))


OF_APPS = [call for call in CALLS if call.api != SENTINEL]
REFUSED = [(call, need, rest) for call in OF_APPS for need, rest in apart(call)]
HELD: list[Key] = [
    *(call.needs for call in OF_APPS),
    *((role,) for call in OF_APPS for role in call.or_else),
    *(rest for _, _, rest in REFUSED),
    *(tuple(need.role for need in needs if need.api != SENTINEL) for needs in JOB_ROLES.values()),
]


class Apps:
    """One server with an app for every set of roles, and a tenant for every role of Azure."""

    def __init__(self, tenant: LocalTenant, ids: dict[Key, str], tenants: dict[str, TenantProfile]) -> None:
        self.tenant = tenant
        self._ids = ids
        self._tenants = tenants
        self._session = requests.Session()
        self._session.verify = tenant.ca_bundle
        self._session.trust_env = False
        self._tokens: dict[tuple[str, str, str], str] = {}

    def close(self) -> None:
        self._session.close()

    def make(self, call: ApiCall, roles: Iterable[str], body: object, azure: str = "") -> requests.Response:
        profile = self._tenants[azure]
        client_id = self._ids[tuple(roles)]
        sentinel = profile.sentinel
        values = {
            **VALUES,
            "id": next((value for start, value in IDS.items() if call.path.startswith(start)), ""),
            "workspace": sentinel.workspace_id
            if call.method == "POST" and ":upload" in call.path
            else sentinel.workspace,
            "subscription": sentinel.subscription,
            "group": sentinel.resource_group,
        }
        query = call.probe
        if call.api == SENTINEL:
            query = "api-version=" + ("2024-02-01-preview" if ":upload" in call.path else "2024-09-01")
        headers = {"Authorization": f"Bearer {self._token(profile, client_id, call.api)}"}
        url = f"{self.tenant.url}{call.path.format_map(values)}?{query}"
        sent = {} if body is None else {"json": body}
        return self._session.request(call.method, url, headers=headers, timeout=10, **sent)

    def _token(self, profile: TenantProfile, client_id: str, api: str) -> str:
        key = (profile.tenant_id, client_id, api)
        if key not in self._tokens:
            form = {
                "client_id": client_id,
                "client_secret": SECRET,
                "grant_type": "client_credentials",
                "scope": SCOPES[api],
            }
            url = f"{self.tenant.login_url}/{profile.tenant_id}/oauth2/v2.0/token"
            self._tokens[key] = self._session.post(url, data=form, timeout=10).json()["access_token"]
        return self._tokens[key]


@pytest.fixture(scope="module")
def apps() -> Iterator[Apps]:
    number = itertools.count(1)
    ids = {roles: f"00000000-0000-4000-8000-{next(number):012d}" for roles in dict.fromkeys([(), *HELD])}
    registered = tuple(App(client_id, SECRET, roles=roles) for roles, client_id in ids.items())
    profiles = {
        azure: TenantProfile(
            tenant_id=f"aaaaaaaa-aaaa-4aaa-8aaa-{place:012d}",
            more_apps=registered,
            rate_limits=None,
            graph=GraphProfile(rate_limit=None, application_role="required"),
            sentinel=SentinelProfile(
                role=role,
                denied=403,
                upload_rate=None,
                workspace_id=f"bbbbbbbb-bbbb-4bbb-8bbb-{place:012d}",
                subscription=f"cccccccc-cccc-4ccc-8ccc-{place:012d}",
            ),
        )
        for place, (azure, role) in enumerate(AZURE.items())
    }
    with LocalTenant(*profiles.values()) as tenant:
        running = Apps(tenant, ids, profiles)
        yield running
        running.close()


@pytest.fixture
def body(item: Callable[..., Any], location: Callable[..., Any], policy: Callable[..., Any]) -> Callable[..., Any]:
    """What the call is sent with; whether it is a good one does not matter, as long as it is looked at."""

    def make(call: ApiCall) -> object:
        if call.method in ("GET", "DELETE"):
            return None
        by_end = {
            "/import": {"Indicators": [item()]},
            "/BatchDelete": {"IndicatorIds": ["1"]},
            "/run": {"Query": "DeviceInfo | take 1"},
            "/runHuntingQuery": {"Query": "DeviceInfo | take 1"},
            "/queryIndicators": {"pageSize": 1},
            ":upload": {"sourcesystem": "Tests", "stixobjects": []},
        }
        found = next((value for end, value in by_end.items() if call.path.endswith(end)), None)
        return found or (location() if "namedLocations" in call.path else policy())

    return make


def let_through(answer: requests.Response) -> bool:
    """Whether the service went on to the call itself. It may find nothing, but it must know the path."""
    known = "No resource is at" not in answer.text and "segment" not in answer.text
    return known and answer.status_code not in (401, 403, 405, 500, 501)


def name(call: ApiCall) -> str:
    method, _, path = str(call).partition(" ")
    return f"{method} {path if len(path) < 60 else '…/' + path.rpartition('/')[2]}"


@pytest.mark.parametrize("call", OF_APPS, ids=name)
def test_the_least_role_lets_a_call_through(apps: Apps, body: Callable[..., Any], call: ApiCall) -> None:
    answer = apps.make(call, call.needs, body(call))
    assert let_through(answer), answer.text


@pytest.mark.parametrize(
    ("call", "need", "rest"), REFUSED, ids=[f"{name(call)} {need}" for call, need, _ in REFUSED]
)
def test_all_other_roles_together_do_not(
    apps: Apps, body: Callable[..., Any], call: ApiCall, need: str, rest: Key
) -> None:
    answer = apps.make(call, rest, body(call))
    assert answer.status_code == 403, f"{need}: {answer.text}"


@pytest.mark.parametrize(
    ("call", "role"),
    [(call, role) for call in OF_APPS for role in call.or_else],
    ids=[f"{name(call)} {role}" for call in OF_APPS for role in call.or_else],
)
def test_another_role_that_a_call_takes_lets_it_through(
    apps: Apps, body: Callable[..., Any], call: ApiCall, role: str
) -> None:
    assert let_through(apps.make(call, (role,), body(call)))


OF_AZURE = [call for call in CALLS if call.api == SENTINEL]


@pytest.mark.parametrize("call", OF_AZURE, ids=name)
@pytest.mark.parametrize("held", AZURE, ids=AZURE.values())
def test_a_role_on_the_workspace_lets_through_what_it_is_for(
    apps: Apps, body: Callable[..., Any], call: ApiCall, held: str
) -> None:
    answer = apps.make(call, (), body(call), held)
    if call.allowed([held]):
        assert let_through(answer), answer.text
    else:
        assert answer.status_code == 403


@pytest.mark.parametrize("job", JOB_ROLES)
def test_the_roles_of_a_job_let_all_its_calls_through(apps: Apps, body: Callable[..., Any], job: str) -> None:
    roles = tuple(need.role for need in JOB_ROLES[job] if need.api != SENTINEL)
    calls = calls_of(job)
    refused = [name(call) for call in calls if not let_through(apps.make(call, roles, body(call), azure_of(job)))]
    assert calls
    assert refused == []


def azure_of(job: str) -> str:
    """The role on the workspace that the job needs; none, which is the tenant that lets least through, else."""
    return next((need.role for need in JOB_ROLES[job] if need.api == SENTINEL), "")
