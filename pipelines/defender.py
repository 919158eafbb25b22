"""The Defender job: a collection into the indicators of one or several tenants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import apache_beam as beam
import orjson
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pvalue import AsSingleton, PCollection
from apache_beam.runners.runner import create_runner

from iocbeam.model.actual import TenantRows
from iocbeam.model.errors import IocbeamError, UsageError
from iocbeam.model.indicator import Indicator
from iocbeam.model.plan import DefenderPlan
from iocbeam.model.settings import DefenderJob, TenantSettings
from iocbeam.sinks import SUMMARY_FILE, Write, WritePlan, WriteSummary, WriteToDefender, write_plan
from iocbeam.transforms import (
    AllOwnedDigests,
    Classify,
    EndedKeys,
    Expire,
    FixUrlScheme,
    ListTenants,
    OwnedEnds,
    Plan,
    PlanInputs,
    Protect,
    Read,
    Select,
    Selection,
    Validate,
    owned_keys,
    read_tenant,
)
from iocbeam.transforms.sources import ReadCollection, ReadDeadLetters

from .memory import rare_collections
from .preflight import preflight
from .run_ends import RunEnds

IN_PROCESS: Final = "FnApiRunner"
"""What `--runner=direct` means. Beam's `DirectRunner` tries to download and run another engine first, and
which engine runs then depends on the pipeline's contents."""


def run(
    job: DefenderJob,
    beam_args: Sequence[str] = (),
    runner: str = "direct",
    read: Read = read_tenant,
    write: Write = write_plan,
) -> dict[str, Any]:
    """Runs the job and gives the content of its `summary.json`.

    Args:
        beam_args: options for Beam itself.
        runner: `direct`, or the name of a Beam runner.
        read, write: list a tenant and apply a plan to it; tests put shorter deadlines in their place.

    Raises:
        Stop, RetryLater: a file, an option or the tenant is not usable; as far as is known nothing was written.
    """
    engine = runner_name(runner)
    if "dataflow" in engine.lower() and "://" not in job.output:
        raise UsageError(
            "is a local directory, which Dataflow's workers do not share.",
            option="--output",
            advice="Name one on a storage service, such as gs://bucket/run.",
        )
    notices = preflight(job)
    tenants = (replace(tenant, notices=(*tenant.notices, *notices)) for tenant in job.tenants)
    job = replace(job, tenants=tuple(tenants))
    options = PipelineOptions([*beam_args, f"--runner={engine}"])
    try:
        with rare_collections(), beam.Pipeline(options=options) as pipeline:
            build(pipeline, job, read, write)
    except Exception as error:
        found = original_error(error)
        if found is error:
            raise
        # It stands in the chain of the runner's error: naming that as its cause would close a circle.
        raise found from None
    with FileSystems.open(FileSystems.join(job.output, SUMMARY_FILE)) as stream:
        summary: dict[str, Any] = orjson.loads(stream.read())
    return summary


def runner_name(runner: str) -> str:
    """The Beam runner that `--runner` means.

    Raises:
        UsageError: a runner that is known to lose or mix up elements of pipelines like ours.
    """
    name = runner.lower()
    if name in ("direct", "directrunner", IN_PROCESS.lower()):
        return IN_PROCESS
    if "dask" in name or "bundlebased" in name:
        raise UsageError(
            f"{runner} loses or mixes up elements without an error.",
            option="--runner",
            advice="Use direct, or a runner such as FlinkRunner or DataflowRunner.",
        )
    try:
        create_runner(runner)
    except ValueError as error:
        raise UsageError(f"{runner!r} is no runner of Beam's: {error}", option="--runner") from error
    return runner


def original_error(error: BaseException) -> BaseException:
    """The error of ours that a runner has wrapped in one of its own, or else the error itself."""
    found: BaseException = error
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, IocbeamError | KeyboardInterrupt):
            found = cause
        cause = cause.__cause__ or cause.__context__
    return found


def build(pipeline: beam.Pipeline, job: DefenderJob, read: Read = read_tenant, write: Write = write_plan) -> None:
    """Wires the job onto a pipeline: source | stages | sinks."""
    intake = job.intake
    with RunEnds(pipeline, job.output) as ends:
        tenants = (
            pipeline
            | "Tenants" >> beam.Create(job.tenants)
            | "List tenants" >> ListTenants(alone=len(job.tenants) == 1, read=read)
        )
        source = pipeline | ends.of("Read", _source(job))
        validate = Validate(job.run, intake.statuses)
        indicators = (
            source.records
            | ends.of("Validate", validate)
            | ends.of("Fix URL scheme", FixUrlScheme(job.run, intake.url_without_scheme))
            | ends.of("Expire", Expire(job.run))
        )
        lanes = [_Lane(job, tenant, tenants, ends) for tenant in job.tenants]
        selections = [lane.select(indicators) for lane in lanes]
        owned = tenants | "Owned keys" >> AllOwnedDigests()
        shared_ends = [_owned_ends(ends, name, owned) for name in ("Validate", "Expire")]
        counted = ends.tallies("Intake tallies")
        plans = tuple(
            lane.plan(
                PlanInputs(
                    selection,
                    validate.protected_keys,
                    (*shared_ends, _owned_ends(ends, lane.named("Protect"), owned))
                    | lane.named("Owned ends") >> beam.Flatten(),
                    source.reports,
                    counted,
                )
            )
            for lane, selection in zip(lanes, selections, strict=True)
        )
        everyone = plans | "Plans" >> beam.Flatten()
        if job.run.dry_run:
            policies = {tenant.tenant_id: tenant.policy for tenant in job.tenants}
            _ = everyone | "Write plan" >> WritePlan(job.run, job.output, policies)
        writes = everyone | ends.of("Write", WriteToDefender(job.run, job.tenants, write))
        # Replayed records were rejected once already: that many are again says nothing of the reading.
        most = 100 if job.run.replay else min(tenant.policy.max_rejected_percent for tenant in job.tenants)
        tallies = ends.tallies("All tallies")
        _ = pipeline | "Summary" >> WriteSummary(job.run, job.output, source.reports, tallies, writes, most)


class _Lane:
    """The steps that each tenant has for itself."""

    def __init__(
        self, job: DefenderJob, tenant: TenantSettings, tenants: PCollection[TenantRows], ends: RunEnds
    ) -> None:
        self._job = job
        self._tenant = tenant
        self._ends = ends
        self._suffix = f" {tenant.alias}" if len(job.tenants) > 1 else ""
        tenant_id = tenant.tenant_id
        self._rows: PCollection[TenantRows] = tenants | self.named("Rows") >> beam.Filter(
            lambda rows: rows.tenant_id == tenant_id
        ).with_output_types(TenantRows)

    def named(self, step: str) -> str:
        """A step's label, which names the tenant where there are several."""
        return f"{step}{self._suffix}"

    def select(self, indicators: PCollection[Indicator]) -> PCollection[Selection]:
        """From the indicators, which are the same for every tenant, to what could fit this one."""
        tenant, run, of = self._tenant, self._job.run, self._ends.of
        owned = self._rows | self.named("Keys") >> beam.Map(owned_keys)
        selection: PCollection[Selection] = (
            indicators
            | of(self.named("Classify"), Classify(run, tenant.classify, tenant.tenant_id))
            | of(self.named("Protect"), Protect(run, tenant.never_block, tenant.tenant_id))
            | of(self.named("Select"), Select(tenant.policy.capacity, tenant.tenant_id, AsSingleton(owned)))
        )
        return selection

    def plan(self, inputs: PlanInputs) -> PCollection[DefenderPlan]:
        """What is to be done in this tenant."""
        plans: PCollection[DefenderPlan] = self._rows | self._ends.of(
            self.named("Plan"), Plan(self._job.run, inputs)
        )
        return plans


def _owned_ends(ends: RunEnds, stage: str, owned: PCollection[frozenset[bytes]]) -> PCollection[EndedKeys]:
    """How keys that tenants have from us ended in a stage."""
    found: PCollection[EndedKeys] = ends.rows(stage) | f"Owned ends of {stage}" >> OwnedEnds(owned)
    return found


def _source(job: DefenderJob) -> ReadCollection | ReadDeadLetters:
    intake = job.intake
    if job.run.replay:
        return ReadDeadLetters(intake.inputs, job.run)
    return ReadCollection(intake.inputs, job.run, intake.input_format, intake.field_map)


if __name__ == "__main__":
    import sys

    from iocbeam.cli import main

    sys.exit(main(["defender", *sys.argv[1:]]))
