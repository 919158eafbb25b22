"""Reading back: what the tenant shows of what it accepted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from iocbeam.model.actual import ActualRow
from iocbeam.model.plan import Change
from iocbeam.model.settings import PlanPolicy
from iocbeam.model.values import plan_key
from iocbeam.planning.defender.items import differences
from iocbeam.planning.marks import Mark, read_mark


@dataclass(slots=True)
class Finding:
    """What one reading shows.

    Attributes:
        present: accepted rows that are there with the action that was sent.
        missing: values of the others.
        lingering: values of rows that were deleted and are still there.
        stale: rows that are there and may still show what they were before.
        ids: ids of the rows that show a change of action or device groups, by `DefenderRow.key`.
        rewritten: field names to how many rows show them otherwise than sent.
        examples: one of these rows' values for each field name.
    """

    present: int = 0
    missing: list[str] = field(default_factory=list)
    lingering: list[str] = field(default_factory=list)
    stale: int = 0
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    rewritten: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def may_change(self) -> bool:
        """Whether the tenant does not show yet, or not any more, what it should."""
        return bool(self.missing or self.lingering or self.stale)


def compare(
    listed: Iterable[ActualRow],
    accepted: Sequence[Change],
    gone: Collection[str],
    policy: PlanPolicy,
    marks_show: bool,
) -> Finding:
    """Holds a list of the tenant's rows against what was accepted and deleted.

    Args:
        listed: all rows.
        gone: ids that must not be there any more.
        marks_show: whether a row of ours must carry our mark.
    """
    wanted = {plan_key(*change.row.indicator.key) for change in accepted}
    there: defaultdict[tuple[str, str], list[ActualRow]] = defaultdict(list)
    finding = Finding()
    for row in listed:
        if row.id in gone:
            finding.lingering.append(row.value)
        elif row.key in wanted:
            there[row.key].append(row)
    for change in accepted:
        rows = there.get(plan_key(*change.row.indicator.key), ())
        ours = [row for row in rows if row.collection == policy.collection or not marks_show or change.held]
        found = _closest(change, ours)
        if found is None:
            finding.missing.append(change.row.value)
            continue
        finding.present += 1
        others = differences(change.row, found, policy)
        # A row with other fields than sent is either rewritten by the service or not the new row yet. Its mark
        # tells: it holds a digest of what was sent.
        if others and marks_show and not _carries(found, change.mark):
            finding.stale += 1
        elif change.replaces:
            finding.ids[change.row.key] = found.id
        for field_name, _ in others:
            finding.rewritten[field_name] += 1
            finding.examples.setdefault(field_name, change.row.value)
    return finding


def _closest(change: Change, rows: Iterable[ActualRow]) -> ActualRow | None:
    """The row with the action that was sent; of several, the one that carries what was sent."""
    same = [row for row in rows if row.action == change.row.action]
    return next((row for row in same if _carries(row, change.mark)), same[0] if same else None)


def _carries(row: ActualRow, mark: str) -> bool:
    return row.collection is not None and read_mark(mark) == Mark(row.collection, row.sent, row.seen)
