"""Room: what has to be deleted before which slice, so that a tenant never holds more rows than it may."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from iocbeam.model.outcome import CREATED
from iocbeam.model.plan import Change, DefenderPlan


class Room:
    """Follows how many places are free while a plan is applied, and says what goes when.

    Whether a new action makes a second row is not documented: until an import's answer shows that it does not, a
    row whose action changes is counted as one more.

    Args:
        plan: its `free` places are what there is before the first deletion; None is plenty.
        batch: ids in one deletion, at most.
    """

    def __init__(self, plan: DefenderPlan, batch: int = 500) -> None:
        self._free = plan.free
        self._batch = batch
        self._waiting = deque(row.id for row in plan.withdraw)
        self._deleted_before: set[str] = set()
        self._in_place = False
        self.tight = self._free is not None and self._growth(plan.changes) > self._free

    def before(self, changes: Sequence[Change]) -> list[list[str]]:
        """Ids to delete before these changes are sent, in batches.

        Withdrawals first, as many as one request takes. Only when there are none left, the rows that the changes
        themselves replace: they are without a row until their slice has arrived.
        """
        if self._free is None:
            return []
        batches: list[list[str]] = []
        needed = self._growth(changes)
        while self._free < needed and self._waiting:
            batches.append([self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))])
            self._free += len(batches[-1])
        if self._free < needed:
            replaced = [change.replaces for change in changes if change.replaces]
            self._deleted_before.update(replaced)
            self._free += len(replaced)
            if replaced:
                batches.append(replaced)
        return batches

    def after(self, stored: Iterable[tuple[Change, str]]) -> None:
        """Takes in what was stored.

        Args:
            stored: changes that the service accepted, with the id of the row that it told, or empty.
        """
        for change, row_id in stored:
            if change.replaces and change.replaces not in self._deleted_before:
                if row_id == change.replaces:
                    self._in_place = True
                    continue
                if not row_id:
                    continue  # whether there are two rows now shows when they are read back
                self._waiting.appendleft(change.replaces)
            elif not change.replaces and change.kind != CREATED:
                continue
            if self._free is not None:
                self._free -= 1

    def rest(self) -> list[list[str]]:
        """Everything that is still to be deleted, in batches; the replaced rows come first."""
        ids = list(self._waiting)
        self._waiting.clear()
        return [ids[at : at + self._batch] for at in range(0, len(ids), self._batch)]

    def withdraw_nothing(self) -> None:
        """From now on nothing is deleted."""
        self._waiting.clear()

    def _growth(self, changes: Iterable[Change]) -> int:
        return sum(1 for change in changes if change.kind == CREATED or (change.replaces and not self._in_place))
