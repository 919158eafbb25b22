"""Delivery of STIX objects: uploads, what became of each object, and which is at fault for a whole refusal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from iocbeam.model.errors import AuthenticationError, ConfigurationError, Refused, RetryLater, Stop
from iocbeam.model.outcome import Ended, ended

_logger = logging.getLogger(__name__)

HOPELESS: Final = 3
"""Objects refused alone, while none was taken, before something is taken to be wrong with all of them."""

BISECTIONS: Final = 100
"""Uploads that a run may spend on finding refused objects by halves: a minute at the documented rate. One object
among 100 takes 14."""

Objects = Sequence[Mapping[str, Any]]


class Uploader(Protocol):
    """The part of the Sentinel client that delivery needs."""

    def upload(self, source: str, objects: Objects) -> Mapping[int, Sequence[str]]:
        """Sends at most 100 objects; see `clients.SentinelClient`."""


class Uploaded(NamedTuple):
    """How one object ended.

    Attributes:
        end: why it was not taken; None when it was.
        attempts: uploads that held it.
        status: HTTP status of the last answer; None where there was none.
        sent: whether an upload with it left.
    """

    end: Ended | None
    attempts: int
    status: int | None
    sent: bool


class SentinelDelivery:
    """Delivers uploads through one client until something stops it. Thread-safe.

    Args:
        client: uploads; retries, pacing and tokens are its own.
        source: whose the objects are.
    """

    def __init__(self, client: Uploader, source: str) -> None:
        self._client = client
        self._source = source
        self._lock = threading.Lock()
        self._given_up = 0
        self._taken = 0
        self._refused_alone = 0
        self._bisections = BISECTIONS
        self._stopped_by: Stop | RetryLater | None = None

    @property
    def taken(self) -> int:
        """Objects that the service has taken so far."""
        return self._taken

    @property
    def stopped_by(self) -> Stop | RetryLater | None:
        """What made it pointless to go on, if anything did."""
        return self._stopped_by

    def deliver(self, objects: Objects) -> list[Uploaded]:
        """One result for each object, in order. Raises nothing, whatever the service does."""
        try:
            return self._send(objects, 1)
        except Exception as error:
            # What other uploads have done must be told, so even a fault of ours may not leave here.
            _logger.exception("An upload of %d objects ended in a fault of iocbeam.", len(objects))
            stop = ConfigurationError(f"a fault of iocbeam: {type(error).__name__}: {error}"[:300])
            self._stop(stop)
            return not_taken(objects, ended("stopped", str(stop)), 1, sent=True)

    def _send(self, objects: Objects, attempts: int) -> list[Uploaded]:
        if self._stopped_by is not None:
            end = ended("stopped", f"not sent: {self._stopped_by}")
            return not_taken(objects, end, attempts - 1, sent=attempts > 1)
        try:
            errors = self._client.upload(self._source, objects)
        except Refused as refusal:
            return self._bisect(objects, refusal, attempts)
        except RetryLater as fault:
            self._count_given_up(fault)
            end = ended("not_delivered", str(fault))
            return not_taken(objects, end, attempts + fault.attempts - 1, True, fault.status)
        except Stop as stop:
            self._stop(stop)
            sent = attempts > 1 or not isinstance(stop, AuthenticationError)
            return not_taken(objects, ended("stopped", str(stop)), attempts, sent)
        with self._lock:
            self._given_up = 0
            self._taken += len(objects) - len(errors)
        return [
            Uploaded(_refused(errors[index]) if index in errors else None, attempts, 200, True)
            for index in range(len(objects))
        ]

    def _bisect(self, objects: Objects, refusal: Refused, attempts: int) -> list[Uploaded]:
        """The service refused the whole upload: finds the objects at fault by halves."""
        words = f"{refusal.code}: {refusal.message}" if refusal.code else refusal.message
        if len(objects) == 1:
            with self._lock:
                self._refused_alone += 1
                hopeless = not self._taken and self._refused_alone >= HOPELESS
            if hopeless:
                self._stop(ConfigurationError(f"the service refuses every object: {words}"))
            return not_taken(objects, ended("refused", words), attempts, True, refusal.status)
        with self._lock:
            self._bisections -= 2
            may_go_on = self._bisections >= 0
        if not may_go_on:
            end = ended("refused_together", f"refused together with {len(objects) - 1} others: {words}")
            return not_taken(objects, end, attempts, True, refusal.status)
        half = len(objects) // 2
        return [*self._send(objects[:half], attempts + 1), *self._send(objects[half:], attempts + 1)]

    def _count_given_up(self, fault: RetryLater) -> None:
        """Two uploads in a row that ran into their deadline: the service is not there."""
        with self._lock:
            self._given_up += 1
            if self._given_up >= 2 and self._stopped_by is None:
                self._stopped_by = fault

    def _stop(self, stop: Stop) -> None:
        with self._lock:
            if self._stopped_by is None:
                self._stopped_by = stop


def _refused(messages: Sequence[str]) -> Ended:
    return ended("refused", "; ".join(messages)[:1_000] or "the service gave no reason")


def not_taken(
    objects: Sequence[object], end: Ended, attempts: int, sent: bool, status: int | None = None
) -> list[Uploaded]:
    """The same end for every object."""
    return [Uploaded(end, attempts, status, sent) for _ in objects]
