"""Budgets, in virtual time."""

from __future__ import annotations

import threading
import time as real_time
from itertools import pairwise

import pytest
from fake_time import FakeTime, VirtualTime

from iocbeam.clients import Budget, Rate
from iocbeam.model.errors import RetryLater

THREADS = 8


def calls_of(rates: tuple[Rate, ...], *, latency: float, calls: int, threads: int = THREADS) -> list[float]:
    """Start times of `calls` calls of `latency` seconds each, by a pool of threads that share a budget."""
    time = VirtualTime(threads)
    budget = Budget(*rates, clock=time.clock, sleep=time.sleep)
    started: list[float] = []
    left = iter(range(calls))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    break
            budget.acquire()
            with lock:
                started.append(time.clock())
            time.sleep(latency)
        time.leave()

    pool = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join(30)
    assert len(started) == calls
    return sorted(started)


def counts(started: list[float], window: float) -> list[int]:
    """Calls in every window that starts at a call and ends before the last one."""
    tolerance = 1e-6
    return [
        sum(start - tolerance <= other < start + window - tolerance for other in started)
        for start in started
        if start + window <= started[-1]
    ]


@pytest.mark.parametrize("latency", [0.05, 2.0, 10.0])
def test_no_more_than_30_calls_in_any_60_seconds(latency: float) -> None:
    windows = counts(calls_of((Rate(30, 60.0),), latency=latency, calls=150), 60.0)
    assert len(windows) > 90
    assert max(windows) <= 30


@pytest.mark.parametrize("latency", [0.05, 2.0, 10.0])
def test_the_rate_is_filled_whatever_the_latency(latency: float) -> None:
    assert min(counts(calls_of((Rate(30, 60.0),), latency=latency, calls=150), 60.0)) >= 29


def test_bursts_are_allowed() -> None:
    started = calls_of((Rate(30, 60.0),), latency=0.0, calls=31)
    assert started[29] == 0.0
    assert started[30] == 60.0


def test_several_rates_all_hold() -> None:
    started = calls_of((Rate(10, 60.0), Rate(50, 3600.0)), latency=1.0, calls=120)
    assert max(counts(started, 60.0)) == 10
    assert max(counts(started, 3600.0)) == 50
    assert min(counts(started, 3600.0)) >= 49


def test_a_thread_that_wakes_late_takes_the_later_place() -> None:
    """The place is where it was really taken, not where it was planned."""
    time = FakeTime()

    def oversleep(seconds: float) -> None:
        time.sleep(seconds + 5.0)

    budget = Budget(Rate(1, 60.0), clock=time.clock, sleep=oversleep)
    taken = []
    for _ in range(3):
        budget.acquire()
        taken.append(time.now)
    assert [later - earlier for earlier, later in pairwise(taken)] == [65.0, 65.0]


def test_a_place_whose_thread_has_not_woken_yet_is_not_behind_us() -> None:
    time = FakeTime()
    asleep, wake = threading.Event(), threading.Event()
    taken: list[float] = []

    def sleep(seconds: float) -> None:
        if threading.current_thread() is late:
            asleep.set()
            assert wake.wait(10)
        else:
            wake.set()
            late.join(10)
            time.sleep(seconds)

    def acquire() -> None:
        budget.acquire()
        taken.append(time.now)

    budget = Budget(Rate(1, 10.0), clock=time.clock, sleep=sleep)
    late = threading.Thread(target=acquire, daemon=True)
    budget.acquire()
    late.start()
    assert asleep.wait(10)
    time.now += 25.0
    acquire()
    assert taken[1] - taken[0] >= 10.0


def test_acquire_returns_the_seconds_waited() -> None:
    time = FakeTime()
    budget = Budget(Rate(1, 60.0), clock=time.clock, sleep=time.sleep)
    assert budget.acquire() == 0.0
    time.now += 15.0
    assert budget.acquire() == 45.0


def test_first_come_is_first_served() -> None:
    time = VirtualTime(THREADS)
    budget = Budget(Rate(1, 10.0), clock=time.clock, sleep=time.sleep)
    served: list[int] = []

    def work(number: int) -> None:
        time.sleep(number * 0.1)
        budget.acquire()
        served.append(number)
        time.leave()

    pool = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(THREADS)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join(30)
    assert served == list(range(THREADS))


def test_a_cancelled_run_does_not_wait_for_its_budget() -> None:
    cancel = threading.Event()
    budget = Budget(Rate(1, 3600.0), cancel=cancel)
    budget.acquire()
    timer = threading.Timer(0.1, cancel.set)
    timer.start()
    begun = real_time.monotonic()
    with pytest.raises(RetryLater, match="cancelled"):
        budget.acquire()
    assert real_time.monotonic() - begun < 5
    with pytest.raises(RetryLater, match="cancelled"):
        budget.acquire()


@pytest.mark.parametrize("rate", [Rate(0, 60.0), Rate(1, 0.0)])
def test_a_rate_without_calls_or_duration_is_an_error(rate: Rate) -> None:
    with pytest.raises(ValueError, match="rate"):
        Budget(rate)
