"""A worker that is killed in the middle: nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from flink_servers import Cluster, Workers
from flink_site import Side

from iocbeam.local_tenant import Delay, Fault, Meanwhile

IMPORT = "/api/indicators/import"
LOCATIONS = "/v1.0/identity/conditionalAccess/namedLocations"
RECORDS = 1_269
WITHIN = 120.0

SHARED = ("read", "validate", "fix-url-scheme", "expire")
"""Stages that all tenants have in common."""


def until(what: Callable[[], int], process: subprocess.Popen[str]) -> int:
    """What the first look gives that finds something."""
    deadline = time.monotonic() + WITHIN
    while not (found := what()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the job did not get there"
        time.sleep(0.01)
    return found


def kill(*pids: int) -> None:
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def kill_at(flink: Side, workers: Workers, process: subprocess.Popen[str], path: str, method: str) -> None:
    """Kills whoever is connected to the tenants once such a call is being handled."""
    arrived: list[int] = []
    flink.tenant.faults.add(Fault(path, Meanwhile(lambda: arrived.append(1)), method=method, nth=1))
    flink.tenant.faults.add(Fault(path, Delay(2), method=method, times=2))
    until(lambda: len(arrived), process)
    kill(*workers.connected_to(urlsplit(flink.tenant.url).port or 0))


def assert_in_step(flink: Side, records: int = RECORDS) -> None:
    """Every wanted row once, the sums right, every record once in the files."""
    summary = flink.summary()
    assert summary["balanced"]
    assert summary["records_read"] == records
    for tenant in summary["tenants"]:
        assert sum(tenant["outcomes"].values()) == records
        in_step = sum(tenant["outcomes"].get(name, 0) for name in ("created", "unchanged", "updated"))
        values = Counter(row["indicatorValue"] for row in flink.tenant.rows(tenant["tenant_id"]))
        assert (values.total(), max(values.values())) == (in_step, 1)
    files = flink.files()
    letters = sum(len(rows) for name, rows in files.items() if name.startswith("deadletters"))
    assert letters == summary["tenants"][0]["outcomes"]["rejected"]
    ends = Counter(
        {name.removeprefix("outcomes-"): len(rows) for name, rows in files.items() if "outcomes" in name}
    )
    shared = sum(ends[name] for name in SHARED)
    # What ended in a stage that all tenants have in common is there once, the rest once for each tenant.
    assert ends.total() + shared * (len(summary["tenants"]) - 1) == records * len(summary["tenants"])
    assert flink.left_over() == []


def test_killed_while_writing_and_started_again(
    side: Callable[..., Side], on_cluster: list[str], cluster: Cluster, workers: Workers
) -> None:
    flink, before = side("flink", on_cluster), cluster.restarts()
    process = flink.start("defender")
    kill_at(flink, workers, process, IMPORT, "POST")
    status, said = flink.ended(process)
    assert status == 0, said
    assert cluster.restarts() > before
    assert_in_step(flink)


def test_killed_while_reading_and_started_again(
    side: Callable[..., Side], on_cluster: list[str], cluster: Cluster, workers: Workers
) -> None:
    flink, before = side("flink", on_cluster, inactive=80_000, tenants=1), cluster.restarts()
    process = flink.start("defender")
    # What a bundle writes shows as a file under another name until the bundle counts.
    kill(until(lambda: workers.with_file(".outcomes-validate--", flink.output), process))
    assert not list(flink.output.glob("outcomes-validate-*"))
    status, said = flink.ended(process)
    assert status == 0, said
    assert cluster.restarts() > before
    assert flink.summary()["outcomes"]["inactive"] >= 80_000
    assert_in_step(flink, RECORDS + 80_000)


def test_killed_while_locations_are_written(
    side: Callable[..., Side], on_cluster: list[str], cluster: Cluster, workers: Workers
) -> None:
    flink, before = side("flink", on_cluster), cluster.restarts()
    process = flink.start("entra")
    kill_at(flink, workers, process, f"{LOCATIONS}/*", "GET")
    assert [one.status for one in flink.tenant.requests if (one.method, one.path) == ("POST", LOCATIONS)]
    status, said = flink.ended(process)
    assert status == 0, said
    assert cluster.restarts() > before
    assert flink.summary()["balanced"]
    for profile in flink.tenant.profiles:
        (location,) = flink.tenant.locations(profile.tenant_id)
        (policy,) = flink.tenant.policies(profile.tenant_id)
        assert policy["conditions"]["locations"]["includeLocations"] == [location["id"]]
        # Thirteen records, two of which are one range.
        assert len(location["ipRanges"]) == 12
    assert flink.left_over() == []


def test_where_nothing_is_started_again_the_next_run_goes_on(
    side: Callable[..., Side], embedded: list[str], workers: Workers
) -> None:
    external = ["--environment_type=EXTERNAL", f"--environment_config=localhost:{workers.port}"]
    flink = side("flink", [*embedded, *external])
    process = flink.start("defender")
    kill_at(flink, workers, process, IMPORT, "POST")
    status, said = flink.ended(process)
    assert status == 1
    assert "the job ended as FAILED" in said
    assert "the next run goes on" in said
    assert "Traceback" not in said
    flink.tenant.faults.clear()
    flink.run("defender")
    assert_in_step(flink)
