"""The plan: what would bring a tenant in step, and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from .indicator import Indicator

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
        replaces: id of a row of ours that this one supersedes and that must go, else empty.
    """

    kind: str
    row: DefenderRow
    mark: str
    replaces: str = ""


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
        withdraw: ids of rows to delete.
        refusals: what a guard held back: numbers and the option that would allow it.
        conflicts: what a person should settle, for example a row of another owner that allows a value.
        notices: what a person should know, for example that an action was mapped to a milder one.
        mark_seen: whether the tenant is known to return our mark.
    """

    tenant_id: str
    alias: str
    changes: tuple[Change, ...] = ()
    ends: tuple[PlannedEnd, ...] = ()
    withdraw: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    mark_seen: bool = False


@dataclass(slots=True)
class WriteReport:
    """What a writer did in one tenant.

    Attributes:
        sent: rows that left in at least one request.
        accepted: rows that the service reported as stored.
        present: rows of the plan that the read-back found; None when it could not be read.
        withdrawn: rows deleted.
        requests: calls by `METHOD /path` and status; status 0 is a call without an answer.
        throttled_seconds: waited for budgets and for `Retry-After`.
        stopped: why the writer stopped early, else empty.
        mark: `kept`, `not_returned`, or empty when nobody looked.
        unreachable: whether it was stopped because the service did not answer any more.
        could_not_start: whether nothing could be written from the beginning.
        differences: values accepted but not present after the last read-back, at most 20.
        difference_count: all of them.
        refusals, conflicts, notices: as the plan has them.
    """

    tenant_id: str
    alias: str
    sent: int = 0
    accepted: int = 0
    present: int | None = None
    withdrawn: int = 0
    requests: dict[str, dict[str, int]] = field(default_factory=dict)
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
