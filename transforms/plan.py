"""Plan: what each tenant should hold against what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import AsIter, AsSingleton, PCollection, TaggedOutput
from typing_extensions import Self

from iocbeam.model.ends import indicator_row
from iocbeam.model.indicator import key_digest
from iocbeam.model.outcome import Ended, Tally
from iocbeam.model.plan import DefenderPlan
from iocbeam.model.settings import TenantSettings
from iocbeam.planning.defender import Desired, plan

from .select import Selection
from .stage import ENDED, PASSED, TALLIES, OutcomeCollector, route

STAGE: Final = "Plan"
DIGEST_BYTES: Final = 8


def whitelisted_among(selection: Selection, packed: Iterable[bytes]) -> frozenset[bytes]:
    """Those digests of protected keys that selected rows have; memory is bounded by the selection.

    Args:
        packed: runs of eight-byte digests, as `Validate.protected_keys` holds them.
    """
    selected = {key_digest(row.indicator.type, row.indicator.value) for row in selection.rows}
    found: set[bytes] = set()
    for run in packed:
        for at in range(0, len(run), DIGEST_BYTES):
            digest = run[at : at + DIGEST_BYTES]
            if digest in selected:
                found.add(digest)
    return frozenset(found)


class _PlanFn(beam.DoFn):
    def process(
        self, element: TenantSettings, selection: Selection, protected_keys: Iterable[bytes]
    ) -> Iterator[Any]:
        desired = Desired(selection.rows, whitelisted_among(selection, protected_keys), notices=element.notices)
        made = plan(desired, (), element.policy, element.tenant_id, element.alias)
        counts: Counter[tuple[str, str, str]] = Counter()
        for row, outcome, reason, message in made.ends:
            end = Ended(outcome, reason, message)
            counts[outcome, reason, row.indicator.type] += 1
            yield TaggedOutput(ENDED, indicator_row(row.indicator, end, STAGE, element.tenant_id))
        for (outcome, reason, kind), count in counts.items():
            yield TaggedOutput(TALLIES, Tally(element.tenant_id, STAGE, outcome, reason, kind, count))
        yield made


class Plan(beam.PTransform[Any, Any]):
    """`TenantSettings` to `DefenderPlan`s, one each, also when nothing was selected.

    Args:
        selection: the tenant's `Selection`, one element.
        protected_keys: packed digests of keys that Whitelisted records protect.
    """

    def __init__(self, selection: PCollection[Selection], protected_keys: PCollection[bytes]) -> None:
        super().__init__()
        self._selection = selection
        self._protected_keys = protected_keys
        self._outcomes: OutcomeCollector | None = None

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends the rows for which the plan sends nothing to `collector`."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[TenantSettings]) -> PCollection[DefenderPlan]:
        outputs = pcoll | STAGE >> beam.ParDo(
            _PlanFn(), AsSingleton(self._selection), AsIter(self._protected_keys)
        ).with_outputs(ENDED, TALLIES, main=PASSED)
        route(outputs, None, self._outcomes)
        plans: PCollection[DefenderPlan] = outputs[PASSED]
        plans.element_type = DefenderPlan
        return plans
