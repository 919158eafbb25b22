"""The sightings job: a collection held against the machines and alerts of tenants, to events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, cast

import apache_beam as beam
from apache_beam.pvalue import AsList, AsSingleton, PCollection

from iocbeam.clients import DefenderDataClient, connect_defender_data
from iocbeam.model.alert_files import AlertFiles
from iocbeam.model.indicator import Indicator
from iocbeam.model.managed import is_managed
from iocbeam.model.ocsf import Dialect, EventContext
from iocbeam.model.plan import WriteReport
from iocbeam.model.settings.sightings import ALERTS, GRAPH_ALERTS, MACHINES, ReadTenant, SightingsJob
from iocbeam.model.sighting import SoughtRow
from iocbeam.model.sighting_report import FetchReport, ObjectCount, Sighted, sighting_report
from iocbeam.model.sighting_state import TenantSeen
from iocbeam.sinks import Target, WriteEvents, WriteSummary
from iocbeam.transforms import (
    AskFiles,
    MatchObjects,
    Observe,
    Observed,
    Seek,
    SeekInFiles,
    SeenKeys,
    Select,
    Step,
    UnionOfKeys,
)
from iocbeam.transforms.sources import (
    FetchedObjects,
    FetchFrom,
    ReadDefenderAlerts,
    ReadDefenderMachines,
    ReadGraphAlerts,
)

from .beam_run import engine_of, run_pipeline
from .intake import read_intake
from .preflight import preflight_sightings
from .run_ends import RunEnds, fail_if_asked, file_name

MOST_SIGHTED: Final = 200_000
"""Indicators of one tenant that go into the join: memory is bounded by it. Only what was seen gets there."""

DEVICE_EVENTS: Final = "device-inventory-info"
FINDING_EVENTS: Final = {"ocsf": "detection-finding", "ocsf_legacy": "security-finding", "qdm": "security-finding"}
"""How files of events are called: after their class, which for alerts depends on the dialect."""

Connect = Callable[[ReadTenant], DefenderDataClient]
Fetch = Callable[[SightingsJob, str], FetchFrom]


def source_of(job: SightingsJob, name: str) -> FetchFrom:
    """What reads one of `READS`."""
    sources: Mapping[str, type[Any]] = {
        MACHINES: ReadDefenderMachines,
        ALERTS: ReadDefenderAlerts,
        GRAPH_ALERTS: ReadGraphAlerts,
    }
    source: FetchFrom = sources[name](job.tenants, job.window)
    return source


def _connect(tenant: ReadTenant) -> DefenderDataClient:
    return connect_defender_data(tenant.connection)


def run(
    job: SightingsJob,
    beam_args: Sequence[str] = (),
    runner: str = "direct",
    fetch: Fetch = source_of,
    connect: Connect = _connect,
    steps: Sequence[Step] = (),
) -> dict[str, Any]:
    """Runs the job and gives the content of its `summary.json`.

    Args:
        beam_args: options for Beam itself.
        runner: `direct`, or the name of a Beam runner.
        fetch: where objects come from; replaced in tests.
        connect: gives the client that asks for the files of alerts; likewise.
        steps: transforms of the user's own behind `Expire`, and behind those that the settings name.

    Raises:
        Stop, RetryLater: a file, an option or the only tenant is not usable; nothing was written.
    """
    engine = engine_of(runner, job, beam_args)
    preflight_sightings(job, is_managed(engine))
    return run_pipeline(job, beam_args, engine, partial(build, job=job, fetch=fetch, connect=connect, steps=steps))


def build(
    pipeline: beam.Pipeline,
    job: SightingsJob,
    fetch: Fetch = source_of,
    connect: Connect = _connect,
    steps: Sequence[Step] = (),
) -> None:
    """Wires the job onto a pipeline: tenants | observe; collection | seek; both | match | events.

    Arguments as those of `run`.
    """
    info, output = job.run, job.output
    with RunEnds(pipeline, output) as ends:
        intake = read_intake(pipeline, info, job.intake, ends, steps, fix_url_scheme=False)
        looked = look(pipeline, job, intake.indicators, ends, fetch, connect)
        target = Target(ends.tallies("Tallies"), looked.reports)
        summary = pipeline | "Summary" >> WriteSummary(
            info, output, intake.reads, [target], job.max_rejected_percent
        )
    fail_if_asked(pipeline, info, summary, [*ends.files, *looked.files])


class Looked(NamedTuple):
    """What looking for indicators in tenants gives.

    Attributes:
        reports: what was found, one for each tenant.
        files: names of the files with events.
    """

    reports: PCollection[WriteReport]
    files: list[PCollection[str]]


def look(
    pipeline: beam.Pipeline,
    job: SightingsJob,
    indicators: PCollection[Indicator],
    ends: RunEnds,
    fetch: Fetch = source_of,
    connect: Connect = _connect,
) -> Looked:
    """Wires everything behind the intake onto a pipeline. Arguments as those of `run`."""
    shown = _shown(pipeline, job, fetch)
    lanes = [_Lane(pipeline, job, tenant, shown, ends, connect) for tenant in job.tenants]
    reports = tuple(lane.match(indicators) for lane in lanes) | "Reports" >> beam.Flatten()
    return Looked(reports, [file for lane in lanes for file in lane.files])


class _Shown(NamedTuple):
    """What tenants show: `Observed` over all sources, and how the reading went."""

    observed: Observed
    reports: PCollection[FetchReport]


def _shown(pipeline: beam.Pipeline, job: SightingsJob, fetch: Fetch) -> _Shown:
    observed, reports = [], []
    for name in job.reads:
        fetched: FetchedObjects = pipeline | f"Fetch {name}" >> fetch(job, name)
        observed.append(fetched.objects | f"Observe {name}" >> Observe())
        reports.append(fetched.reports)
    together = (
        tuple(parts) | f"All {name}" >> beam.Flatten()
        for name, parts in zip(Observed._fields, zip(*observed, strict=True), strict=True)
    )
    return _Shown(Observed(*together), tuple(reports) | "Fetch reports" >> beam.Flatten())


class _Lane:
    """The steps that each tenant has for itself."""

    def __init__(
        self,
        pipeline: beam.Pipeline,
        job: SightingsJob,
        tenant: ReadTenant,
        shown: _Shown,
        ends: RunEnds,
        connect: Connect,
    ) -> None:
        self._pipeline = pipeline
        self._job = job
        self._tenant = tenant
        self._shown = shown
        self._ends = ends
        self._connect = connect
        self._suffix = f" {tenant.alias}" if len(job.tenants) > 1 else ""
        self.files: list[PCollection[str]] = []

    def _named(self, step: str) -> str:
        """A step's label, which names the tenant where there are several."""
        return f"{step}{self._suffix}"

    def match(self, indicators: PCollection[Indicator]) -> PCollection[WriteReport]:
        """From the indicators, which are the same for every tenant, to the events and the report of this one."""
        job, tenant, of, named = self._job, self._tenant, self._ends.of, self._named
        seen = AsSingleton(self._seen())
        sieved = indicators | of(named("Seek"), Seek(seen, tenant.tenant_id))
        one = self._pipeline | named("Tenant") >> beam.Create([tenant])
        asked = one | named("Ask files") >> AskFiles(
            self._shown.observed.file_alerts,
            sieved.needs_files,
            tenant.tenant_id,
            job.file_lookups,
            self._connect,
        )
        files = AsSingleton(asked)
        in_files = sieved.waiting | of(named("Seek in files"), SeekInFiles(seen, files, tenant.tenant_id))
        selection = (
            (sieved.found, in_files)
            | named("Found") >> beam.Flatten()
            | named("Rows") >> beam.Map(_row).with_output_types(SoughtRow)
            | of(named("Select"), Select(MOST_SIGHTED, tenant.tenant_id))
        )
        dialect = cast(Dialect, job.dialect)
        context = EventContext(tenant.tenant_id, job.run.started_at, dialect, tenant.alias)
        observed = self._shown.observed
        match = MatchObjects(job.run, context, selection, seen, files, observed.alert_ids, job.all_events)
        matched = (
            observed.chunks
            | named("Own objects") >> beam.Filter(_is_of, tenant.tenant_id)
            | of(named("Match"), match)
        )
        for name, events in ((DEVICE_EVENTS, matched.devices), (FINDING_EVENTS[job.dialect], matched.findings)):
            # Files for each tenant: a Flatten of the events of several would be materialised.
            prefix = file_name(named(name))
            self.files.append(events | f"Write {prefix}" >> WriteEvents(job.output, prefix, job.event_format))
        report: PCollection[WriteReport] = one | named("Report") >> beam.Map(
            _report,
            files,
            AsList(self._shown.reports),
            AsList(matched.counts),
            AsSingleton(matched.sighted),
        ).with_output_types(WriteReport)
        return report

    def _seen(self) -> PCollection[TenantSeen]:
        named, tenant = self._named, self._tenant
        seen: PCollection[TenantSeen] = (
            self._shown.observed.seen
            | named("Own keys") >> UnionOfKeys(tenant.tenant_id)
            | named("Seen")
            >> beam.Map(_tenant_seen, self._job.reads, AsList(self._shown.reports)).with_output_types(TenantSeen)
        )
        return seen


def _is_of(chunk: Any, tenant_id: str) -> bool:
    return bool(chunk.tenant_id == tenant_id)


def _row(indicator: Indicator) -> SoughtRow:
    # Without a severity of its own an indicator ranks as the least severe: nobody is to be told of one for it.
    return SoughtRow(indicator.type, indicator.value, indicator.severity or "Informational", indicator)


def _tenant_seen(shown: SeenKeys, reads: Sequence[str], reports: Sequence[FetchReport]) -> TenantSeen:
    own = [report for report in reports if report.tenant_id == shown.tenant_id]
    # A part that left no report at all was not read either.
    complete = len(own) == len(reads) and all(report.report.complete for report in own)
    return TenantSeen(shown.keys, complete, ALERTS in reads, shown.lacking, shown.blind)


def _report(
    tenant: ReadTenant,
    files: AlertFiles,
    reports: Sequence[FetchReport],
    counts: Sequence[ObjectCount],
    sighted: Sequence[Sighted],
) -> WriteReport:
    return sighting_report(
        tenant,
        [report for report in reports if report.tenant_id == tenant.tenant_id],
        [count for count in counts if count.tenant_id == tenant.tenant_id],
        files,
        sighted,
    )


if __name__ == "__main__":
    import sys

    from iocbeam.cli import main

    sys.exit(main(["sightings", *sys.argv[1:]]))
