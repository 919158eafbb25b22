"""How much a run may change in a tenant."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UsageError
from .checks import at_least


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may change in a tenant, whatever the target.

    Attributes:
        collection: the owner mark.
        objects_per_run: creates and updates per run; None is no limit.
        withdraw: whether anything may be withdrawn at all.
        max_withdraw_percent: of what is ours, counted from `withdraw_floor` up.
        withdraw_floor: withdrawals up to this many need no percentage.
        max_rejected_percent: above it the read counts as bad and nothing is withdrawn.
    """

    collection: str
    objects_per_run: int | None = None
    withdraw: bool = True
    max_withdraw_percent: int = 20
    withdraw_floor: int = 50
    max_rejected_percent: int = 50

    def __post_init__(self) -> None:
        if self.objects_per_run is not None:
            at_least(self.objects_per_run, 1, "--objects_per_run")
        for option, percent in (
            ("--max_withdraw_percent", self.max_withdraw_percent),
            ("--max_rejected_percent", self.max_rejected_percent),
        ):
            if not 0 <= percent <= 100:
                raise UsageError("must be from 0 to 100.", option=option)
        at_least(self.withdraw_floor, 0, "--withdraw_floor")
