"""A cancelled run ends at once, whatever it waits for, and tells what it has done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from entra_sink_help import plan_of, quick_client, quick_written
from entra_write_help import LOCATION, NAME, POLICY, EntraSite, addresses

from iocbeam.local_tenant import Answer, Fault
from iocbeam.model.errors import ConfigurationError, RetryLater
from iocbeam.sinks import LocationWriter, write_policy

Start = Callable[..., EntraSite]

FIVE = addresses(5)


@pytest.mark.parametrize("waiting_for", ["location", "policy", "deletion", "known_location"])
def test_cancelling_while_it_waits_ends_it_at_once_and_is_told(entra: Start, waiting_for: str) -> None:
    here = entra(new_location_seconds=10_000.0)
    cancel = threading.Event()
    sleep = here.time.sleep

    def cancelling(seconds: float) -> None:
        sleep(seconds)
        # The pace of the requests is one second; whatever is longer waits for the tenant.
        if seconds > 1.5:
            cancel.set()

    here.time.sleep = cancelling  # type: ignore[method-assign]
    gone = Answer(404, {"error": {"code": "ResourceNotFound", "message": "no"}})
    if waiting_for == "known_location":
        plan = here.plan("45.1.1.7")
    else:
        first, second = here.seed_location(NAME, *FIVE), here.seed_location(f"{NAME} (2)", "45.90.1.7")
        here.seed_policy(first, second)
        plan = here.plan(*FIVE[1:], "45.90.1.7")
        stuck = {
            "location": Fault(LOCATION, gone, method="GET"),
            "policy": Fault(POLICY, gone, method="GET", nth=2, times=999),
            "deletion": Fault(LOCATION, Answer(400), method="DELETE"),
        }
        here.tenant.faults.add(stuck[waiting_for])
    written = here.write_locations(plan, cancel)
    report = written.report if cancel.is_set() else here.write_policy(written, cancel)
    assert cancel.is_set()
    assert "The run was cancelled." in report.stopped
    assert here.time.slept[-1] > 1.5
    assert set(here.ids()) >= {NAME}


def test_a_run_that_is_cancelled_before_its_first_write_raises(entra: Start) -> None:
    here = entra()
    plan, cancel = here.plan("45.1.1.7"), threading.Event()
    client = here.client(cancel)
    cancel.set()
    with pytest.raises(RetryLater, match="cancelled"):
        LocationWriter(client, clock=here.time.clock, sleep=here.time.sleep, cancel=cancel).write(plan)
    client.close()
    assert here.calls() == []


@pytest.mark.parametrize("cause", ["cancelled", "secret_gone"])
def test_a_policy_half_that_cannot_even_connect_is_told_once_a_location_was_written(
    entra: Start, cause: str, tmp_path: Path
) -> None:
    settings = entra().settings
    written = quick_written(plan_of(settings, "45.1.1.7"))
    cancel = threading.Event()
    if cause == "cancelled":
        cancel.set()
    else:
        (tmp_path / "secret").unlink()
    report = write_policy(written, settings, cancel)
    assert report.stopped
    unwritten = quick_written(replace(written.plan, locations=()))
    with pytest.raises((RetryLater, ConfigurationError)):
        write_policy(unwritten, settings, cancel)


def test_cancelling_ends_the_waits_of_a_real_clock_at_once(entra: Start) -> None:
    here = entra(rate_limit=None)
    gone = Answer(404, {"error": {"code": "ResourceNotFound", "message": "no"}})
    here.tenant.faults.add(Fault(LOCATION, gone, method="GET"))
    cancel = threading.Event()
    timer = threading.Timer(0.3, cancel.set)
    client = quick_client(here.settings, cancel)
    started = time.monotonic()
    timer.start()
    written = LocationWriter(client, cancel=cancel).write(plan_of(here.settings, "45.1.1.7"))
    client.close()
    timer.join()
    assert "The run was cancelled." in written.report.stopped
    assert time.monotonic() - started < 5
