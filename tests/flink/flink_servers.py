"""Flink as it is run in earnest: a job server with a cluster in it, a cluster of its own, workers of their own.

Every process is started in a session of its own and ended with all that it started.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import requests

FLINK_LINE: Final = "1.19"
STARTS_WITHIN: Final = 90.0

_OPENED: Final = (
    *("java.io", "java.lang", "java.lang.reflect", "java.net", "java.nio", "java.text", "java.time", "java.util"),
    *("java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks", "sun.nio.ch"),
)
"""Packages that Flink's own scripts open on Java 17."""

_QUICK: Final = ("-Xmx768m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A JVM of a few minutes gains nothing from its second compiler."""

_MEMORY: Final = {
    "framework.heap": "128m",
    "framework.off-heap": "128m",
    "task.heap": "512m",
    "task.off-heap": "0",
    "managed": "128m",
    "jvm-metaspace": "256m",
}
"""What a task manager has; its start script works the same out of one figure."""


class Running:
    """A process and its log.

    Args:
        name: of the log file.
        logs: the folder that it is in.
    """

    def __init__(
        self, name: str, command: Sequence[str | Path], logs: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*map(str, command)],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=logs,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it and whatever it has started."""
        for kind, seconds in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
            try:
                os.killpg(self.process.pid, kind)
                self.process.wait(seconds)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.process.wait(1)

    def tail(self, lines: int = 60) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait_for(self, port: int) -> None:
        """Until it listens on a port."""
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("localhost", port)) == 0:
                    return
            self.alive()
            assert time.monotonic() < deadline, f"{self.name} does not listen:\n{self.tail()}"
            time.sleep(0.2)

    def alive(self) -> None:
        """Fail with its log where it has ended."""
        assert self.process.poll() is None, f"{self.name} ended by itself:\n{self.tail()}"


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def start_job_server(jar: Path, logs: Path) -> tuple[Running, int]:
    """Beam's job server, with a cluster inside of it for jobs that name none; its port."""
    port = free_port()
    command = ["java", *_QUICK, "-jar", jar, "--flink-master=[local]", f"--artifacts-dir={logs / 'artifacts'}"]
    server = Running(
        "job-server", [*command, f"--job-port={port}", "--artifact-port=0", "--expansion-port=-1"], logs
    )
    return server, port


class Cluster:
    """A job manager and a task manager with two slots, of a Flink distribution, which have Beam's jar in common.

    Args:
        distribution: folder with Flink's jars.
        jar: Beam's job server.
    """

    def __init__(self, distribution: Path, jar: Path, logs: Path) -> None:
        self.rest = free_port()
        configuration = logs / "conf"
        configuration.mkdir()
        settings = {
            "jobmanager.rpc.address": "localhost",
            "jobmanager.rpc.port": free_port(),
            "rest.address": "localhost",
            "rest.port": self.rest,
            "taskmanager.host": "localhost",
            "taskmanager.numberOfTaskSlots": 2,
            "taskmanager.network.sort-shuffle.min-buffers": 16,
            "classloader.resolve-order": "parent-first",
            "restart-strategy.type": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": 3,
            "restart-strategy.fixed-delay.delay": "3 s",
        }
        (configuration / "config.yaml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
        logging = (
            "rootLogger.level = INFO\nrootLogger.appenderRef.c.ref = C\nappender.c.type = CONSOLE\n"
            "appender.c.name = C\nappender.c.layout.type = PatternLayout\n"
            "appender.c.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n\n"
        )
        (configuration / "log4j.properties").write_text(logging)
        jars = [*sorted(distribution.glob("flink-dist-*.jar")), *sorted(distribution.glob("log4j-*.jar")), jar]
        java = [
            *("java", *_QUICK, "-XX:MaxDirectMemorySize=768m"),
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
            f"-Dlog4j.configurationFile={configuration / 'log4j.properties'}",
            *("-cp", ":".join(map(str, jars))),
        ]
        runtime, where = "org.apache.flink.runtime", ("--configDir", configuration)
        sizes = {f"{name}.size": size for name, size in _MEMORY.items()}
        sizes |= {f"{name}.{end}": "192m" for name in ("network", "jvm-overhead") for end in ("min", "max")}
        memory = [part for key, size in sizes.items() for part in ("-D", f"taskmanager.memory.{key}={size}")]
        self.processes = [
            Running(
                "job-manager", [*java, f"{runtime}.entrypoint.StandaloneSessionClusterEntrypoint", *where], logs
            ),
            Running(
                "task-manager",
                [
                    *(*java, f"{runtime}.taskexecutor.TaskManagerRunner", *where),
                    *("-D", "taskmanager.cpu.cores=2.0", *memory),
                ],
                logs,
            ),
        ]

    def wait(self) -> None:
        """Until both slots are there."""
        deadline = time.monotonic() + STARTS_WITHIN
        while self.overview().get("slots-total") != 2:
            for process in self.processes:
                process.alive()
            assert time.monotonic() < deadline, "\n".join(process.tail() for process in self.processes)
            time.sleep(0.3)

    def overview(self) -> dict[str, object]:
        """What the cluster says of itself; empty before it listens."""
        try:
            answer = requests.get(f"http://localhost:{self.rest}/overview", timeout=5)
        except requests.ConnectionError:
            return {}
        return dict(answer.json())

    def restarts(self) -> int:
        """How often the job manager has started tasks of any job again."""
        return self.processes[0].log.read_text(errors="replace").count("switched from state RESTARTING to RUNNING")


class Workers:
    """Beam's worker pool: each worker that a job asks for is a process of its own."""

    def __init__(self, logs: Path) -> None:
        self.port = free_port()
        python = Path(sys.executable)
        self.running = Running(
            "worker-pool",
            [python, "-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={self.port}"],
            logs,
            # The pool starts `python`.
            {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"},
        )

    def pids(self) -> list[int]:
        """Of the workers that run now."""
        pool = self.running.process.pid
        children = Path(f"/proc/{pool}/task/{pool}/children").read_text().split()
        # Threads of the pool start them, so that they are children of any of its threads.
        for task in Path(f"/proc/{pool}/task").iterdir():
            children += (task / "children").read_text().split()
        return sorted({int(child) for child in children if _state(int(child)) not in ("", "Z")})

    def with_file(self, beginning: str, directory: Path) -> int:
        """The worker that has such a file of a directory open; 0 if none has."""
        for pid in self.pids():
            for target in _open_by(pid):
                if os.path.dirname(target) == str(directory) and os.path.basename(target).startswith(beginning):
                    return pid
        return 0

    def connected_to(self, port: int) -> list[int]:
        """The workers with an open connection to a local port."""
        sockets = {f"socket:[{inode}]" for inode in _connections(port)}
        return [pid for pid in self.pids() if sockets & set(_open_by(pid))]


def _state(pid: int) -> str:
    """As in /proc: R, S, Z ...; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _open_by(pid: int) -> list[str]:
    targets = []
    try:
        for descriptor in os.scandir(f"/proc/{pid}/fd"):
            try:
                targets.append(os.readlink(descriptor.path))
            except FileNotFoundError:
                continue  # closed meanwhile
    except (FileNotFoundError, ProcessLookupError):
        return []
    return targets


def _connections(port: int) -> list[str]:
    """Inodes of established IPv4 connections to a local port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[9] for row in rows if row[2].endswith(f":{port:04X}") and row[3] == "01"]
