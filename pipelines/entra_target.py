"""The part of a pipeline that brings Entra in step: from cleaned indicators to write reports."""

from __future__ import annotations

import apache_beam as beam
import orjson
from apache_beam.pvalue import PCollection

from iocbeam.model.entra_plan import EndedRanges, EntraPlan, RangeRow
from iocbeam.model.indicator import Indicator
from iocbeam.model.settings.entra import EntraJob, EntraTenantSettings
from iocbeam.planning.entra.access import TenantAccess
from iocbeam.planning.entra.range_assignment import MAX_RANGES
from iocbeam.planning.entra.ranges import RangeSet
from iocbeam.sinks import (
    WriteConditionalAccessPolicy,
    WriteLocations,
    WritePolicy,
    WriteToNamedLocations,
    entra_document,
)
from iocbeam.transforms import (
    AllOwnedRanges,
    ClassifyRange,
    ListAccess,
    PlanEntra,
    PlanEntraInputs,
    ProtectRange,
    RangeEnds,
    ReadAccess,
    Select,
    Selection,
)

from .intake import Intake
from .run_ends import RunEnds
from .target import Written


def bring_entra_in_step(
    pipeline: beam.Pipeline,
    job: EntraJob,
    intake: Intake,
    ends: RunEnds,
    read: ReadAccess,
    writes: tuple[WriteLocations, WritePolicy],
    alone: bool,
) -> Written:
    """Wires list, lanes, plans and the two sinks onto a pipeline.

    Args:
        writes: apply the two halves of a plan.
        alone: whether a tenant that cannot be read ends the run.
    """
    tenants = (
        pipeline
        | "Entra tenants" >> beam.Create(job.tenants)
        | "List access" >> ListAccess(alone=alone and len(job.tenants) == 1, read=read)
    )
    lanes = [_Lane(job, tenant, tenants, ends) for tenant in job.tenants]
    selections = [lane.select(intake.indicators) for lane in lanes]
    owned = tenants | "Owned ranges" >> AllOwnedRanges()
    ended = [_range_ends(ends, name, owned) for name in intake.told] | "Ranges" >> beam.Flatten()
    counted = ends.tallies("Intake tallies of Entra")
    plans = tuple(
        lane.plan(PlanEntraInputs(selection, ended, intake.reads, counted))
        for lane, selection in zip(lanes, selections, strict=True)
    )
    everyone = plans | "Entra plans" >> beam.Flatten()
    documents = everyone | "Entra document" >> beam.Map(_document).with_output_types(bytes)
    write_locations, write_policy = writes
    reports = (
        everyone
        | ends.of("Write locations", WriteToNamedLocations(job.run, job.tenants, write_locations, alone=alone))
        | "Write policy" >> WriteConditionalAccessPolicy(job.run, job.tenants, write_policy, alone=alone)
    )
    return Written(documents, reports)


class _Lane:
    """The steps that each tenant has for itself."""

    def __init__(
        self, job: EntraJob, tenant: EntraTenantSettings, tenants: PCollection[TenantAccess], ends: RunEnds
    ) -> None:
        self._job = job
        self._tenant = tenant
        self._ends = ends
        self._suffix = f" {tenant.alias}" if len(job.tenants) > 1 else ""
        tenant_id = tenant.tenant_id
        self._access: PCollection[TenantAccess] = tenants | self._named("Access") >> beam.Filter(
            lambda access: access.tenant_id == tenant_id
        ).with_output_types(TenantAccess)

    def _named(self, step: str) -> str:
        """A step's label, which names the tenant where there are several."""
        return f"{step}{self._suffix}"

    def select(self, indicators: PCollection[Indicator]) -> PCollection[Selection[RangeRow]]:
        """From the indicators, which are the same for every tenant, to what could fit this one."""
        tenant, run, of, named = self._tenant, self._job.run, self._ends.of, self._named
        rows = indicators | of(
            named("Classify range"), ClassifyRange(run, tenant.default_severity, tenant.tenant_id)
        )
        if not tenant.location.excluded:
            # A list of what is not blocked needs no protection from being blocked.
            rows = rows | of(named("Protect range"), ProtectRange(run, tenant.never_block, tenant.tenant_id))
        capacity = MAX_RANGES * tenant.location.max_locations
        selection: PCollection[Selection[RangeRow]] = rows | of(
            named("Select range"), Select(capacity, tenant.tenant_id)
        )
        return selection

    def plan(self, inputs: PlanEntraInputs) -> PCollection[EntraPlan]:
        """What is to be done in this tenant."""
        step = PlanEntra(self._job.run, inputs, self._tenant.never_block)
        plans: PCollection[EntraPlan] = self._access | self._ends.of(self._named("Plan Entra"), step)
        return plans


def _range_ends(ends: RunEnds, stage: str, owned: PCollection[RangeSet]) -> PCollection[EndedRanges]:
    """How addresses ended in a stage."""
    found: PCollection[EndedRanges] = ends.rows(stage) | f"Range ends of {stage}" >> RangeEnds(owned)
    return found


def _document(plan: EntraPlan) -> bytes:
    return orjson.dumps(entra_document(plan), option=orjson.OPT_INDENT_2)
