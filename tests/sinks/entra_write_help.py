"""A local tenant for the Entra writers, with a time of its own in which waiting takes none."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from iocbeam.clients import GraphClient, RetryPolicy, connect_graph
from iocbeam.local_tenant import GraphProfile, LocalTenant, TenantProfile
from iocbeam.model.entra_plan import EntraPlan, RangeRow
from iocbeam.model.indicator import Indicator
from iocbeam.model.plan import WriteReport
from iocbeam.model.settings import ConnectionSettings, Limits, RunInfo
from iocbeam.model.settings.entra import EntraTenantSettings, LocationSettings, PolicySettings
from iocbeam.planning.entra.access import read_access
from iocbeam.planning.entra.graph_bodies import range_items
from iocbeam.planning.entra.plan import plan_entra
from iocbeam.planning.entra.ranges import RangeSet
from iocbeam.planning.entra.wanted_ranges import DesiredRanges
from iocbeam.sinks import LocationsWritten, LocationWriter, PolicyWriter

ROOT: Final = "/v1.0/identity/conditionalAccess"
LOCATIONS: Final = f"{ROOT}/namedLocations"
LOCATION: Final = f"{LOCATIONS}/*"
POLICIES: Final = f"{ROOT}/policies"
POLICY: Final = f"{POLICIES}/*"

NAME: Final = "Feed"
POLICY_NAME: Final = "Block feed"
READER: Final = "4628e7df-dff3-407c-a08f-75f08c0806dc"
GROUP: Final = "0f6d1d9d-4c3e-4b51-8a6a-2f0a4b8d9c11"
RUN: Final = RunInfo("run-1", 1_790_000_000, "entra", "drill")

POLICY_SETTINGS: Final = PolicySettings(name=POLICY_NAME, include_apps=("All",))

RICH: Final[dict[str, Any]] = {
    "state": "enabled",
    "description": "Do not touch",
    "conditions": {
        "users": {"includeUsers": ["All"], "excludeUsers": [READER], "excludeGroups": [GROUP]},
        "clientAppTypes": ["browser", "other"],
        "platforms": {"includePlatforms": ["windows", "macOS"], "excludePlatforms": []},
        "signInRiskLevels": ["high"],
        "devices": {"deviceFilter": {"mode": "exclude", "rule": 'device.trustType -eq "AzureAD"'}},
        "authenticationFlows": {"transferMethods": "deviceCodeFlow"},
    },
    "sessionControls": {
        "signInFrequency": {
            "value": 4,
            "type": "hours",
            "isEnabled": True,
            "frequencyInterval": "timeBased",
            "authenticationType": "primaryAndSecondaryAuthentication",
        }
    },
}
"""A policy with everything that an administrator may have set."""


class Time:
    """A clock that moves on when somebody sleeps. Writer, client and tenant all go by it."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Result(NamedTuple):
    """What both writers made of one plan."""

    plan: EntraPlan
    written: LocationsWritten
    report: WriteReport

    @property
    def outcomes(self) -> Counter[str]:
        return outcomes(self.written)

    @property
    def told(self) -> str:
        """Everything that a person is told of what went wrong."""
        report = self.report
        return "\n".join((report.stopped, *report.notices, *report.differences))


def outcomes(written: LocationsWritten) -> Counter[str]:
    return Counter(f"{one.end.outcome} {one.end.reason}".strip() for one in written.results)


def row(value: str) -> RangeRow:
    kind = "CIDR Block" if "/" in value else "IPv6 Address" if ":" in value else "IP Address"
    return RangeRow(kind, value, "Medium", Indicator(kind, value, source_id=value, location="list:1"))


def addresses(count: int, net: int = 1) -> list[str]:
    """Addresses of which no two are neighbours."""
    return [f"45.{net + number // 100}.{number % 100}.7" for number in range(count)]


class EntraSite:
    """A running local tenant, and what plans and writes to it."""

    def __init__(self, tenant: LocalTenant, secret: Path, time: Time) -> None:
        self.tenant = tenant
        self.time = time
        self.settings = settings_of(tenant, tenant.profiles[0], secret)

    def given(self, policy: PolicySettings | None = POLICY_SETTINGS, **location: Any) -> EntraSite:
        """From now on with these settings; everything may be withdrawn."""
        self.settings = replace(
            self.settings, policy=policy, location=LocationSettings(**{"name": NAME, **location})
        )
        return self

    def with_policy(self, **changes: Any) -> PolicySettings:
        return replace(POLICY_SETTINGS, **changes)

    def seed_location(self, name: str, *cidrs: str, trusted: bool = False) -> str:
        (made,) = self.tenant.seed_locations(
            [{"displayName": name, "isTrusted": trusted, "ipRanges": range_items(RangeSet.of(cidrs).cidrs())}]
        )
        return made

    def seed_policy(self, *locations: str, name: str = POLICY_NAME, **fields: Any) -> str:
        """A policy that blocks all applications from these locations, for nobody."""
        conditions = {
            "applications": {"includeApplications": ["All"]},
            "locations": {"includeLocations": list(locations), "excludeLocations": []},
            **fields.pop("conditions", {}),
        }
        policy = {"state": "enabledForReportingButNotEnforced", **fields, "conditions": conditions}
        (made,) = self.tenant.seed_policies([{"displayName": name, **policy}])
        return made

    def plan(self, *values: str) -> EntraPlan:
        """What the planner makes of the tenant as it is now."""
        access = read_access(self.settings, self.tenant.locations(), self.tenant.policies())
        plan = plan_entra(DesiredRanges([row(value) for value in values]), access, RUN)
        assert not plan.stopped
        return plan

    def client(self, cancel: threading.Event | None = None) -> GraphClient:
        """At the documented rate, in the site's own time."""
        clock, sleep = self.time.clock, self.time.sleep
        return connect_graph(
            self.settings.connection, dry_run=False, clock=clock, sleep=sleep, retry=RetryPolicy(), cancel=cancel
        )

    def write_locations(self, plan: EntraPlan, cancel: threading.Event | None = None) -> LocationsWritten:
        client = self.client(cancel)
        try:
            writer = LocationWriter(client, clock=self.time.clock, sleep=self.time.sleep, cancel=cancel)
            return writer.write(plan)
        finally:
            client.close()

    def write_policy(self, written: LocationsWritten, cancel: threading.Event | None = None) -> WriteReport:
        client = self.client(cancel)
        try:
            writer = PolicyWriter(client, clock=self.time.clock, sleep=self.time.sleep, cancel=cancel)
            return writer.write(written)
        finally:
            client.close()

    def write(self, plan: EntraPlan) -> Result:
        """Both halves; the log then holds this write alone."""
        self.tenant.clear_requests()
        written = self.write_locations(plan)
        return Result(plan, written, self.write_policy(written))

    def bring(self, *values: str) -> Result:
        """Plan and write."""
        return self.write(self.plan(*values))

    def calls(self) -> list[str]:
        """Everything that was asked of Graph, in order, such as `PATCH namedLocations/{id} 204`."""
        return [
            f"{one.method} {_shown(one.path)} {one.status}"
            for one in self.tenant.requests
            if one.path.startswith(ROOT)
        ]

    def writes(self) -> list[str]:
        """The same without what only reads."""
        return [call for call in self.calls() if not call.startswith("GET")]

    def paths(self, method: str) -> list[str]:
        """The ids, in order, of the calls of a method."""
        return [one.path.rpartition("/")[2] for one in self.tenant.requests if one.method == method]

    def held(self) -> dict[str, list[str]]:
        """The canonical CIDRs of every location, by name."""
        return {
            one["displayName"]: RangeSet.of(item["cidrAddress"] for item in one["ipRanges"]).cidrs()
            for one in self.tenant.locations()
        }

    def ids(self) -> dict[str, str]:
        """The ids of the locations, by name."""
        rows = self.tenant.locations()
        found = {one["displayName"]: one["id"] for one in rows}
        assert len(found) == len(rows), "two locations have one name"
        return found

    def only_policy(self) -> Mapping[str, Any]:
        (policy,) = self.tenant.policies()
        return policy

    def named(self) -> list[str]:
        """Ids of the locations that the policy includes."""
        found: list[str] = self.only_policy()["conditions"]["locations"]["includeLocations"]
        return found


def settings_of(tenant: LocalTenant, profile: TenantProfile, secret: Path) -> EntraTenantSettings:
    connection = ConnectionSettings(
        tenant_id=profile.tenant_id,
        client_id=profile.client_id,
        client_secret=f"file:{secret}",
        login_url=tenant.login_url,
        graph_url=tenant.graph_url,
        ca_bundle=tenant.ca_bundle,
        cloud=profile.graph.cloud,
    )
    limits = Limits("drill", max_withdraw_percent=100)
    return EntraTenantSettings(profile.tenant_id, connection, LocationSettings(NAME), POLICY_SETTINGS, limits)


def profile_of(time: Time, **graph: Any) -> TenantProfile:
    """A tenant at the documented rate that goes by this time."""
    roles = graph.pop("roles", None)
    more = {"roles": roles} if roles is not None else {}
    return TenantProfile(clock=time.clock, graph=GraphProfile(**graph), **more)


def no_change(plan: EntraPlan) -> bool:
    return not (plan.locations or plan.policy or plan.surplus or plan.ranges)


def in_order(calls: Iterable[str], *wanted: str) -> bool:
    """Whether these calls are among the calls in this order."""
    left = iter(calls)
    return all(any(call.startswith(one) for call in left) for one in wanted)


def _shown(path: str) -> str:
    kind, _, one = path.removeprefix(f"{ROOT}/").partition("/")
    return f"{kind}/{{id}}" if one else kind
