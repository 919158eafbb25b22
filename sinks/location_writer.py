"""The first half of an Entra plan in one tenant: named locations are made and changed, then read back.

No Beam: the transform around it only hands plans in and results out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from iocbeam.clients.waiting import Waiting
from iocbeam.model.entra_plan import CREATE, EntraPlan, LocationChange, PlannedRange
from iocbeam.model.errors import Gone, IocbeamError, Refused, RetryLater
from iocbeam.model.outcome import CREATED, Ended, ended
from iocbeam.model.plan import WriteReport, added_requests
from iocbeam.planning.access import SENTINEL, read_location
from iocbeam.planning.graph_bodies import location_body
from iocbeam.planning.range_assignment import MAX_RANGES
from iocbeam.planning.ranges import RangeSet, range_changes

from .create_once import create_once
from .entra_client import AccessClient
from .settled import settled

MAX_DIFFERENCES: Final = 20


class RangeResult(NamedTuple):
    """How one row ended.

    Attributes:
        end: `created`, or `failed` with the reason.
        status: HTTP status of the refusal; None where there was none.
    """

    planned: PlannedRange
    end: Ended
    status: int | None = None


@dataclass(slots=True)
class LocationsWritten:
    """What became of a plan's locations; what its policy needs.

    Attributes:
        plan: the plan.
        report: what a person will be told.
        results: one for each row that was to be written.
        ids: of the locations that were made, by name.
        failed: names of the locations that could not be made or changed.
    """

    plan: EntraPlan
    report: WriteReport
    results: list[RangeResult] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return self.plan.tenant_id


class _Failure(NamedTuple):
    """A change that did not come about, and what it would have brought."""

    end: Ended
    status: int | None
    added: RangeSet


class LocationWriter:
    """Applies the location changes of plans to one tenant, one after the other.

    Args:
        client: the tenant's; its pacing and retries are its own.
        clock, sleep: seconds, for what waits until a change shows.
        cancel: once set, nothing more is sent.
    """

    def __init__(
        self,
        client: AccessClient,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        cancel: threading.Event | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._wait = Waiting(sleep, cancel)
        self._failures: list[_Failure] = []

    def write(self, plan: EntraPlan) -> LocationsWritten:
        """Makes and changes locations, additions before removals, then reads until they show it.

        A range that moves from one location to another is added there before it is removed here.

        Raises:
            Stop, RetryLater, Refused: the first request was not allowed or got no answer; as far as is known
                nothing was written.
        """
        written = LocationsWritten(plan, entra_report(plan))
        self._failures = []
        accepted = self._apply(plan, written)
        report = written.report
        before = RangeSet.union(map(RangeSet.of, plan.holds.values()))
        after = self._cover(plan, accepted)
        written.results += _results(plan, after, self._failures, report.stopped)
        report.withdrawn = len(range_changes(before - RangeSet.of([SENTINEL]), after).removed)
        report.sent = len(plan.ranges) if plan.locations else 0
        report.accepted = sum(one.end.outcome == CREATED for one in written.results)
        if accepted:
            self._read_back(accepted, written)
        report.requests = added_requests(plan.requests, self._client.requests)
        report.throttled_seconds = plan.throttled_seconds + self._client.throttled_seconds
        return written

    def _apply(self, plan: EntraPlan, written: LocationsWritten) -> dict[str, LocationChange]:
        """What was accepted, by id."""
        accepted: dict[str, LocationChange] = {}
        for change in sorted(plan.locations, key=_additions_first):
            if written.report.stopped:
                self._fail(change, written, ended("stopped", f"not sent: {written.report.stopped}"))
                continue
            change = self._keeping_what_failed(change)
            try:
                self._wait.check()
                accepted[self._send(change, written)] = change
            except Gone:
                self._fail(change, written, ended("not_delivered", f"the location {change.name!r} was deleted"))
            except Refused as refusal:
                if not accepted and not self._failures and refusal.status not in (400, 409):
                    raise
                words = f"{refusal.code}: {refusal.message}" if refusal.code else refusal.message
                end = ended("refused", f"the location {change.name!r}: {words}")
                self._fail(change, written, end, refusal.status)
            except IocbeamError as error:
                if not accepted and not self._failures:
                    raise
                written.report.stopped = str(error)
                written.report.unreachable = isinstance(error, RetryLater)
                reason = "not_delivered" if isinstance(error, RetryLater) else "stopped"
                self._fail(change, written, ended(reason, str(error)))
        return accepted

    def _send(self, change: LocationChange, written: LocationsWritten) -> str:
        client, body = self._client, location_body(change)
        if change.kind != CREATE:
            client.update_location(change.id, body)
            return change.id
        made = create_once(client.create_location, client.locations, body, frozenset(), self._clock, self._wait)
        written.ids[change.name] = made
        return made

    def _fail(
        self, change: LocationChange, written: LocationsWritten, end: Ended, status: int | None = None
    ) -> None:
        written.failed.append(change.name)
        self._failures.append(_Failure(end, status, RangeSet.of(change.added)))
        written.report.notices = (*written.report.notices, f"{end.message}.".replace("..", "."))

    def _keeping_what_failed(self, change: LocationChange) -> LocationChange:
        """The change without taking away what could not be added elsewhere."""
        lost = RangeSet.union(one.added for one in self._failures)
        kept = RangeSet.of(change.removed) & lost
        if not kept:
            return change
        ranges = (RangeSet.of(change.ranges) | kept).cidrs()
        if len(ranges) > MAX_RANGES:
            return change
        return change._replace(ranges=tuple(ranges))

    def _cover(self, plan: EntraPlan, accepted: dict[str, LocationChange]) -> RangeSet:
        """What our locations hold now. Surplus ones are about to go, unless something could not be moved."""
        going = set() if self._failures else {one.id for one in plan.surplus}
        held = [texts for one, texts in plan.holds.items() if one not in accepted and one not in going]
        return RangeSet.union(map(RangeSet.of, (*held, *(one.ranges for one in accepted.values()))))

    def _read_back(self, accepted: dict[str, LocationChange], written: LocationsWritten) -> None:
        """Reads until the tenant shows what it accepted; what it does not show in time is told."""
        wanted = {one: (RangeSet.of(change.ranges), change.trusted) for one, change in accepted.items()}
        lagging: list[str] = []

        def shows() -> bool:
            lagging[:] = self._differing(wanted)
            return not lagging

        report = written.report
        try:
            settled(shows, self._clock, self._wait)
        except IocbeamError as error:
            report.stopped = report.stopped or f"the locations could not be read back: {error}"
            return
        missing = RangeSet.union(RangeSet.of(accepted[one].added) for one in lagging)
        absent = [
            one.planned.row.value
            for one in written.results
            if missing and one.end.outcome == CREATED and missing.overlaps(one.planned.row.value)
        ]
        report.present = report.accepted - len(absent)
        names = [f"the location {accepted[one].name!r}" for one in lagging]
        report.difference_count = len(absent) + len(names)
        report.differences = tuple([*names, *sorted(absent)][:MAX_DIFFERENCES])

    def _differing(self, wanted: Mapping[str, tuple[RangeSet, bool]]) -> list[str]:
        """Ids of the locations that one reading shows otherwise. Several are read in one list."""
        if len(wanted) == 1:
            row = self._client.location(next(iter(wanted)))
            rows = [] if row is None else [row]
        else:
            rows = self._client.locations()
        shown = {row["id"]: read_location(row) for row in rows if row["id"] in wanted}
        return [
            one
            for one, state in wanted.items()
            if one not in shown or (shown[one].stored, shown[one].trusted) != state
        ]


def _additions_first(change: LocationChange) -> tuple[bool, bool]:
    return (not change.added, change.kind != CREATE)


def _results(
    plan: EntraPlan, cover: RangeSet, failures: Iterable[_Failure], stopped: str
) -> Iterable[RangeResult]:
    """A row is there when every address of it is, that is not subtracted."""
    subtracted = RangeSet.of(plan.subtracted)
    failures = list(failures)
    for planned in plan.ranges:
        value = planned.row.value
        there = cover.contains(value) if not planned.reason else not (RangeSet.of([value]) - subtracted) - cover
        if there:
            yield RangeResult(planned, Ended(CREATED, planned.reason))
            continue
        failure = next((one for one in failures if one.added.overlaps(value)), None)
        if failure is not None:
            yield RangeResult(planned, failure.end, failure.status)
        else:
            yield RangeResult(planned, ended("stopped", stopped or "its location was not written"))


def entra_report(plan: EntraPlan) -> WriteReport:
    """The report of a plan before anything was done."""
    return WriteReport(
        plan.tenant_id,
        plan.alias,
        requests=plan.requests,
        throttled_seconds=plan.throttled_seconds,
        refusals=plan.refusals,
        conflicts=plan.conflicts,
        notices=plan.notices,
        policy_effect=plan.effect,
        target="entra",
    )
