"""The part of a pipeline that brings Sentinel in step: from cleaned indicators to write reports."""

from __future__ import annotations

import apache_beam as beam
import orjson
from apache_beam.pvalue import AsSingleton, PCollection

from iocbeam.model.indicator import Indicator
from iocbeam.model.sentinel_plan import SentinelPlan, SentinelRow, WorkspaceRows
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.sentinel import SentinelJob, SentinelTenantSettings
from iocbeam.sinks import WriteSentinel, WriteSentinelPlans, sentinel_document
from iocbeam.transforms import (
    AllOwnedIndicators,
    ClassifySentinel,
    EndedKeys,
    ListWorkspaces,
    OwnedEnds,
    PlanSentinel,
    PlanSentinelInputs,
    Protect,
    ReadWorkspace,
    Select,
    Selection,
    owned_indicator_keys,
)

from .intake import Intake
from .run_ends import RunEnds
from .target import Written


def bring_sentinel_in_step(
    pipeline: beam.Pipeline,
    job: SentinelJob,
    intake: Intake,
    ends: RunEnds,
    read: ReadWorkspace,
    write: WriteSentinel,
    alone: bool,
) -> Written:
    """Wires list, lanes, plans and the sink onto a pipeline.

    Args:
        alone: whether a workspace that cannot be read ends the run.
    """
    workspaces = (
        pipeline
        | "Workspaces" >> beam.Create(job.tenants)
        | "List workspaces" >> ListWorkspaces(job.run.started_at, alone and len(job.tenants) == 1, read)
    )
    lanes = [_Lane(job, tenant, workspaces, ends) for tenant in job.tenants]
    selections = [lane.select(intake.indicators) for lane in lanes]
    owned = workspaces | "Owned indicators" >> AllOwnedIndicators(job.run.started_at)
    shared_ends = [_owned_ends(ends, name, owned) for name in intake.told]
    counted = ends.tallies("Intake tallies of Sentinel")
    plans = tuple(
        lane.plan(
            PlanSentinelInputs(
                selection,
                intake.protected_keys,
                (*shared_ends, _owned_ends(ends, lane.named("Protect indicator"), owned))
                | lane.named("Owned indicator ends") >> beam.Flatten(),
                intake.reads,
                counted,
            )
        )
        for lane, selection in zip(lanes, selections, strict=True)
    )
    everyone = plans | "Sentinel plans" >> beam.Flatten()
    documents = everyone | "Sentinel document" >> beam.Map(_document, job.run).with_output_types(bytes)
    reports = everyone | ends.of("Write Sentinel", WriteSentinelPlans(job.run, job.tenants, write, alone=alone))
    return Written(documents, reports)


def most_rejected(job: SentinelJob) -> int:
    """Above this percentage of rejected records a read counts as bad for the whole run."""
    # Replayed records were rejected once already: that many are again says nothing of the reading.
    return 100 if job.run.replay else min(tenant.limits.max_rejected_percent for tenant in job.tenants)


class _Lane:
    """The steps that each tenant has for itself."""

    def __init__(
        self,
        job: SentinelJob,
        tenant: SentinelTenantSettings,
        workspaces: PCollection[WorkspaceRows],
        ends: RunEnds,
    ) -> None:
        self._job = job
        self._tenant = tenant
        self._ends = ends
        self._suffix = f" {tenant.alias}" if len(job.tenants) > 1 else ""
        tenant_id = tenant.tenant_id
        self._rows: PCollection[WorkspaceRows] = workspaces | self.named("Workspace rows") >> beam.Filter(
            lambda rows: rows.tenant_id == tenant_id
        ).with_output_types(WorkspaceRows)

    def named(self, step: str) -> str:
        """A step's label, which names the tenant where there are several."""
        return f"{step}{self._suffix}"

    def select(self, indicators: PCollection[Indicator]) -> PCollection[Selection[SentinelRow]]:
        """From the indicators, which are the same for every tenant, to what could fit this workspace."""
        tenant, run, of, named = self._tenant, self._job.run, self._ends.of, self.named
        owned = self._rows | named("Indicator keys") >> beam.Map(owned_indicator_keys, run.started_at)
        selection: PCollection[Selection[SentinelRow]] = (
            indicators
            | of(named("Classify indicator"), ClassifySentinel(run, tenant.classify, tenant.tenant_id))
            | of(named("Protect indicator"), Protect(run, tenant.never_block, tenant.tenant_id))
            | of(named("Select indicator"), Select(tenant.capacity, tenant.tenant_id, AsSingleton(owned)))
        )
        return selection

    def plan(self, inputs: PlanSentinelInputs) -> PCollection[SentinelPlan]:
        """What is to be done in this workspace."""
        step = PlanSentinel(self._job.run, inputs)
        plans: PCollection[SentinelPlan] = self._rows | self._ends.of(self.named("Plan Sentinel"), step)
        return plans


def _owned_ends(ends: RunEnds, stage: str, owned: PCollection[frozenset[bytes]]) -> PCollection[EndedKeys]:
    """How keys that workspaces have from us ended in a stage."""
    label = f"Owned indicator ends of {stage}"
    found: PCollection[EndedKeys] = ends.rows(stage) | label >> OwnedEnds(owned)
    return found


def _document(plan: SentinelPlan, run: RunInfo) -> bytes:
    return orjson.dumps(sentinel_document(plan, run.collection, run.started_at), option=orjson.OPT_INDENT_2)
