"""A whole transform: no source may fill the tenant by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.model import Indicator, filtered
from iocbeam.transforms import Dropped


class MostOfSource(beam.PTransform):
    """Of each source the records with the highest scores; the others end as `filtered`, `custom:over_share`."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def expand(self, indicators: PCollection[Indicator]) -> PCollection[Indicator | Dropped]:
        return (
            indicators
            | "By source" >> beam.GroupBy(lambda one: one.source)
            | "Best of each" >> beam.FlatMapTuple(self._share)
        )

    def _share(self, source: str, found: Iterable[Indicator]) -> Iterator[Indicator | Dropped]:
        best_first = sorted(found, key=lambda one: (-(one.score or 0), one.key))
        yield from best_first[: self._most]
        for one in best_first[self._most :]:
            yield Dropped(one, filtered("over_share", f"more than {self._most} of {source}"))
