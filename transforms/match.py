"""Match: objects with the indicators that they show, as events; and how the indicators end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import AsList, AsSingleton, PCollection, TaggedOutput
from typing_extensions import Self

from iocbeam.model.alert_files import AlertFiles
from iocbeam.model.ends import indicator_row
from iocbeam.model.entities import entities_of, file_entities, hashes_of_files
from iocbeam.model.indicator import Indicator
from iocbeam.model.ocsf import EventContext, event_of
from iocbeam.model.outcome import SIGHTED, Ended, Tally
from iocbeam.model.settings import RunInfo
from iocbeam.model.sighting import ALERT, GRAPH_ALERT, MACHINE, Fetched, Match, SoughtRow
from iocbeam.model.sighting_report import MOST_LISTED, ObjectCount, Sighted, worst_first
from iocbeam.model.sighting_state import TenantSeen, end_of_unseen
from iocbeam.planning.sightings.join import Sought

from .observe import AlertIds, ObjectChunk, is_copy
from .select import Selection
from .stage import ENDED, TALLIES, OutcomeCollector, in_global_window, route

STAGE: Final = "Match"

FINDINGS: Final = "findings"
DEVICES: Final = "devices"
_SIGHTED: Final = "sighted"
_COUNTS: Final = "counts"

_NO_FILES: Final = AlertFiles()
_FOUND: Final = Ended(SIGHTED, "")

Sightings = dict[tuple[str, str], tuple[int, int]]
"""By an indicator's type and value, how many machines and how many alerts of a bundle show it."""


class Matched(NamedTuple):
    """The outputs of `Match`.

    Attributes:
        devices: events of machines.
        findings: events of alerts.
        counts: `ObjectCount`s.
        sighted: the worst `MOST_LISTED` of what was found, one list of `Sighted`.
    """

    devices: PCollection[dict[str, Any]]
    findings: PCollection[dict[str, Any]]
    counts: PCollection[ObjectCount]
    sighted: PCollection[list[Sighted]]


def matches_of(fetched: Fetched, sought: Sought, files: AlertFiles = _NO_FILES) -> tuple[list[Match], list[Any]]:
    """The indicators that an object shows, and the files that were asked for about it.

    Args:
        files: what is known of the files of alerts.
    """
    entities = entities_of(fetched)
    of_alert: list[Any] = []
    if fetched.kind == ALERT and files.of_alert:
        of_alert = files.of(fetched.data.get("id"), hashes_of_files(entities))
        entities.extend(file_entities(of_alert, "files"))
    return sought.matches(entities), of_alert


class _MatchFn(beam.DoFn):
    def __init__(self, run: RunInfo, context: EventContext, all_events: bool) -> None:
        super().__init__()
        self._whose = {"collection": run.collection, "run_id": run.run_id}
        self._context = context
        self._all_events = all_events
        self._selection: Selection[SoughtRow] | None = None
        self._sought = Sought(())

    def start_bundle(self) -> None:
        self._ids: frozenset[bytes] | None = None
        self._machines: Counter[tuple[str, str]] = Counter()
        self._alerts: Counter[tuple[str, str]] = Counter()
        self._read: Counter[str] = Counter()
        self._matched: Counter[str] = Counter()
        self._written: Counter[str] = Counter()
        self._copies: Counter[str] = Counter()

    def process(
        self,
        element: ObjectChunk,
        selection: Selection[SoughtRow],
        files: AlertFiles,
        alert_ids: Sequence[AlertIds],
    ) -> Iterator[dict[str, Any] | TaggedOutput[str, Any]]:
        if self._selection is not selection:
            # Where a runner keeps side inputs, one index serves many bundles.
            self._selection, self._sought = selection, Sought(row.indicator for row in selection.rows)
        digests = self._digests(element, alert_ids)
        for fetched in element.objects():
            self._read[element.kind] += 1
            if digests and is_copy(fetched, digests):
                self._copies[element.kind] += 1
                continue
            matches, of_alert = matches_of(fetched, self._sought, files)
            if matches:
                self._matched[element.kind] += 1
                shown = self._machines if element.kind == MACHINE else self._alerts
                shown.update({match.indicator.key for match in matches})
            elif not self._all_events:
                continue
            self._written[element.kind] += 1
            event = event_of(fetched, self._context, matches, of_alert)
            for enrichment in event.get("enrichments", ()):
                enrichment["data"].update(self._whose)
            if element.kind == MACHINE:
                yield TaggedOutput(DEVICES, event)
            else:
                yield event

    def _digests(self, chunk: ObjectChunk, alert_ids: Sequence[AlertIds]) -> frozenset[bytes]:
        """Of the alerts that were read from Defender; only alerts of Graph are held against them."""
        if chunk.kind != GRAPH_ALERT:
            return frozenset()
        if self._ids is None:
            own = b"".join(one.digests for one in alert_ids if one.tenant_id == chunk.tenant_id)
            self._ids = frozenset(own[at : at + 8] for at in range(0, len(own), 8))
        return self._ids

    def finish_bundle(self) -> Iterator[Any]:
        for kind, read in self._read.items():
            counts = (read, self._matched[kind], self._written[kind], self._copies[kind])
            yield in_global_window(_COUNTS, ObjectCount(self._context.tenant_id, kind, *counts))
        sightings: Sightings = {
            key: (self._machines[key], self._alerts[key]) for key in {**self._machines, **self._alerts}
        }
        if sightings:
            yield in_global_window(_SIGHTED, sightings)


class _SettleFn(beam.DoFn):
    """How the indicators end that something was believed to show."""

    def __init__(self, tenant_id: str) -> None:
        super().__init__()
        self._tenant_id = tenant_id

    def process(
        self,
        element: None,
        selection: Selection[SoughtRow],
        sightings: Iterable[Sightings],
        seen: TenantSeen,
        files: AlertFiles,
    ) -> Iterator[Any]:
        machines: Counter[tuple[str, str]] = Counter()
        alerts: Counter[tuple[str, str]] = Counter()
        for bundle in sightings:
            for key, (on_machines, in_alerts) in bundle.items():
                machines[key] += on_machines
                alerts[key] += in_alerts
        counts: Counter[tuple[str, str, str]] = Counter()
        sighted: list[Sighted] = []
        for row in selection.rows:
            indicator: Indicator = row.indicator
            key = indicator.key
            end = end_of_unseen(indicator, seen, files)
            if key in machines:
                end = _FOUND
                severity, malware = indicator.severity or "", ", ".join(indicator.malware)
                sighted.append(Sighted(*key, severity, malware, machines[key], alerts[key]))
            counts[end.outcome, end.reason, indicator.type] += 1
            yield TaggedOutput(ENDED, indicator_row(indicator, end, STAGE, self._tenant_id))
        for (outcome, reason, kind), count in counts.items():
            yield TaggedOutput(TALLIES, Tally(self._tenant_id, STAGE, outcome, reason, kind, count))
        yield worst_first(sighted)[:MOST_LISTED]


class MatchObjects(beam.PTransform[Any, Any]):
    """`ObjectChunk`s of one tenant to `Matched`.

    Every indicator of the selection ends here, as `sighted` where an object shows it.

    Args:
        run: its collection and its id are named beside each indicator.
        context: of the events.
        selection: one `Selection` of `SoughtRow`s, a collection of one.
        seen: side input, the `TenantSeen`.
        files: side input, the `AlertFiles`.
        alert_ids: the `AlertIds`: what Graph has of these is left out.
        all_events: whether objects that show nothing become events as well.
    """

    def __init__(
        self,
        run: RunInfo,
        context: EventContext,
        selection: PCollection[Selection[SoughtRow]],
        seen: Any,
        files: Any,
        alert_ids: PCollection[AlertIds],
        all_events: bool = False,
    ) -> None:
        super().__init__()
        self._run = run
        self._context = context
        self._selection = selection
        self._seen = seen
        self._files = files
        self._alert_ids = alert_ids
        self._all_events = all_events
        self._outcomes: OutcomeCollector | None = None

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends the ends of the indicators to `collector`."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[ObjectChunk]) -> Matched:
        selection = AsSingleton(self._selection)
        outputs = pcoll | STAGE >> beam.ParDo(
            _MatchFn(self._run, self._context, self._all_events), selection, self._files, AsList(self._alert_ids)
        ).with_outputs(DEVICES, _SIGHTED, _COUNTS, main=FINDINGS)
        # Not driven by the selection, which would be main input here and side input above: in such a triangle
        # Beam's in-process runner may take the wrong step for the producer, and the side input is empty.
        ends = (
            pcoll.pipeline
            | "Once" >> beam.Create([None])
            | "Settle"
            >> beam.ParDo(
                _SettleFn(self._context.tenant_id), selection, AsList(outputs[_SIGHTED]), self._seen, self._files
            ).with_outputs(ENDED, TALLIES, main=_SIGHTED)
        )
        route(ends, None, self._outcomes)
        return Matched(outputs[DEVICES], outputs[FINDINGS], outputs[_COUNTS], ends[_SIGHTED])
