"""Seek: of the indicators of a collection those that a tenant's objects may show.

All others end here as `not_sighted`, in the stage that reads them: only what was probably seen goes on. Indicators
that only the files of single alerts show wait, packed, until these have been asked for.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import apache_beam as beam
import zstandard
from apache_beam.pvalue import PCollection, TaggedOutput
from typing_extensions import Self

from iocbeam.model.alert_files import AlertFiles
from iocbeam.model.ends import indicator_row
from iocbeam.model.indicator import Indicator, build_indicator, indicator_values
from iocbeam.model.outcome import Ended, Tally
from iocbeam.model.sighting_state import TenantSeen, end_of_unseen
from iocbeam.planning.sightings.join import key_of_indicator, may_be_seen

from .stage import ENDED, PASSED, TALLIES, OutcomeCollector, in_global_window, route

STAGE: Final = "Seek"
IN_FILES: Final = "SeekInFiles"

LISTED: Final = 1_000
"""Indicators that were not sighted that a bundle lists; all are counted."""

_PACKED: Final = 1_000
_WAITING: Final = "waiting"
_NEEDS_FILES: Final = "needs_files"


class WaitingIndicators(NamedTuple):
    """Indicators that may be shown by files, packed."""

    packed: bytes

    @classmethod
    def of(cls, indicators: list[Indicator]) -> WaitingIndicators:
        """Pack them."""
        return cls(zstandard.compress(pickle.dumps([indicator_values(one) for one in indicators], 5), 1))

    def indicators(self) -> Iterator[Indicator]:
        """Unpack them."""
        # Only what this pipeline's own workers packed ever comes back here.
        for values in pickle.loads(zstandard.decompress(self.packed)):  # noqa: S301
            yield build_indicator(*values)


class Sieved(NamedTuple):
    """The outputs of `Seek`.

    Attributes:
        found: indicators that something probably shows.
        waiting: those that files may show, as `WaitingIndicators`.
        needs_files: types of indicators that files may show, a frozenset for each bundle with one.
    """

    found: PCollection[Indicator]
    waiting: PCollection[WaitingIndicators]
    needs_files: PCollection[frozenset[str]]


class _Ends:
    """Ends of a bundle: all counted, the first few listed."""

    def __init__(self, stage: str, tenant_id: str) -> None:
        self._stage = stage
        self._tenant_id = tenant_id
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._listed = 0

    def add(self, indicator: Indicator, end: Ended) -> Iterator[Any]:
        self._counts[end.outcome, end.reason, indicator.type] += 1
        if self._listed < LISTED:
            self._listed += 1
            yield TaggedOutput(ENDED, indicator_row(indicator, end, self._stage, self._tenant_id))

    def tallies(self) -> Iterator[Any]:
        for (outcome, reason, kind), count in self._counts.items():
            yield in_global_window(TALLIES, Tally(self._tenant_id, self._stage, outcome, reason, kind, count))


class _SeekFn(beam.DoFn):
    def __init__(self, tenant_id: str) -> None:
        super().__init__()
        self._tenant_id = tenant_id

    def start_bundle(self) -> None:
        self._ends = _Ends(STAGE, self._tenant_id)
        self._waiting: list[Indicator] = []
        self._needs_files: set[str] = set()

    def process(self, element: Indicator, seen: TenantSeen) -> Iterator[Any]:
        by_files = element.type in seen.lacking
        if by_files:
            self._needs_files.add(element.type)
        if may_be_seen(element, seen.keys):
            yield element
        elif by_files:
            self._waiting.append(element)
            if len(self._waiting) >= _PACKED:
                yield TaggedOutput(_WAITING, WaitingIndicators.of(self._waiting))
                self._waiting = []
        else:
            yield from self._ends.add(element, end_of_unseen(element, seen))

    def finish_bundle(self) -> Iterator[Any]:
        if self._needs_files:
            yield in_global_window(_NEEDS_FILES, frozenset(self._needs_files))
        if self._waiting:
            yield in_global_window(_WAITING, WaitingIndicators.of(self._waiting))
        yield from self._ends.tallies()


class Seek(beam.PTransform[Any, Any]):
    """`Indicator`s to `Sieved`.

    Args:
        seen: side input with the `TenantSeen` of the tenant.
        tenant_id: shown in outcomes.
    """

    def __init__(self, seen: Any, tenant_id: str = "") -> None:
        super().__init__()
        self._seen = seen
        self._tenant_id = tenant_id
        self._outcomes: OutcomeCollector | None = None

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends ends to `collector`: all counted, `LISTED` of each bundle listed."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[Indicator]) -> Sieved:
        outputs = pcoll | STAGE >> beam.ParDo(_SeekFn(self._tenant_id), self._seen).with_outputs(
            ENDED, TALLIES, _WAITING, _NEEDS_FILES, main=PASSED
        )
        route(outputs, None, self._outcomes)
        return Sieved(outputs[PASSED], outputs[_WAITING], outputs[_NEEDS_FILES])


class _SeekInFilesFn(beam.DoFn):
    def __init__(self, tenant_id: str) -> None:
        super().__init__()
        self._tenant_id = tenant_id

    def start_bundle(self) -> None:
        self._ends = _Ends(IN_FILES, self._tenant_id)
        self._keys: frozenset[tuple[str, str]] | None = None

    def process(self, element: WaitingIndicators, seen: TenantSeen, files: AlertFiles) -> Iterator[Any]:
        if self._keys is None:
            self._keys = files.keys()
        for indicator in element.indicators():
            if key_of_indicator(indicator) in self._keys:
                yield indicator
            else:
                yield from self._ends.add(indicator, end_of_unseen(indicator, seen, files))

    def finish_bundle(self) -> Iterator[Any]:
        yield from self._ends.tallies()


class SeekInFiles(beam.PTransform[Any, Any]):
    """`WaitingIndicators` to the `Indicator`s among them that files show.

    Args:
        seen: side input with the `TenantSeen` of the tenant.
        files: side input with the `AlertFiles` of the tenant.
        tenant_id: shown in outcomes.
    """

    def __init__(self, seen: Any, files: Any, tenant_id: str = "") -> None:
        super().__init__()
        self._sides = (seen, files)
        self._tenant_id = tenant_id
        self._outcomes: OutcomeCollector | None = None

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends ends to `collector`, as `Seek` does."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[WaitingIndicators]) -> PCollection[Indicator]:
        outputs = pcoll | IN_FILES >> beam.ParDo(_SeekInFilesFn(self._tenant_id), *self._sides).with_outputs(
            ENDED, TALLIES, main=PASSED
        )
        route(outputs, None, self._outcomes)
        found: PCollection[Indicator] = outputs[PASSED]
        return found
