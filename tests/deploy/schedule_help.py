"""The command lines of the schedules, and a machine made of temporary directories to run them on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import yaml
from deploy_help import DEPLOY

from iocbeam.local_tenant import Fault, LocalTenant, Meanwhile

SYSTEMD = DEPLOY / "systemd"
KUBERNETES = DEPLOY / "kubernetes" / "iocbeam.yaml"
ONCE = DEPLOY / "schedule" / "iocbeam-once"


def unit_settings(name: str) -> dict[str, list[str]]:
    """The settings of a unit file; a setting may stand there several times."""
    found: dict[str, list[str]] = {}
    for line in (SYSTEMD / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def unit_command() -> list[str]:
    """ExecStart of `iocbeam@feed`, as systemd makes it: specifiers and variables replaced."""
    (line,) = unit_settings("iocbeam@.service")["ExecStart"]
    (job,) = re.findall(r"^JOB=(\w+)$", (SYSTEMD / "feed.env").read_text(encoding="utf-8"), re.MULTILINE)
    replaced = {"%i": "feed", "%S": "/var/lib", "%d": "/run/credentials/iocbeam@feed.service", "${JOB}": job}
    for before, after in replaced.items():
        line = line.replace(before, after)
    assert "%" not in line
    assert "$" not in line
    return line.split(" ")


def cron_job() -> dict[str, Any]:
    """The CronJob."""
    with KUBERNETES.open(encoding="utf-8") as file:
        return next(one for one in yaml.safe_load_all(file) if one["kind"] == "CronJob")


def pod() -> dict[str, Any]:
    """The pod of a run."""
    found: dict[str, Any] = cron_job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return found


def container_command() -> list[str]:
    """The command of the CronJob's container, as it stands there."""
    found: list[str] = pod()["containers"][0]["command"]
    return found


class Machine:
    """Directories in the place of those of a machine, and a local tenant that the configuration leads to.

    The first call that lists indicators waits until `go_on` is called, so that a run is in its middle for as long
    as a test needs.
    """

    def __init__(self, folder: Path, tenant: LocalTenant) -> None:
        self.tenant = tenant
        self._paths = {
            "/usr/local/bin/iocbeam-once": str(ONCE),
            "/etc/iocbeam": str(folder / "etc"),
            "/var/lib/iocbeam": str(folder / "state"),
            "/run/credentials/iocbeam@feed.service": str(folder / "secret"),
            "/run/secrets/iocbeam": str(folder / "secret"),
        }
        for name in ("etc", "state/feed", "secret"):
            (folder / name).mkdir(parents=True)
        self.state = folder / "state"
        profile = tenant.profiles[0]
        (folder / "secret" / "client_secret").write_text(profile.client_secret or "")
        (folder / "feed.jsonl").write_text('{"type": "FQDN", "value": "bad.malware-test.example", "score": 8}\n')
        options = {
            "collection": "my-feed",
            "input": [str(folder / "feed.jsonl")],
            "tenant_id": profile.tenant_id,
            "client_id": profile.client_id,
            "login_url": tenant.login_url,
            "defender_url": tenant.defender_url,
            "ca_bundle": str(tenant.ca_bundle),
            "ignore_proxies": True,
        }
        (folder / "etc" / "feed.yaml").write_text(json.dumps(options))
        self._in_the_middle, self._go_on = threading.Event(), threading.Event()
        tenant.faults.add(Fault("/api/indicators", Meanwhile(self._hold), method="GET", nth=1))

    def _hold(self) -> None:
        self._in_the_middle.set()
        self._go_on.wait(60)

    def command(self, line: list[str]) -> list[str]:
        """A command line of a schedule, with the directories of this machine."""
        found: list[str] = []
        for part in line:
            for before, after in self._paths.items():
                part = part.replace(before, after)
            found += [sys.executable, "-m", "iocbeam.cli"] if part == "/opt/iocbeam/bin/iocbeam" else [part]
        return found

    def start(self, line: list[str]) -> subprocess.Popen[str]:
        """Start a run."""
        return subprocess.Popen(
            self.command(line), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.state
        )

    def until_in_the_middle(self) -> None:
        """Wait for a run to have begun with the tenant."""
        assert self._in_the_middle.wait(60), "the first run did not come to the tenant"

    def go_on(self) -> None:
        """Let the run that waits go on."""
        self._go_on.set()

    def files(self) -> dict[str, tuple[int, int]]:
        """Size and time of everything that runs have written."""
        return {
            str(path): (path.stat().st_size, path.stat().st_mtime_ns)
            for path in self.state.rglob("*")
            if path.is_file()
        }


def finished(run: subprocess.Popen[str], seconds: float = 60) -> tuple[int, str, float]:
    """Exit status and stderr of a run, and how long it took from now."""
    began = time.monotonic()
    _, said = run.communicate(timeout=seconds)
    return run.returncode, said, time.monotonic() - began
