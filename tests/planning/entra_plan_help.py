"""Conditional access of a tenant as Graph shows it, and what carrying out a plan makes of it."""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import netaddr

from iocbeam.local_tenant.graph.location_references import referred
from iocbeam.local_tenant.graph.location_rules import LocationRules
from iocbeam.local_tenant.graph.policy_rules import PolicyRules
from iocbeam.local_tenant.graph.profile import Cloud, GraphProfile
from iocbeam.model.entra_plan import CREATE, FINISH, RECREATE, EntraPlan, PolicyChange, RangeRow
from iocbeam.model.indicator import Indicator
from iocbeam.model.intake import Intake
from iocbeam.model.settings import ConnectionSettings, Limits, RunInfo
from iocbeam.model.settings.entra import EntraTenantSettings, LocationSettings, PolicySettings
from iocbeam.planning.entra.access import TenantAccess, read_access
from iocbeam.planning.entra.graph_bodies import location_body, range_items, untrusted_body, with_ids
from iocbeam.planning.entra.plan import plan_entra
from iocbeam.planning.entra.ranges import RangeSet
from iocbeam.planning.entra.wanted_ranges import DesiredRanges

NOW = 1_790_000_000
RUN = RunInfo("run", NOW, "entra", "drill")
REPLAY = RunInfo("run", NOW, "entra", "drill", replay=True)
IP = "#microsoft.graph.ipNamedLocation"
COUNTRY = "#microsoft.graph.countryNamedLocation"
POLICY = PolicySettings(name="Block IOC", include_apps=("All",))
ADA = "00000000-aaaa-4000-8000-000000000001"
BOB = "00000000-aaaa-4000-8000-000000000002"
GROUP = "00000000-bbbb-4000-8000-000000000001"
ROLE = "00000000-cccc-4000-8000-000000000001"
APP = "00000000-dddd-4000-8000-000000000001"
RICH: dict[str, Any] = {
    "description": "kept by hand",
    "conditions": {
        "users": {
            "includeUsers": ["All"],
            "excludeUsers": [ADA],
            "excludeGroups": [GROUP],
            "excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"},
        },
        "applications": {"includeApplications": ["All"], "excludeApplications": [APP]},
        "clientAppTypes": ["browser"],
        "platforms": {"includePlatforms": ["windows", "macOS"], "excludePlatforms": ["linux"]},
        "signInRiskLevels": ["high"],
        "userRiskLevels": ["high"],
        "insiderRiskLevels": "elevated",
        "devices": {"deviceFilter": {"mode": "exclude", "rule": "device.isCompliant"}},
        "authenticationFlows": {"transferMethods": "deviceCodeFlow"},
    },
    "sessionControls": {"signInFrequency": {"value": 4, "type": "hours", "isEnabled": True}},
}
"""What an administrator may have set by hand, beside the locations."""


def guid(number: int, kind: str = "eeee") -> str:
    return f"{number:08d}-{kind}-4000-8000-00000000000a"


def row(value: str, severity: str = "High") -> RangeRow:
    kind = "CIDR Block" if "/" in value else "IPv6 Address" if ":" in value else "IP Address"
    return RangeRow(kind, value, severity, Indicator(kind, value))


def desired(*values: str, **more: Any) -> DesiredRanges:
    """A collection that was read as a whole. Sets of addresses may be given as texts."""
    sets = ("whitelisted", "built_in", "listed", "ended")
    made: Any = {name: RangeSet.of(more.pop(name)) for name in sets if name in more}
    intake = more.pop("intake", Intake(records=max(1, len(values))))
    return DesiredRanges([row(value) for value in values], intake=intake, **made, **more)


def settings(
    policy: PolicySettings | None = POLICY, cloud: str = "global", name: str = "IOC", **more: Any
) -> EntraTenantSettings:
    """A tenant's settings; what is no limit is about the location."""
    limits = {one: more.pop(one) for one in Limits.__dataclass_fields__ if one in more}
    return EntraTenantSettings(
        "tenant",
        ConnectionSettings(tenant_id="tenant", client_id="app-id", cloud=cloud),
        LocationSettings(name, **more),
        policy,
        Limits(**{"collection": "drill", **limits}),
    )


@dataclass
class Graph:
    """Raw lists of a tenant, edited as the service would, by its rules."""

    locations: list[dict[str, Any]] = field(default_factory=list)
    policies: list[dict[str, Any]] = field(default_factory=list)
    cloud: Cloud = "global"
    clock: int = NOW
    bodies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Name of the request's schema, and the body; of everything that plans have sent."""
    written: int = 0
    ids: int = 0

    def read(self, tenant: EntraTenantSettings) -> TenantAccess:
        return read_access(tenant, self.locations, copy.deepcopy(self.policies))

    def plan(
        self, wanted: DesiredRanges, tenant: EntraTenantSettings | None = None, run: RunInfo = RUN
    ) -> EntraPlan:
        return plan_entra(wanted, self.read(tenant or settings(cloud=self.cloud)), run)

    def run(
        self, wanted: DesiredRanges, tenant: EntraTenantSettings | None = None, run: RunInfo = RUN
    ) -> EntraPlan:
        """Plans, and carries it out."""
        made = self.plan(wanted, tenant, run)
        assert made.stopped == ""
        self.apply(made)
        return made

    def location(self, name: str, *ranges: str, id: str = "", trusted: bool = False) -> str:
        """Adds a location of somebody's; returns its id."""
        items = [item for one in ranges for item in (range_items([one]) if "/" in one else [{"odd": one}])]
        made = {"@odata.type": IP, "id": id or self._next_id(), "displayName": name, "isTrusted": trusted}
        self.locations.append({**made, "ipRanges": items, "createdDateTime": "2026-01-01T00:00:00Z"})
        return str(made["id"])

    def country(self, name: str) -> str:
        made = {"@odata.type": COUNTRY, "id": self._next_id(), "displayName": name}
        self.locations.append({**made, "countriesAndRegions": ["AQ"]})
        return str(made["id"])

    def policy(
        self,
        name: str = "Block IOC",
        *,
        include: Iterable[str] | None = (),
        exclude: Iterable[str] = (),
        users: Mapping[str, Any] | None = None,
        apps: Iterable[str] = ("All",),
        controls: Iterable[str] = ("block",),
        state: str = "enabled",
        id: str = "",
        created: str = "",
        conditions: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> str:
        """Adds a policy of somebody's, in force for one user; returns its id.

        Args:
            include: None makes it one without a condition on locations.
        """
        locations = {"includeLocations": list(include or ()), "excludeLocations": list(exclude)}
        body = {
            "displayName": name,
            "state": state,
            "conditions": {
                "applications": {"includeApplications": list(apps)},
                "users": dict({"includeUsers": [ADA]} if users is None else users),
                "clientAppTypes": ["all"],
                "locations": None if include is None else locations,
                **(conditions or {}),
            },
            "grantControls": {"operator": "OR", "builtInControls": list(controls)},
            **fields,
        }
        self.clock += 60
        made = self._rules()[1].entity({**body, "id": id or self._next_id()}, self.clock)
        made["@odata.etag"] = "W/1"
        if created:
            made["createdDateTime"] = created
        self.policies.append(made)
        return str(made["id"])

    def apply(self, plan: EntraPlan) -> None:
        """Carries out a plan in the documented order. Fails where the service would refuse."""
        assert not plan.stopped
        assert not plan.unreadable
        rules, ids = self._rules()[0], {}
        for change in plan.locations:
            body = self._sent("IpNamedLocation", change.kind == CREATE, location_body(change))
            if change.kind == CREATE:
                ids[change.name] = self._next_id()
                self.locations.append(rules.created(body, ids[change.name], self.clock))
            else:
                self._replace(self.locations, change.id, rules.updated(self.of(change.id), body, self.clock))
        if plan.policy is not None:
            self._apply_policy(plan.policy, ids)
        for surplus in plan.surplus:
            if surplus.trusted:
                body = self._sent("IpNamedLocation", False, untrusted_body())
                self._replace(self.locations, surplus.id, rules.updated(self.of(surplus.id), body, self.clock))
            assert not self.of(surplus.id)["isTrusted"]
            assert surplus.id not in [one for policy in self.policies for one in referred(policy)]
            self.locations.remove(self.of(surplus.id))
            self.written += 1

    def _apply_policy(self, change: PolicyChange, ids: Mapping[str, str]) -> None:
        rules = self._rules()[1]
        body, missing = with_ids(change.body, ids)
        assert missing == ()
        assert {one["id"] for one in self.locations} >= set(referred(body))
        self.clock += 60
        if change.kind in (CREATE, RECREATE):
            body = self._sent("ConditionalAccessPolicy", True, body)
            self.policies.append(rules.created(body, self._next_id(), self.clock))
        elif body or change.kind != FINISH:
            body = self._sent("ConditionalAccessPolicy", False, body)
            self._replace(self.policies, change.id, rules.updated(self.of(change.id), body, self.clock))
        if change.old:
            self.policies.remove(self.of(change.old))

    def of(self, id: str) -> dict[str, Any]:
        """The object with an id."""
        [found] = [one for one in (*self.locations, *self.policies) if one["id"] == id]
        return found

    def named(self, name: str = "Block IOC") -> dict[str, Any]:
        """The policy of this name."""
        [found] = [one for one in self.policies if one["displayName"] == name]
        return found

    def users(self, name: str = "Block IOC") -> dict[str, Any]:
        """What the policy of this name says of users."""
        users: dict[str, Any] = self.named(name)["conditions"]["users"]
        return users

    def names(self) -> list[str]:
        return [one["displayName"] for one in self.locations]

    def texts(self, name: str = "IOC") -> list[str]:
        """The ranges of the location of this name."""
        [found] = [one for one in self.locations if one["displayName"] == name]
        return [item["cidrAddress"] for item in found["ipRanges"]]

    def cover(self, base: str = "IOC") -> netaddr.IPSet:
        """All addresses of the locations whose names begin so, as an independent library counts them."""
        rows = [one for one in self.locations if one["displayName"].startswith(base)]
        return netaddr.IPSet([item["cidrAddress"] for one in rows for item in one.get("ipRanges", ())])

    def _sent(self, schema: str, creates: bool, body: Mapping[str, Any]) -> dict[str, Any]:
        self.written += 1
        made = dict(body)
        self.bodies.append((f"{schema}{'Create' if creates else 'Update'}", made))
        return made

    def _rules(self) -> tuple[LocationRules, PolicyRules]:
        profile = GraphProfile(cloud=self.cloud)
        return LocationRules(profile), PolicyRules(profile)

    def _next_id(self) -> str:
        self.ids += 1
        return guid(self.ids)

    @staticmethod
    def _replace(rows: list[dict[str, Any]], id: str, by: dict[str, Any]) -> None:
        rows[[one["id"] for one in rows].index(id)] = by


def told(plan: EntraPlan) -> list[str]:
    """The plan in one line for each thing that it does."""
    lines = [f"{one.kind} {one.name}: {' '.join(one.fields)}" for one in plan.locations]
    if plan.policy:
        lines.append(f"{plan.policy.kind} policy: {' '.join(one.path for one in plan.policy.fields)}".rstrip(": "))
    return [*lines, *(f"delete {one.name}" for one in plan.surplus)]


def ended(plan: EntraPlan) -> dict[str, str]:
    """How each row ends, by its value: the outcome and the reason."""
    ways = {one.row.value: f"created {one.reason}".rstrip() for one in plan.ranges}
    ways |= {one.row.value: f"{one.outcome} {one.reason}".rstrip() for one in plan.ends}
    assert len(ways) == len(plan.ranges) + len(plan.ends)
    return ways


def evens(count: int, first: int = 0) -> list[str]:
    """Addresses that do not merge."""
    start = int(ipaddress.ip_address("45.0.0.0")) + 2 * first
    return [str(ipaddress.ip_address(start + 2 * at)) for at in range(count)]


def ip_set(*texts: str) -> netaddr.IPSet:
    return netaddr.IPSet(texts)
