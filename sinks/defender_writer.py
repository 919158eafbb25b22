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

from iocbeam.clients.waiting import Waiting
from iocbeam.model.errors import IocbeamError, RetryLater
from iocbeam.model.outcome import HELD, Ended, ended
from iocbeam.model.plan import Change, DefenderPlan, Requests, WriteReport
from iocbeam.model.settings import PlanPolicy
from iocbeam.planning.items import as_item
from iocbeam.planning.marks import read_mark
from iocbeam.planning.room import Room

from .delivery import Delivered, Delivery, Importer, undelivered
from .read_back import Finding, compare
from .removal import Deleter, Removal

BATCH: Final = 500
"""Items in an import, ids in a batch deletion. Documented."""

WORKERS: Final = 8
"""Requests in flight. At 10 s an answer, five fill the documented 30 a minute."""

READ_BACK_SECONDS: Final = 60.0
"""How long rows may take to show in the list before a difference counts."""
READ_BACK_PAUSE: Final = 5.0

MAX_DIFFERENCES: Final = 20

CANCELLED: Final = "the run was cancelled"


class Client(Importer, Deleter, Protocol):
    """The part of the Defender client that the writer needs."""

    def find(self, value: str) -> list[dict[str, Any]]:
        """The rows with one value, by one call."""

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
        """Sends the plan's changes, deletes what is to be withdrawn, then reads back.

        Order: updates, creates, withdrawals. In a tenant without room, each slice of changes comes after the
        deletions that make room for it. A plan without changes and withdrawals makes no call.

        Raises:
            Stop, RetryLater, Refused: the first request could not be made, was not allowed or got no answer; as
            far as is known nothing was written.
        """
        delivery = Delivery(self._client, lambda change: as_item(change, self._policy))
        work = _Work(plan, delivery, Removal(self._client))
        if plan.changes or plan.withdraw:
            self._apply(plan, work)
            if not work.report.unreachable:
                self._read_back(work)
        report = work.report
        report.withdrawn = sum(row.id in work.removal.gone for row in plan.withdraw)
        report.sent = sum(one.sent for one in work.results)
        report.accepted = sum(one.accepted for one in work.results)
        report.requests = _added(plan.requests, self._client.requests)
        report.throttled_seconds = plan.throttled_seconds + self._client.throttled_seconds
        return Written(work.results, report)

    def _apply(self, plan: DefenderPlan, work: _Work) -> None:
        adoptions = [change for change in plan.changes if change.held]
        changes = [change for change in plan.changes if not change.held]
        if adoptions:
            changes = [*self._try_adoption(adoptions, work), *changes]
        slices = _slices(changes, self._batch)
        if work.room.tight:
            self._swap(slices, work)
        elif slices:
            # The first request goes alone: what is wrong for all of them shows before anything was written.
            self._deliver(slices[0], work)
            self._look_for_mark(work)
            self._deliver_in_parallel(slices[1:], work)
        for ids in work.room.rest():
            self._remove(ids, work)

    def _swap(self, slices: Iterable[Sequence[Change]], work: _Work) -> None:
        """Slice by slice, each after the deletions that make room for it."""
        for changes in slices:
            for ids in work.room.before(changes):
                self._remove(ids, work)
            self._deliver(changes, work)
            self._look_for_mark(work)

    def _deliver(self, changes: Sequence[Change], work: _Work) -> None:
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

    def _deliver_in_parallel(self, slices: Sequence[Sequence[Change]], work: _Work) -> None:
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

    def _remove(self, ids: Sequence[str], work: _Work) -> None:
        if work.report.stopped:
            return
        try:
            self._wait.check()
            work.removal.remove(ids)
        except IocbeamError as error:
            if not work.written:
                raise
            work.stop(error, f"{len(ids):,} rows could not be deleted: {error}")
        else:
            work.written = True

    def _try_adoption(self, adoptions: Sequence[Change], work: _Work) -> Sequence[Change]:
        """Takes over one row of another owner to see whether it then carries our mark; the others, if it does."""
        waiting = sorted(adoptions, key=lambda change: bool(change.replaces))
        sticks: bool | None = None
        while waiting and sticks is None and not work.report.stopped:
            first = waiting.pop(0)
            for ids in work.room.before([first]) if work.room.tight else ():
                self._remove(ids, work)
            self._deliver([first], work)
            if work.results[-1].accepted:
                sticks = self._has_our_mark(first, work) or False
        if sticks or work.report.stopped:
            work.mark_seen = work.mark_seen or bool(sticks)
            return waiting
        end = Ended(HELD, adoptions[0].held, "the row does not take our owner mark")
        work.results += [Delivered(change, end._replace(reason=change.held), 0, None, False) for change in waiting]
        work.note(
            "A row of another owner did not take our mark (externalId) when it was updated: --adopt cannot work "
            f"in this tenant. The other {len(waiting):,} rows were left as they are."
        )
        return ()

    def _look_for_mark(self, work: _Work) -> None:
        """Whether the tenant returns our mark, where its list showed none: one row read back by its value."""
        if work.mark_seen or work.report.mark:
            return
        accepted = [one.change for one in work.results if one.accepted and not one.change.held]
        if not accepted:
            return
        # A value without quotes, `&` or `?`: some services stumble over those in a filter.
        simple = next((change for change in accepted if change.row.type != "Url"), accepted[0])
        found = self._has_our_mark(simple, work)
        if found is None:
            return
        work.report.mark = "kept" if found else "not_returned"
        if not found:
            work.room.withdraw_nothing()
            work.note(
                "The tenant does not return the owner mark (externalId): rows of this collection "
                "cannot be told from others, so none will ever be withdrawn."
            )

    def _has_our_mark(self, change: Change, work: _Work) -> bool | None:
        """None when the row cannot be read."""
        try:
            rows = self._client.find(change.row.value)
        except Exception as error:  # noqa: BLE001 - rows were written, and their outcomes must be told
            work.note(f"The owner mark could not be read back: {error}")
            return None
        marks = [read_mark(row.get("externalId") or row.get("externalID")) for row in rows]
        return any(mark and mark.collection == self._policy.collection for mark in marks) if rows else None

    def _read_back(self, work: _Work) -> None:
        """Lists the tenant until it shows what it should, or the time is up."""
        accepted = [one.change for one in work.results if one.accepted]
        if not accepted and not work.removal.gone:
            return
        deadline = self._clock() + READ_BACK_SECONDS
        pause = 0.0
        while True:
            try:
                self._wait(pause)
                listed = self._client.list_indicators()
            except Exception as error:  # noqa: BLE001 - rows were written, and their outcomes must be told
                work.report.stopped = work.report.stopped or f"the read-back failed: {error}"
                return
            marks_show = work.report.mark != "not_returned"
            finding = compare(listed, accepted, work.removal.gone, self._policy, marks_show)
            if finding.replaced:
                self._remove(finding.replaced, work)
            pause = READ_BACK_PAUSE
            if not finding.differs or self._clock() + pause > deadline:
                work.found(finding)
                return


class _Work:
    """What has been done of a plan so far."""

    def __init__(self, plan: DefenderPlan, delivery: Delivery, removal: Removal) -> None:
        self.delivery = delivery
        self.removal = removal
        self.report = report_of(plan)
        self.results: list[Delivered] = []
        self.room = Room(plan)
        self.mark_seen = plan.mark_seen
        self.written = False

    def take(self, results: Sequence[Delivered]) -> None:
        """Adds what became of a slice."""
        self.results += results
        self.written = self.written or any(one.accepted for one in results)
        self.room.after((one.change, one.row_id) for one in results if one.accepted)

    def stop(self, error: Exception | None, words: str = "") -> None:
        """Keeps what made it pointless to go on."""
        if error is not None and not self.report.stopped:
            self.report.stopped = words or str(error)
            self.report.unreachable = isinstance(error, RetryLater)

    def note(self, text: str) -> None:
        """Adds something that a person should know."""
        self.report.notices = (*self.report.notices, text)

    def found(self, finding: Finding) -> None:
        """Puts the last reading into the report."""
        report = self.report
        report.present = finding.present
        values = [*finding.missing, *(f"{value} (still there)" for value in finding.lingering)]
        report.difference_count = len(values)
        report.differences = tuple(sorted(values)[:MAX_DIFFERENCES])
        for name, count in finding.rewritten.most_common():
            self.note(
                f"The tenant shows {name} of {count:,} rows otherwise than sent, one is {finding.examples[name]}."
            )


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


def _added(one: Requests, other: Requests) -> Requests:
    """The calls of two clients together."""
    names = dict.fromkeys((*one, *other))
    return {
        name: {
            status: one.get(name, {}).get(status, 0) + other.get(name, {}).get(status, 0)
            for status in dict.fromkeys((*one.get(name, {}), *other.get(name, {})))
        }
        for name in names
    }


def _slices(changes: Iterable[Change], size: int) -> list[list[Change]]:
    source = iter(changes)
    return list(iter(lambda: list(islice(source, size)), []))
