"""Select: the best record of each value, and of those the best that fit.

A mergeable reduction: parts of a collection may be selected in any order and merged in any order, and the
same rows remain. Memory is bounded by the capacity, never by the collection. Of the values that the tenant
already has from us, the best record is kept wherever it ranks: the plan must know that it is still wanted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import itemgetter
from typing import Any, Final, Generic

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput
from apache_beam.runners.worker.statecache import CacheAware
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue
from typing_extensions import Self

from iocbeam.model.ends import indicator_row
from iocbeam.model.outcome import Tally, ended
from iocbeam.model.packed import Row, pack_row, pack_rows, unpack_row, unpack_rows

from .bulk import BulkCoder
from .rank import Ranked, RankKey, rank
from .stage import ENDED, TALLIES, OutcomeCollector, Tagged, route

STAGE: Final = "Select"
LISTED: Final = 1_000
"""How many of those left out are kept to be listed, and how many duplicates."""

_rank_of = itemgetter(0)


@dataclass
class Selection(CacheAware, Generic[Row]):
    """What was selected, and what became of the rest.

    Attributes:
        rows: the best rows, best first, one for each key.
        outranked: rows beyond the capacity whose key the tenant already has from us, best first.
        left_out: the best of those beyond the capacity, at most `LISTED`.
        duplicates: some of the records that another one outranked, at most `LISTED`.
        duplicate_counts, left_out_counts: all of them, by the indicator's type. Their sum is exact. Beyond the
            capacity a duplicate of a forgotten row counts as left out.
    """

    rows: list[Row] = field(default_factory=list)
    outranked: list[Row] = field(default_factory=list)
    left_out: list[Row] = field(default_factory=list)
    duplicates: list[Row] = field(default_factory=list)
    duplicate_counts: Counter[str] = field(default_factory=Counter)
    left_out_counts: Counter[str] = field(default_factory=Counter)

    def __getstate__(self) -> list[Any]:
        rows: tuple[list[Row], ...] = (self.rows, self.outranked, self.left_out, self.duplicates)
        kind: Any = next((type(row) for row in chain(*rows)), None)
        return [*map(pack_rows, rows), self.duplicate_counts, self.left_out_counts, kind]

    def __setstate__(self, state: list[Any]) -> None:
        *packed, self.duplicate_counts, self.left_out_counts, kind = state
        self.rows, self.outranked, self.left_out, self.duplicates = (unpack_rows(one, kind) for one in packed)

    def get_referents_for_cache(self) -> list[Any]:
        """Nothing: Beam would measure every row of a cached side input."""
        return []


class Best(Generic[Row]):
    """The best row of each key so far: at most `capacity` plus `LISTED` and a quarter, and one for each owned key.

    Keys below the cut are forgotten. When one comes back with a better rank it is judged anew, so that
    the rows that remain do not depend on the order.
    """

    __slots__ = ("_duplicate_counts", "_duplicates", "_floor", "_kept", "_limit", "_owned", "_room", "_seen")

    def __init__(self, capacity: int) -> None:
        self._bound(capacity + LISTED)
        self._kept: dict[tuple[str, str], Ranked] = {}
        self._owned: dict[tuple[str, str], Ranked] = {}
        self._floor: RankKey | None = None
        self._seen: Counter[str] = Counter()
        self._duplicate_counts: Counter[str] = Counter()
        self._duplicates: list[Row] = []

    def __getstate__(self) -> list[Any]:
        packed: list[Any] = [
            [(key, ranked[0], pack_row(ranked[1])) for key, ranked in kept.items()]
            for kept in (self._kept, self._owned)
        ]
        plain: tuple[Any, ...] = (self._limit, self._floor, self._seen, self._duplicate_counts)
        ranked = chain(self._kept.values(), self._owned.values())
        kind: Any = next((type(one.row) for one in ranked), None)
        return [*packed, pack_rows(self._duplicates), *plain, kind]

    def __setstate__(self, state: list[Any]) -> None:
        kept, owned, duplicates, limit, self._floor, self._seen, self._duplicate_counts, kind = state
        self._bound(limit)
        self._kept, self._owned = (
            {key: Ranked(place, unpack_row(row, kind)) for key, place, row in packed} for packed in (kept, owned)
        )
        self._duplicates = unpack_rows(duplicates, kind)

    def _bound(self, limit: int) -> None:
        self._limit = limit
        self._room = limit + limit // 4

    def add(self, row: Row, owned: frozenset[tuple[str, str]] = frozenset()) -> None:
        """Offers one row.

        Args:
            owned: keys (`DefenderRow.key`) of the rows that the tenant already has from us; the same ones for
                every row of a collection.
        """
        self._seen[row[-1].type] += 1
        key = (row[0], row[1])
        if owned and key in owned:
            self._offer(self._owned, key, Ranked(rank(row, True), row))
            return
        ranked = Ranked(rank(row), row)
        if self._floor is not None and ranked[0] < self._floor:
            return
        self._offer(self._kept, key, ranked)
        if len(self._kept) > self._room:
            self._shrink()

    def _offer(self, kept: dict[tuple[str, str], Ranked], key: tuple[str, str], ranked: Ranked) -> None:
        before = kept.get(key)
        if before is None:
            kept[key] = ranked
        elif ranked[0] > before[0]:
            kept[key] = ranked
            self._outranked(before[1])
        else:
            self._outranked(ranked[1])

    def _outranked(self, row: Row) -> None:
        self._duplicate_counts[row.indicator.type] += 1
        if len(self._duplicates) < LISTED:
            self._duplicates.append(row)

    def _shrink(self) -> None:
        order = sorted(self._kept.items(), key=lambda item: item[1][0], reverse=True)[: self._limit]
        self._kept = dict(order)
        self._floor = order[-1][1][0]

    def merge(self, other: Best[Row]) -> None:
        """Takes in what another part of the collection has selected."""
        self._seen.update(other._seen)
        self._duplicate_counts.update(other._duplicate_counts)
        if other._floor is not None and (self._floor is None or other._floor > self._floor):
            self._floor = other._floor
        for key, ranked in other._owned.items():
            self._offer(self._owned, key, ranked)
        for key, ranked in other._kept.items():
            self._offer(self._kept, key, ranked)
        self._duplicates = (self._duplicates + other._duplicates)[:LISTED]
        if len(self._kept) > self._room:
            self._shrink()

    def selection(self, capacity: int) -> Selection[Row]:
        """The result for a capacity of at most the one that this was made for."""
        order = sorted(chain(self._kept.values(), self._owned.values()), key=_rank_of, reverse=True)
        rows = [ranked[1] for ranked in order[:capacity]]
        owned, beyond = self._owned, order[capacity:]
        outranked = [ranked[1] for ranked in beyond if ranked[1].key in owned]
        left_out = (ranked[1] for ranked in beyond if ranked[1].key not in owned)
        kept = Counter(row.indicator.type for row in chain(rows, outranked))
        return Selection(
            rows=rows,
            outranked=outranked,
            left_out=list(islice(left_out, LISTED)),
            duplicates=self._duplicates,
            duplicate_counts=self._duplicate_counts,
            left_out_counts=self._seen - kept - self._duplicate_counts,
        )


def select(rows: Iterable[Row], capacity: int, owned: frozenset[tuple[str, str]] = frozenset()) -> Selection[Row]:
    """The selection of a whole collection at once; what `Select` does, for a list.

    Args:
        rows: classified rows, in any order.
        capacity: rows that are kept at most, one for each type and value.
        owned: keys of rows of ours in the tenant; of equals they go before the others.
    """
    best: Best[Row] = Best(capacity)
    for row in rows:
        best.add(row, owned)
    return best.selection(capacity)


class _SelectFn(beam.DoFn):
    """Selects within the bundle, so that only what could fit the tenant is ever shuffled."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self._capacity = capacity
        self._best: Best[Any] = Best(capacity)

    def start_bundle(self) -> None:
        self._best = Best(self._capacity)

    def process(self, element: Any, owned: frozenset[tuple[str, str]] = frozenset()) -> None:
        # Ranked in here: a step of its own would cost as much as the rank.
        self._best.add(element, owned)

    def finish_bundle(self) -> Iterator[Any]:
        window = GlobalWindow()
        yield WindowedValue(self._best, window.max_timestamp(), (window,))
        self._best = Best(self._capacity)


class _MergeBest(beam.CombineFn):
    """Merges what bundles have selected, in as many steps as the runner likes."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self._capacity = capacity

    def create_accumulator(self, *args: Any, **kwargs: Any) -> Best[Any]:
        return Best(self._capacity)

    def add_input(
        self, mutable_accumulator: Best[Any], element: Best[Any], *args: Any, **kwargs: Any
    ) -> Best[Any]:
        mutable_accumulator.merge(element)
        return mutable_accumulator

    def merge_accumulators(self, accumulators: Iterable[Best[Any]], *args: Any, **kwargs: Any) -> Best[Any]:
        merged: Best[Any] = Best(self._capacity)
        for accumulator in accumulators:
            merged.merge(accumulator)
        return merged

    def extract_output(self, accumulator: Best[Any], *args: Any, **kwargs: Any) -> Selection[Any]:
        return accumulator.selection(self._capacity)

    def get_accumulator_coder(self) -> BulkCoder:
        return BulkCoder()


class _TellEnds(beam.DoFn):
    """What became of the records that were not selected."""

    def __init__(self, tenant_id: str) -> None:
        super().__init__()
        self._tenant_id = tenant_id

    def process(self, element: Selection[Any]) -> Iterator[Tagged]:
        for reason, rows, counts in (
            ("outranked", element.duplicates, element.duplicate_counts),
            ("over_capacity", element.left_out, element.left_out_counts),
        ):
            end = ended(reason)
            for row in rows:
                yield TaggedOutput(ENDED, indicator_row(row.indicator, end, STAGE, self._tenant_id))
            for kind, count in counts.items():
                yield TaggedOutput(TALLIES, Tally(self._tenant_id, STAGE, end.outcome, reason, kind, count))


class Select(beam.PTransform[Any, Any]):
    """`DefenderRow`s or `RangeRow`s to one `Selection` by their rank, also of an empty collection.

    Args:
        capacity: rows that fit.
        tenant_id: shown in outcomes.
        owned: side input with the keys of the rows that the tenant has from us (a frozenset of
            their `key`), or None when nothing is known of the tenant.
    """

    def __init__(self, capacity: int, tenant_id: str = "", owned: Any = None) -> None:
        super().__init__()
        self._capacity = capacity
        self._tenant_id = tenant_id
        self._owned = () if owned is None else (owned,)
        self._outcomes: OutcomeCollector | None = None

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends duplicates and what is left out to `collector`: all counted, `LISTED` of each listed."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: Any) -> Any:
        selection = (
            pcoll
            | "SelectInBundle" >> beam.ParDo(_SelectFn(self._capacity), *self._owned).with_output_types(Best)
            | "Merge" >> beam.CombineGlobally(_MergeBest(self._capacity)).with_output_types(Selection)
        )
        ends = selection | "TellEnds" >> beam.ParDo(_TellEnds(self._tenant_id)).with_outputs(ENDED, TALLIES)
        route(ends, None, self._outcomes)
        return selection
