"""Room: what has to be deleted before which slice, so that a tenant never holds more rows than it may."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from iocbeam.model.outcome import CREATED
from iocbeam.model.plan import Change, DefenderPlan

from .items import KEY_FIELDS


class Room:
    """Follows how many places are free while a plan is applied, and says what goes when.

    Whether a new action or new device groups make a second row is not documented: until an import's answer shows
    that they do not, a row that they change is counted as one more.

    Args:
        plan: its `free` places are what there is before the first deletion; None is plenty.
        batch: ids in one deletion, at most.

    Attributes:
        tight: whether the changes need places that are not free yet.
        superseded: ids of rows that a second row now stands beside.
        unsure: stored changes of which nobody knows yet whether they made a second row.
    """

    def __init__(self, plan: DefenderPlan, batch: int = 500) -> None:
        self._free = plan.free
        self._batch = batch
        self._waiting = deque(row.id for row in plan.withdraw)
        self._deleted_before: set[str] = set()
        self._last_replaced = next((one.replaces for one in reversed(plan.changes) if _may_go(one)), "")
        self._in_place: set[frozenset[str]] = set()
        self.superseded: list[str] = []
        self.unsure: list[Change] = []
        self.tight = self._free is not None and self._growth(plan.changes) > max(0, self._free)

    def before(self, changes: Sequence[Change]) -> list[list[str]]:
        """Ids to delete before these changes are sent, in batches.

        Withdrawals first, as many as one request takes. Only when there are none left, rows that the changes
        themselves replace, the least important ones and no more than it takes: they are without a row until
        their slice has arrived.
        """
        needed = self._growth(changes)
        if self._free is None or not needed:
            return []
        going: list[str] = []
        while self._free + len(going) < needed and self._waiting:
            going += [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
        short = needed - self._free - len(going)
        if short > 0:
            replacing = [
                change.replaces
                for change in changes
                if _may_go(change) and change.replaces not in self._deleted_before and self._grows(change)
            ]
            replaced = replacing[-short:]
            if replaced == replacing and self._last_replaced not in ("", *(change.replaces for change in changes)):
                # One row stays, so that the answer tells whether it needs a second place; a later slice gives it.
                replaced, self._last_replaced = [*replaced[1:], self._last_replaced], ""
            self._deleted_before.update(replaced)
            going += replaced
        self._free += len(going)
        return self._batches(going)

    def after(self, stored: Iterable[tuple[Change, str]]) -> None:
        """Takes in what was stored.

        Args:
            stored: changes that the service accepted, with the id of the row that it told, or empty.
        """
        for change, row_id in stored:
            if change.replaces and change.replaces not in self._deleted_before:
                if row_id == change.replaces:
                    self._in_place.add(_key_fields(change))
                    continue
                if row_id:
                    self.superseded.append(change.replaces)
                    self._waiting.appendleft(change.replaces)
                else:
                    self.unsure.append(change)
            elif not change.replaces and change.kind != CREATED:
                continue
            if self._free is not None:
                self._free -= 1

    def settle(self, ids: Mapping[tuple[str, str], str]) -> None:
        """Takes in what a reading shows of the changes in `unsure`.

        Args:
            ids: by `DefenderRow.key`, the id of the row that shows the change.
        """
        unsure, self.unsure = self.unsure, []
        if self._free is not None:
            self._free += len(unsure)
        self.after((change, ids.get(change.row.key, "")) for change in unsure)

    def full(self) -> None:
        """The service says that no place is free: others have taken what was."""
        if self._free is not None:
            self._free = min(self._free, 0)

    def rest(self) -> list[list[str]]:
        """Everything that is still to be deleted, in batches; the superseded rows come first."""
        ids = list(self._waiting)
        self._waiting.clear()
        return self._batches(ids)

    def _growth(self, changes: Iterable[Change]) -> int:
        return sum(map(self._grows, changes))

    def _grows(self, change: Change) -> bool:
        """Whether a change may make a row; which fields are a part of the key shows for each of them alone."""
        if change.kind == CREATED or change.replaces in self._deleted_before:
            return True
        return bool(change.replaces) and _key_fields(change) not in self._in_place

    def _batches(self, ids: Sequence[str]) -> list[list[str]]:
        return [list(ids[at : at + self._batch]) for at in range(0, len(ids), self._batch)]


def _may_go(change: Change) -> bool:
    """Whether the row that a change replaces may go before its successor is there. Another owner's may not: it is
    adopted, or left as it is."""
    return bool(change.replaces) and not change.held


def _key_fields(change: Change) -> frozenset[str]:
    return KEY_FIELDS.intersection(change.fields)
