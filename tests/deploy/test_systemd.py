"""The systemd units: well formed, closed to what they do not need, and telling of what went wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from schedule_help import SYSTEMD, unit_command, unit_settings

from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.template import TEMPLATE_JOBS
from iocbeam.model.summary import STATUS

NOTICE = SYSTEMD / "iocbeam-notice"


def analyze(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("no systemd-analyze on the path")
    return subprocess.run(
        [found, *arguments], capture_output=True, text=True, cwd=cwd, timeout=60, check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    )  # fmt: skip


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they are installed, with programs that this machine has."""
    for path in (*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.timer")):
        text = re.sub(r"/(usr/local|opt/iocbeam)/bin/[\w-]+", "/bin/true", path.read_text(encoding="utf-8"))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    return tmp_path


def test_systemd_has_nothing_to_say_of_them(units: Path) -> None:
    names = ("iocbeam@feed.service", "iocbeam@feed.timer", "iocbeam-notice@feed.service")
    done = analyze("verify", *(f"./{name}" for name in names), cwd=units)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_says_so_where_a_setting_cannot_be(units: Path) -> None:
    path = units / "iocbeam@.service"
    path.write_text(path.read_text(encoding="utf-8").replace("Type=oneshot", "Type=oneshut"), encoding="utf-8")
    assert "oneshut" in analyze("verify", "./iocbeam@feed.service", cwd=units).stderr


@pytest.mark.parametrize(("name", "most"), [("iocbeam@.service", 1.5), ("iocbeam-notice@.service", 3.0)])
def test_little_is_open_to_them(units: Path, name: str, most: float) -> None:
    done = analyze("security", "--offline=true", f"./{name}", cwd=units)
    (level,) = re.findall(r"Overall exposure level for \S+ (\d+\.\d)", done.stdout)
    assert float(level) <= most, done.stdout


def test_the_command_line_is_one_that_the_job_takes() -> None:
    _, lock, _, job, *options = unit_command()
    values = parse(options, TEMPLATE_JOBS[job].all, beam=True).values
    assert values == {
        "config": "/etc/iocbeam/feed.yaml",
        "client_secret": "file:/run/credentials/iocbeam@feed.service/client_secret",
        "output": "/var/lib/iocbeam/feed/run",
    }
    assert Path(lock).parent == Path(values["output"]).parent


def test_the_secret_is_a_credential_and_in_no_variable() -> None:
    settings = unit_settings("iocbeam@.service")
    assert settings["LoadCredential"] == ["client_secret:/etc/iocbeam/%i.secret"]
    assert "Environment" not in settings
    assert "SECRET" not in (SYSTEMD / "feed.env").read_text(encoding="utf-8").upper()


def test_each_instance_writes_into_a_directory_of_its_own() -> None:
    # A dynamic user of one instance would take the files of another one away from it.
    assert unit_settings("iocbeam@.service")["StateDirectory"] == ["iocbeam/%i"]


def told(name: str, **environment: str) -> str:
    done = subprocess.run(
        [str(NOTICE), name], capture_output=True, text=True, timeout=30, check=True,
        env={"PATH": os.environ["PATH"], "IOCBEAM_NOTIFY": "/nonexistent", **environment},
    )  # fmt: skip
    return done.stdout


def test_a_notice_says_what_the_status_means() -> None:
    for status, meaning in STATUS.items():
        if status:
            said = told("feed", MONITOR_EXIT_STATUS=str(status), MONITOR_SERVICE_RESULT="exit-code")
            assert said.startswith(f"<3>iocbeam run of feed: exit status {status}: {meaning}. See: journalctl")
    assert "another run holds the lock" in told("feed", MONITOR_EXIT_STATUS="75")
    assert "its time was over" in told("feed", MONITOR_SERVICE_RESULT="timeout")


def test_a_notice_goes_to_a_program_that_is_there(tmp_path: Path) -> None:
    program = tmp_path / "notify"
    program.write_text(f'#!/bin/sh\n{{ echo "to $1"; cat; }} > {tmp_path}/sent\n')
    program.chmod(0o755)
    told("feed", MONITOR_EXIT_STATUS="4", IOCBEAM_NOTIFY=str(program))
    sent = (tmp_path / "sent").read_text()
    assert sent.startswith(
        "to feed\niocbeam run of feed: exit status 4: finished, but a guard held something back."
    )
