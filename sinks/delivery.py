"""Delivering one batch: every item ends accepted, refused, or undelivered, whatever the service does."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from iocbeam.clients import ImportResult, match_results
from iocbeam.model.errors import Refused, RetryLater, Stop
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.plan import Change

RESENDS: Final = 2
"""How often items without a result are sent again."""

BISECTIONS: Final = 40
"""Requests that one batch may take to find the items that are refused. One item among 500 takes 18."""

_says_full = re.compile(
    r"(limit|quota|capacity|maximum)[^.]{0,60}(exceed|reach)|exceed[^.]{0,60}limit", re.I
).search


class Importer(Protocol):
    """The part of the Defender client that delivery needs."""

    def import_indicators(self, items: Sequence[dict[str, Any]]) -> list[ImportResult]:
        """Sends at most 500 items; see `clients.DefenderClient`."""


class Delivered(NamedTuple):
    """How one change ended.

    Attributes:
        end: the outcome of the change's own kind when it was accepted.
        attempts: requests that held it.
        status: HTTP status of the last answer; None where there was none.
        sent: whether a request with it left.
        row_id: the service's id of the row, where it told one.
    """

    change: Change
    end: Ended
    attempts: int
    status: int | None
    sent: bool
    row_id: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the service reported the row as stored."""
        return self.end.outcome == self.change.kind


class Delivery:
    """Delivers batches through one client until something stops it. Thread-safe.

    Args:
        client: sends imports; retries, pacing and tokens are its own.
        as_item: a change as the service takes it.
    """

    def __init__(self, client: Importer, as_item: Callable[[Change], dict[str, Any]]) -> None:
        self._client = client
        self._as_item = as_item
        self._lock = threading.Lock()
        self._given_up = 0
        self._stopped_by: Stop | RetryLater | None = None

    def stopped_by(self) -> Stop | RetryLater | None:
        """What made it pointless to go on, if anything did."""
        return self._stopped_by

    def deliver(self, batch: Sequence[Change]) -> list[Delivered]:
        """One result for each change, in order. Never raises what the service can cause."""
        requests = _Requests(BISECTIONS)
        return self._send(batch, requests, attempts=1)

    def _send(self, batch: Sequence[Change], requests: _Requests, attempts: int) -> list[Delivered]:
        if self._stopped_by is not None:
            return _undelivered(
                batch, ended("stopped", f"not sent: {self._stopped_by}"), attempts - 1, sent=attempts > 1
            )
        items = [self._as_item(change) for change in batch]
        try:
            results = self._client.import_indicators(items)
        except Refused as refusal:
            return self._bisect(batch, refusal, requests, attempts)
        except RetryLater as fault:
            self._count_given_up(fault)
            end = ended("not_delivered", str(fault))
            return _undelivered(batch, end, attempts + fault.attempts - 1, True, fault.status)
        except Stop as stop:
            self._stop(stop)
            return _undelivered(batch, ended("stopped", str(stop)), attempts, sent=True)
        with self._lock:
            self._given_up = 0
        return self._matched(batch, match_results(items, results), requests, attempts)

    def _matched(
        self,
        batch: Sequence[Change],
        results: Sequence[ImportResult | None],
        requests: _Requests,
        attempts: int,
    ) -> list[Delivered]:
        delivered = [
            None if result is None else Delivered(change, _end(change, result), attempts, 200, True, result.id)
            for change, result in zip(batch, results, strict=True)
        ]
        missing = [at for at, one in enumerate(delivered) if one is None]
        if missing:
            again = [batch[at] for at in missing]
            if attempts <= RESENDS:
                resent = self._send(again, requests, attempts + 1)
            else:
                end = ended("no_result", "the service answered without a result for this indicator")
                resent = _undelivered(again, end, attempts, True, 200)
            for at, one in zip(missing, resent, strict=True):
                delivered[at] = one
        return [one for one in delivered if one is not None]

    def _bisect(
        self, batch: Sequence[Change], refusal: Refused, requests: _Requests, attempts: int
    ) -> list[Delivered]:
        """The service refused the whole request: finds the items at fault by halves."""
        words = f"{refusal.code}: {refusal.message}" if refusal.code else refusal.message
        if len(batch) == 1:
            return _undelivered(batch, ended("refused", words), attempts, True, refusal.status)
        if not requests.take(2):
            end = ended("refused", f"refused together with {len(batch) - 1} others: {words}")
            return _undelivered(batch, end, attempts, True, refusal.status)
        half = len(batch) // 2
        return [
            *self._send(batch[:half], requests, attempts + 1),
            *self._send(batch[half:], requests, attempts + 1),
        ]

    def _count_given_up(self, fault: RetryLater) -> None:
        """Two requests in a row that ran into their deadline: the service is not there."""
        with self._lock:
            self._given_up += 1
            if self._given_up >= 2 and self._stopped_by is None:
                self._stopped_by = fault

    def _stop(self, stop: Stop) -> None:
        with self._lock:
            if self._stopped_by is None:
                self._stopped_by = stop


class _Requests:
    """How many further requests may be spent."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, number: int) -> bool:
        self._left -= number
        return self._left >= 0


def _end(change: Change, result: ImportResult) -> Ended:
    if not result.failed:
        return Ended(change.kind, "")
    if _says_full(result.reason):
        return ended("over_capacity", result.reason)
    return ended("refused", result.reason or "the service gave no reason")


def _undelivered(
    batch: Sequence[Change], end: Ended, attempts: int, sent: bool, status: int | None = None
) -> list[Delivered]:
    return [Delivered(change, end, attempts, status, sent) for change in batch]
