"""The plan for Sentinel: from what a workspace should hold of a collection, and what it shows, to what to do.

Pure: no Beam, no HTTP, no clock. Unlike in Defender, indicators of several sources stand side by side: nobody
holds a value, and only what carries our source is looked at. What is revoked, or over, counts as not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from iocbeam.model.indicator import key_digest
from iocbeam.model.outcome import CREATED, PROTECTED, UNCHANGED, ended
from iocbeam.model.sentinel_plan import (
    SentinelActual,
    SentinelChange,
    SentinelEnd,
    SentinelPlan,
    SentinelRow,
    SentinelWithdrawal,
    WorkspaceRows,
)
from iocbeam.model.settings import RunInfo

from ..guard import AT_ONCE, goes_at_once, refusal
from .desired import DesiredIndicators
from .objects import row_key, sent_digest
from .upkeep import sentinel_upkeep

ABSENT: Final = "absent"
OUTRANKED: Final = "outranked"

Key = tuple[str, str]


class _Need(NamedTuple):
    """A row to send: to create, or with the change that brings what is there in step."""

    row: SentinelRow
    change: SentinelChange | None


class _Sent(NamedTuple):
    """What becomes of the rows to send."""

    updates: list[SentinelChange]
    creates: list[SentinelRow]
    deferred: list[SentinelRow]
    left_out: list[SentinelRow]


def plan_sentinel(desired: DesiredIndicators, workspace: WorkspaceRows, run: RunInfo) -> SentinelPlan:
    """What is to be done in one workspace, the most important first. Every desired row is in it exactly once.

    Args:
        workspace: its settings, and what it shows of our source. When it could not be read, everything desired is
            in the plan as a change that must not be made.
        run: its start is the present; a replay withdraws nothing and takes no place from what is there.
    """
    if workspace.error:
        rows = chain(desired.rows, desired.outranked)
        changes = tuple(SentinelChange(CREATED, row, "") for row in rows)
        return _document(workspace, changes=changes, notices=desired.notices, unreadable=workspace.error)
    return _Planner(desired, workspace, run).plan()


class _Planner:
    """One plan in the making; `plan` reads like the order of decisions."""

    def __init__(self, desired: DesiredIndicators, workspace: WorkspaceRows, run: RunInfo) -> None:
        self._desired = desired
        self._workspace = workspace
        self._run = run
        self._limits = workspace.tenant.limits
        self._owned = {row.key: row for row in workspace.owned(run.started_at)}
        # Created when, also of what has no effect any more: the same object comes back.
        self._before = {row.key: row for row in workspace.rows if not row.foreign}
        self._ends: list[SentinelEnd] = []
        self._edited = self._turned_back = 0

    @property
    def _may_withdraw(self) -> bool:
        return self._limits.withdraw and not self._run.replay

    def plan(self) -> SentinelPlan:
        owned, capacity = len(self._owned), self._workspace.tenant.capacity
        unwanted = dict(self._owned)
        kept, protected = self._kept(unwanted)
        below = [row for row in kept[len(self._desired.rows) :] if row is not None]
        wanted = [row for row in kept[: len(self._desired.rows)] if row is not None]
        going, absent = self._going(unwanted, protected)

        needs = [self._need(row) for row in wanted]
        sent = self._limited([need for need in needs if need is not None], len(needs))
        free = capacity - owned + len(going) + len(absent)
        outranked = below[len(below) - min(len(below), max(0, len(sent.creates) - free)) :]
        refused = self._refusal(len(absent), len(outranked))
        if refused or not self._may_withdraw:
            free -= len(absent)
            absent, outranked = [], []
        sent = self._limited([need for need in needs if need is not None], max(0, free + len(outranked)))

        self._end(outranked, "over_capacity")
        self._end(sent.left_out, "over_capacity")
        self._end(sent.deferred, "objects_per_run")
        self._ends += [SentinelEnd(row, UNCHANGED, "") for row in below[: len(below) - len(outranked)]]
        leaving = [SentinelWithdrawal(self._owned[row_key(row)], OUTRANKED) for row in reversed(outranked)]
        return _document(
            self._workspace,
            changes=(*sent.updates, *map(self._creation, sent.creates)),
            ends=tuple(self._ends),
            withdraw=(*going, *absent, *leaving),
            refusals=(refused,) if refused else (),
            conflicts=self._conflicts(),
            notices=self._notices(),
        )

    def _kept(self, unwanted: dict[Key, SentinelActual]) -> tuple[list[SentinelRow | None], list[SentinelActual]]:
        """The desired rows, None in the place of those that end here, and rows of ours that Whitelisted records
        protect. What is wanted is taken out of `unwanted`."""
        kept: list[SentinelRow | None] = []
        protected: list[SentinelActual] = []
        judged: set[Key] = set()
        for row in chain(self._desired.rows, self._desired.outranked):
            key = row_key(row)
            there = unwanted.pop(key, None)
            if key in judged:
                self._end([row], "outranked")
                kept.append(None)
            elif key_digest(*key) in self._desired.whitelisted:
                self._end([row], "whitelisted_in_run")
                kept.append(None)
                if there is not None:
                    protected.append(there)
            else:
                kept.append(row)
            judged.add(key)
        return kept, protected

    def _need(self, row: SentinelRow) -> _Need | None:
        """What has to be sent for a row; one that is in step ends here."""
        there = self._owned.get(row_key(row))
        if there is None:
            return _Need(row, None)
        days = self._workspace.tenant.classify.expiration_days
        change, edited, turned_back = sentinel_upkeep(row, there, self._run.started_at, days)
        self._edited += edited
        self._turned_back += turned_back
        if change is None:
            self._ends.append(SentinelEnd(row, UNCHANGED, ""))
            return None
        return _Need(row, change)

    def _limited(self, needs: Sequence[_Need], room: int) -> _Sent:
        """Of what is to be sent, the best that `room` and `objects_per_run` allow."""
        sent = _Sent([], [], [], [])
        most = len(needs) if self._limits.objects_per_run is None else self._limits.objects_per_run
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

    def _creation(self, row: SentinelRow) -> SentinelChange:
        before = self._before.get(row_key(row))
        return SentinelChange(CREATED, row, sent_digest(row), before.created if before else None)

    def _going(
        self, unwanted: Mapping[Key, SentinelActual], protected: Sequence[SentinelActual]
    ) -> tuple[list[SentinelWithdrawal], list[SentinelWithdrawal]]:
        """What goes whatever the guard says, the most urgent first, and what it is asked about."""
        reasons = [(row, PROTECTED) for row in protected]
        reasons += [(row, self._desired.ended.get(key_digest(*key), ABSENT)) for key, row in unwanted.items()]
        at_once: list[SentinelWithdrawal] = []
        absent: list[SentinelWithdrawal] = []
        for row, reason in reasons:
            if self._may_withdraw and goes_at_once(reason, self._desired.intake, self._limits):
                at_once.append(SentinelWithdrawal(row, reason))
            else:
                absent.append(SentinelWithdrawal(row, reason if reason in AT_ONCE else ABSENT))
        at_once.sort(key=lambda one: AT_ONCE.index(one.reason))
        self._staying = len(absent)
        return at_once, absent

    def _refusal(self, absent: int, outranked: int) -> str:
        """Why they may not go; nothing when the user has said that nothing goes."""
        if not self._may_withdraw:
            return ""
        return refusal(absent + outranked, len(self._owned), self._limits, self._desired.intake, "indicators")

    def _end(self, rows: Iterable[SentinelRow], reason: str) -> None:
        self._ends += [SentinelEnd(row, *ended(reason)[:3]) for row in rows]

    def _conflicts(self) -> tuple[str, ...]:
        foreign = sum(row.foreign for row in self._workspace.rows)
        if not foreign:
            return ()
        return (
            f"{foreign:,} indicators carry the source of {self._limits.collection} and an id that is not ours. "
            "They are not touched: see who else uploads under this name.",
        )

    def _notices(self) -> tuple[str, ...]:
        lines = list(self._desired.notices)
        if not self._workspace.read:
            lines.append("No login was given: the plan is made as for an empty workspace.")
        if self._workspace.unknown:
            lines.append(
                f"{self._workspace.unknown:,} indicators of our source have a pattern that is none of ours; they "
                "are not touched."
            )
        if self._workspace.others:
            lines.append(
                f"{self._workspace.others:,} indicators came that show another source than ours, although "
                "only ours were asked for; they are not touched."
            )
        if self._edited:
            lines.append(
                f"{self._edited:,} indicators show another name, description or confidence than was sent: the "
                "service, or somebody in the portal, has changed them. They are left as they are."
            )
        if self._turned_back:
            lines.append(
                f"{self._turned_back:,} indicators show another end than was sent, and did again after it was "
                "sent anew. It is left until shortly before it is reached."
            )
        if self._staying and not self._limits.withdraw and not self._run.replay:
            lines.append(
                f"--no_withdraw: {self._staying:,} indicators stay that the collection does not want there."
            )
        return tuple(lines)


def _document(workspace: WorkspaceRows, **parts: object) -> SentinelPlan:
    return SentinelPlan(
        tenant_id=workspace.tenant_id,
        alias=workspace.tenant.alias,
        requests=workspace.requests,
        throttled_seconds=workspace.throttled_seconds,
        **parts,  # type: ignore[arg-type]  # of the plan's own names
    )
