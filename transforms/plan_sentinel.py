"""PlanSentinel: what each workspace should hold against what it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import AsIter, AsList, AsSingleton, PCollection, TaggedOutput
from typing_extensions import Self

from iocbeam.model.ends import indicator_row
from iocbeam.model.intake import intake_of
from iocbeam.model.outcome import Ended, Tally
from iocbeam.model.record import ReadReport
from iocbeam.model.sentinel_plan import SentinelPlan, SentinelRow, WorkspaceRows
from iocbeam.model.settings import RunInfo
from iocbeam.planning.sentinel.desired import DesiredIndicators
from iocbeam.planning.sentinel.plan import plan_sentinel

from .owned_ends import EndedKeys, ended_keys
from .plan import whitelisted_among
from .select import Selection
from .stage import ENDED, PASSED, TALLIES, OutcomeCollector, route

STAGE: Final = "PlanSentinel"


class PlanSentinelInputs(NamedTuple):
    """What the plan of one workspace needs beside the workspace itself.

    Attributes:
        selection: the tenant's `Selection`, one element.
        protected_keys: packed digests of keys that Whitelisted records protect.
        ended: `EndedKeys` of the stages before the plan.
        reads: one `ReadReport` for each input.
        tallies: how records ended in all stages before the plan.
    """

    selection: PCollection[Selection[SentinelRow]]
    protected_keys: PCollection[bytes]
    ended: PCollection[EndedKeys]
    reads: PCollection[ReadReport]
    tallies: PCollection[Tally]


class _PlanSentinelFn(beam.DoFn):
    def __init__(self, run: RunInfo) -> None:
        super().__init__()
        self._run = run

    def process(
        self,
        element: WorkspaceRows,
        selection: Selection[SentinelRow],
        protected_keys: Iterable[bytes],
        ended: Iterable[EndedKeys],
        reads: Sequence[ReadReport],
        tallies: Sequence[Tally],
    ) -> Iterator[Any]:
        tenant_id = element.tenant_id
        desired = DesiredIndicators(
            rows=selection.rows,
            outranked=selection.outranked,
            whitelisted=whitelisted_among(selection, protected_keys),
            ended=ended_keys(ended),
            intake=intake_of(reads, tallies, tenant_id, len(selection.rows) + len(selection.outranked)),
            notices=element.tenant.notices,
        )
        made = plan_sentinel(desired, element, self._run)
        counts: Counter[tuple[str, str, str]] = Counter()
        for row, outcome, reason, message in made.ends:
            counts[outcome, reason, row.type] += 1
            end = Ended(outcome, reason, message)
            yield TaggedOutput(ENDED, indicator_row(row.indicator, end, STAGE, tenant_id))
        for (outcome, reason, kind), count in counts.items():
            yield TaggedOutput(TALLIES, Tally(tenant_id, STAGE, outcome, reason, kind, count))
        yield made


class PlanSentinel(beam.PTransform[Any, Any]):
    """`WorkspaceRows` to `SentinelPlan`s, one each, also when nothing was selected.

    Args:
        run: its start is the present; a replay withdraws nothing.
        inputs: what was selected, and what is known of the intake; the same for every workspace that comes in.
    """

    def __init__(self, run: RunInfo, inputs: PlanSentinelInputs) -> None:
        super().__init__()
        self._run = run
        self._inputs = inputs
        self._outcomes: OutcomeCollector | None = None

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends the rows for which the plan sends nothing to `collector`."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[WorkspaceRows]) -> PCollection[SentinelPlan]:
        inputs = self._inputs
        outputs = pcoll | STAGE >> beam.ParDo(
            _PlanSentinelFn(self._run),
            AsSingleton(inputs.selection),
            AsIter(inputs.protected_keys),
            AsList(inputs.ended),
            AsList(inputs.reads),
            AsList(inputs.tallies),
        ).with_outputs(ENDED, TALLIES, main=PASSED)
        route(outputs, None, self._outcomes)
        plans: PCollection[SentinelPlan] = outputs[PASSED]
        plans.element_type = SentinelPlan
        return plans
