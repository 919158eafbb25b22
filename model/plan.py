"""The plan: what would bring a tenant in step, and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from .indicator import Indicator

Requests = dict[str, dict[str, int]]
"""Calls by `METHOD /path` and status; status 0 is a call without an answer."""

MARK_PREFIX: Final = "iocbeam"
"""First field of the `externalId` of every row that we create."""


class DefenderRow(NamedTuple):
    """A row that a tenant should hold, by one indicator.

    Attributes:
        type: Defender's `indicatorType`, for example `FileSha256`.
        value: `indicatorValue` as it is sent; IPv6 with all eight segments.
        action: Defender's `action`.
        severity: Defender's `severity`.
        title, description: as they are sent.
        expires_at: epoch seconds, UTC; None is never.
        generate_alert: always sent; `Audit` demands it.
        indicator: what the row was made from, for ranking, outcomes and dead letters.
    """

    type: str
    value: str
    action: str
    severity: str
    title: str
    description: str
    expires_at: int | None
    generate_alert: bool
    indicator: Indicator

    @property
    def key(self) -> tuple[str, str]:
        """What the service tells rows apart by, as far as the value goes: type and value."""
        return (self.type, self.value)


class Change(NamedTuple):
    """One row to send.

    Attributes:
        kind: `created` or `updated`: the outcome that the record ends with once it is in step.
        row: what to send.
        mark: the row's `externalId`.
        replaces: id of the row whose action or device groups this one changes, else empty. Where these are
            part of a row's key, the service makes a second row of it, and that id must go.
        fields: names of the fields that differ, in the service's spelling; empty for a new row.
        held: empty, or, for a row of another owner that is adopted, the reason with which the record ends if
            that does not work.
    """

    kind: str
    row: DefenderRow
    mark: str
    replaces: str = ""
    fields: tuple[str, ...] = ()
    held: str = ""


class Withdrawal(NamedTuple):
    """One row of ours to delete.

    Attributes:
        id: the service's.
        type, value: of the row, as the service shows them.
        reason: `absent`, `outranked`, `superseded`, or the outcome that the record ended with.
    """

    id: str
    type: str
    value: str
    reason: str


class PlannedEnd(NamedTuple):
    """A desired row that ends in the plan: nothing is sent for it."""

    row: DefenderRow
    outcome: str
    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class DefenderPlan:
    """What is to be done in one tenant, in order.

    Attributes:
        tenant_id, alias: the tenant.
        changes: rows to send; updates come before creates.
        ends: desired rows for which nothing is sent.
        withdraw: rows to delete, the most urgent first.
        refusals: what a guard held back: numbers and the option that would allow it.
        conflicts: what a person should settle, for example a row of another owner that allows a value.
        notices: what a person should know, for example that an action was mapped to a milder one.
        mark_seen: whether the tenant is known to return our mark.
        free: places that the tenant has before anything is deleted; None when that is not known.
        unreadable: why the tenant could not be read, else empty; then nothing may be written.
        requests, throttled_seconds: of the reading, as `WriteReport` has them.
    """

    tenant_id: str
    alias: str
    changes: tuple[Change, ...] = ()
    ends: tuple[PlannedEnd, ...] = ()
    withdraw: tuple[Withdrawal, ...] = ()
    refusals: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    mark_seen: bool = False
    free: int | None = None
    unreadable: str = ""
    requests: Requests = field(default_factory=dict)
    throttled_seconds: float = 0.0


@dataclass(slots=True)
class WriteReport:
    """What a writer did in one tenant.

    Attributes:
        sent: rows that left in at least one request.
        accepted: rows that the service reported as stored.
        present: rows of the plan that the read-back found; None when it could not be read.
        withdrawn: rows of ours that were to go and are gone.
        requests: of reading and writing.
        throttled_seconds: waited for budgets and for `Retry-After`.
        stopped: why the writer stopped early, else empty.
        mark: `kept`, `not_returned`, or empty when nobody looked.
        unreachable: whether it was stopped because the service did not answer any more.
        could_not_start: whether nothing could be written from the beginning.
        differences: values accepted but not present after the last read-back, at most 20.
        difference_count: all of them.
        refusals, conflicts, notices: as the plan has them.
        policy_effect: what the conditional access policy does in the end; None where there is none.
        policy_written: whether the policy was made or changed.
        target: `defender`, `entra` ...
        extra: what a run that only reads adds to the tenant's entry in the summary.
    """

    tenant_id: str
    alias: str
    sent: int = 0
    accepted: int = 0
    present: int | None = None
    withdrawn: int = 0
    requests: Requests = field(default_factory=dict)
    throttled_seconds: float = 0.0
    stopped: str = ""
    unreachable: bool = False
    could_not_start: bool = False
    mark: str = ""
    differences: tuple[str, ...] = ()
    difference_count: int = 0
    refusals: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    policy_effect: str | None = None
    policy_written: bool = False
    target: str = "defender"
    extra: dict[str, Any] = field(default_factory=dict)


def added_requests(one: Requests, other: Requests) -> Requests:
    """The calls of two clients together."""
    names = dict.fromkeys((*one, *other))
    return {
        name: {
            status: one.get(name, {}).get(status, 0) + other.get(name, {}).get(status, 0)
            for status in dict.fromkeys((*one.get(name, {}), *other.get(name, {})))
        }
        for name in names
    }
