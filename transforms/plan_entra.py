"""PlanEntra: what each tenant's locations and policy should be against what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import AsIter, AsList, AsSingleton, PCollection, TaggedOutput
from typing_extensions import Self

from iocbeam.model.ends import indicator_row
from iocbeam.model.entra_plan import EndedRanges, EntraPlan, RangeRow
from iocbeam.model.intake import intake_of
from iocbeam.model.outcome import Ended, Tally
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import RunInfo
from iocbeam.planning.entra.access import TenantAccess
from iocbeam.planning.entra.plan import our_ranges, plan_entra
from iocbeam.planning.entra.ranges import RangeSet
from iocbeam.planning.entra.wanted_ranges import DesiredRanges

from .protect import load_never_block
from .protect_range import NeverBlockRanges, never_block_ranges
from .select import Selection
from .stage import ENDED, PASSED, TALLIES, OutcomeCollector, route

STAGE: Final = "PlanEntra"


def touching(found: Iterable[EndedRanges], whitelisted: bool, near: RangeSet) -> RangeSet:
    """The addresses of one kind of ended records, as far as they touch others; memory is bounded by these.

    Args:
        near: addresses of selected rows and of locations of ours.
    """
    whole = RangeSet()
    for one in found:
        if one.whitelisted == whitelisted:
            whole |= RangeSet.of([value for value in one.values if near.overlaps(value)])
    return whole


class PlanEntraInputs(NamedTuple):
    """What the plan of one tenant needs beside the tenant itself.

    Attributes:
        selection: the tenant's `Selection`, one element.
        ended: `EndedRanges` of the stages before the plan.
        reads: one `ReadReport` for each input.
        tallies: how records ended in all stages before the plan.
    """

    selection: PCollection[Selection[RangeRow]]
    ended: PCollection[EndedRanges]
    reads: PCollection[ReadReport]
    tallies: PCollection[Tally]


class _PlanEntraFn(beam.DoFn):
    def __init__(self, run: RunInfo, never_block: tuple[str, ...]) -> None:
        super().__init__()
        self._run = run
        self._paths = never_block
        self._lists = NeverBlockRanges()

    def setup(self) -> None:
        self._lists = never_block_ranges(load_never_block(self._paths)[0])

    def process(
        self,
        element: TenantAccess,
        selection: Selection[RangeRow],
        ended: Iterable[EndedRanges],
        reads: Sequence[ReadReport],
        tallies: Sequence[Tally],
    ) -> Iterator[Any]:
        tenant_id = element.tenant_id
        near = RangeSet.of([row.value for row in selection.rows]) | our_ranges(element)
        desired = DesiredRanges(
            rows=selection.rows,
            whitelisted=touching(ended, True, near),
            built_in=self._lists.built_in,
            listed=self._lists.listed,
            ended=touching(ended, False, near),
            intake=intake_of(reads, tallies, tenant_id, len(selection.rows)),
            notices=element.tenant.notices,
        )
        made = plan_entra(desired, element, self._run)
        counts: Counter[tuple[str, str, str]] = Counter()
        for row, outcome, reason, message in made.ends:
            counts[outcome, reason, row.type] += 1
            end = Ended(outcome, reason, message)
            yield TaggedOutput(ENDED, indicator_row(row.indicator, end, STAGE, tenant_id))
        for (outcome, reason, kind), count in counts.items():
            yield TaggedOutput(TALLIES, Tally(tenant_id, STAGE, outcome, reason, kind, count))
        yield made


class PlanEntra(beam.PTransform[Any, Any]):
    """`TenantAccess` to `EntraPlan`s, one each, also when nothing was selected.

    Args:
        run: goes into the plan; a replay withdraws nothing.
        inputs: what was selected, and what is known of the intake; the same for every tenant that comes in.
        never_block: files with lists; read on the worker.
    """

    def __init__(self, run: RunInfo, inputs: PlanEntraInputs, never_block: Iterable[str] = ()) -> None:
        super().__init__()
        self._run = run
        self._inputs = inputs
        self._never_block = tuple(never_block)
        self._outcomes: OutcomeCollector | None = None

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends the rows for which the plan writes nothing to `collector`."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[TenantAccess]) -> PCollection[EntraPlan]:
        inputs = self._inputs
        outputs = pcoll | STAGE >> beam.ParDo(
            _PlanEntraFn(self._run, self._never_block),
            AsSingleton(inputs.selection),
            AsIter(inputs.ended),
            AsList(inputs.reads),
            AsList(inputs.tallies),
        ).with_outputs(ENDED, TALLIES, main=PASSED)
        route(outputs, None, self._outcomes)
        plans: PCollection[EntraPlan] = outputs[PASSED]
        plans.element_type = EntraPlan
        return plans
