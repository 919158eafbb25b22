"""WriteToDefender: one ordered plan, one writer, for each tenant; all tenants at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.clients import connect_defender
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.plan import DefenderPlan, WriteReport
from iocbeam.model.settings import RunInfo, TenantSettings

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
from .delivery import Delivered, undelivered
from .writer import DefenderWriter, Written, report_of

STAGE: Final = "WriteToDefender"

Write = Callable[[DefenderPlan, TenantSettings, threading.Event], Written]
"""Writes one tenant's plan until the event says to stop, as `write_plan` does."""


def write_plan(plan: DefenderPlan, tenant: TenantSettings, cancel: threading.Event) -> Written:
    """Applies a plan to a tenant; see `DefenderWriter.write`."""
    client = connect_defender(tenant.connection, dry_run=False, cancel=cancel)
    try:
        return DefenderWriter(client, tenant.policy, cancel=cancel).write(plan)
    finally:
        client.close()


def plan_only(plan: DefenderPlan) -> Written:
    """What a dry run makes of a plan: every change counts as done, nothing is sent."""
    results = [Delivered(change, Ended(change.kind, ""), 0, None, False) for change in plan.changes]
    report = report_of(plan)
    report.withdrawn = len(plan.withdraw)
    return Written(results, report)


def could_not_start(plan: DefenderPlan, why: str) -> Written:
    """Nothing was written: every change ends as `failed` (`stopped`)."""
    report = report_of(plan)
    report.stopped = why
    report.could_not_start = True
    return Written(undelivered(plan.changes, ended("stopped", why), 0, sent=False), report)


class _WriteFn(PerTenantFn[DefenderPlan, Written]):
    def __init__(
        self,
        run: RunInfo,
        tenants: Mapping[str, TenantSettings],
        write: Write,
        raise_errors: bool,
        alone: bool,
    ) -> None:
        super().__init__(alone=alone and len(tenants) == 1, threads=len(tenants))
        self._run = run
        self._tenants = dict(tenants)
        self._write = write
        self._raise_errors = raise_errors
        self._failed = 0

    def work(self, element: DefenderPlan, cancel: threading.Event) -> Callable[[], Written]:
        tenant = self._tenants.get(element.tenant_id)
        if tenant is None:
            raise ValueError(f"a plan for tenant {element.tenant_id}, which is none of this sink's tenants")
        if element.unreadable:
            return partial(could_not_start, element, element.unreadable)
        if self._run.dry_run:
            return partial(plan_only, element)
        return partial(self._write, element, tenant, cancel)

    def could_not_start(self, element: DefenderPlan, why: str) -> Written:
        return could_not_start(element, why)

    def start_bundle(self) -> None:
        super().start_bundle()
        self._failed = 0

    def finish_bundle(self) -> Iterator[Any]:
        yield from super().finish_bundle()
        raise_undelivered(self._failed if self._raise_errors else 0)

    def outputs(self, element: DefenderPlan, result: Written) -> Iterator[Any]:
        ends = [
            (change.row.indicator, end, attempts, status) for change, end, attempts, status, *_ in result.results
        ]
        self._failed += sum(is_dead_letter(end) for _, end, *_ in ends)
        yield from tagged_ends(ends, STAGE, self._run, element.tenant_id)
        yield in_window(result.report)


class WriteToDefender(TellsEnds):
    """`DefenderPlan`s to `WriteReport`s, one for each tenant.

    Each tenant has one writer, so its plans must come from one `Plan` of one run. What could not be
    delivered leaves as dead letters by `with_error_handler`.

    Args:
        run: a dry run sends nothing.
        tenants: the settings of every tenant that plans are for.
        write: applies one plan; replaced in tests of the transform alone.
        alone: whether the only tenant raises when it could not start. It is told instead where there is more to
            the run.
    """

    def __init__(
        self, run: RunInfo, tenants: Iterable[TenantSettings], write: Write = write_plan, *, alone: bool = True
    ) -> None:
        super().__init__()
        self._run = run
        self._tenants = {tenant.tenant_id: tenant for tenant in tenants}
        self._write = write
        self._alone = alone

    def expand(self, pcoll: PCollection[DefenderPlan]) -> PCollection[WriteReport]:
        outputs = (
            pcoll
            | OnePerTenant(DefenderPlan)
            | STAGE
            >> beam.ParDo(
                _WriteFn(
                    self._run, self._tenants, self._write, raise_errors=self._handler is None, alone=self._alone
                )
            ).with_outputs(ENDED, ERRORS, TALLIES, main=MAIN)
        )
        self.connect(outputs)
        reports: PCollection[WriteReport] = outputs[MAIN]
        return reports
