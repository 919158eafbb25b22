"""Delivery of STIX objects: uploads, what became of each object, and which is at fault for a whole refusal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import orjson

from iocbeam.model.errors import AuthenticationError, ConfigurationError, Refused, RetryLater, Stop
from iocbeam.model.outcome import Ended, ended

_logger = logging.getLogger(__name__)

HOPELESS: Final = 3
"""Objects refused alone, while no upload was answered, before it is asked whether something is wrong with all."""

PROBES: Final = 3
"""Objects from elsewhere in what is to be sent that are then tried, each alone. The run stops only if the service
refuses these as well: what is most important comes first, and may be bad together."""

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
        self._answered = False
        self._probing = False
        # By identity, with the objects themselves, so that no other one can take their place.
        self._refused_alone: dict[int, Mapping[str, Any]] = {}
        self._early: dict[int, tuple[Mapping[str, Any], Uploaded]] = {}
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

    def deliver(self, objects: Objects, among: Objects = ()) -> list[Uploaded]:
        """One result for each object, in order. Raises nothing, whatever the service does.

        Args:
            objects: at most 100. One that is no JSON ends alone.
            among: everything that is going to be delivered, the same objects, where that is more.
        """
        try:
            bad = {id(item): end for item in objects if (end := _no_json(item)) is not None}
            good = [item for item in objects if id(item) not in bad]
            results = iter(self._send(good, 1, among or objects) if good else ())
            return [bad[id(item)] if id(item) in bad else next(results) for item in objects]
        except Exception as error:
            # What other uploads have done must be told, so even a fault of ours may not leave here.
            _logger.exception("An upload of %d objects ended in a fault of iocbeam.", len(objects))
            stop = ConfigurationError(f"a fault of iocbeam: {type(error).__name__}: {error}"[:300])
            self._stop(stop)
            return not_taken(objects, ended("stopped", str(stop)), 1, sent=True)

    def _send(self, objects: Objects, attempts: int, among: Objects) -> list[Uploaded]:
        # Another thread may add to them at any time.
        early = {id(item): self._early[id(item)][1] for item in objects if id(item) in self._early}
        if early:
            rest = [item for item in objects if id(item) not in early]
            results = iter(self._send(rest, attempts, among) if rest else ())
            return [early[id(item)] if id(item) in early else next(results) for item in objects]
        if self._stopped_by is not None:
            end = ended("stopped", f"not sent: {self._stopped_by}")
            return not_taken(objects, end, attempts - 1, sent=attempts > 1)
        try:
            errors = self._client.upload(self._source, objects)
        except Refused as refusal:
            return self._bisect(objects, refusal, attempts, among)
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
            self._answered = True
            self._taken += len(objects) - len(errors)
        return [
            Uploaded(_refused(errors[index]) if index in errors else None, attempts, 200, True)
            for index in range(len(objects))
        ]

    def _bisect(self, objects: Objects, refusal: Refused, attempts: int, among: Objects) -> list[Uploaded]:
        """The service refused the whole upload: finds the objects at fault by halves."""
        words = f"{refusal.code}: {refusal.message}" if refusal.code else refusal.message
        if len(objects) == 1:
            self._refused_alone[id(objects[0])] = objects[0]
            if self._looks_hopeless() and self._is_hopeless(among):
                self._stop(ConfigurationError(f"the service refuses every object: {words}"))
            return not_taken(objects, ended("refused", words), attempts, True, refusal.status)
        with self._lock:
            self._bisections -= 2
            may_go_on = self._bisections >= 0
        if not may_go_on:
            end = ended("refused_together", f"refused together with {len(objects) - 1} others: {words}")
            return not_taken(objects, end, attempts, True, refusal.status)
        half = len(objects) // 2
        return [
            *self._send(objects[:half], attempts + 1, among),
            *self._send(objects[half:], attempts + 1, among),
        ]

    def _looks_hopeless(self) -> bool:
        with self._lock:
            looks = not self._answered and not self._probing and len(self._refused_alone) >= HOPELESS
            self._probing = self._probing or looks
        return looks

    def _is_hopeless(self, among: Objects) -> bool:
        """Tries a few other objects, far from each other, whose results are kept for when it is their turn."""
        others = [item for item in among if id(item) not in self._refused_alone and _no_json(item) is None]
        # The last one, one from the middle, the next one.
        probes = [
            others[place] for place in sorted({0, len(others) // 2, len(others) - 1}, reverse=True) if others
        ]
        for item in probes[:PROBES]:
            (result,) = self._send([item], 1, among)
            self._early[id(item)] = (item, result)
            if self._answered or result.end is None or result.end.reason != "refused":
                self._probing = False
                return False
        return True

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


def _no_json(item: Mapping[str, Any]) -> Uploaded | None:
    """The end of an object that cannot be sent at all, such as one with half a character."""
    try:
        orjson.dumps(item)
    except (TypeError, ValueError, RecursionError) as error:
        return Uploaded(ended("refused", f"not sent: it cannot be written as JSON: {error}"[:300]), 0, None, False)
    return None


def _refused(messages: Sequence[str]) -> Ended:
    return ended("refused", "; ".join(messages)[:1_000] or "the service gave no reason")


def not_taken(
    objects: Sequence[object], end: Ended, attempts: int, sent: bool, status: int | None = None
) -> list[Uploaded]:
    """The same end for every object."""
    return [Uploaded(end, attempts, status, sent) for _ in objects]
