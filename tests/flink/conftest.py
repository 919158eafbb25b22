"""Flink for the tests: started once, ended with all that was started, its logs shown where a test fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flink_servers import Cluster, Workers, start_job_server
from flink_site import Side, write_collection

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "out" / "flink"
"""Where jars are kept between runs; no part of the repository."""

SCRIPTS = ROOT / "deploy" / "flink"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flink)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.failed and Path(__file__).parent in item.path.parents:
        for log in sorted((KEPT / "logs").glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            report.sections.append((f"the end of {log}", "\n".join(lines[-40:])))
    return report


def _made(script: str) -> Path:
    """What a script of `deploy/flink` fetches or builds; skips where that cannot be."""
    lacking = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if not lacking:
        environment = {**os.environ, "PYTHON": sys.executable}
        done = subprocess.run(
            [SCRIPTS / script, KEPT], capture_output=True, text=True, timeout=600, env=environment
        )
        if done.returncode == 0:
            return Path(done.stdout.splitlines()[-1])
        why = done.stdout + done.stderr
    else:
        why = f"no {' and no '.join(lacking)} on the path"
    if os.environ.get("IOCBEAM_FLINK") == "required":
        pytest.fail(f"Flink cannot be had: {why}", pytrace=False)
    pytest.skip(f"Flink cannot be had ({why}); install a Java runtime and Maven, then: make test-flink")


@pytest.fixture(scope="session")
def jar() -> Path:
    """Beam's job server for Flink."""
    return _made("job_server.sh")


@pytest.fixture(scope="session")
def logs() -> Path:
    folder = KEPT / "logs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def job_server(jar: Path, logs: Path) -> Iterator[int]:
    """Its port."""
    server, port = start_job_server(jar, logs)
    try:
        server.wait_for(port)
        yield port
    finally:
        server.stop()


@pytest.fixture(scope="session")
def embedded(job_server: int) -> list[str]:
    """Options of a job on a cluster inside of the job server, with the job's own process as the worker."""
    return ["--runner=FlinkRunner", f"--job_endpoint=localhost:{job_server}", "--parallelism=2"]


@pytest.fixture(scope="session")
def cluster(jar: Path, logs: Path) -> Iterator[Cluster]:
    """A cluster of two processes, with two slots."""
    made = Cluster(_made("flink.sh"), jar, logs)
    try:
        made.wait()
        yield made
    finally:
        for process in made.processes:
            process.stop()


@pytest.fixture(scope="session")
def workers(logs: Path) -> Iterator[Workers]:
    """Workers that are processes of their own."""
    pool = Workers(logs)
    try:
        pool.running.wait_for(pool.port)
        yield pool
    finally:
        pool.running.stop()


@pytest.fixture(scope="session")
def on_cluster(job_server: int, cluster: Cluster, workers: Workers) -> list[str]:
    """Options of a job on the cluster, with two workers."""
    return [
        *("--runner=FlinkRunner", f"--job_endpoint=localhost:{job_server}"),
        *(f"--flink_master=localhost:{cluster.rest}", "--parallelism=2"),
        *("--environment_type=EXTERNAL", f"--environment_config=localhost:{workers.port}"),
        *("--sdk_worker_parallelism=2", "--environment_cache_millis=1000"),
    ]


@pytest.fixture
def side(tmp_path: Path) -> Iterator[Callable[..., Side]]:
    """`side(name, runner)` starts local tenants; see `Side`. The collection is the example and `more`
    domains, in six files."""
    with ExitStack() as stack:

        def start(
            name: str, runner: list[str] | None = None, *, more: int = 1_200, inactive: int = 0, **kept: Any
        ) -> Side:
            example = ROOT / "examples" / "collection.jsonl"
            inputs = write_collection(tmp_path / "collection", example, more, inactive, files=6)
            return stack.enter_context(Side(tmp_path / name, inputs, runner or [], **kept))

        yield start
