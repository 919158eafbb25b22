"""The part of a pipeline that brings Defender in step: from cleaned indicators to write reports."""

from __future__ import annotations

import apache_beam as beam
import orjson
from apache_beam.pvalue import AsSingleton, PCollection

from iocbeam.model.actual import TenantRows
from iocbeam.model.indicator import Indicator
from iocbeam.model.plan import DefenderPlan, DefenderRow
from iocbeam.model.settings import DefenderJob, PlanPolicy, TenantSettings
from iocbeam.sinks import Write, WriteToDefender, defender_document
from iocbeam.transforms import (
    AllOwnedDigests,
    Classify,
    EndedKeys,
    ListTenants,
    OwnedEnds,
    Plan,
    PlanInputs,
    Protect,
    Read,
    Select,
    Selection,
    owned_keys,
)

from .intake import Intake
from .run_ends import RunEnds
from .target import Written


def bring_defender_in_step(
    pipeline: beam.Pipeline, job: DefenderJob, intake: Intake, ends: RunEnds, read: Read, write: Write, alone: bool
) -> Written:
    """Wires list, lanes, plans and the sink onto a pipeline.

    Args:
        alone: whether a tenant that cannot be read ends the run.
    """
    tenants = (
        pipeline
        | "Tenants" >> beam.Create(job.tenants)
        | "List tenants" >> ListTenants(alone=alone and len(job.tenants) == 1, read=read)
    )
    lanes = [_Lane(job, tenant, tenants, ends) for tenant in job.tenants]
    selections = [lane.select(intake.indicators) for lane in lanes]
    owned = tenants | "Owned keys" >> AllOwnedDigests()
    shared_ends = [_owned_ends(ends, name, owned) for name in intake.told]
    counted = ends.tallies("Intake tallies")
    plans = tuple(
        lane.plan(
            PlanInputs(
                selection,
                intake.protected_keys,
                (*shared_ends, _owned_ends(ends, lane.named("Protect"), owned))
                | lane.named("Owned ends") >> beam.Flatten(),
                intake.reads,
                counted,
            )
        )
        for lane, selection in zip(lanes, selections, strict=True)
    )
    everyone = plans | "Plans" >> beam.Flatten()
    policies = {tenant.tenant_id: tenant.policy for tenant in job.tenants}
    documents = everyone | "Document" >> beam.Map(_document, policies).with_output_types(bytes)
    reports = everyone | ends.of("Write", WriteToDefender(job.run, job.tenants, write, alone=alone))
    return Written(documents, reports)


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

    def select(self, indicators: PCollection[Indicator]) -> PCollection[Selection[DefenderRow]]:
        """From the indicators, which are the same for every tenant, to what could fit this one."""
        tenant, run, of = self._tenant, self._job.run, self._ends.of
        owned = self._rows | self.named("Keys") >> beam.Map(owned_keys)
        selection: PCollection[Selection[DefenderRow]] = (
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


def _document(plan: DefenderPlan, policies: dict[str, PlanPolicy]) -> bytes:
    return orjson.dumps(defender_document(plan, policies[plan.tenant_id]), option=orjson.OPT_INDENT_2)
