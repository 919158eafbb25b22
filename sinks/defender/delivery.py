"""Delivering one batch: every item ends accepted, refused, or undelivered, whatever the service does."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from iocbeam.clients import ImportResult, match_results
from iocbeam.model.errors import AuthenticationError, ConfigurationError, Refused, RetryLater, Stop
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.plan import Change

_logger = logging.getLogger(__name__)

RESENDS: Final = 2
"""How often items without a result are sent again."""

HOPELESS: Final = 8
"""Single items refused in a batch of which nothing was accepted, before the request itself is blamed.
Without this, a mistake in what every row carries would be looked for in each of 15,000 rows."""

BISECTIONS: Final = 300
"""Requests that a run may spend on finding refused items by halves: ten minutes at the documented rate.
One item among 500 takes 18, ten take about 120."""

# Wording of ours and of the local tenant; Microsoft documents no text for a full tenant.
_says_full = re.compile(
    r"\b(indicator|tenant|quota)s?\b[^.]{0,40}\b(limit|maximum|quota|capacity)\b[^.]{0,40}\b(exceed|reach)"
    r"|\b(limit|maximum|quota|capacity)\b[^.]{0,40}\bindicators?\b[^.]{0,40}\b(exceed|reach)",
    re.I,
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


class _Search:
    """What is known of one batch while the items at fault are looked for."""

    __slots__ = ("accepted", "refused_alone")

    def __init__(self) -> None:
        self.accepted = False
        self.refused_alone = 0

    @property
    def hopeless(self) -> bool:
        return not self.accepted and self.refused_alone >= HOPELESS


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
        self._bisections = BISECTIONS
        self._stopped_by: Stop | RetryLater | None = None

    def stopped_by(self) -> Stop | RetryLater | None:
        """What made it pointless to go on, if anything did."""
        return self._stopped_by

    def deliver(self, batch: Sequence[Change]) -> list[Delivered]:
        """One result for each change, in order. Raises nothing, whatever the service does."""
        try:
            return self._send(batch, _Search(), attempts=1)
        except Exception as error:
            # What other batches have written must be told, so even a fault of ours may not leave here.
            _logger.exception("A batch of %d rows ended in a fault of iocbeam.", len(batch))
            stop = ConfigurationError(f"a fault of iocbeam: {type(error).__name__}: {error}"[:300])
            self._stop(stop)
            return undelivered(batch, ended("stopped", str(stop)), 1, sent=True)

    def _send(self, batch: Sequence[Change], search: _Search, attempts: int) -> list[Delivered]:
        if self._stopped_by is not None:
            end = ended("stopped", f"not sent: {self._stopped_by}")
            return undelivered(batch, end, attempts - 1, sent=attempts > 1)
        items = [self._as_item(change) for change in batch]
        try:
            results = self._client.import_indicators(items)
        except Refused as refusal:
            return self._bisect(batch, refusal, search, attempts)
        except RetryLater as fault:
            self._count_given_up(fault)
            end = ended("not_delivered", str(fault))
            return undelivered(batch, end, attempts + fault.attempts - 1, True, fault.status)
        except Stop as stop:
            self._stop(stop)
            sent = attempts > 1 or not isinstance(stop, AuthenticationError)
            return undelivered(batch, ended("stopped", str(stop)), attempts, sent)
        with self._lock:
            self._given_up = 0
        search.accepted = True
        return self._matched(batch, match_results(items, results), search, attempts)

    def _matched(
        self, batch: Sequence[Change], results: Sequence[ImportResult | None], search: _Search, attempts: int
    ) -> list[Delivered]:
        delivered = [
            None if result is None else Delivered(change, _end(change, result), attempts, 200, True, result.id)
            for change, result in zip(batch, results, strict=True)
        ]
        missing = [at for at, one in enumerate(delivered) if one is None]
        if missing:
            again = [batch[at] for at in missing]
            if attempts <= RESENDS:
                resent = self._send(again, search, attempts + 1)
            else:
                end = ended("no_result", "the service answered without a result for this indicator")
                resent = undelivered(again, end, attempts, True, 200)
            for at, one in zip(missing, resent, strict=True):
                delivered[at] = one
        return [one for one in delivered if one is not None]

    def _bisect(
        self, batch: Sequence[Change], refusal: Refused, search: _Search, attempts: int
    ) -> list[Delivered]:
        """The service refused the whole request: finds the items at fault by halves."""
        words = f"{refusal.code}: {refusal.message}" if refusal.code else refusal.message
        if _says_full(words):
            return undelivered(batch, ended("over_capacity", words), attempts, True, refusal.status)
        if len(batch) == 1:
            search.refused_alone += 1
            if search.hopeless:
                self._stop(
                    ConfigurationError(
                        f"the service refuses every row: {words}",
                        advice="Something that all rows carry is wrong here, for example a device group.",
                    )
                )
            return undelivered(batch, ended("refused", words), attempts, True, refusal.status)
        if search.hopeless or not self._may_bisect():
            end = ended("refused_together", f"refused together with {len(batch) - 1} others: {words}")
            return undelivered(batch, end, attempts, True, refusal.status)
        half = len(batch) // 2
        return [
            *self._send(batch[:half], search, attempts + 1),
            *self._send(batch[half:], search, attempts + 1),
        ]

    def _may_bisect(self) -> bool:
        with self._lock:
            self._bisections -= 2
            return self._bisections >= 0

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


def _end(change: Change, result: ImportResult) -> Ended:
    if not result.failed:
        return Ended(change.kind, "")
    if _says_full(result.reason):
        return ended("over_capacity", result.reason)
    return ended("refused", result.reason or "the service gave no reason")


def undelivered(
    batch: Sequence[Change], end: Ended, attempts: int, sent: bool, status: int | None = None
) -> list[Delivered]:
    """The same end for every change of a batch."""
    return [Delivered(change, end, attempts, status, sent) for change in batch]
