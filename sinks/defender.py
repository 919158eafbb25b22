"""WriteToDefender: one ordered plan, one writer, for each tenant; all tenants at the same time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue
from typing_extensions import Self

from iocbeam.clients import connect_defender
from iocbeam.model.ends import indicator_letter, indicator_row
from iocbeam.model.errors import IocbeamError
from iocbeam.model.outcome import DEAD_LETTER_OUTCOMES, Ended, Tally, ended
from iocbeam.model.plan import DefenderPlan, WriteReport
from iocbeam.model.settings import RunInfo, TenantSettings

from .defender_writer import DefenderWriter, Written, report_of
from .delivery import Delivered, undelivered

STAGE: Final = "WriteToDefender"
ENDED: Final = "ended"
ERRORS: Final = "errors"
TALLIES: Final = "tallies"
REPORTS: Final = "reports"

Write = Callable[[DefenderPlan, TenantSettings, threading.Event], Written]


class Undelivered(IocbeamError):
    """Records could not be delivered by a sink that has no error handler."""


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


class _WriteFn(beam.DoFn):
    """Hands each plan to a thread as it comes and collects the results at the bundle's end."""

    def __init__(
        self, run: RunInfo, tenants: Mapping[str, TenantSettings], write: Write, raise_errors: bool
    ) -> None:
        super().__init__()
        self._run = run
        self._tenants = dict(tenants)
        self._write = write
        self._raise_errors = raise_errors

    def start_bundle(self) -> None:
        self._failed = 0
        self._cancel = threading.Event()
        self._pool = ThreadPoolExecutor(max(1, len(self._tenants)), thread_name_prefix="iocbeam-tenant")
        self._running: list[tuple[DefenderPlan, Future[Written]]] = []

    def process(self, element: DefenderPlan) -> None:
        tenant = self._tenants.get(element.tenant_id)
        if tenant is None:
            self._give_up()
            raise ValueError(f"a plan for tenant {element.tenant_id}, which is none of this sink's tenants")
        if element.unreadable:
            future = self._pool.submit(could_not_start, element, element.unreadable)
        elif self._run.dry_run:
            future = self._pool.submit(plan_only, element)
        else:
            future = self._pool.submit(self._write, element, tenant, self._cancel)
        self._running.append((element, future))

    def _give_up(self) -> None:
        self._cancel.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def finish_bundle(self) -> Iterator[Any]:
        try:
            for plan, future in self._running:
                yield from self._outputs(plan, self._result(plan, future))
        except KeyboardInterrupt:
            # Whoever interrupts does not want to wait for a request that may take minutes to time out.
            self._cancel.set()
            self._pool.shutdown(wait=False, cancel_futures=True)
            raise
        except BaseException:
            self._give_up()
            raise
        self._pool.shutdown()
        if self._raise_errors and self._failed:
            raise Undelivered(
                f"{self._failed} records could not be delivered. "
                "Give the transform an error handler to keep them as dead letters."
            )

    def _result(self, plan: DefenderPlan, future: Future[Written]) -> Written:
        try:
            return future.result()
        except Exception as error:
            # Alone, a tenant that could not start is a run that could not start; one of several is not.
            if len(self._tenants) == 1:
                raise
            return could_not_start(plan, str(error))

    def _outputs(self, plan: DefenderPlan, written: Written) -> Iterator[Any]:
        counts: Counter[tuple[str, str, str]] = Counter()
        # The time of the call, not of the data: a run may take hours after its start.
        occurred_at = int(time.time())
        for change, end, attempts, status, *_ in written.results:
            indicator = change.row.indicator
            counts[end.outcome, end.reason, indicator.type] += 1
            yield _tagged(ENDED, indicator_row(indicator, end, STAGE, plan.tenant_id))
            if end.outcome in DEAD_LETTER_OUTCOMES:
                self._failed += 1
                letter = indicator_letter(
                    indicator, end, STAGE, self._run, plan.tenant_id, occurred_at, attempts, status
                )
                yield _tagged(ERRORS, letter)
        for (outcome, reason, kind), records in counts.items():
            yield _tagged(TALLIES, Tally(plan.tenant_id, STAGE, outcome, reason, kind, records))
        yield _in_window(written.report)


def _in_window(element: Any) -> WindowedValue:
    window = GlobalWindow()
    return WindowedValue(element, window.max_timestamp(), (window,))


def _tagged(tag: str, element: Any) -> Any:
    return TaggedOutput(tag, _in_window(element))


class WriteToDefender(beam.PTransform[Any, Any]):
    """`DefenderPlan`s to `WriteReport`s, one for each tenant.

    Each tenant has one writer, so its plans must come from one `Plan` of one run. What could not be
    delivered leaves as dead letters by `with_error_handler`.

    Args:
        run: a dry run sends nothing.
        tenants: the settings of every tenant that plans are for.
        write: applies one plan; replaced in tests of the transform alone.
    """

    def __init__(self, run: RunInfo, tenants: Iterable[TenantSettings], write: Write = write_plan) -> None:
        super().__init__()
        self._run = run
        self._tenants = {tenant.tenant_id: tenant for tenant in tenants}
        self._write = write
        self._handler: Any = None
        self._outcomes: Any = None

    def with_error_handler(self, handler: Any) -> Self:
        """Sends what could not be delivered to `handler`; without one the sink raises after its last write."""
        self._handler = handler
        return self

    def with_outcomes(self, collector: Any) -> Self:
        """Sends every end to a `transforms.OutcomeCollector`; without one they are counted in Beam's metrics."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[DefenderPlan]) -> PCollection[WriteReport]:
        outputs = (
            pcoll
            | "OneWriter" >> beam.Map(_keyed).with_output_types(tuple[str, DefenderPlan])
            | "ByTenant" >> beam.GroupByKey()
            | "Plans" >> beam.FlatMap(_only_plan).with_output_types(DefenderPlan)
            | STAGE
            >> beam.ParDo(
                _WriteFn(self._run, self._tenants, self._write, raise_errors=self._handler is None)
            ).with_outputs(ENDED, ERRORS, TALLIES, main=REPORTS)
        )
        if self._handler is not None:
            self._handler.add_error_pcollection(outputs[ERRORS])
        if self._outcomes is not None:
            self._outcomes.add(outputs[ENDED], outputs[TALLIES])
        else:
            _ = outputs[TALLIES] | "CountOutcomes" >> beam.Map(_count)
        reports: PCollection[WriteReport] = outputs[REPORTS]
        return reports


def _count(tally: Tally) -> None:
    Metrics.counter("iocbeam", f"{tally.outcome}.{tally.reason}").inc(tally.records)


def _keyed(plan: DefenderPlan) -> tuple[str, DefenderPlan]:
    return (plan.tenant_id, plan)


def _only_plan(keyed: tuple[str, Iterable[DefenderPlan]]) -> Sequence[DefenderPlan]:
    plans = list(keyed[1])
    if len(plans) != 1:
        raise ValueError(f"tenant {keyed[0]} has {len(plans)} plans; it may have one")
    return plans
