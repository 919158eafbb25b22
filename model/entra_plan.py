"""The plan for Entra: named locations, the policy, and what becomes of the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from .indicator import Indicator
from .plan import Requests

CREATE: Final = "create"
UPDATE: Final = "update"
RECREATE: Final = "recreate"
FINISH: Final = "finish"
"""What is done to a location or a policy. `finish` ends a recreation that was broken off: the old one goes."""


class RangeRow(NamedTuple):
    """A range that a tenant's named locations should hold, by one indicator.

    Attributes:
        type: the indicator's type.
        value: an address, or a range in CIDR form; canonical.
        severity: one of `SEVERITIES`, for the rank.
        indicator: what the row was made from, for ranking, outcomes and dead letters.
    """

    type: str
    value: str
    severity: str
    indicator: Indicator

    @property
    def key(self) -> tuple[str, str]:
        """What tells rows apart."""
        return (self.type, self.value)

    @property
    def title(self) -> str:
        """Nothing: no title is sent, and none tells two records of one value apart."""
        return ""

    @property
    def description(self) -> str:
        """Nothing, likewise."""
        return ""


class PlannedRange(NamedTuple):
    """A row whose range is to be written.

    Attributes:
        reason: `partly_protected` where only a part of it is, else empty.
    """

    row: RangeRow
    reason: str = ""


class RangeEnd(NamedTuple):
    """A row that ends in the plan: nothing is written for it."""

    row: RangeRow
    outcome: str
    reason: str
    message: str = ""


class LocationChange(NamedTuple):
    """One location to create or to update.

    Attributes:
        kind: `create` or `update`.
        id: empty for a new one.
        name: display name.
        ranges: all CIDRs that it is to hold, canonical, ascending.
        trusted: as it is to be.
        fields: Graph's names of what differs: `ipRanges`, `isTrusted`. All of a new one.
        added, removed: what makes the ranges that it holds into these, in the fewest CIDRs.
    """

    kind: str
    id: str
    name: str
    ranges: tuple[str, ...]
    trusted: bool
    fields: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


class Surplus(NamedTuple):
    """A location for which nothing is left: to be untrusted if it is trusted, and deleted."""

    id: str
    name: str
    trusted: bool


class FieldChange(NamedTuple):
    """One field of a policy, by its path in Graph's spelling, for example `conditions.users.excludeUsers`."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What is to be done to the policy.

    Attributes:
        kind: `create`, `update`, `recreate` or `finish`.
        id: of the policy as it is; empty for a new one.
        name: display name in the end.
        body: what is sent. New locations stand in it by name, as `LOCATION_REFERENCE` writes them, until their
            ids are known.
        fields: what differs, for a person.
        options: the options that had a part in it, to name when the service refuses.
        old: id of the policy that goes last, for `recreate` and `finish`.
        excludes: whether our locations are what it leaves out.
    """

    kind: str
    id: str
    name: str
    body: Mapping[str, Any]
    fields: tuple[FieldChange, ...] = ()
    options: tuple[str, ...] = ()
    old: str = ""
    excludes: bool = False


LOCATION_REFERENCE: Final = "location:"
"""Stands before the name of a location that is yet to be made, in the place of its id."""


@dataclass(frozen=True, slots=True)
class EntraPlan:
    """What is to be done in one tenant, in order: locations, policy, surplus.

    Attributes:
        tenant_id, alias: the tenant.
        ranges: rows whose ranges are written by this plan.
        ends: rows for which nothing is written.
        locations: to create or update.
        policy: None when nothing is to be done to it.
        policy_id, policy_name: the policy as it is, empty when there is none.
        surplus: locations to delete, once the policy no longer names them.
        subtracted: ranges that are never written, whatever a row holds: canonical CIDRs. Of them, those that
            rows of this plan touch.
        holds: what each of our locations holds now, canonical CIDRs, by id.
        withdrawn: how many ranges go.
        stopped: why nothing may be written, else empty: a refusal before any write.
        effect: what the policy does in the end: `none`, `disabled`, `report_only`, `enforced`; None without one.
        refusals, conflicts, notices: as in `DefenderPlan`.
        unreadable: why the tenant could not be read, else empty; then nothing may be written.
        requests, throttled_seconds: of the reading.
    """

    tenant_id: str
    alias: str
    ranges: tuple[PlannedRange, ...] = ()
    ends: tuple[RangeEnd, ...] = ()
    locations: tuple[LocationChange, ...] = ()
    policy: PolicyChange | None = None
    policy_id: str = ""
    policy_name: str = ""
    surplus: tuple[Surplus, ...] = ()
    subtracted: tuple[str, ...] = ()
    holds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    withdrawn: int = 0
    stopped: str = ""
    effect: str | None = None
    refusals: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    unreadable: str = ""
    requests: Requests = field(default_factory=dict)
    throttled_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class EndedRanges:
    """Addresses and ranges of records that ended before the plan.

    Attributes:
        whitelisted: whether they are of Whitelisted records, which protect them; else they are of records that
            have become inactive or have expired.
        values: canonical.
    """

    whitelisted: bool
    values: tuple[str, ...]
