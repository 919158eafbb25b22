"""The intake: what was read, and whether it may be taken for the whole collection."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from .outcome import INTO, INTO_MARKS, NO_END, OUT_OF, OUT_OF_MARKS, PASSAGE, REJECTED, Tally
from .record import ReadReport

STATUS_EXCLUDED: Final = "status_excluded"
"""Reason code of a record whose status was not asked for."""

TRANSFORM_FAILED: Final = "transform_failed"
"""Reason code: such a record is not known to be unwanted, so nothing may be withdrawn for want of it."""


class Intake(NamedTuple):
    """What a run has read, up to the plan.

    Attributes:
        inputs, incomplete: how many there were, and how many of them broke off.
        records: all that were read.
        rejected: those that ended so.
        lost: records read that neither ended nor reached the plan, negative when there are more of them than were
            read; 0 when the intake balances.
        failed: records that were rejected because a transform of the user's own failed on them.
        gaps: for each transform of the user's own out of which came not what went in, a few words.
        excluded: those whose status was not asked for.
    """

    inputs: int = 1
    incomplete: int = 0
    records: int = 0
    rejected: int = 0
    lost: int = 0
    failed: int = 0
    gaps: tuple[str, ...] = ()
    excluded: int = 0

    @property
    def unbalanced(self) -> bool:
        """Whether records were lost or doubled somewhere: then nothing is certain."""
        return bool(self.lost or self.gaps)

    @property
    def few_wanted(self) -> bool:
        """Whether most records have a status that was not asked for: those that were may be wrong."""
        return self.excluded * 2 > self.records - self.rejected

    def problem(self, max_rejected_percent: int = 100) -> str:
        """Why it cannot be taken for the whole collection, or nothing."""
        if self.unbalanced:
            return "; ".join((f"the sums do not balance{self._difference()}", *self.gaps))
        if self.incomplete:
            return f"{self.incomplete} of {self.inputs} inputs could not be read to the end"
        if self.failed:
            return (
                f"a transform of your own failed on {self.failed:,} of {self.records:,} records: iocbeam "
                "deadletters shows how"
            )
        if self.rejected * 100 > self.records * max_rejected_percent:
            return (
                f"{self.rejected:,} of {self.records:,} records were rejected, more than --max_rejected_percent "
                f"{max_rejected_percent}: is it the right format, and are the columns mapped?"
            )
        return ""

    def _difference(self) -> str:
        if self.lost > 0:
            return f": of {self.records:,} records {self.lost:,} are not accounted for"
        return f": {-self.lost:,} more came out than the {self.records:,} records read" if self.lost else ""


def intake_of(
    reads: Sequence[ReadReport], tallies: Iterable[Tally], tenant_id: str = "", passed: int | None = None
) -> Intake:
    """The intake as one tenant sees it.

    Args:
        tallies: of every stage before the plan; those of other tenants are passed over.
        passed: records that reached the plan; None leaves it open whether the sums balance.
    """
    records = sum(read.records for read in reads)
    ended = rejected = failed = excluded = 0
    passages: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tally in tallies:
        if tally.outcome == PASSAGE:
            passages[tally.stage][tally.reason] += tally.records
        if tally.outcome not in NO_END and tally.tenant_id in ("", tenant_id):
            ended += tally.records
            if tally.outcome == REJECTED:
                rejected += tally.records
                failed += tally.records if tally.reason == TRANSFORM_FAILED else 0
            excluded += tally.records if tally.reason == STATUS_EXCLUDED else 0
    return Intake(
        inputs=len(reads),
        incomplete=sum(not read.complete for read in reads),
        records=records,
        rejected=rejected,
        lost=0 if passed is None else records - ended - passed,
        failed=failed,
        gaps=tuple(filter(None, (_gap(name, counts) for name, counts in sorted(passages.items())))),
        excluded=excluded,
    )


def _gap(name: str, counts: Counter[str]) -> str:
    if counts[INTO] != counts[OUT_OF]:
        return f"into the transform {name} went {counts[INTO]:,}, out of it came {counts[OUT_OF]:,}"
    if counts[INTO_MARKS] != counts[OUT_OF_MARKS]:
        return f"out of the transform {name} came as many as went in, but by their locations not the same records"
    return ""
