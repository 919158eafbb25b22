"""What has been done of a plan so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from iocbeam.model.errors import RetryLater
from iocbeam.model.plan import Change, DefenderPlan, Requests, WriteReport, added_requests
from iocbeam.planning.defender.room import Room

from .delivery import Delivered, Delivery
from .read_back import Finding
from .removal import Removal

MAX_DIFFERENCES: Final = 20


class Work:
    """A plan while it is applied.

    Attributes:
        results: what became of changes, in the order in which it was known.
        room: what is to be deleted when.
        report: what a person will be told.
        mark_seen: whether the tenant is known to return our mark. Nothing is deleted before.
    """

    def __init__(
        self, plan: DefenderPlan, report: WriteReport, delivery: Delivery, removal: Removal, batch: int
    ) -> None:
        self._plan = plan
        self.delivery = delivery
        self.removal = removal
        self.report = report
        self.results: list[Delivered] = []
        self.room = Room(plan, batch)
        self.mark_seen = plan.mark_seen

    @property
    def written(self) -> bool:
        """Whether anything in the tenant was changed, as far as is known."""
        return self.removal.deleted or any(one.accepted for one in self.results)

    def accepted(self) -> list[Change]:
        """The changes that the service reported as stored."""
        return [one.change for one in self.results if one.accepted]

    def take(self, results: Sequence[Delivered]) -> None:
        """Adds what became of a slice."""
        self.results += results
        self.room.after((one.change, one.row_id) for one in results if one.accepted)
        if any(one.end.reason == "over_capacity" for one in results):
            self.room.full()

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

    def finish(self, requests: Requests, throttled_seconds: float) -> None:
        """Puts the sums into the report.

        Args:
            requests, throttled_seconds: of the client.
        """
        report, gone = self.report, self.removal.gone
        report.withdrawn = sum(row.id in gone for row in self._plan.withdraw)
        report.sent = sum(one.sent for one in self.results)
        report.accepted = len(self.accepted())
        report.requests = added_requests(self._plan.requests, requests)
        report.throttled_seconds = self._plan.throttled_seconds + throttled_seconds
        left = len(self._plan.withdraw) - report.withdrawn
        if self.mark_seen:
            left += sum(one not in gone for one in self.room.superseded)
        if left:
            self.note(f"{left:,} rows that were to be deleted are still there.")
