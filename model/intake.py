"""The intake: what was read, and whether it may be taken for the whole collection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .outcome import NOTICE, REJECTED, Tally
from .record import ReadReport


class Intake(NamedTuple):
    """What a run has read, up to the plan.

    Attributes:
        inputs, incomplete: how many there were, and how many of them broke off.
        records: all that were read.
        rejected: those that ended so.
        lost: records read that neither ended nor reached the plan; 0 when the intake balances.
    """

    inputs: int = 1
    incomplete: int = 0
    records: int = 0
    rejected: int = 0
    lost: int = 0

    def problem(self, max_rejected_percent: int = 100) -> str:
        """Why it cannot be taken for the whole collection, or nothing."""
        if self.lost:
            return f"the sums do not balance: of {self.records:,} records {self.lost:,} are not accounted for"
        if self.incomplete:
            return f"{self.incomplete} of {self.inputs} inputs could not be read to the end"
        if self.rejected * 100 > self.records * max_rejected_percent:
            return (
                f"{self.rejected:,} of {self.records:,} records were rejected, more than --max_rejected_percent "
                f"{max_rejected_percent}: is it the right format, and are the columns mapped?"
            )
        return ""


def intake_of(
    reads: Sequence[ReadReport], tallies: Iterable[Tally], tenant_id: str = "", passed: int | None = None
) -> Intake:
    """The intake as one tenant sees it.

    Args:
        tallies: of every stage before the plan; those of other tenants are passed over.
        passed: records that reached the plan; None leaves it open whether the sums balance.
    """
    records = sum(read.records for read in reads)
    ended = rejected = 0
    for tally in tallies:
        if tally.outcome != NOTICE and tally.tenant_id in ("", tenant_id):
            ended += tally.records
            if tally.outcome == REJECTED:
                rejected += tally.records
    return Intake(
        inputs=len(reads),
        incomplete=sum(not read.complete for read in reads),
        records=records,
        rejected=rejected,
        lost=0 if passed is None else records - ended - passed,
    )
