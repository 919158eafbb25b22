"""RangeEnds: of the addresses that ended on their way to the plan, those that the plan must know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import AsSingleton, PCollection
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from iocbeam.model.entra_plan import EndedRanges
from iocbeam.model.outcome import EXPIRED, INACTIVE, OutcomeRow
from iocbeam.planning.entra.access import TenantAccess
from iocbeam.planning.entra.plan import our_ranges
from iocbeam.planning.entra.ranges import RangeSet

from .classify_range import RANGE_TYPES
from .owned_ends import WHITELISTED

CHUNK: Final = 10_000
"""Values that one element holds at most."""


class _UnionFn(beam.CombineFn):
    def create_accumulator(self, *args: Any, **kwargs: Any) -> RangeSet:
        return RangeSet()

    def add_input(self, mutable_accumulator: RangeSet, element: RangeSet, *args: Any, **kwargs: Any) -> RangeSet:
        return mutable_accumulator | element

    def merge_accumulators(self, accumulators: Iterable[RangeSet], *args: Any, **kwargs: Any) -> RangeSet:
        return RangeSet.union(accumulators)

    def extract_output(self, accumulator: RangeSet, *args: Any, **kwargs: Any) -> RangeSet:
        return accumulator


class _KeepFn(beam.DoFn):
    """Keeps Whitelisted values, and of the others those that some tenant's locations hold."""

    def start_bundle(self) -> None:
        self._found: defaultdict[bool, set[str]] = defaultdict(set)

    def process(self, element: OutcomeRow, owned: RangeSet) -> Iterator[EndedRanges]:
        if element.type not in RANGE_TYPES:
            return
        whitelisted = element.reason == WHITELISTED
        if whitelisted or (element.outcome in (INACTIVE, EXPIRED) and owned.overlaps(element.value)):
            found = self._found[whitelisted]
            found.add(element.value)
            if len(found) >= CHUNK:
                yield EndedRanges(whitelisted, tuple(found))
                found.clear()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        window = GlobalWindow()
        for whitelisted, found in self._found.items():
            if found:
                yield WindowedValue(EndedRanges(whitelisted, tuple(found)), window.max_timestamp(), (window,))


class AllOwnedRanges(beam.PTransform[Any, Any]):
    """`TenantAccess` to one `RangeSet` of all addresses that locations of ours hold in any tenant."""

    def expand(self, pcoll: PCollection[TenantAccess]) -> Any:
        return (
            pcoll
            | "Ranges" >> beam.Map(our_ranges).with_output_types(RangeSet)
            | "Union" >> beam.CombineGlobally(_UnionFn()).with_output_types(RangeSet)
        )


class RangeEnds(beam.PTransform[Any, Any]):
    """A stage's `OutcomeRow`s to the `EndedRanges` among them.

    Args:
        owned: one `RangeSet`, as `AllOwnedRanges` gives it.
    """

    def __init__(self, owned: PCollection[RangeSet]) -> None:
        super().__init__()
        self._owned = owned

    def expand(self, pcoll: PCollection[OutcomeRow]) -> PCollection[EndedRanges]:
        kept: PCollection[EndedRanges] = pcoll | "Keep" >> beam.ParDo(
            _KeepFn(), AsSingleton(self._owned)
        ).with_output_types(EndedRanges)
        return kept
