"""Plan: what each tenant should hold against what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import AsIter, AsList, AsSingleton, PCollection, TaggedOutput
from typing_extensions import Self

from iocbeam.model.actual import TenantRows
from iocbeam.model.ends import indicator_row
from iocbeam.model.indicator import key_digest
from iocbeam.model.intake import intake_of
from iocbeam.model.outcome import Ended, Tally
from iocbeam.model.plan import DefenderPlan, DefenderRow
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import RunInfo
from iocbeam.model.values import plan_key
from iocbeam.planning import Desired, plan

from .owned_ends import EndedKeys, ended_keys
from .select import Selection
from .stage import ENDED, PASSED, TALLIES, OutcomeCollector, route

STAGE: Final = "Plan"
DIGEST_BYTES: Final = 8


def whitelisted_among(selection: Selection[Any], packed: Iterable[bytes]) -> frozenset[bytes]:
    """Those digests of protected keys that selected rows have; memory is bounded by the selection.

    Args:
        packed: runs of eight-byte digests, as `Validate.protected_keys` holds them.
    """
    rows = (*selection.rows, *selection.outranked)
    selected = {key_digest(*plan_key(*row.indicator.key)) for row in rows}
    found: set[bytes] = set()
    for run in packed:
        for at in range(0, len(run), DIGEST_BYTES):
            digest = run[at : at + DIGEST_BYTES]
            if digest in selected:
                found.add(digest)
    return frozenset(found)


class PlanInputs(NamedTuple):
    """What the plan of one tenant needs beside the tenant itself.

    Attributes:
        selection: the tenant's `Selection`, one element.
        protected_keys: packed digests of keys that Whitelisted records protect.
        ended: `EndedKeys` of the stages before the plan.
        reads: one `ReadReport` for each input.
        tallies: how records ended in all stages before the plan.
    """

    selection: PCollection[Selection[DefenderRow]]
    protected_keys: PCollection[bytes]
    ended: PCollection[EndedKeys]
    reads: PCollection[ReadReport]
    tallies: PCollection[Tally]


class _PlanFn(beam.DoFn):
    def __init__(self, run: RunInfo) -> None:
        super().__init__()
        self._run = run

    def process(
        self,
        element: TenantRows,
        selection: Selection[DefenderRow],
        protected_keys: Iterable[bytes],
        ended: Iterable[EndedKeys],
        reads: Sequence[ReadReport],
        tallies: Sequence[Tally],
    ) -> Iterator[Any]:
        tenant_id = element.tenant_id
        desired = Desired(
            rows=selection.rows,
            outranked=selection.outranked,
            whitelisted=whitelisted_among(selection, protected_keys),
            ended=ended_keys(ended),
            intake=intake_of(reads, tallies, tenant_id, len(selection.rows) + len(selection.outranked)),
            notices=element.tenant.notices,
        )
        made = plan(desired, element, self._run)
        counts: Counter[tuple[str, str, str]] = Counter()
        for row, outcome, reason, message in made.ends:
            end = Ended(outcome, reason, message)
            counts[outcome, reason, row.indicator.type] += 1
            yield TaggedOutput(ENDED, indicator_row(row.indicator, end, STAGE, tenant_id))
        for (outcome, reason, kind), count in counts.items():
            yield TaggedOutput(TALLIES, Tally(tenant_id, STAGE, outcome, reason, kind, count))
        yield made


class Plan(beam.PTransform[Any, Any]):
    """`TenantRows` to `DefenderPlan`s, one each, also when nothing was selected.

    Args:
        run: its start is the present.
        inputs: what was selected, and what is known of the intake; the same for every tenant that comes in.
    """

    def __init__(self, run: RunInfo, inputs: PlanInputs) -> None:
        super().__init__()
        self._run = run
        self._inputs = inputs
        self._outcomes: OutcomeCollector | None = None

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends the rows for which the plan sends nothing to `collector`."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[TenantRows]) -> PCollection[DefenderPlan]:
        inputs = self._inputs
        outputs = pcoll | STAGE >> beam.ParDo(
            _PlanFn(self._run),
            AsSingleton(inputs.selection),
            AsIter(inputs.protected_keys),
            AsList(inputs.ended),
            AsList(inputs.reads),
            AsList(inputs.tallies),
        ).with_outputs(ENDED, TALLIES, main=PASSED)
        route(outputs, None, self._outcomes)
        plans: PCollection[DefenderPlan] = outputs[PASSED]
        plans.element_type = DefenderPlan
        return plans
