"""The Defender plan: from what a tenant should hold and what it holds to what is to be done.

Pure: no Beam, no HTTP, no clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

from iocbeam.model.actual import TenantRows
from iocbeam.model.outcome import CREATED, UNCHANGED, ended
from iocbeam.model.plan import Change, DefenderPlan, DefenderRow, PlannedEnd, Withdrawal
from iocbeam.model.settings import RunInfo
from iocbeam.model.values import plan_key, slash_as_in

from ..guard import AT_ONCE, goes_at_once, refusal
from ..marks import Mark
from .claims import ABSENT, Claim, Claims, Unwanted
from .desired import Desired
from .items import content_digest
from .remarks import Remarks
from .upkeep import adoption, upkeep

OUTRANKED: Final = "outranked"


def plan(desired: Desired, tenant: TenantRows, run: RunInfo) -> DefenderPlan:
    """What is to be done in one tenant, the most important first. Every desired row is in it exactly once.

    Args:
        tenant: its settings, and all rows that may be seen. When it could not be read, everything desired is
            in the plan as a change that must not be made.
        run: its start is the present; a replay withdraws nothing and takes no place from what is there.
    """
    if tenant.error:
        rows = chain(desired.rows, desired.outranked)
        changes = tuple(Change(CREATED, row, "") for row in rows)
        return _document(tenant, changes=changes, notices=desired.notices, unreadable=tenant.error)
    return _Planner(desired, tenant, run).plan()


def _document(tenant: TenantRows, **parts: object) -> DefenderPlan:
    return DefenderPlan(
        tenant_id=tenant.tenant_id,
        alias=tenant.tenant.alias,
        requests=tenant.requests,
        throttled_seconds=tenant.throttled_seconds,
        **parts,  # type: ignore[arg-type]
    )


class _Need(NamedTuple):
    """A row to send: to create, or with the change that brings its row in step."""

    row: DefenderRow
    change: Change | None


class _Sent(NamedTuple):
    """What becomes of the rows to send."""

    updates: list[Change]
    creates: list[DefenderRow]
    deferred: list[DefenderRow]
    left_out: list[DefenderRow]


class _Planner:
    """One plan in the making; `plan` reads like the order of decisions."""

    def __init__(self, desired: Desired, tenant: TenantRows, run: RunInfo) -> None:
        self._desired = desired
        self._tenant = tenant
        self._run = run
        self._policy = tenant.tenant.policy
        self._remarks = Remarks(tenant, self._policy)
        self._owned = sum(1 for _ in tenant.owned())
        self._ends: list[PlannedEnd] = []

    def plan(self) -> DefenderPlan:
        sorted_claims = Claims(self._desired, self._tenant, self._remarks)
        self._ends += sorted_claims.ends
        kept, below = self._cut(sorted_claims.claims)
        needs = self._needs(kept)
        first = self._limited(needs, len(needs))
        going, absent = self._going(sorted_claims, {plan_key(*row.indicator.key) for row in first.deferred})

        # Places if all goes that should go; a place is taken from a row of ours only for one that is sent now.
        policy, rows = self._policy, self._tenant.rows
        free = policy.capacity - len(rows) + len(going) + len(absent)
        outranked = below[len(below) - min(len(below), max(0, len(first.creates) - free)) :]
        refused = self._refusal(len(absent), len(outranked))
        if refused or not self._may_withdraw:
            free -= len(absent)
            absent, outranked = [], []
        # Rows that find no place take none of those that one run may send.
        sent = self._limited(needs, max(0, free + len(outranked)))

        self._end((one.row for one in outranked), "over_capacity")
        self._end(sent.left_out, "over_capacity")
        self._end(sent.deferred, "objects_per_run")
        self._ends += [PlannedEnd(one.row, UNCHANGED, "") for one in below[: len(below) - len(outranked)]]
        changes = (*sent.updates, *map(self._creation, sent.creates))
        if self._desired.intake.incomplete:
            self._remarks.unseen(changes)
        leaving = [Unwanted(one.own, OUTRANKED) for one in reversed(outranked) if one.own]
        return _document(
            self._tenant,
            changes=changes,
            ends=tuple(self._ends),
            withdraw=tuple(map(_withdrawal, (*going, *absent, *leaving))),
            refusals=(refused,) if refused else (),
            conflicts=self._remarks.conflicts(),
            notices=(*self._desired.notices, *self._remarks.notices()),
            mark_seen=any(row.collection is not None for row in rows),
            free=policy.capacity - len(rows),
        )

    @property
    def _may_withdraw(self) -> bool:
        return self._policy.withdraw and not self._run.replay

    def _cut(self, claims: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
        """Claims that have a place among the rows of others, and rows of ours for whose claim there is none.

        A row that is adopted has its place already.
        """
        places = self._policy.capacity - (len(self._tenant.rows) - self._owned)
        kept: list[Claim] = []
        below: list[Claim] = []
        for claim in claims:
            if claim.theirs is not None:
                kept.append(claim)
            elif places > 0:
                places -= 1
                kept.append(claim)
            elif claim.own is not None:
                below.append(claim)
            else:
                self._end((claim.row,), "over_capacity")
        return kept, below

    def _needs(self, kept: Sequence[Claim]) -> list[_Need]:
        """What is to be sent, best first; rows that are in step end here."""
        needs: list[_Need] = []
        for claim in kept:
            is_new = claim.own is None and claim.theirs is None
            change = None if is_new else self._update(claim)
            if change is None and not is_new:
                self._ends.append(PlannedEnd(claim.row, UNCHANGED, ""))
            else:
                needs.append(_Need(claim.row, change))
        return needs

    def _limited(self, needs: Sequence[_Need], room: int) -> _Sent:
        """Of what is to be sent, the best that `room` and `objects_per_run` allow."""
        sent = _Sent([], [], [], [])
        most = len(needs) if self._policy.objects_per_run is None else self._policy.objects_per_run
        for row, change in needs:
            if len(sent.updates) + len(sent.creates) >= most:
                sent.deferred.append(row)
            elif change is None and len(sent.creates) >= room:
                sent.left_out.append(row)
            elif change is not None:
                sent.updates.append(change)
            else:
                sent.creates.append(row)
        return sent

    def _update(self, claim: Claim) -> Change | None:
        there = claim.theirs or claim.own
        if there is None:
            return None
        row = claim.row
        if row.type == "Url":
            # The slash as it stands there: a service that tells the two spellings apart would make two rows.
            row = row._replace(value=slash_as_in(row.value, there.value))
        if claim.theirs is not None:
            return adoption(row, there, self._policy, claim.held)
        days = self._tenant.tenant.classify.expiration_days
        needed = upkeep(row, there, self._policy, self._run.started_at, days)
        self._remarks.left(row, needed.left)
        return needed.change

    def _creation(self, row: DefenderRow) -> Change:
        return Change(CREATED, row, str(Mark(self._policy.collection, content_digest(row, self._policy))))

    def _going(
        self, found: Claims, deferred: Collection[tuple[str, str]]
    ) -> tuple[list[Unwanted], list[Unwanted]]:
        """Rows of ours that go whatever the guard says, the most urgent first, and rows that it is asked about.

        Args:
            deferred: keys of rows that have to wait; what their second rows do must be done until then.
        """
        intake = self._desired.intake
        at_once: list[Unwanted] = []
        absent: list[Unwanted] = []
        for one in found.unwanted:
            if self._may_withdraw and goes_at_once(one.reason, intake, self._policy):
                at_once.append(one)
            else:
                absent.append(one if one.reason in AT_ONCE else Unwanted(one.row, ABSENT))
        at_once.sort(key=lambda one: AT_ONCE.index(one.reason))
        if not self._may_withdraw or intake.unbalanced:
            return at_once, absent
        return [*at_once, *(one for one in found.superseded if one.row.key not in deferred)], absent

    def _refusal(self, absent: int, outranked: int) -> str:
        """Why they may not go; only a notice, when the user has said that nothing goes."""
        if self._run.replay:
            return ""
        if not self._policy.withdraw:
            self._remarks.stay(absent)
            return ""
        return refusal(absent + outranked, self._owned, self._policy, self._desired.intake)

    def _end(self, rows: Iterable[DefenderRow], reason: str) -> None:
        self._ends += [PlannedEnd(row, *ended(reason)[:3]) for row in rows]


def _withdrawal(unwanted: Unwanted) -> Withdrawal:
    row, reason = unwanted
    return Withdrawal(row.id, row.type, row.value, reason)
