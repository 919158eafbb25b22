"""What becomes of the records that a sink was given: the two ways out that all sinks share."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from typing_extensions import Self

from iocbeam.model.ends import indicator_letter, indicator_row
from iocbeam.model.indicator import Indicator
from iocbeam.model.outcome import DEAD_LETTER_OUTCOMES, Ended, Tally
from iocbeam.model.settings import RunInfo

from .per_tenant import ENDED, ERRORS, TALLIES, connect_ends, tagged

IndicatorEnd = tuple[Indicator, Ended, int, int | None]
"""An indicator, how it ended, after how many attempts and with which HTTP status."""


def tagged_ends(ends: Iterable[IndicatorEnd], stage: str, run: RunInfo, tenant_id: str) -> Iterator[Any]:
    """Outcome rows, dead letters and tallies of one tenant's records, as side outputs at the end of a bundle."""
    counts: Counter[tuple[str, str, str]] = Counter()
    # The time of the call, not of the data: a run may take hours after its start.
    occurred_at = int(time.time())
    for indicator, end, attempts, status in ends:
        counts[end.outcome, end.reason, indicator.type] += 1
        yield tagged(ENDED, indicator_row(indicator, end, stage, tenant_id))
        if is_dead_letter(end):
            letter = indicator_letter(indicator, end, stage, run, tenant_id, occurred_at, attempts, status)
            yield tagged(ERRORS, letter)
    for (outcome, reason, kind), records in counts.items():
        yield tagged(TALLIES, Tally(tenant_id, stage, outcome, reason, kind, records))


def is_dead_letter(end: Ended) -> bool:
    """Whether a record that ends so is kept as a dead letter."""
    return end.outcome in DEAD_LETTER_OUTCOMES


class TellsEnds(beam.PTransform[Any, Any]):
    """A sink whose records leave in two ways: errors as dead letters, every end as an outcome."""

    def __init__(self) -> None:
        super().__init__()
        self._handler: Any = None
        self._outcomes: Any = None

    def with_error_handler(self, handler: Any) -> Self:
        """Sends what could not be delivered to `handler`; without one the sink raises after its last write."""
        self._handler = handler
        return self

    def with_outcomes(self, collector: Any) -> Self:
        """Sends every end to a `transforms.OutcomeCollector`; without one they are counted in Beam's metrics."""
        self._outcomes = collector
        return self

    def connect(self, outputs: Any) -> None:
        """Leads the side outputs of the sink's step to where they were sent."""
        connect_ends(outputs, self._handler, self._outcomes)
