"""WriteSentinelPlans: one ordered plan, one writer, for each tenant; all tenants at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.clients import connect_sentinel, connect_sentinel_reader
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.plan import WriteReport
from iocbeam.model.sentinel_plan import SentinelPlan
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.sentinel import SentinelTenantSettings

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
from .report import SentinelDelivered, SentinelWritten, sentinel_report
from .writer import SentinelWriter

STAGE: Final = "WriteToSentinel"

WriteSentinel = Callable[[SentinelPlan, SentinelTenantSettings, RunInfo, threading.Event], SentinelWritten]
"""Writes one workspace's plan until the event says to stop, as `write_sentinel` does."""


def write_sentinel(
    plan: SentinelPlan, tenant: SentinelTenantSettings, run: RunInfo, cancel: threading.Event
) -> SentinelWritten:
    """Applies a plan to a workspace; see `SentinelWriter.write`. Without anything to do it calls nobody."""
    client = connect_sentinel(tenant.connection, tenant.workspace, dry_run=False, cancel=cancel)
    reader = connect_sentinel_reader(tenant.connection, tenant.workspace, cancel=cancel)
    try:
        return SentinelWriter(client, reader, run.collection, run.started_at, cancel=cancel).write(plan)
    finally:
        client.close()
        reader.close()


def sentinel_plan_only(plan: SentinelPlan) -> SentinelWritten:
    """What a dry run makes of a plan: every change counts as done, nothing is sent."""
    report = sentinel_report(plan)
    report.withdrawn = len(plan.withdraw)
    return SentinelWritten(_all(plan, None), report)


def sentinel_could_not_start(plan: SentinelPlan, why: str) -> SentinelWritten:
    """Nothing was written: every change ends as `failed` (`stopped`)."""
    report = sentinel_report(plan)
    report.stopped = why
    report.could_not_start = True
    return SentinelWritten(_all(plan, ended("stopped", why)), report)


def _all(plan: SentinelPlan, end: Ended | None) -> list[SentinelDelivered]:
    return [SentinelDelivered(one, end or Ended(one.kind, ""), 0, None, False) for one in plan.changes]


class _WriteFn(PerTenantFn[SentinelPlan, SentinelWritten]):
    def __init__(
        self,
        run: RunInfo,
        tenants: Mapping[str, SentinelTenantSettings],
        write: WriteSentinel,
        raise_errors: bool,
        alone: bool,
    ) -> None:
        super().__init__(alone=alone and len(tenants) == 1, threads=len(tenants))
        self._run = run
        self._tenants = dict(tenants)
        self._write = write
        self._raise_errors = raise_errors
        self._failed = 0

    def work(self, element: SentinelPlan, cancel: threading.Event) -> Callable[[], SentinelWritten]:
        tenant = self._tenants.get(element.tenant_id)
        if tenant is None:
            raise ValueError(f"a plan for tenant {element.tenant_id}, which is none of this sink's tenants")
        if element.unreadable:
            return partial(sentinel_could_not_start, element, element.unreadable)
        if self._run.dry_run:
            return partial(sentinel_plan_only, element)
        return partial(self._write, element, tenant, self._run, cancel)

    def could_not_start(self, element: SentinelPlan, why: str) -> SentinelWritten:
        return sentinel_could_not_start(element, why)

    def start_bundle(self) -> None:
        super().start_bundle()
        self._failed = 0

    def finish_bundle(self) -> Iterator[Any]:
        yield from super().finish_bundle()
        raise_undelivered(self._failed if self._raise_errors else 0)

    def outputs(self, element: SentinelPlan, result: SentinelWritten) -> Iterator[Any]:
        ends = [
            (change.row.indicator, end, attempts, status) for change, end, attempts, status, _ in result.results
        ]
        self._failed += sum(is_dead_letter(end) for _, end, *_ in ends)
        yield from tagged_ends(ends, STAGE, self._run, element.tenant_id)
        yield in_window(result.report)


class WriteSentinelPlans(TellsEnds):
    """`SentinelPlan`s to `WriteReport`s, one for each tenant.

    Each tenant has one writer, so its plans must come from one `PlanSentinel` of one run. What could not be
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
        tenants: Iterable[SentinelTenantSettings],
        write: WriteSentinel = write_sentinel,
        *,
        alone: bool = True,
    ) -> None:
        super().__init__()
        self._run = run
        self._tenants = {tenant.tenant_id: tenant for tenant in tenants}
        self._write = write
        self._alone = alone

    def expand(self, pcoll: PCollection[SentinelPlan]) -> PCollection[WriteReport]:
        function = _WriteFn(
            self._run, self._tenants, self._write, raise_errors=self._handler is None, alone=self._alone
        )
        outputs = (
            pcoll
            | OnePerTenant(SentinelPlan)
            | STAGE >> beam.ParDo(function).with_outputs(ENDED, ERRORS, TALLIES, main=MAIN)
        )
        self.connect(outputs)
        reports: PCollection[WriteReport] = outputs[MAIN]
        return reports
