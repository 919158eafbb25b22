"""The first half of an Entra plan in one tenant: named locations are made and changed, then read back.

No Beam: the transform around it only hands plans in and results out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from iocbeam.clients.http.waiting import Waiting
from iocbeam.model.entra_plan import CREATE, EntraPlan, LocationChange, PlannedRange
from iocbeam.model.errors import Gone, IocbeamError, Refused, RetryLater, Unanswered
from iocbeam.model.outcome import CREATED, Ended, ended
from iocbeam.model.plan import WriteReport, added_requests
from iocbeam.planning.entra.access import SENTINEL, read_location
from iocbeam.planning.entra.graph_bodies import location_body
from iocbeam.planning.entra.ranges import RangeSet, range_changes

from .client import AccessClient
from .create_once import Row, create_once, there_already
from .moves import Moves
from .report import differs, entra_report, note
from .settled import settled


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
        unseen: whether the tenant did not show in time what it accepted.
        cover: what our locations hold now, without those that are surplus.
    """

    plan: EntraPlan
    report: WriteReport
    results: list[RangeResult] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    unseen: bool = False
    cover: RangeSet = RangeSet()  # noqa: RUF009 - immutable

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return self.plan.tenant_id

    def withdrawn(self, gone: Collection[str] = ()) -> int:
        """How many ranges no location holds any more.

        Args:
            gone: ids of the surplus locations that are not there any more.
        """
        plan = self.plan
        left = [RangeSet.of(plan.holds.get(one.id, ())) for one in plan.surplus if one.id not in gone]
        before = RangeSet.union(map(RangeSet.of, plan.holds.values()))
        return len(range_changes(before - RangeSet.of([SENTINEL]), RangeSet.union([self.cover, *left])).removed)


class _Failure(NamedTuple):
    """A change that did not come about, and what it would have brought."""

    end: Ended
    status: int | None
    added: RangeSet


class LocationWriter:
    """Applies the location changes of plans to one tenant, one after the other.

    Args:
        client: the tenant's; its pacing and retries are its own.
        clock: seconds from any beginning, for what waits until a change shows.
        sleep: waits so many seconds.
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
        self._gone: set[str] = set()
        self._rows: list[Row] | None = None

    def write(self, plan: EntraPlan) -> LocationsWritten:
        """Makes and changes locations, additions before removals, then reads until they show it.

        A range that moves from one location to another is added there before it is removed here.

        Raises:
            Stop, RetryLater, Refused: the first request was not allowed or got no answer; as far as is known
                nothing was written.
        """
        written = LocationsWritten(plan, entra_report(plan))
        self._failures = []
        self._gone = set()
        self._rows = None
        accepted = self._apply(plan, written)
        report = written.report
        written.cover = cover_of(plan, accepted)
        surplus = RangeSet.union(RangeSet.of(plan.holds.get(one.id, ())) for one in plan.surplus)
        there = cover_of(plan, accepted, self._gone) | surplus
        written.results += _results(plan, there, self._failures, report.stopped)
        report.withdrawn = written.withdrawn()
        report.sent = sum(one.end.reason != "stopped" for one in written.results)
        report.accepted = sum(one.end.outcome == CREATED for one in written.results)
        if accepted:
            self._read_back(accepted, written)
        report.requests = added_requests(plan.requests, self._client.requests)
        report.throttled_seconds = plan.throttled_seconds + self._client.throttled_seconds
        return written

    def _apply(self, plan: EntraPlan, written: LocationsWritten) -> dict[str, LocationChange]:
        """What was accepted, by id."""
        report = written.report
        accepted: dict[str, LocationChange] = {}
        moves = Moves(plan.locations)
        for change, fits in moves:
            shown = f"the location {change.name!r}"
            status = None
            try:
                if report.stopped:
                    end = ended("stopped", f"not sent: {report.stopped}")
                elif not fits:
                    end = ended("stopped", f"{shown} has no room beside what could not be moved out of it")
                    self._tell(end, shown, report)
                else:
                    self._wait.check()
                    accepted[self._send(change, written)] = change
                    continue
            except Gone:
                self._gone.add(change.id)
                end = ended("not_delivered", f"{shown} was deleted meanwhile")
                self._tell(end, shown, report)
            except Refused as refusal:
                if self._is_first(accepted) and refusal.status not in (400, 409):
                    raise
                words = f"{refusal.code}: {refusal.message}" if refusal.code else refusal.message
                end, status = ended("refused", f"{shown} was not written: {words}"), refusal.status
                self._tell(end, shown, report)
            except IocbeamError as error:
                if self._is_first(accepted) and not isinstance(error, Unanswered):
                    raise
                report.stopped = str(error)
                report.unreachable = isinstance(error, RetryLater)
                end = ended("not_delivered" if report.unreachable else "stopped", str(error))
            written.failed.append(change.name)
            self._failures.append(_Failure(end, status, RangeSet.of(change.added)))
            moves.failed(change)
        return accepted

    def _is_first(self, accepted: Mapping[str, LocationChange]) -> bool:
        return not accepted and not self._failures

    def _tell(self, end: Ended, shown: str, report: WriteReport) -> None:
        """Whether or not a record fails by it, the run has not done what it was to do."""
        text = end.message.removesuffix(".")
        note(report, f"{text[0].upper()}{text[1:]}.")
        differs(report, f"{shown} (not written)")

    def _send(self, change: LocationChange, written: LocationsWritten) -> str:
        client, body = self._client, location_body(change)
        if change.kind != CREATE:
            client.update_location(change.id, body)
            return change.id
        state = (RangeSet.of(change.ranges), change.trusted)
        made = there_already(self._listed(), change.name, lambda row: _state(row) == state)
        if not made:
            made = create_once(client.create_location, client.locations, body, self._clock, self._wait)
        written.ids[change.name] = made
        return made

    def _listed(self) -> list[Row]:
        """The list as it was before anything was made."""
        if self._rows is None:
            self._rows = self._client.locations()
        return self._rows

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
        written.unseen = bool(lagging)
        differs(report, *(f"the location {accepted[one].name!r}" for one in lagging), *sorted(absent))

    def _differing(self, wanted: Mapping[str, tuple[RangeSet, bool]]) -> list[str]:
        """Ids of the locations that one reading shows otherwise. Several are read in one list."""
        if len(wanted) == 1:
            row = self._client.location(next(iter(wanted)))
            rows = [] if row is None else [row]
        else:
            rows = self._client.locations()
        shown = {row["id"]: _state(row) for row in rows if row["id"] in wanted}
        return [one for one, state in wanted.items() if shown.get(one) != state]


def cover_of(plan: EntraPlan, accepted: Mapping[str, LocationChange], gone: Collection[str] = ()) -> RangeSet:
    """What our locations hold after these changes, without those that are surplus, or gone."""
    left_out = {*accepted, *gone, *(one.id for one in plan.surplus)}
    held = [texts for one, texts in plan.holds.items() if one not in left_out]
    return RangeSet.union(map(RangeSet.of, (*held, *(one.ranges for one in accepted.values()))))


def _state(row: Row) -> tuple[RangeSet, bool]:
    location = read_location(row)
    return (location.stored, location.trusted)


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
