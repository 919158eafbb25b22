"""The Defender plan: from what a tenant should hold and what it holds to what is to be done.

Pure: no Beam, no HTTP, no clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, NamedTuple

from iocbeam.model.actual import ActualRow, TenantRows
from iocbeam.model.indicator import key_digest
from iocbeam.model.intake import Intake
from iocbeam.model.outcome import CREATED, HELD, PROTECTED, UNCHANGED, ended
from iocbeam.model.plan import Change, DefenderPlan, DefenderRow, PlannedEnd, Withdrawal
from iocbeam.model.settings import RunInfo
from iocbeam.model.values import plan_key, slash_as_in

from .guard import AT_ONCE, goes_at_once, refusal
from .holders import held_reason, would_be_overwritten
from .items import content_digest, sorted_groups
from .marks import Mark
from .remarks import Remarks
from .upkeep import adoption, upkeep

ABSENT: Final = "absent"
OUTRANKED: Final = "outranked"
SUPERSEDED: Final = "superseded"
"""Reasons of withdrawals; the others are outcomes."""


@dataclass(frozen=True, slots=True)
class Desired:
    """What a collection wants in a tenant.

    Attributes:
        rows: best first, one for each key.
        outranked: rows beyond the capacity whose key the tenant already has from us, best first.
        whitelisted: digests (`model.indicator.key_digest`) of keys that Whitelisted records protect.
        ended: for keys that the tenant has from us: digest to the outcome with which a record of it ended.
        intake: what was read.
        notices: what a person should know of how the rows were made.
    """

    rows: Sequence[DefenderRow]
    outranked: Sequence[DefenderRow] = ()
    whitelisted: frozenset[bytes] = frozenset()
    ended: Mapping[bytes, str] = field(default_factory=dict)
    intake: Intake = Intake(records=1)  # noqa: RUF009 - immutable
    notices: tuple[str, ...] = ()


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


class _Claim(NamedTuple):
    """A desired row that may be sent.

    Attributes:
        own: the row of ours that the tenant has of it.
        theirs: the row of another owner that is to be adopted.
        held: the reason with which the record ends if that does not work.
    """

    row: DefenderRow
    own: ActualRow | None = None
    theirs: ActualRow | None = None
    held: str = ""


class _Planner:
    """One plan in the making; `plan` reads like the order of decisions."""

    def __init__(self, desired: Desired, tenant: TenantRows, run: RunInfo) -> None:
        self._desired = desired
        self._tenant = tenant
        self._run = run
        self._policy = tenant.tenant.policy
        self._may_withdraw = self._policy.withdraw and not run.replay
        self._owned: defaultdict[tuple[str, str], list[ActualRow]] = defaultdict(list)
        self._others: defaultdict[tuple[str, str], list[ActualRow]] = defaultdict(list)
        for row in tenant.rows:
            ours = row.collection == self._policy.collection
            (self._owned if ours else self._others)[row.key].append(row)
        self._owned_count = sum(map(len, self._owned.values()))
        self._remarks = Remarks(tenant, self._policy)
        self._ends: list[PlannedEnd] = []
        self._at_once: list[Withdrawal] = []
        self._superseded: list[Withdrawal] = []
        self._absent: list[Withdrawal] = []

    def plan(self) -> DefenderPlan:
        claims = self._claims()
        self._judge_unclaimed({plan_key(*one.row.indicator.key) for one in claims})
        kept, below = self._cut(claims)
        updates, creates = self._changes(kept)

        # Places if all goes that should go; a place is taken from a row of ours only for one that is sent now.
        policy, rows = self._policy, self._tenant.rows
        free = policy.capacity - len(rows) + len(self._at_once) + len(self._superseded) + len(self._absent)
        outranked = below[len(below) - min(len(below), max(0, len(creates) - free)) :]
        refused = self._refusal(len(self._absent) + len(outranked))
        if refused or not self._may_withdraw:
            free -= len(self._absent)
            self._absent, outranked = [], []
        staying = below[: len(below) - len(outranked)]
        room = max(0, free + len(outranked))

        self._end((one.row for one in outranked), "over_capacity")
        self._end((one.row for one in creates[room:]), "over_capacity")
        self._ends += [PlannedEnd(one.row, UNCHANGED, "") for one in staying]
        leaving = [_withdrawal(one.own, OUTRANKED) for one in reversed(outranked) if one.own]
        return _document(
            self._tenant,
            changes=(*updates, *(self._creation(one.row) for one in creates[:room])),
            ends=tuple(self._ends),
            withdraw=(*self._at_once, *self._superseded, *self._absent, *leaving),
            refusals=(refused,) if refused else (),
            conflicts=self._remarks.conflicts(),
            notices=(*self._desired.notices, *self._remarks.notices()),
            mark_seen=any(row.collection is not None for row in rows),
            free=policy.capacity - len(rows),
        )

    def _claims(self) -> list[_Claim]:
        """The desired rows that may be sent, best first; the others end here."""
        claims: list[_Claim] = []
        claimed: set[tuple[str, str]] = set()
        for row in chain(self._desired.rows, self._desired.outranked):
            indicator = row.indicator
            key = plan_key(*indicator.key)
            if key in claimed:
                self._end((row,), "outranked")
                continue
            claimed.add(key)
            if key_digest(*indicator.key) in self._desired.whitelisted:
                self._end((row,), "whitelisted_in_run")
                self._drop(self._owned.pop(key, ()), PROTECTED)
                continue
            claim = self._claim(row, self._owned.get(key, []), self._others.get(key, []))
            if claim is not None:
                claims.append(claim)
        return claims

    def _claim(self, row: DefenderRow, ours: list[ActualRow], others: list[ActualRow]) -> _Claim | None:
        if ours:
            return self._claim_own(row, ours, others)
        if not others:
            return _Claim(row)
        reason = held_reason(row, others, self._policy)
        theirs = [one for one in others if self._adoptable(one)]
        if len(theirs) == len(others):
            return _Claim(row, theirs=self._closest(row, theirs), held=reason)
        self._hold(row, others, reason)
        return None

    def _claim_own(self, row: DefenderRow, ours: list[ActualRow], others: list[ActualRow]) -> _Claim | None:
        own = self._closest(row, ours)
        overwritten = [one for one in others if would_be_overwritten(row, one, self._policy)]
        if overwritten:
            # What is wanted stands there already, in a row that sending it would change.
            self._hold(row, overwritten, held_reason(row, overwritten, self._policy))
            self._supersede(ours, HELD)
            return None
        if others:
            self._remarks.held(row, others, held_reason(row, others, self._policy))
        self._supersede([one for one in ours if one is not own], SUPERSEDED)
        return _Claim(row, own=own)

    def _adoptable(self, row: ActualRow) -> bool:
        return not {name.lower() for name in self._policy.adopt}.isdisjoint(row.owner_names)

    def _closest(self, row: DefenderRow, rows: Sequence[ActualRow]) -> ActualRow:
        """The one that sending the row would change, or else the oldest."""
        groups = sorted_groups(self._policy)
        return min(
            rows,
            key=lambda one: (one.action != row.action, one.device_groups != groups, len(one.id), one.id),
        )

    def _hold(self, row: DefenderRow, holders: Sequence[ActualRow], reason: str) -> None:
        self._remarks.held(row, holders, reason)
        names = ", ".join(dict.fromkeys(f"{one.action or 'no action'} of {one.owner or '?'}" for one in holders))
        self._ends.append(PlannedEnd(row, *ended(reason, names[:300])[:3]))

    def _supersede(self, rows: Iterable[ActualRow], reason: str) -> None:
        if self._may_withdraw and not self._desired.intake.lost:
            self._superseded += [_withdrawal(one, reason) for one in rows]

    def _judge_unclaimed(self, claimed: set[tuple[str, str]]) -> None:
        """Rows of ours that no desired row claims."""
        superseded = {one.id for one in self._superseded}
        for key, rows in self._owned.items():
            if key not in claimed:
                self._drop(
                    [one for one in rows if one.id not in superseded],
                    self._desired.ended.get(key_digest(*key), ABSENT),
                )

    def _drop(self, rows: Iterable[ActualRow], reason: str) -> None:
        if self._may_withdraw and goes_at_once(reason, self._desired.intake):
            self._at_once += [_withdrawal(one, reason) for one in rows]
        else:
            self._absent += [_withdrawal(one, reason if reason in AT_ONCE else ABSENT) for one in rows]

    def _cut(self, claims: Sequence[_Claim]) -> tuple[list[_Claim], list[_Claim]]:
        """Claims that have a place among the rows of others, and rows of ours for whose claim there is none.

        A row that is adopted has its place already.
        """
        places = self._policy.capacity - (len(self._tenant.rows) - self._owned_count)
        kept: list[_Claim] = []
        below: list[_Claim] = []
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

    def _changes(self, kept: Sequence[_Claim]) -> tuple[list[Change], list[_Claim]]:
        """Updates, and rows to create, the best first and at most `objects_per_run` of them together."""
        updates: list[Change] = []
        creates: list[_Claim] = []
        most = self._policy.objects_per_run
        for claim in kept:
            change = self._update(claim) if claim.own or claim.theirs else None
            if change is None and (claim.own or claim.theirs):
                self._ends.append(PlannedEnd(claim.row, UNCHANGED, ""))
            elif most is not None and len(updates) + len(creates) >= most:
                self._end((claim.row,), "objects_per_run")
            elif change is not None:
                updates.append(change)
            else:
                creates.append(claim)
        return updates, creates

    def _update(self, claim: _Claim) -> Change | None:
        if claim.theirs is not None:
            return adoption(claim.row, claim.theirs, self._policy, claim.held)
        if claim.own is None:
            return None
        row, own = claim.row, claim.own
        if row.type == "Url":
            # The slash as it stands there: a service that tells the two spellings apart would make two rows.
            row = row._replace(value=slash_as_in(row.value, own.value))
        days = self._tenant.tenant.classify.expiration_days
        needed = upkeep(row, own, self._policy, self._run.started_at, days)
        self._remarks.left(row, needed.left)
        return needed.change

    def _creation(self, row: DefenderRow) -> Change:
        return Change(CREATED, row, str(Mark(self._policy.collection, content_digest(row, self._policy))))

    def _refusal(self, going: int) -> str:
        """Why they may not go; a notice, when the user has said that nothing goes."""
        if self._run.replay:
            return ""
        if not self._policy.withdraw:
            self._remarks.stay(len(self._absent))
            return ""
        return refusal(going, self._owned_count, self._policy, self._desired.intake)

    def _end(self, rows: Iterable[DefenderRow], reason: str) -> None:
        self._ends += [PlannedEnd(row, *ended(reason)[:3]) for row in rows]


def _withdrawal(row: ActualRow, reason: str) -> Withdrawal:
    return Withdrawal(row.id, row.type, row.value, reason)
