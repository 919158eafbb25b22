"""The plan for Sentinel: what a workspace should hold of a collection, what it holds, what brings it in step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from typing_extensions import Self

from .indicator import Indicator
from .plan import Requests
from .settings.sentinel import SentinelTenantSettings


class SentinelRow(NamedTuple):
    """A STIX indicator that a workspace should hold, by one indicator of the collection.

    Attributes:
        type, value: of the indicator, canonical: what tells rows apart.
        severity: one of `SEVERITIES`, for the rank.
        confidence: 0 to 100.
        title, description: as they are sent.
        labels: without the owner mark.
        expires_at: epoch seconds, UTC; None is never.
        indicator: what the row was made from, for ranking, outcomes and dead letters.
    """

    type: str
    value: str
    severity: str
    confidence: int
    title: str
    description: str
    labels: tuple[str, ...]
    expires_at: int | None
    indicator: Indicator

    @property
    def key(self) -> tuple[str, str]:
        """What tells rows apart."""
        return (self.type, self.value)


class SentinelActual(NamedTuple):
    """An indicator of our source that a workspace shows. What it leaves out is empty or None.

    Attributes:
        name: the workspace's own id of it.
        key: `plan_key` of the type and the canonical value that its pattern has.
        pattern: as shown.
        foreign: whether its STIX id is not the one that we give to this value: somebody else used our name.
        title, description, confidence: as shown.
        created, valid_from, expires_at: epoch seconds, UTC; no end is None.
        revoked: whether it was withdrawn.
        sent: digest of what was sent, from the owner mark; empty where no label shows one.
        seen: what the mark remembers of an end that was put right; see `planning.marks.Mark`.
        older: `sent` and `seen` of further marks, where the service adds labels to those that were there. Which
            of all is the newest is not known.
        updated_at: epoch seconds of the last change; None when that is not known.
    """

    name: str
    key: tuple[str, str]
    pattern: str
    foreign: bool = False
    title: str = ""
    description: str = ""
    confidence: int | None = None
    created: int | None = None
    valid_from: int | None = None
    expires_at: int | None = None
    revoked: bool = False
    sent: str = ""
    updated_at: int | None = None
    seen: str = ""
    older: tuple[tuple[str, str], ...] = ()

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """`sent` and `seen` of every owner mark."""
        return ((self.sent, self.seen), *self.older) if self.sent else ()

    def without_texts(self) -> Self:
        """Without what is only of use while it is in effect."""
        return self._replace(title="", description="", pattern="")

    def is_over(self, now: int) -> bool:
        """Whether it has no effect any more: it was withdrawn, or its time has passed."""
        return self.revoked or (self.expires_at is not None and self.expires_at <= now)


@dataclass(frozen=True, slots=True)
class WorkspaceRows:
    """One tenant and what its workspace shows of our source.

    Attributes:
        tenant: its settings.
        rows: in effect or not.
        unknown: indicators of our source whose pattern is none of ours.
        others: indicators of other sources that came although only ours were asked for.
        read: whether the workspace was asked at all; a dry run without a login asks nobody.
        error: why it could not be read, else empty.
        requests, throttled_seconds: what the reading took.
    """

    tenant: SentinelTenantSettings
    rows: tuple[SentinelActual, ...] = ()
    unknown: int = 0
    others: int = 0
    read: bool = True
    error: str = ""
    requests: Requests = field(default_factory=dict)
    throttled_seconds: float = 0.0

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return self.tenant.tenant_id

    def owned(self, now: int) -> Iterator[SentinelActual]:
        """Ours, and in effect."""
        return (row for row in self.rows if not row.foreign and not row.is_over(now))


class SentinelChange(NamedTuple):
    """One indicator to upload.

    Attributes:
        kind: `created` or `updated`: the outcome that the record ends with once it is taken.
        row: what to send.
        digest: of what is sent, for the owner mark.
        created: epoch seconds of the object's creation, where the workspace has it; None takes the record's.
        fields: what differs, in STIX's names; empty for a new one.
        valid_from: epoch seconds since when the workspace shows it as valid; it is kept for a record that brings
            no time of its own.
        seen: for the owner mark, when only the end is put right: what is remembered of it.
    """

    kind: str
    row: SentinelRow
    digest: str
    created: int | None = None
    fields: tuple[str, ...] = ()
    valid_from: int | None = None
    seen: str = ""


class SentinelWithdrawal(NamedTuple):
    """One indicator of ours to revoke.

    Attributes:
        actual: as the workspace shows it.
        reason: `absent`, `outranked`, or the outcome that the record ended with.
    """

    actual: SentinelActual
    reason: str


class SentinelEnd(NamedTuple):
    """A desired row that ends in the plan: nothing is sent for it."""

    row: SentinelRow
    outcome: str
    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class SentinelPlan:
    """What is to be done in one workspace, in order.

    Attributes:
        tenant_id, alias: the tenant.
        changes: objects to send; updates come before creates.
        ends: desired rows for which nothing is sent.
        withdraw: objects to revoke, the most urgent first.
        refusals: what a guard held back: numbers and the option that would allow it.
        conflicts: what a person should settle.
        notices: what a person should know.
        unreadable: why the workspace could not be read, else empty; then nothing may be written.
        requests, throttled_seconds: of the reading.
    """

    tenant_id: str
    alias: str
    changes: tuple[SentinelChange, ...] = ()
    ends: tuple[SentinelEnd, ...] = ()
    withdraw: tuple[SentinelWithdrawal, ...] = ()
    refusals: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    unreadable: str = ""
    requests: Requests = field(default_factory=dict)
    throttled_seconds: float = 0.0
