"""The command line as it is typed: with a job server of its own, with an error in a line, and interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flink_servers import Cluster
from flink_site import Side

from iocbeam.local_tenant import Delay, Fault

IMPORT = "/api/indicators/import"


def interrupted_while_writing(flink: Side) -> subprocess.Popen[str]:
    """A job whose command gets a Ctrl-C once rows are on their way."""
    process = flink.start("defender")
    deadline = time.monotonic() + 120
    while not any(one.path == IMPORT for one in flink.tenant.requests):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    return process


def test_a_job_with_a_job_server_of_its_own(side: Callable[..., Side], jar: Path) -> None:
    flink = side("flink", ["--runner=FlinkRunner", f"--flink_job_server_jar={jar}"], tenants=1)
    process = flink.start("defender")
    status = process.wait(180)
    # The job server was its child and in its process group, of which nothing is left.
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert (status, flink.ended(process)[1].count("Traceback")) == (0, 0)
    assert flink.summary()["accepted"] == 1_237


def test_a_login_that_is_refused_is_told_in_one_line(side: Callable[..., Side], embedded: list[str]) -> None:
    flink = side("flink", embedded, tenants=1)
    (flink.directory / "secret-0").write_text("another one")
    status, said = flink.ended(flink.start("defender"))
    assert status == 1
    assert said.startswith("iocbeam: --client_secret")
    assert said.count("\n") == 1


def test_an_interrupted_command_says_that_its_job_goes_on(
    side: Callable[..., Side], on_cluster: list[str], cluster: Cluster
) -> None:
    flink = side("flink", on_cluster, tenants=1)
    flink.tenant.faults.add(Fault(IMPORT, Delay(2), nth=2, times=2))
    process = interrupted_while_writing(flink)
    status, said = flink.ended(process)
    deadline = time.monotonic() + 120
    assert status == 1
    assert "interrupted here. The job goes on" in said
    assert f"localhost:{cluster.rest}" in said
    while cluster.overview()["jobs-running"]:
        assert time.monotonic() < deadline, "the job did not end"
        time.sleep(0.2)
    assert flink.summary()["accepted"] == 1_237


def test_an_interrupted_command_ends_the_job_that_it_is_the_worker_of(
    side: Callable[..., Side], embedded: list[str]
) -> None:
    flink = side("flink", embedded, tenants=1)
    flink.tenant.faults.add(Fault(IMPORT, Delay(20), nth=2, times=9))
    process = interrupted_while_writing(flink)
    asked = time.monotonic()
    status, said = flink.ended(process)
    assert status == 130
    assert "interrupted. What a tenant had taken by then stays there" in said
    assert time.monotonic() - asked < 15
    assert not (flink.output / "summary.json").exists()
