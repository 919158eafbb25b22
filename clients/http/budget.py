"""Request budgets: a service's documented rates, kept from our side."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import NamedTuple

from .waiting import Clock, Sleep, Waiting


class Rate(NamedTuple):
    """At most `limit` calls in any `window` seconds."""

    limit: int
    window: float


class _Slot:
    """One acquisition: planned for a time until it has happened."""

    __slots__ = ("gates", "pending", "time")

    def __init__(self, time_: float, gates: list[tuple[_Slot, float]]) -> None:
        self.time = time_
        self.pending = True
        self.gates = gates


class Budget:
    """A sliding-window bucket for one or several rates. Thread-safe, first come first served.

    Bursts are allowed: the first `limit` acquisitions do not wait. For every rate the n-th acquisition
    comes at least `window` seconds after the one `limit` places before it. Since two acquisitions that are
    a multiple of `limit` places apart are then never in the same window, no window of that length holds
    more than `limit`, whichever thread is woken first.

    Args:
        rates: all of them hold. Default: 30 in 60 seconds.
        clock: seconds from any beginning; injected by tests.
        sleep: waits so many seconds; likewise.
        cancel: once set, waiting ends with an error.

    Raises:
        ValueError: a rate without calls or without duration.
    """

    def __init__(
        self,
        *rates: Rate,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        cancel: threading.Event | None = None,
    ) -> None:
        self._rates = rates or (Rate(30, 60.0),)
        if any(rate.limit < 1 or rate.window <= 0 for rate in self._rates):
            raise ValueError("a rate needs at least one call and a duration")
        self._clock = clock
        self._wait = Waiting(sleep, cancel)
        self._lock = threading.Lock()
        self._slots: deque[_Slot] = deque(maxlen=max(rate.limit for rate in self._rates))

    def acquire(self) -> float:
        """Wait for a place in every rate, take it, and return the seconds waited.

        Raises:
            RetryLater: the run was cancelled.
        """
        self._wait.check()
        started = self._clock()
        slot = self._reserve(started)
        try:
            while (seconds := self._settle(slot)) > 0:
                self._wait(seconds)
        finally:
            # A place that was given up on stays taken: the calls behind it have been told their times.
            slot.pending = False
            slot.gates = []
        return max(0.0, slot.time - started)

    def _reserve(self, now: float) -> _Slot:
        with self._lock:
            gates = [
                (self._slots[-rate.limit], rate.window) for rate in self._rates if len(self._slots) >= rate.limit
            ]
            slot = _Slot(max([now, *(gate.time + window for gate, window in gates)]), gates)
            self._slots.append(slot)
            return slot

    def _settle(self, slot: _Slot) -> float:
        """Take the place now if its time has come; else the seconds until it may have."""
        with self._lock:
            now = self._clock()
            # A gate still pending has not happened, so it counts as happening now.
            due = [(max(gate.time, now) if gate.pending else gate.time) + window for gate, window in slot.gates]
            slot.time = max([now, *due])
            if slot.time > now:
                return slot.time - now
            slot.pending = False
            return 0.0
