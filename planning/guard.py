"""The withdrawal guard: which rows of ours may go, and what is said of those that may not."""

from __future__ import annotations

from typing import Final

from iocbeam.model.intake import Intake
from iocbeam.model.outcome import EXPIRED, INACTIVE, PROTECTED
from iocbeam.model.settings import Limits

AT_ONCE: Final = (PROTECTED, INACTIVE, EXPIRED)
"""Outcomes whose rows go without being counted: their records say so themselves."""


def goes_at_once(outcome: str, intake: Intake, limits: Limits) -> bool:
    """Whether the row of a record that ended so is withdrawn whatever the guard says.

    Where most records have a status that was not asked for, `--statuses` may be wrong, and would empty the tenant:
    the inactive ones count like those that are missing.

    After a read that broke off, or that was mostly rejected, another record of the same value may be among those
    that are missing, so only what is protected goes: no record could want that. When the sums do not balance
    nothing is certain.
    """
    if intake.unbalanced or outcome not in AT_ONCE or (outcome == INACTIVE and intake.few_wanted):
        return False
    return outcome == PROTECTED or not intake.problem(limits.max_rejected_percent)


def refusal(going: int, owned: int, limits: Limits, intake: Intake, what: str = "rows") -> str:
    """Why `going` of `owned` rows may not be withdrawn, with the numbers and the option; or nothing.

    Args:
        going: rows that the collection no longer brings, and those that would make room for better ones.
        owned: rows of the collection in the tenant.
        what: what is counted, in a word.
    """
    if not going:
        return ""
    rows = f"{going:,} of {owned:,} {what} of {limits.collection} would be withdrawn"
    if not intake.records:
        return f"{rows}, but the collection came empty: none was. An empty read never withdraws; check its source."
    problem = intake.problem(limits.max_rejected_percent)
    if problem:
        return f"{rows}, but {problem}: none was, until the collection is read as a whole."
    if going <= limits.withdraw_floor or going * 100 <= owned * limits.max_withdraw_percent:
        return ""
    allowed = max(limits.withdraw_floor, owned * limits.max_withdraw_percent // 100)
    needed = -(-going * 100 // owned)
    if intake.few_wanted:
        rows += f", and {intake.excluded:,} of {intake.records:,} records have none of --statuses; that is"
    return (
        f"{rows}, more than the {allowed:,} that --max_withdraw_percent {limits.max_withdraw_percent} and "
        f"--withdraw_floor {limits.withdraw_floor} allow: none was. If they are to go, run once with "
        f"--max_withdraw_percent {needed}."
    )
