"""The withdrawal guard: which rows of ours may go, and what is said of those that may not."""

from __future__ import annotations

from typing import Final

from iocbeam.model.intake import Intake
from iocbeam.model.outcome import EXPIRED, INACTIVE, PROTECTED
from iocbeam.model.settings import PlanPolicy

AT_ONCE: Final = (PROTECTED, INACTIVE, EXPIRED)
"""Outcomes whose rows go without being counted: their records say so themselves."""


def goes_at_once(outcome: str, intake: Intake, policy: PlanPolicy) -> bool:
    """Whether the row of a record that ended so is withdrawn whatever the guard says.

    After a read that broke off, or that was mostly rejected, another record of the same value may be among those
    that are missing, so only what is protected goes: no record could want that. When the sums do not balance
    nothing is certain.
    """
    if intake.lost or outcome not in AT_ONCE:
        return False
    return outcome == PROTECTED or not intake.problem(policy.max_rejected_percent)


def refusal(going: int, owned: int, policy: PlanPolicy, intake: Intake) -> str:
    """Why `going` of `owned` rows may not be withdrawn, with the numbers and the option; or nothing.

    Args:
        going: rows that the collection no longer brings, and those that would make room for better ones.
        owned: rows of the collection in the tenant.
    """
    if not going:
        return ""
    rows = f"{going:,} of {owned:,} rows of {policy.collection} would be withdrawn"
    if not intake.records:
        return f"{rows}, but the collection came empty: none was. An empty read never withdraws; check --input."
    problem = intake.problem(policy.max_rejected_percent)
    if problem:
        return f"{rows}, but {problem}: none was, until the collection is read as a whole."
    if going <= policy.withdraw_floor or going * 100 <= owned * policy.max_withdraw_percent:
        return ""
    allowed = max(policy.withdraw_floor, owned * policy.max_withdraw_percent // 100)
    needed = -(-going * 100 // owned)
    return (
        f"{rows}, more than the {allowed:,} that --max_withdraw_percent {policy.max_withdraw_percent} and "
        f"--withdraw_floor {policy.withdraw_floor} allow: none was. If they are to go, run once with "
        f"--max_withdraw_percent {needed}."
    )
