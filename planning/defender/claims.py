"""Claims: who holds the values that are wanted, and which rows of ours nobody wants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

from iocbeam.model.actual import ActualRow, TenantRows
from iocbeam.model.indicator import key_digest
from iocbeam.model.outcome import HELD, PROTECTED, ended
from iocbeam.model.plan import DefenderRow, PlannedEnd
from iocbeam.model.values import plan_key

from .desired import Desired
from .holders import held_reason, would_be_overwritten
from .items import sorted_groups
from .remarks import Remarks

ABSENT: Final = "absent"
SUPERSEDED: Final = "superseded"


class Claim(NamedTuple):
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


class Unwanted(NamedTuple):
    """A row of ours that no claim needs.

    Attributes:
        reason: `absent`, `superseded`, or the outcome with which its record ended.
    """

    row: ActualRow
    reason: str


class Claims:
    """Sorts the desired rows by what the tenant already has of their values.

    Args:
        remarks: told of the rows of others.

    Attributes:
        claims: rows that may be sent, best first.
        ends: desired rows that end here: protected, held, or one value twice.
        superseded: rows of ours in whose place another row stands.
        unwanted: the other rows of ours that have no claim.
    """

    def __init__(self, desired: Desired, tenant: TenantRows, remarks: Remarks) -> None:
        self._policy = tenant.tenant.policy
        self._adopt = frozenset(name.lower() for name in self._policy.adopt)
        self._remarks = remarks
        self._others: defaultdict[tuple[str, str], list[ActualRow]] = defaultdict(list)
        owned: defaultdict[tuple[str, str], list[ActualRow]] = defaultdict(list)
        for row in tenant.rows:
            (owned if row.collection == self._policy.collection else self._others)[row.key].append(row)
        self.claims: list[Claim] = []
        self.ends: list[PlannedEnd] = []
        self.superseded: list[Unwanted] = []
        self.unwanted: list[Unwanted] = []

        judged: set[tuple[str, str]] = set()
        for wanted in chain(desired.rows, desired.outranked):
            key = plan_key(*wanted.indicator.key)
            if key in judged:
                self._end(wanted, "outranked")
                continue
            judged.add(key)
            ours = owned.pop(key, [])
            if key_digest(*key) in desired.whitelisted:
                self._end(wanted, "whitelisted_in_run")
                self.unwanted += [Unwanted(row, PROTECTED) for row in ours]
            elif ours:
                self._judge_own(wanted, ours, self._others.get(key, []))
            else:
                self._judge_new(wanted, self._others.get(key, []))
        for key, rows in owned.items():
            reason = desired.ended.get(key_digest(*key), ABSENT)
            self.unwanted += [Unwanted(row, reason) for row in rows]

    def _judge_new(self, wanted: DefenderRow, others: list[ActualRow]) -> None:
        if not others:
            self.claims.append(Claim(wanted))
            return
        reason = held_reason(wanted, others, self._policy)
        if all(self._adopt.intersection(row.owner_names) for row in others):
            self.claims.append(Claim(wanted, theirs=self._closest(wanted, others), held=reason))
        else:
            self._hold(wanted, others, reason)

    def _judge_own(self, wanted: DefenderRow, ours: list[ActualRow], others: list[ActualRow]) -> None:
        overwritten = [row for row in others if would_be_overwritten(wanted, row, self._policy)]
        if overwritten:
            # What is wanted stands there already, in a row that sending it would change.
            self._hold(wanted, overwritten, held_reason(wanted, overwritten, self._policy))
            self.superseded += [Unwanted(row, HELD) for row in ours]
            return
        if others:
            self._remarks.held(wanted, others, held_reason(wanted, others, self._policy))
        own = self._closest(wanted, ours)
        self.claims.append(Claim(wanted, own=own))
        self.superseded += [Unwanted(row, SUPERSEDED) for row in ours if row is not own]

    def _closest(self, wanted: DefenderRow, rows: Sequence[ActualRow]) -> ActualRow:
        """The one that sending the row would change, or else the oldest."""
        groups = sorted_groups(self._policy)
        return min(
            rows,
            key=lambda row: (row.action != wanted.action, row.device_groups != groups, len(row.id), row.id),
        )

    def _hold(self, wanted: DefenderRow, holders: Iterable[ActualRow], reason: str) -> None:
        holders = list(holders)
        self._remarks.held(wanted, holders, reason)
        names = ", ".join(dict.fromkeys(f"{row.action or 'no action'} of {row.owner or '?'}" for row in holders))
        self.ends.append(PlannedEnd(wanted, *ended(reason, names[:300])[:3]))

    def _end(self, wanted: DefenderRow, reason: str) -> None:
        self.ends.append(PlannedEnd(wanted, *ended(reason)[:3]))
