"""What the writer of a workspace tells: what became of each change, and what a person should know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from iocbeam.model.errors import RetryLater
from iocbeam.model.indicator import SHA1, SHA256
from iocbeam.model.outcome import CREATED, Ended
from iocbeam.model.plan import WriteReport
from iocbeam.model.sentinel_plan import SentinelChange, SentinelPlan, SentinelWithdrawal
from iocbeam.planning.sentinel.plan import OUTRANKED

from .delivery import SentinelDelivery, Uploaded


class SentinelDelivered(NamedTuple):
    """How one change ended; see `sentinel_delivery.Uploaded`.

    Attributes:
        end: the outcome of the change's own kind when it was taken.
    """

    change: SentinelChange
    end: Ended
    attempts: int
    status: int | None
    sent: bool

    @property
    def taken(self) -> bool:
        """Whether the service took the object."""
        return self.end.outcome == self.change.kind


class SentinelWritten(NamedTuple):
    """What became of a plan: a result for each of its changes, and the report."""

    results: list[SentinelDelivered]
    report: WriteReport


def without_replacement(
    withdraw: Sequence[SentinelWithdrawal], results: Sequence[SentinelDelivered]
) -> tuple[list[SentinelWithdrawal], int]:
    """What is still to be withdrawn once it is known what was taken, and how many stay: outranked indicators make
    room, so for each new one that was not taken one of them keeps its place, the best first."""
    refused = sum(one.change.kind == CREATED and not one.taken for one in results)
    outranked = [at for at, one in enumerate(withdraw) if one.reason == OUTRANKED]
    staying = set(outranked[max(0, len(outranked) - refused) :])
    return [one for at, one in enumerate(withdraw) if at not in staying], len(staying)


def sentinel_report(plan: SentinelPlan) -> WriteReport:
    """The report of a plan before anything was done."""
    return WriteReport(
        plan.tenant_id,
        plan.alias,
        requests=plan.requests,
        throttled_seconds=plan.throttled_seconds,
        refusals=plan.refusals,
        conflicts=plan.conflicts,
        notices=plan.notices,
        target="sentinel",
    )


def tell(
    report: WriteReport,
    results: Sequence[SentinelDelivered],
    withdrawn: Sequence[Uploaded],
    delivery: SentinelDelivery,
) -> None:
    """Puts into the report what the uploads came to."""
    report.sent = sum(one.sent for one in results)
    report.accepted = sum(one.taken for one in results)
    report.withdrawn = sum(one.end is None for one in withdrawn)
    if delivery.stopped_by is not None and not report.stopped:
        report.stopped = str(delivery.stopped_by)
        report.unreachable = isinstance(delivery.stopped_by, RetryLater)
    _tell_refused_hashes(report, results)
    left = len(withdrawn) - report.withdrawn
    if left:
        words = next(one.end.message for one in withdrawn if one.end is not None)
        note(report, f"{left:,} indicators that were to be withdrawn are still in effect: {words}")
        # Promised and not done: the run does not end as done.
        report.stopped = report.stopped or f"{left:,} indicators could not be withdrawn: {words}"


def note(report: WriteReport, text: str) -> None:
    """Adds a notice."""
    report.notices = (*report.notices, text)


def conflict(report: WriteReport, text: str) -> None:
    """Adds something that a person should settle."""
    report.conflicts = (*report.conflicts, text)


def _tell_refused_hashes(report: WriteReport, results: Sequence[SentinelDelivered]) -> None:
    """How a service spells the names of algorithms is not documented: that it takes none of ours is told."""
    hashes = [one for one in results if one.change.row.type in (SHA1, SHA256)]
    if hashes and report.accepted and not any(one.taken for one in hashes):
        conflict(
            report,
            f"All {len(hashes):,} SHA-1 and SHA-256 were refused, and other indicators were taken: "
            f"{hashes[0].end.message} They are sent as file:hashes.'SHA1' and 'SHA256', as public clients do: see "
            "whether the workspace takes another spelling.",
        )
