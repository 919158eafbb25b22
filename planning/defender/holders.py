"""What the row of another owner means for one of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from iocbeam.model.actual import ActualRow
from iocbeam.model.plan import DefenderRow
from iocbeam.model.settings import PlanPolicy

from .items import sorted_groups

ALLOWS: Final = "Allowed"

_STRENGTH: Final = {
    "Audit": 1,
    "Alert": 1,
    "Warn": 2,
    "Block": 3,
    "AlertAndBlock": 3,
    "BlockAndRemediate": 4,
}
"""Defender's actions from the mildest to the hardest, with the two that old rows may still have. An action
that is not known counts as weaker than any."""


def held_reason(row: DefenderRow, holders: Sequence[ActualRow], policy: PlanPolicy) -> str:
    """The reason code for a value that these rows of other owners hold.

    A row for some device groups does less than one for all devices.
    """
    if row.action == ALLOWS:
        return "held_same" if any(one.action == ALLOWS for one in holders) else "held_weaker"
    if any(one.action == ALLOWS for one in holders):
        return "held_allows"
    wanted, groups = _STRENGTH.get(row.action, 0), set(policy.device_groups)
    covers = any(
        _STRENGTH.get(one.action, 0) >= wanted
        and (not one.device_groups or (groups and groups <= set(one.device_groups)))
        for one in holders
    )
    return "held_same" if covers else "held_weaker"


def would_be_overwritten(row: DefenderRow, holder: ActualRow, policy: PlanPolicy) -> bool:
    """Whether sending the row would change the other owner's, also where action and groups are part of the key."""
    return holder.action == row.action and holder.device_groups == sorted_groups(policy)
