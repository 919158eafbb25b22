"""Targets in a pipeline that somebody else wires: indicators in, all that a job does with them, a summary out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import apache_beam as beam
from apache_beam.options.pipeline_options import StandardOptions
from apache_beam.pvalue import PCollection
from apache_beam.transforms.combiners import Count
from typing_extensions import Self

from iocbeam.model.errors import UsageError
from iocbeam.model.indicator import Indicator
from iocbeam.model.managed import is_managed
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import DefenderJob, IntakeSettings
from iocbeam.model.settings.entra import EntraJob, EntraTenantSettings
from iocbeam.model.settings.sentinel import SentinelJob, SentinelTenantSettings
from iocbeam.model.settings.sightings import SightingsJob
from iocbeam.model.summary_row import SummaryRow, summary_rows
from iocbeam.sinks import (
    Target,
    WritePlans,
    WriteSummary,
    write_locations,
    write_plan,
    write_policy,
    write_sentinel,
)
from iocbeam.transforms import (
    AsIndicators,
    Expire,
    FixUrlScheme,
    read_conditional_access,
    read_tenant,
    read_workspace,
)

from . import defender, entra, sentinel_target, sightings
from .defender_target import bring_defender_in_step
from .entra_target import bring_entra_in_step
from .flow import Flow, FlowStep
from .handed_ends import HandedEnds
from .intake import Intake
from .passing import UNCERTAIN, have_locations, measured, passages
from .preflight import preflight, preflight_sightings
from .run_ends import RunEnds, fail_if_asked
from .sentinel_target import bring_sentinel_in_step
from .target import Written

HANDED_OVER: Final = IntakeSettings(inputs=("(rows of a pipeline)",))
"""The intake of a job whose indicators a pipeline hands over: nothing is read."""

NO_SOURCE: Final = (
    "No source of iocbeam stands before this target, so nobody knows whether all was read: nothing is withdrawn."
)

TargetJob = DefenderJob | EntraJob | SentinelJob | SightingsJob


class TargetTransform(beam.PTransform[Any, Any]):
    """Base of the targets: indicators to `SummaryRow`s, one for each tenant.

    What was read and how records ended in the steps before it, it finds by the graph. Where that does not add up
    to the indicators that arrive, or an input broke off, or no source of ours is there, nothing is withdrawn. Dead
    letters of its own stages leave by `with_error_handler`; without a handler they raise.

    Args:
        job: its tenants, run and output; its intake is `HANDED_OVER`.
        flow: of the pipeline.
    """

    def __init__(self, job: Any, flow: Flow) -> None:
        super().__init__()
        self._job = job
        self._flow = flow
        self._handler: Any = None

    def with_error_handler(self, handler: Any) -> Self:
        """Sends what its stages reject and its sink cannot deliver to `handler` as `DeadLetter`s."""
        self._handler = handler
        return self

    @abstractmethod
    def ready(self, parts: Sequence[str], managed: bool) -> Any:
        """The job, checked and with room for its output.

        Args:
            managed: whether a managed runner gets the pipeline.
            parts: why what comes in is not the whole collection; then nothing may be withdrawn.
        """

    @abstractmethod
    def cleaned(self, indicators: PCollection[Indicator], ends: RunEnds) -> PCollection[Indicator]:
        """A last look at what others may have changed."""

    @abstractmethod
    def wire(self, pipeline: beam.Pipeline, job: Any, intake: Intake, ends: RunEnds) -> Written:
        """What the job does with its indicators."""

    @abstractmethod
    def most_rejected(self, job: Any) -> int:
        """Above this percentage of rejected records a read counts as bad."""

    def expand(self, pcoll: PCollection[Any]) -> PCollection[SummaryRow]:
        pipeline, flow = pcoll.pipeline, self._flow
        # Before anything is cleared away.
        self._check(pcoll)
        steps = flow.before(pcoll)
        parts = list(dict.fromkeys(step.part for step in steps if step.part))
        if not any(step.reads is not None for step in steps):
            parts.append(NO_SOURCE)
        between = measured(flow.behind(pcoll), steps)
        told_apart = have_locations(between, steps)
        if not told_apart and flow.joins_ways(pcoll):
            parts.append(UNCERTAIN)
        flow.claim(self._job.output)
        runner = pipeline.options.view_as(StandardOptions).runner or ""
        job = self.ready(parts, is_managed(runner))
        ends = HandedEnds(pipeline, job.output, self._handler)
        if told_apart and between:
            ends.count(passages(between))
        taken = [(step.tells, ends.take(step)) for step in steps if step.outcomes.rows]
        told = tuple(name for tells, name in taken if tells)
        reads = _reads(pcoll, steps)
        indicators = flow.behind(pcoll) | ends.of("As indicators", AsIndicators(job.run))
        indicators = self.cleaned(indicators, ends)
        keys = [step.protected_keys for step in steps if step.protected_keys is not None]
        intake = Intake(indicators, _together(keys), reads, told)
        written = self.wire(pipeline, job, intake, ends)
        if job.run.dry_run:
            _ = written.documents | "Write plan" >> WritePlans(job.run, job.output)
        targets = [Target(ends.tallies("All tallies"), written.reports)]
        summary = pipeline | "Summary" >> WriteSummary(
            job.run, job.output, reads, targets, self.most_rejected(job)
        )
        fail_if_asked(pipeline, job.run, summary, ends.files)
        rows: PCollection[SummaryRow] = summary | "Summary rows" >> beam.FlatMap(_rows).with_output_types(
            SummaryRow
        )
        return rows

    @property
    def alone(self) -> bool:
        """Whether what ends this target ends the run: only where nobody takes the records that it leaves."""
        return self._handler is None

    def _check(self, pcoll: PCollection[Any]) -> None:
        if not pcoll.windowing.is_default():
            raise UsageError(
                "takes a collection as a whole, and what comes in is divided into windows.",
                advice="Leave out WindowInto, or put a WindowInto with windowing: {type: global} before it.",
            )
        if not self._flow.validated(pcoll):
            raise UsageError(
                "takes indicators that came through Validate, and some of what comes in did not: nobody has "
                "looked at their statuses.",
                advice="Put AsRecords and Validate between the source of the rows and this target.",
            )


class _WriteTarget(TargetTransform):
    """A target that is written to.

    Args:
        url_without_scheme: what becomes of a URL without a scheme that no `FixUrlScheme` has seen.
    """

    def __init__(self, job: Any, flow: Flow, url_without_scheme: str = "skip") -> None:
        super().__init__(job, flow)
        self._url_without_scheme = url_without_scheme

    def ready(self, parts: Sequence[str], managed: bool) -> Any:
        notices = (*preflight(self._job, managed, source=False), *parts)
        return replace(
            self._job, tenants=tuple(_told(tenant, notices, withdraw=not parts) for tenant in self._job.tenants)
        )

    def cleaned(self, indicators: PCollection[Indicator], ends: RunEnds) -> PCollection[Indicator]:
        run = self._job.run
        cleaned: PCollection[Indicator] = (
            indicators
            | ends.of("URL scheme at the target", FixUrlScheme(run, self._url_without_scheme))
            | ends.of("Expiry at the target", Expire(run))
        )
        return cleaned


class BringDefenderInStep(_WriteTarget):
    """Brings Defender for Endpoint in step with the indicators; see `TargetTransform`."""

    def wire(self, pipeline: beam.Pipeline, job: Any, intake: Intake, ends: RunEnds) -> Written:
        return bring_defender_in_step(pipeline, job, intake, ends, read_tenant, write_plan, alone=self.alone)

    def most_rejected(self, job: Any) -> int:
        return defender.most_rejected(job)


class BringEntraInStep(_WriteTarget):
    """Brings Entra's named locations and policy in step with the indicators; see `TargetTransform`."""

    def wire(self, pipeline: beam.Pipeline, job: Any, intake: Intake, ends: RunEnds) -> Written:
        writes = (write_locations, write_policy)
        return bring_entra_in_step(pipeline, job, intake, ends, read_conditional_access, writes, alone=self.alone)

    def most_rejected(self, job: Any) -> int:
        return entra.most_rejected(job)


class BringSentinelInStep(_WriteTarget):
    """Brings Sentinel workspaces in step with the indicators; see `TargetTransform`."""

    def wire(self, pipeline: beam.Pipeline, job: Any, intake: Intake, ends: RunEnds) -> Written:
        return bring_sentinel_in_step(
            pipeline, job, intake, ends, read_workspace, write_sentinel, alone=self.alone
        )

    def most_rejected(self, job: Any) -> int:
        return sentinel_target.most_rejected(job)


class FindSightings(TargetTransform):
    """Holds the indicators against the machines and alerts of tenants and writes events; see `TargetTransform`.

    Nothing in a tenant is changed.
    """

    def ready(self, parts: Sequence[str], managed: bool) -> Any:
        preflight_sightings(self._job, managed, source=False)
        return self._job

    def cleaned(self, indicators: PCollection[Indicator], ends: RunEnds) -> PCollection[Indicator]:
        return indicators

    def wire(self, pipeline: beam.Pipeline, job: Any, intake: Intake, ends: RunEnds) -> Written:
        looked = sightings.look(pipeline, job, intake.indicators, ends)
        return Written(pipeline | "No plans" >> beam.Create([], reshuffle=False), looked.reports)

    def most_rejected(self, job: Any) -> int:
        most: int = job.max_rejected_percent
        return most


def _rows(summary: dict[str, Any]) -> Iterator[SummaryRow]:
    return summary_rows(summary)


def _told(tenant: Any, notices: tuple[str, ...], withdraw: bool) -> Any:
    told = replace(tenant, notices=(*tenant.notices, *notices))
    if withdraw:
        return told
    if isinstance(told, EntraTenantSettings | SentinelTenantSettings):
        return replace(told, limits=replace(told.limits, withdraw=False))
    return replace(told, policy=replace(told.policy, withdraw=False))


def _reads(pcoll: PCollection[Any], steps: Sequence[FlowStep]) -> PCollection[ReadReport]:
    """What the sources report; where there is none, that so many rows came in."""
    found = [step.reads for step in steps if step.reads is not None]
    if found:
        reads: PCollection[ReadReport] = tuple(found) | "Reads of sources" >> beam.Flatten()
        return reads
    counted: PCollection[ReadReport] = (
        pcoll
        | "Count what comes in" >> Count.Globally()
        | "Report of it" >> beam.Map(_report).with_output_types(ReadReport)
    )
    return counted


def _report(count: int) -> ReadReport:
    return ReadReport(HANDED_OVER.inputs[0], count, count, complete=True)


def _together(keys: Sequence[PCollection[bytes]]) -> PCollection[bytes]:
    """Those of all `Validate`s; there is one at least, or the target would have been refused."""
    together: PCollection[bytes] = tuple(keys) | "Keys of sources" >> beam.Flatten()
    return together
