"""The writer of one workspace: applies a plan in order, fills the documented rate, and reads back.

No Beam: the transform around it only hands plans in and results out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Protocol

from iocbeam.clients.http.waiting import Waiting
from iocbeam.model.errors import RetryLater
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.plan import Requests, WriteReport, added_requests
from iocbeam.model.sentinel_plan import SentinelChange, SentinelPlan
from iocbeam.planning.sentinel.objects import (
    revoked_object,
    source_of_collection,
    stix_object,
)

from ..patience import Patience
from .delivery import SentinelDelivery, Uploaded, Uploader, not_taken
from .read_back import ReadClient, look
from .report import (
    SentinelDelivered,
    SentinelWritten,
    conflict,
    note,
    sentinel_report,
    tell,
    without_replacement,
)

BATCH: Final = 100
"""Objects in an upload. Documented."""

WORKERS: Final = 4
"""Uploads in flight: at two seconds an answer they fill the documented 100 a minute."""

MANY: Final = 10
"""Indicators of which at least one should show at the read-back, else a person should look."""

CANCELLED: Final = "the run was cancelled"


class UploadClient(Uploader, Protocol):
    """The part of the Sentinel client that the writer needs."""

    @property
    def requests(self) -> Requests:
        """Calls by operation and status."""

    @property
    def throttled_seconds(self) -> float:
        """Seconds waited for budgets and for the service."""


class SentinelWriter:
    """Applies plans to one workspace.

    Args:
        client: uploads; its pacing and retries are its own.
        reader: reads back.
        collection: whose objects they are.
        now: epoch seconds, UTC: the run's start.
        clock: seconds from any beginning, for the read-back.
        sleep: waits so many seconds.
        cancel: once set, nothing more is sent.
    """

    def __init__(
        self,
        client: UploadClient,
        reader: ReadClient,
        collection: str,
        now: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        cancel: threading.Event | None = None,
    ) -> None:
        self._client = client
        self._reader = reader
        self._collection = collection
        self._now = now
        self._clock = clock
        self._cancel = cancel or threading.Event()
        self._wait = Waiting(sleep, self._cancel)

    def write(self, plan: SentinelPlan) -> SentinelWritten:
        """Sends the plan's changes, then revokes what is to be withdrawn, then reads back.

        A plan without changes and withdrawals makes no call.

        Raises:
            Stop, RetryLater, Refused: the very first upload could not be made, was not allowed or got no answer;
                as far as is known nothing was written. What goes wrong later stands in the report.
        """
        report = sentinel_report(plan)
        delivery = SentinelDelivery(self._client, source_of_collection(self._collection))
        objects = [stix_object(change, self._collection, self._now) for change in plan.changes]
        results = [
            SentinelDelivered(change, one.end or Ended(change.kind, ""), one.attempts, one.status, one.sent)
            for change, one in zip(plan.changes, self._deliver(objects, delivery, may_raise=True), strict=True)
        ]
        leaving, staying = without_replacement(plan.withdraw, results)
        if staying:
            note(
                report, f"{staying:,} indicators were to make room for better ones that were not taken: they stay."
            )
        revoked = [revoked_object(one, self._collection, self._now) for one in leaving]
        withdrawn = self._deliver(revoked, delivery, may_raise=not results)
        if self._cancel.is_set() and (plan.changes or plan.withdraw):
            report.stopped = CANCELLED
        tell(report, results, withdrawn, delivery)
        taken = [one.change for one in results if one.taken]
        gone = [one.actual.key for one, end in zip(leaving, withdrawn, strict=True) if end.end is None]
        if (taken or gone) and not report.unreachable and not self._cancel.is_set():
            self._read_back(taken, gone, report)
        report.requests = added_requests(
            added_requests(plan.requests, self._client.requests), self._reader.requests
        )
        report.throttled_seconds = (
            plan.throttled_seconds + self._client.throttled_seconds + self._reader.throttled_seconds
        )
        return SentinelWritten(results, report)

    def _deliver(
        self, objects: Sequence[Mapping[str, Any]], delivery: SentinelDelivery, *, may_raise: bool
    ) -> list[Uploaded]:
        """What became of the objects. Of all uploads the first goes alone: what is wrong for all of them shows
        before anything was written, and raises."""
        batches = [objects[at : at + BATCH] for at in range(0, len(objects), BATCH)]
        results: list[Uploaded] = []
        if batches and may_raise:
            results = self._first(batches.pop(0), delivery, objects)
        if not batches:
            return results
        pool = ThreadPoolExecutor(min(WORKERS, len(batches)), thread_name_prefix="iocbeam-upload")
        try:
            futures: list[Future[list[Uploaded]]] = [
                pool.submit(self._heeding_cancel, batch, delivery, objects) for batch in batches
            ]
            for future in futures:
                results += future.result()
        except BaseException:
            self._cancel.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return results

    def _first(
        self, batch: Sequence[Mapping[str, Any]], delivery: SentinelDelivery, among: Sequence[Mapping[str, Any]]
    ) -> list[Uploaded]:
        if self._cancel.is_set():
            raise RetryLater(CANCELLED, attempts=0)
        results = delivery.deliver(batch, among)
        if not delivery.taken:
            if delivery.stopped_by is not None:
                raise delivery.stopped_by
            if all(one.end is not None and one.end.reason == "not_delivered" for one in results):
                message = results[0].end.message if results[0].end else ""
                raise RetryLater(message, status=results[0].status, attempts=results[0].attempts)
        return results

    def _heeding_cancel(
        self, batch: Sequence[Mapping[str, Any]], delivery: SentinelDelivery, among: Sequence[Mapping[str, Any]]
    ) -> list[Uploaded]:
        if self._cancel.is_set():
            return not_taken(batch, ended("stopped", CANCELLED), 0, sent=False)
        return delivery.deliver(batch, among)

    def _read_back(
        self, taken: Sequence[SentinelChange], gone: Iterable[tuple[str, str]], report: WriteReport
    ) -> None:
        """Reads the workspace until it shows what was sent, or the time is up.

        How long an upload takes to show is not documented, so what does not show yet is told and is no fault: the
        next run's plan sees it, and sends again what is still not there.
        """
        patience = Patience(self._clock, self._wait)
        while True:
            try:
                missing, lingering = look(self._reader, self._collection, taken, set(gone), self._now)
            except Exception as error:  # noqa: BLE001 - objects were written, and their outcomes must be told
                report.stopped = report.stopped or f"the read-back failed: {error}"
                return
            report.present = len(taken) - missing
            if not missing and not lingering:
                return
            try:
                if not patience.again():
                    break
            except RetryLater:
                break
        if missing == len(taken) >= MANY:
            conflict(
                report,
                f"None of the {missing:,} indicators that were taken shows in the workspace. Check that "
                "--sentinel_workspace_id is the id of the workspace that the other three options name: what does "
                "not show is sent anew in every run, and cannot be withdrawn.",
            )
        for count, words in (
            (missing, "that were taken do not show yet"),
            (lingering, "that were withdrawn still show as in effect"),
        ):
            if count:
                note(report, f"{count:,} indicators {words}. How long that takes is the service's to say.")
