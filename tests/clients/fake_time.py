"""Clocks that tests own."""

from __future__ import annotations

import heapq
import threading


class FakeTime:
    """For one thread: sleeping takes no time and is noted."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class VirtualTime:
    """For a known number of threads: time moves on when all of them sleep, to the one that is due first.

    One thread runs at a time, so a run is the same every time.
    """

    def __init__(self, threads: int) -> None:
        self.now = 0.0
        self._changed = threading.Condition()
        self._running = threads
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._order = 0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        awake = threading.Event()
        with self._changed:
            self._order += 1
            heapq.heappush(self._sleepers, (self.now + seconds, self._order, awake))
            self._step_back()
        assert awake.wait(20), "no thread moved virtual time on"

    def leave(self) -> None:
        """A thread is done."""
        with self._changed:
            self._step_back()

    def _step_back(self) -> None:
        self._running -= 1
        if self._running == 0 and self._sleepers:
            self.now, _, awake = heapq.heappop(self._sleepers)
            self._running = 1
            awake.set()
