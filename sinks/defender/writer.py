"""The writer of one tenant: applies a plan in order, fills the documented rate, and reads back.

No Beam: the transform around it only hands plans in and results out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final, NamedTuple, Protocol

from iocbeam.clients.http.waiting import Waiting
from iocbeam.model.errors import RetryLater
from iocbeam.model.outcome import ended
from iocbeam.model.plan import Change, DefenderPlan, Requests, WriteReport
from iocbeam.model.settings import PlanPolicy
from iocbeam.planning.defender.actual import read_row
from iocbeam.planning.defender.items import as_item

from ..patience import Patience
from .adoption import try_adoption
from .delivery import Delivered, Delivery, Importer, undelivered
from .mark_check import Finder, MarkCheck
from .read_back import Finding, compare
from .removal import Deleter, Removal
from .work import Work

BATCH: Final = 500
"""Items in an import, ids in a batch deletion. Documented."""

WORKERS: Final = 8
"""Requests in flight. At 10 s an answer, five fill the documented 30 a minute."""

CANCELLED: Final = "the run was cancelled"


class Client(Importer, Deleter, Finder, Protocol):
    """The part of the Defender client that the writer needs."""

    @property
    def requests(self) -> Requests:
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
        clock: seconds from any beginning, for the read-back.
        sleep: waits so many seconds.
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
        self._mark = MarkCheck(client, policy.collection, self._patience)

    def write(self, plan: DefenderPlan) -> Written:
        """Sends the plan's changes, deletes what is to be withdrawn, then reads back.

        Order: updates, creates, withdrawals. In a tenant without room, each slice of changes comes after the
        deletions that make room for it. A plan without changes and withdrawals makes no call. Nothing is deleted
        before a mark of ours was seen, by the plan or in what was written.

        Raises:
            Stop, RetryLater, Refused: the first request could not be made, was not allowed or got no answer; as
                far as is known nothing was written.
        """
        delivery = Delivery(self._client, lambda change: as_item(change, self._policy))
        work = Work(plan, report_of(plan), delivery, Removal(self._client), self._batch)
        if plan.changes or plan.withdraw:
            self._apply(plan, work)
            if not work.report.unreachable:
                self._read_back(work)
        work.finish(self._client.requests, self._client.throttled_seconds)
        return Written(work.results, work.report)

    def _apply(self, plan: DefenderPlan, work: Work) -> None:
        adoptions = [change for change in plan.changes if change.held]
        changes = [change for change in plan.changes if not change.held]
        if adoptions:
            waiting = try_adoption(
                adoptions,
                work,
                lambda first: self._send(first, work),
                lambda first: self._mark.shows(first, work),
            )
            changes = [*waiting, *changes]
        slices = _slices(changes, self._batch)
        # The first request goes alone: what is wrong for all of them shows before anything was written.
        alone = len(slices) if work.room.tight else 1
        for one in slices[:alone]:
            self._send(one, work)
            self._mark.look(work)
        self._deliver_in_parallel(slices[alone:], work)
        self._mark.look(work)
        if work.mark_seen:
            self._remove(work.room.rest(), work)

    def _send(self, changes: Sequence[Change], work: Work) -> None:
        """One slice, after the deletions that make room for it, if it needs any."""
        if work.room.tight and work.mark_seen:
            if work.room.unsure and not work.report.stopped:
                self._look_for_second_rows(work)
            self._remove(work.room.before(changes), work)
        self._heed_cancel(work)
        self._deliver(changes, work)
        self._heed_cancel(work)

    def _heed_cancel(self, work: Work) -> None:
        """Raises while nothing was written; afterwards what was must be told."""
        if self._cancel.is_set():
            cancelled = RetryLater(CANCELLED, attempts=0)
            if not work.written:
                raise cancelled
            work.stop(cancelled)

    def _deliver(self, changes: Sequence[Change], work: Work) -> None:
        if work.report.stopped:
            work.take(undelivered(changes, ended("stopped", work.report.stopped), 0, sent=False))
            return
        results = work.delivery.deliver(changes)
        stopped_by = work.delivery.stopped_by()
        if not work.written:
            nothing = not any(one.accepted for one in results)
            if stopped_by is not None and nothing:
                raise stopped_by
            if all(one.end.reason == "not_delivered" for one in results):
                raise RetryLater(results[0].end.message, status=results[0].status, attempts=results[0].attempts)
        work.take(results)
        work.stop(stopped_by)

    def _deliver_in_parallel(self, slices: Sequence[Sequence[Change]], work: Work) -> None:
        if not slices:
            return

        def deliver(changes: Sequence[Change]) -> list[Delivered]:
            if self._cancel.is_set():
                return undelivered(changes, ended("stopped", CANCELLED), 0, sent=False)
            return work.delivery.deliver(changes)

        pool = ThreadPoolExecutor(min(self._workers, len(slices)), thread_name_prefix="iocbeam-import")
        try:
            futures: list[Future[list[Delivered]]] = [pool.submit(deliver, changes) for changes in slices]
            for future in futures:
                work.take(future.result())
        except BaseException:
            self._cancel.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        work.stop(work.delivery.stopped_by())
        self._heed_cancel(work)

    def _remove(self, batches: Iterable[Sequence[str]], work: Work) -> None:
        for ids in batches:
            self._heed_cancel(work)
            if work.report.stopped:
                return
            try:
                work.removal.remove(ids)
            except Exception as error:
                if not work.written:
                    raise
                work.stop(error, f"rows could not be deleted: {error}")

    def _look_for_second_rows(self, work: Work) -> None:
        """Some answers named no id: the places that these rows take have to be known before more is sent."""
        try:
            listed = self._client.list_as(read_row)
        except Exception as error:  # noqa: BLE001 - rows were written, and their outcomes must be told
            work.stop(error)
            return
        work.room.settle(compare(listed, work.room.unsure, (), self._policy, marks_show=True).ids)

    def _read_back(self, work: Work) -> None:
        """Lists the tenant until it shows what it should, or the time is up."""
        accepted = work.accepted()
        if not accepted and not work.removal.gone:
            return
        patience = self._patience()
        marks_show = work.report.mark != "not_returned"
        try:
            while True:
                self._wait.check()
                listed = self._client.list_as(read_row)
                finding = compare(listed, accepted, work.removal.gone, self._policy, marks_show)
                if self._remove_second_rows(finding, work):
                    continue
                if not finding.may_change or not patience.again():
                    work.found(finding)
                    return
        except Exception as error:  # noqa: BLE001 - rows were written, and their outcomes must be told
            work.report.stopped = work.report.stopped or f"the read-back failed: {error}"

    def _remove_second_rows(self, finding: Finding, work: Work) -> bool:
        """Deletes rows that a row of ours now stands beside, where no answer told; whether there were any."""
        work.room.settle(finding.ids)
        batches = work.room.rest() if work.mark_seen else []
        self._remove(batches, work)
        return bool(batches) and not work.report.stopped

    def _patience(self) -> Patience:
        return Patience(self._clock, self._wait)


def report_of(plan: DefenderPlan) -> WriteReport:
    """The report of a plan before anything was done."""
    return WriteReport(
        plan.tenant_id,
        plan.alias,
        requests=plan.requests,
        throttled_seconds=plan.throttled_seconds,
        refusals=plan.refusals,
        conflicts=plan.conflicts,
        notices=plan.notices,
    )


def _slices(changes: Iterable[Change], size: int) -> list[list[Change]]:
    source = iter(changes)
    return list(iter(lambda: list(islice(source, size)), []))
