"""The writer fills the documented rate and never goes beyond it, whatever the latency: in a time of its own."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Iterator

import orjson
import pytest
from sinks_help import plan_of

from iocbeam.clients import DefenderBudgets, DefenderClient, Edge, Response
from iocbeam.model.settings import PlanPolicy
from iocbeam.sinks import DefenderWriter


class QuietTime:
    """Time that moves on to the next sleeper as soon as nobody has done anything for some milliseconds."""

    QUIET = 0.01

    def __init__(self) -> None:
        self.now = 0.0
        self._lock = threading.Lock()
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._order = 0
        self._last = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="quiet-time", daemon=True)
        self._thread.start()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        awake = threading.Event()
        with self._lock:
            self._order += 1
            heapq.heappush(self._sleepers, (self.now + seconds, self._order, awake))
            self._last = time.monotonic()
        assert awake.wait(60)

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _tick(self) -> None:
        while not self._done.wait(self.QUIET / 2):
            with self._lock:
                if self._sleepers and time.monotonic() - self._last > self.QUIET:
                    self.now, _, awake = heapq.heappop(self._sleepers)
                    self._last = time.monotonic()
                    awake.set()


class SlowService:
    """Answers every import after a latency in that time; lists what it was given."""

    def __init__(self, quiet: QuietTime, latency: float) -> None:
        self._quiet = quiet
        self._latency = latency
        self._lock = threading.Lock()
        self.started: list[float] = []
        self._rows: list[dict[str, str]] = []

    def send(self, method: str, url: str, headers: object, params: object, body: bytes | None) -> Response:
        if method == "GET":
            return Response(200, {}, orjson.dumps({"value": self._rows}))
        with self._lock:
            self.started.append(self._quiet.clock())
        self._quiet.sleep(self._latency)
        items = orjson.loads(body or b"{}")["Indicators"]
        with self._lock:
            for item in items:
                self._rows.append({"id": str(len(self._rows)), **item})
        told = {"id": "1", "isFailed": False, "failureReason": None}
        results = [{"indicator": item["indicatorValue"], **told} for item in items]
        return Response(200, {}, orjson.dumps({"value": results}))

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def quiet() -> Iterator[QuietTime]:
    made = QuietTime()
    yield made
    made.stop()


@pytest.mark.parametrize("latency", [0.05, 2.0, 10.0])
def test_at_most_30_imports_in_any_60_seconds_and_29_while_work_remains(quiet: QuietTime, latency: float) -> None:
    service = SlowService(quiet, latency)
    edge = Edge(
        "https://service.example",
        lambda force: "token",
        transport=service,
        clock=quiet.clock,
        sleep=quiet.sleep,
    )
    client = DefenderClient(edge, DefenderBudgets.documented(clock=quiet.clock, sleep=quiet.sleep))
    writer = DefenderWriter(client, PlanPolicy("drill"), clock=quiet.clock, sleep=quiet.sleep, batch=1)
    batches = 95
    written = writer.write(plan_of(batches))
    started = sorted(service.started)
    assert written.report.accepted == batches
    assert len(started) == batches
    tolerance = 1e-6
    for start in started:
        calls = sum(start - tolerance <= other < start + 60 - tolerance for other in started)
        assert calls <= 30
        if start + 60 <= started[-1]:
            assert calls >= 29
