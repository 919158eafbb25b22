"""The report of an Entra plan: what the two writers tell a person."""

from __future__ import annotations

from typing import Final

from iocbeam.model.entra_plan import EntraPlan
from iocbeam.model.plan import WriteReport

MAX_DIFFERENCES: Final = 20


def entra_report(plan: EntraPlan) -> WriteReport:
    """The report of a plan before anything was done."""
    return WriteReport(
        plan.tenant_id,
        plan.alias,
        requests=plan.requests,
        throttled_seconds=plan.throttled_seconds,
        refusals=plan.refusals,
        conflicts=plan.conflicts,
        notices=plan.notices,
        policy_effect=plan.effect,
        target="entra",
    )


def note(report: WriteReport, text: str) -> None:
    """Adds something that a person should know."""
    report.notices = (*report.notices, text)


def differs(report: WriteReport, *things: str) -> None:
    """Adds what is not as the plan has it; the run then does not end as done."""
    report.difference_count += len(things)
    report.differences = (*report.differences, *things)[:MAX_DIFFERENCES]
