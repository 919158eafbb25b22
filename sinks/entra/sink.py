"""WriteToNamedLocations and WriteConditionalAccessPolicy: one plan, applied in two halves, for each tenant.

The halves are sinks of their own, so that a pipeline can write locations alone. All tenants are written at the
same time, each by one writer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.clients import connect_graph
from iocbeam.model.entra_plan import EntraPlan
from iocbeam.model.errors import IocbeamError
from iocbeam.model.outcome import CREATED, Ended, ended
from iocbeam.model.plan import WriteReport
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.entra import EntraTenantSettings

from ..ends import TellsEnds, is_dead_letter, tagged_ends
from ..per_tenant import (
    ENDED,
    ERRORS,
    MAIN,
    TALLIES,
    OnePerTenant,
    PerTenantFn,
    in_window,
    raise_undelivered,
)
from .location_writer import LocationsWritten, LocationWriter, RangeResult, cover_of
from .policy_writer import PolicyWriter
from .report import entra_report

LOCATIONS_STAGE: Final = "WriteToNamedLocations"
POLICY_STAGE: Final = "WriteConditionalAccessPolicy"

WriteLocations = Callable[[EntraPlan, EntraTenantSettings, threading.Event], LocationsWritten]
"""Writes the locations of one tenant's plan until the event says to stop, as `write_locations` does."""
WritePolicy = Callable[[LocationsWritten, EntraTenantSettings, threading.Event], WriteReport]
"""Writes the policy and deletes surplus locations, as `write_policy` does."""


def write_locations(plan: EntraPlan, tenant: EntraTenantSettings, cancel: threading.Event) -> LocationsWritten:
    """Applies a plan's location changes to a tenant; see `LocationWriter.write`. Without any it calls nobody."""
    if not plan.locations:
        return nothing_to_write(plan)
    client = connect_graph(tenant.connection, dry_run=False, cancel=cancel)
    try:
        return LocationWriter(client, cancel=cancel).write(plan)
    finally:
        client.close()


def write_policy(written: LocationsWritten, tenant: EntraTenantSettings, cancel: threading.Event) -> WriteReport:
    """Applies a plan's policy change to a tenant; see `PolicyWriter.write`. Without any it calls nobody."""
    plan = written.plan
    if not (plan.policy or plan.surplus):
        return written.report
    try:
        client = connect_graph(tenant.connection, dry_run=False, cancel=cancel)
    except IocbeamError as error:
        if not plan.locations:
            raise
        written.report.stopped = written.report.stopped or str(error)
        return written.report
    try:
        return PolicyWriter(client, cancel=cancel).write(written)
    finally:
        client.close()


def nothing_to_write(plan: EntraPlan) -> LocationsWritten:
    """What becomes of a plan whose locations are as they should be, and of every plan in a dry run."""
    report = entra_report(plan)
    report.withdrawn = plan.withdrawn
    results = [RangeResult(one, Ended(CREATED, one.reason)) for one in plan.ranges]
    return LocationsWritten(plan, report, results, cover=cover_of(plan, {}))


def locations_could_not_start(plan: EntraPlan, why: str) -> LocationsWritten:
    """Nothing was written: every row ends as `failed` (`stopped`)."""
    report = entra_report(plan)
    report.stopped = why
    report.could_not_start = True
    report.policy_effect = None
    results = [RangeResult(one, ended("stopped", why)) for one in plan.ranges]
    return LocationsWritten(plan, report, results)


class _WriteLocationsFn(PerTenantFn[EntraPlan, LocationsWritten]):
    def __init__(
        self,
        run: RunInfo,
        tenants: Mapping[str, EntraTenantSettings],
        write: WriteLocations,
        raise_errors: bool,
        alone: bool,
    ) -> None:
        super().__init__(alone=alone and len(tenants) == 1, threads=len(tenants))
        self._run = run
        self._tenants = dict(tenants)
        self._write = write
        self._raise_errors = raise_errors
        self._failed = 0

    def work(self, element: EntraPlan, cancel: threading.Event) -> Callable[[], LocationsWritten]:
        why = element.unreadable or element.stopped
        if why:
            return partial(locations_could_not_start, element, why)
        if self._run.dry_run:
            return partial(nothing_to_write, element)
        return partial(self._write, element, settings_of(self._tenants, element.tenant_id), cancel)

    def could_not_start(self, element: EntraPlan, why: str) -> LocationsWritten:
        return locations_could_not_start(element, why)

    def start_bundle(self) -> None:
        super().start_bundle()
        self._failed = 0

    def finish_bundle(self) -> Iterator[Any]:
        # Nothing is handed on before it raises: the policy would be written beside a run that has ended.
        outputs = list(super().finish_bundle())
        raise_undelivered(self._failed if self._raise_errors else 0)
        yield from outputs

    def outputs(self, element: EntraPlan, result: LocationsWritten) -> Iterator[Any]:
        ends = [(planned.row.indicator, end, 1, status) for planned, end, status in result.results]
        self._failed += sum(is_dead_letter(end) for _, end, *_ in ends)
        yield from tagged_ends(ends, LOCATIONS_STAGE, self._run, element.tenant_id)
        # What follows needs no rows.
        slim = replace(result.plan, ranges=(), ends=())
        yield in_window(replace(result, plan=slim, results=[]))


class _WritePolicyFn(PerTenantFn[LocationsWritten, WriteReport]):
    def __init__(
        self, run: RunInfo, tenants: Mapping[str, EntraTenantSettings], write: WritePolicy, alone: bool
    ) -> None:
        super().__init__(alone=alone and len(tenants) == 1, threads=len(tenants))
        self._run = run
        self._tenants = dict(tenants)
        self._write = write

    def work(self, element: LocationsWritten, cancel: threading.Event) -> Callable[[], WriteReport]:
        if element.report.could_not_start or self._run.dry_run:
            return lambda: element.report
        return partial(self._write, element, settings_of(self._tenants, element.tenant_id), cancel)

    def could_not_start(self, element: LocationsWritten, why: str) -> WriteReport:
        report = element.report
        report.stopped = why
        report.could_not_start = not element.plan.locations
        return report

    def outputs(self, element: LocationsWritten, result: WriteReport) -> Iterator[Any]:
        yield in_window(result)


def settings_of(tenants: Mapping[str, EntraTenantSettings], tenant_id: str) -> EntraTenantSettings:
    """The settings of a plan's tenant.

    Raises:
        ValueError: it is none of the sink's.
    """
    if tenant_id not in tenants:
        raise ValueError(f"a plan for tenant {tenant_id}, which is none of this sink's tenants")
    return tenants[tenant_id]


class WriteToNamedLocations(TellsEnds):
    """`EntraPlan`s to `LocationsWritten`, one for each tenant: the first half of each plan.

    Each tenant has one writer, so its plans must come from one `PlanEntra` of one run. What could not be
    delivered leaves as dead letters by `with_error_handler`.

    Args:
        run: a dry run sends nothing.
        tenants: the settings of every tenant that plans are for.
        write: applies one plan; replaced in tests.
        alone: whether the only tenant raises when it could not start. It is told instead where there is more to
            the run.
    """

    def __init__(
        self,
        run: RunInfo,
        tenants: Iterable[EntraTenantSettings],
        write: WriteLocations = write_locations,
        *,
        alone: bool = True,
    ) -> None:
        super().__init__()
        self._run = run
        self._tenants = {tenant.tenant_id: tenant for tenant in tenants}
        self._write = write
        self._alone = alone

    def expand(self, pcoll: PCollection[EntraPlan]) -> PCollection[LocationsWritten]:
        function = _WriteLocationsFn(
            self._run, self._tenants, self._write, raise_errors=self._handler is None, alone=self._alone
        )
        outputs = (
            pcoll
            | OnePerTenant(EntraPlan)
            | LOCATIONS_STAGE >> beam.ParDo(function).with_outputs(ENDED, ERRORS, TALLIES, main=MAIN)
        )
        self.connect(outputs)
        written: PCollection[LocationsWritten] = outputs[MAIN]
        written.element_type = LocationsWritten
        return written


class WriteConditionalAccessPolicy(beam.PTransform[Any, Any]):
    """`LocationsWritten` to `WriteReport`s, one for each tenant: the second half of each plan.

    Args:
        run: a dry run sends nothing.
        tenants: the settings of every tenant that plans are for.
        write: applies one plan's policy; replaced in tests.
        alone: as of `WriteToNamedLocations`.
    """

    def __init__(
        self,
        run: RunInfo,
        tenants: Iterable[EntraTenantSettings],
        write: WritePolicy = write_policy,
        *,
        alone: bool = True,
    ) -> None:
        super().__init__()
        self._run = run
        self._tenants = {tenant.tenant_id: tenant for tenant in tenants}
        self._write = write
        self._alone = alone

    def expand(self, pcoll: PCollection[LocationsWritten]) -> PCollection[WriteReport]:
        reports: PCollection[WriteReport] = pcoll | POLICY_STAGE >> beam.ParDo(
            _WritePolicyFn(self._run, self._tenants, self._write, self._alone)
        ).with_output_types(WriteReport)
        return reports
