"""OwnedEnds: of the keys that the tenants have from us, which ended on their way to the plan, and how."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import AsSingleton, PCollection
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from iocbeam.model.actual import TenantRows
from iocbeam.model.ends import MAX_SHOWN
from iocbeam.model.indicator import URL, key_digest
from iocbeam.model.outcome import EXPIRED, INACTIVE, PROTECTED, OutcomeRow
from iocbeam.model.values import keys_of_plan_key, plan_key
from iocbeam.model.values.urls import WITH_SCHEME

WHITELISTED: Final = "whitelisted"
"""Reason code of a record that protects its value."""

TOLD: Final = (PROTECTED, INACTIVE, EXPIRED)
"""Outcomes that say that the record's row should not be in a tenant. The first one goes before the others."""

Digests = frozenset[bytes]


class EndedKeys(NamedTuple):
    """Digests (`model.indicator.key_digest`) of keys whose records ended with an outcome."""

    outcome: str
    digests: Digests


def owned_digests(tenant: TenantRows) -> Digests:
    """Digests of the keys of the rows that carry our mark."""
    return frozenset(key_digest(*row.key) for row in tenant.owned())


def owned_keys(tenant: TenantRows) -> frozenset[tuple[str, str]]:
    """Keys of the rows that carry our mark, as `DefenderRow.key` has them: what `Select` takes."""
    return frozenset(key for row in tenant.owned() for key in keys_of_plan_key(*row.key))


def told_by(row: OutcomeRow) -> str:
    """The outcome as it counts for the row in the tenant: a Whitelisted record protects its value, whatever other
    records say."""
    return PROTECTED if row.reason == WHITELISTED else row.outcome


def digests_of(row: OutcomeRow) -> tuple[bytes, ...]:
    """The keys that an ended record may have had in a tenant. A URL without a scheme may have been given either.

    Empty for a record whose end says nothing of its row, and for a value that was cut.
    """
    if row.outcome not in TOLD or not row.type or len(row.value) >= MAX_SHOWN:
        return ()
    if row.type == URL and not row.value.startswith(WITH_SCHEME):
        return tuple(key_digest(*plan_key(URL, scheme + row.value)) for scheme in WITH_SCHEME)
    return (key_digest(*plan_key(row.type, row.value)),)


def ended_keys(found: Iterable[EndedKeys]) -> dict[bytes, str]:
    """Digest to outcome; where records of a key ended in several ways, the first of `TOLD`."""
    by_outcome: defaultdict[str, set[bytes]] = defaultdict(set)
    for outcome, digests in found:
        by_outcome[outcome] |= digests
    return {digest: outcome for outcome in reversed(TOLD) for digest in by_outcome[outcome]}


class _UnionFn(beam.CombineFn):
    def create_accumulator(self, *args: Any, **kwargs: Any) -> set[bytes]:
        return set()

    def add_input(
        self, mutable_accumulator: set[bytes], element: Digests, *args: Any, **kwargs: Any
    ) -> set[bytes]:
        mutable_accumulator |= element
        return mutable_accumulator

    def merge_accumulators(self, accumulators: Iterable[set[bytes]], *args: Any, **kwargs: Any) -> set[bytes]:
        return set().union(*accumulators)

    def extract_output(self, accumulator: set[bytes], *args: Any, **kwargs: Any) -> Digests:
        return frozenset(accumulator)


class _KeepFn(beam.DoFn):
    """Keeps what some tenant has; memory is bounded by what the tenants hold."""

    def start_bundle(self) -> None:
        self._found: defaultdict[str, set[bytes]] = defaultdict(set)

    def process(self, element: OutcomeRow, owned: Digests) -> None:
        if owned:
            for digest in digests_of(element):
                if digest in owned:
                    self._found[told_by(element)].add(digest)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        window = GlobalWindow()
        for outcome, digests in self._found.items():
            yield WindowedValue(EndedKeys(outcome, frozenset(digests)), window.max_timestamp(), (window,))


class AllOwnedDigests(beam.PTransform[Any, Any]):
    """`TenantRows` to one frozenset of the digests of all keys that any tenant has from us."""

    def expand(self, pcoll: PCollection[TenantRows]) -> Any:
        return pcoll | "Digests" >> beam.Map(owned_digests) | "Union" >> beam.CombineGlobally(_UnionFn())


class OwnedEnds(beam.PTransform[Any, Any]):
    """A stage's `OutcomeRow`s to the `EndedKeys` among them that tenants have from us.

    Args:
        owned: one frozenset, as `AllOwnedDigests` gives it.
    """

    def __init__(self, owned: PCollection[Digests]) -> None:
        super().__init__()
        self._owned = owned

    def expand(self, pcoll: PCollection[OutcomeRow]) -> PCollection[EndedKeys]:
        kept: PCollection[EndedKeys] = pcoll | "Keep" >> beam.ParDo(
            _KeepFn(), AsSingleton(self._owned)
        ).with_output_types(EndedKeys)
        return kept
