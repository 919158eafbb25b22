"""The writer of one tenant: applies a plan in order, fills the documented rate, and reads back.

No Beam: the transform around it only hands plans in and results out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol

from iocbeam.clients import canonical_value
from iocbeam.clients.waiting import Waiting
from iocbeam.model.errors import RetryLater
from iocbeam.model.outcome import ended
from iocbeam.model.plan import Change, DefenderPlan, DefenderRow, WriteReport
from iocbeam.model.settings import PlanPolicy
from iocbeam.planning.defender import as_item, owner_of_mark

from .delivery import Delivered, Delivery, Importer, undelivered

BATCH: Final = 500
"""Items in an import. Documented."""

WORKERS: Final = 8
"""Requests in flight. At 10 s an answer, five fill the documented 30 a minute."""

READ_BACK_SECONDS: Final = 60.0
"""How long rows may take to show in the list before a difference counts."""
READ_BACK_PAUSE: Final = 5.0

MAX_DIFFERENCES: Final = 20


class Client(Importer, Protocol):
    """The part of the Defender client that the writer needs."""

    def list_indicators(self) -> list[dict[str, Any]]:
        """All rows; never a part of the list."""

    def find(self, value: str) -> list[dict[str, Any]]:
        """The rows with one value, by one call."""

    @property
    def requests(self) -> dict[str, dict[str, int]]:
        """Calls by operation and status."""

    @property
    def throttled_seconds(self) -> float:
        """Seconds waited for budgets and for the service."""


class Written(NamedTuple):
    """What became of a plan: a result for each of its changes, and the report."""

    results: list[Delivered]
    report: WriteReport


class DefenderWriter:
    """Applies plans to one tenant.

    Args:
        client: the tenant's; its pacing and retries are its own.
        policy: what is sent with every row.
        clock, sleep: seconds, for the read-back.
        cancel: once set, nothing more is sent.
        workers: requests in flight.
        batch: items in a request, at most 500.
    """

    def __init__(
        self,
        client: Client,
        policy: PlanPolicy,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        cancel: threading.Event | None = None,
        workers: int = WORKERS,
        batch: int = BATCH,
    ) -> None:
        self._client = client
        self._policy = policy
        self._clock = clock
        self._cancel = cancel or threading.Event()
        self._wait = Waiting(sleep, self._cancel)
        self._workers = workers
        self._batch = batch

    def write(self, plan: DefenderPlan) -> Written:
        """Sends the plan's changes, then reads back.

        Raises:
            Stop, RetryLater: the first request could not be made, was not allowed or got no answer; as far as is
            known nothing was written.
        """
        report = report_of(plan)
        results = self._send(plan, report) if plan.changes else []
        accepted = [one.change.row for one in results if one.accepted]
        if accepted and not report.unreachable:
            self._read_back(accepted, report)
        report.sent = sum(one.sent for one in results)
        report.accepted = sum(one.accepted for one in results)
        report.requests = self._client.requests
        report.throttled_seconds = self._client.throttled_seconds
        return Written(results, report)

    def _send(self, plan: DefenderPlan, report: WriteReport) -> list[Delivered]:
        delivery = Delivery(self._client, lambda change: as_item(change, self._policy))
        batches = _batches(plan.changes, self._batch)
        # The first request goes alone: what is wrong for all of them shows before anything was written.
        results = delivery.deliver(batches[0])
        nothing_written = not any(one.accepted for one in results)
        stopped_by = delivery.stopped_by()
        if stopped_by is not None and nothing_written:
            raise stopped_by
        if all(one.end.reason == "not_delivered" for one in results):
            raise RetryLater(results[0].end.message, status=results[0].status, attempts=results[0].attempts)
        if not plan.mark_seen:
            report.mark = self._look_for_mark(results, report)
        results += self._send_in_parallel(delivery, batches[1:])
        stopped_by = delivery.stopped_by()
        if stopped_by is not None:
            report.stopped = str(stopped_by)
            report.unreachable = isinstance(stopped_by, RetryLater)
        return results

    def _send_in_parallel(self, delivery: Delivery, batches: Sequence[Sequence[Change]]) -> list[Delivered]:
        if not batches:
            return []

        def deliver(batch: Sequence[Change]) -> list[Delivered]:
            if self._cancel.is_set():
                return undelivered(batch, ended("stopped", "the run was cancelled"), 0, sent=False)
            return delivery.deliver(batch)

        pool = ThreadPoolExecutor(min(self._workers, len(batches)), thread_name_prefix="iocbeam-import")
        try:
            futures: list[Future[list[Delivered]]] = [pool.submit(deliver, batch) for batch in batches]
            return [one for future in futures for one in future.result()]
        except BaseException:
            self._cancel.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _look_for_mark(self, results: Sequence[Delivered], report: WriteReport) -> str:
        """Whether the tenant returns our mark: one row read back by its value."""
        accepted = [one.change for one in results if one.accepted]
        if not accepted:
            return ""
        # A value without quotes, `&` or `?`: some services stumble over those in a filter.
        simple = next((change for change in accepted if change.row.type != "Url"), accepted[0])
        try:
            rows = self._client.find(simple.row.value)
        except Exception as error:  # noqa: BLE001 - rows were written, and their outcomes must be told
            report.notices = (*report.notices, f"The owner mark could not be read back: {error}")
            return ""
        marks = [owner_of_mark(row.get("externalId") or row.get("externalID")) for row in rows]
        if self._policy.collection in marks:
            return "kept"
        if not rows:
            return ""
        report.notices = (
            *report.notices,
            "The tenant does not return the owner mark (externalId): rows of this collection "
            "cannot be told from others, so none will ever be withdrawn.",
        )
        return "not_returned"

    def _read_back(self, rows: Sequence[DefenderRow], report: WriteReport) -> None:
        """Lists the tenant until every accepted row shows, or the time is up."""
        expected = {_key(row.type, row.value): row.value for row in rows}
        deadline = self._clock() + READ_BACK_SECONDS
        pause = 0.0
        while True:
            try:
                self._wait(pause)
                listed = self._client.list_indicators()
            except Exception as error:  # noqa: BLE001 - rows were written, and their outcomes must be told
                report.stopped = report.stopped or f"the read-back failed: {error}"
                return
            found = {_key(str(row.get("indicatorType")), str(row.get("indicatorValue"))) for row in listed}
            missing = [value for key, value in expected.items() if key not in found]
            report.present = len(expected) - len(missing)
            pause = READ_BACK_PAUSE
            late = self._clock() + pause > deadline
            if not missing or late:
                report.difference_count = len(missing)
                report.differences = tuple(sorted(missing)[:MAX_DIFFERENCES])
                return


def report_of(plan: DefenderPlan) -> WriteReport:
    """The report of a plan before anything was done."""
    return WriteReport(
        plan.tenant_id,
        plan.alias,
        refusals=plan.refusals,
        conflicts=plan.conflicts,
        notices=plan.notices,
    )


def _key(kind: str, value: str) -> tuple[str, str]:
    return (kind, canonical_value(value))


def _batches(changes: Iterable[Change], size: int) -> list[list[Change]]:
    source = iter(changes)
    return list(iter(lambda: list(islice(source, size)), []))
