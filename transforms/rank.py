"""Rank: the total order that decides which record of a value is kept, and who gets the last places."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import apache_beam as beam
import orjson

from iocbeam.model.entra_plan import RangeRow
from iocbeam.model.indicator import SEVERITIES
from iocbeam.model.plan import DefenderRow
from iocbeam.model.sentinel_plan import SentinelRow
from iocbeam.model.sighting import SoughtRow

_SEVERITY_RANK: Final = {name: rank for rank, name in enumerate(SEVERITIES)}
_UNSCORED: Final = -1e16
_UNDATED: Final = -1

RankKey = tuple[int, float, int, bool, bytes]
"""Severity, score, age, already in the tenant, stable hash; the greater is the better."""


class Ranked(NamedTuple):
    """A row with its place in the order.

    Attributes:
        rank: what `rank` gives; the greater is the better.
        row: a `DefenderRow`, a `RangeRow`, a `SentinelRow` or a `SoughtRow`.
    """

    rank: RankKey
    row: Any


def rank(row: DefenderRow | RangeRow | SentinelRow | SoughtRow, already_there: bool = False) -> RankKey:
    """Severity first, then score, then the newest, then what the tenant already has, then a stable hash.

    Unscored and undated records come after all others. The hash covers what distinguishes two records of
    one value, and neither where it was read nor when the run was: the order of the input decides nothing.

    Args:
        row: classified for any of the targets.
        already_there: whether the tenant has a row of this key.
    """
    indicator = row.indicator
    score, created_at = indicator.score, indicator.created_at
    return (
        _SEVERITY_RANK[row.severity],
        _UNSCORED if score is None else score,
        _UNDATED if created_at is None else created_at,
        already_there,
        blake2b(
            orjson.dumps(
                (
                    indicator.type,
                    indicator.value,
                    indicator.expires_at,
                    indicator.source,
                    indicator.source_id,
                    row.title,
                    row.description,
                    indicator.tlp,
                    indicator.malware,
                    indicator.adversaries,
                )
            ),
            digest_size=8,
        ).digest(),
    )


class _RankFn(beam.DoFn):
    def process(self, element: DefenderRow, present: frozenset[tuple[str, str]] = frozenset()) -> Iterable[Ranked]:
        return (Ranked(rank(element, element.key in present), element),)


class Rank(beam.PTransform[Any, Any]):
    """`DefenderRow`s to `Ranked` rows.

    Args:
        present: side input with the keys of the rows that the tenant already has (a frozenset of
            `DefenderRow.key`), or None when nothing is known of the tenant.
    """

    def __init__(self, present: Any = None) -> None:
        super().__init__()
        self._present = present

    def expand(self, pcoll: Any) -> Any:
        extra = () if self._present is None else (self._present,)
        return pcoll | "Rank" >> beam.ParDo(_RankFn(), *extra)
