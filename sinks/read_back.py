"""Reading back: what the tenant shows of what it accepted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iocbeam.model.actual import ActualRow
from iocbeam.model.plan import Change
from iocbeam.model.settings import PlanPolicy
from iocbeam.model.values import plan_key
from iocbeam.planning.actual import read_row
from iocbeam.planning.items import differences


@dataclass(slots=True)
class Finding:
    """What one reading shows.

    Attributes:
        present: accepted rows that are there with the action that was sent.
        missing: values of the others.
        lingering: values of rows that were deleted and are still there.
        replaced: ids of rows that a new row of ours stands beside.
        rewritten: field names to how many rows show them otherwise than sent, and one of these rows' values.
    """

    present: int = 0
    missing: list[str] = field(default_factory=list)
    lingering: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    rewritten: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Whether the tenant does not show yet, or not any more, what it should."""
        return bool(self.missing or self.lingering)


def compare(
    listed: Iterable[Mapping[str, Any]],
    accepted: Sequence[Change],
    gone: Collection[str],
    policy: PlanPolicy,
    marks_show: bool,
) -> Finding:
    """Holds a list of the tenant's rows against what was accepted and deleted.

    Args:
        listed: all rows, in the API's form.
        gone: ids that must not be there any more.
        marks_show: whether a row of ours must carry our mark.
    """
    wanted = {plan_key(*change.row.indicator.key) for change in accepted}
    there: defaultdict[tuple[str, str], list[ActualRow]] = defaultdict(list)
    finding = Finding()
    for entity in listed:
        row = read_row(entity)
        if row.id in gone:
            finding.lingering.append(row.value)
        elif row.key in wanted:
            there[row.key].append(row)
    for change in accepted:
        rows = there.get(plan_key(*change.row.indicator.key), ())
        ours = [row for row in rows if row.collection == policy.collection or not marks_show or change.held]
        found = next((row for row in ours if row.action == change.row.action), None)
        if found is None:
            finding.missing.append(change.row.value)
            continue
        finding.present += 1
        if change.replaces and change.replaces != found.id:
            finding.replaced += [row.id for row in rows if row.id == change.replaces]
        for field_name, _ in differences(change.row, found, policy):
            finding.rewritten[field_name] += 1
            finding.examples.setdefault(field_name, change.row.value)
    return finding
