"""Two runs never go on at once: shown with the very command lines of the unit and of the CronJob."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from schedule_help import ONCE, Machine, container_command, finished, unit_command

from iocbeam.local_tenant import LocalTenant

LINES = {"systemd": unit_command(), "kubernetes": container_command()}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with LocalTenant(ca_dir=tmp_path) as tenant:
        here = Machine(tmp_path, tenant)
        yield here
        here.go_on()


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_second_run_says_so_and_touches_nothing(machine: Machine, line: list[str]) -> None:
    first = machine.start(line)
    machine.until_in_the_middle()
    before, calls = machine.files(), len(machine.tenant.requests)

    status, said, seconds = finished(machine.start(line))
    assert status == 75
    assert said.startswith("iocbeam-once: another run holds ")
    assert "Nothing was started." in said
    assert seconds < 5
    assert machine.files() == before
    assert len(machine.tenant.requests) == calls

    machine.go_on()
    status, said, _ = finished(first)
    assert status == 0, said
    assert [row["indicatorValue"] for row in machine.tenant.rows()] == ["bad.malware-test.example"]


def test_a_run_that_is_killed_leaves_no_lock_behind(machine: Machine) -> None:
    first = machine.start(LINES["systemd"])
    machine.until_in_the_middle()
    first.send_signal(signal.SIGKILL)
    assert finished(first)[0] == -signal.SIGKILL
    machine.go_on()
    status, said, _ = finished(machine.start(LINES["systemd"]))
    assert status == 0, said


def test_a_run_that_is_interrupted_ends_in_words(machine: Machine) -> None:
    # The unit and the image both ask for SIGINT.
    first = machine.start(LINES["systemd"])
    machine.until_in_the_middle()
    first.send_signal(signal.SIGINT)
    status, said, seconds = finished(first)
    assert status == 130
    assert "interrupted" in said
    assert seconds < 30


def once(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(ONCE), *arguments], capture_output=True, text=True, timeout=30, check=False)


def test_status_and_arguments_are_those_of_the_command(tmp_path: Path) -> None:
    done = once(str(tmp_path / "lock"), "sh", "-c", 'printf "%s|" "$@"; exit 4', "sh", "a b", "*", "")
    assert (done.returncode, done.stdout, done.stderr) == (4, "a b|*||", "")


def access_of_the_lock(lock: Path, *, uid: int | None = None) -> int:
    """How the run's descriptor of the lock is open: `os.O_RDONLY`, `os.O_RDWR`."""
    as_user = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups") if uid else ()
    done = subprocess.run(
        [*as_user, "sh", str(ONCE), str(lock), "cat", "/proc/self/fdinfo/9"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (flags,) = re.findall(r"^flags:\s*([0-7]+)$", done.stdout, re.MULTILINE)
    return int(flags, 8) & os.O_ACCMODE


@pytest.mark.parametrize("there", [True, False], ids=["there", "absent"])
def test_the_lock_is_open_for_writing_as_nfs_needs_it(tmp_path: Path, there: bool) -> None:
    lock = tmp_path / "lock"
    if there:
        lock.write_text("kept")
    assert access_of_the_lock(lock) == os.O_RDWR
    assert lock.read_text() == ("kept" if there else "")


def test_a_name_without_a_directory_is_a_file_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert access_of_the_lock(Path("lock")) == os.O_RDWR
    assert (tmp_path / "lock").is_file()


def test_what_cannot_be_written_is_locked_for_reading(tmp_path: Path) -> None:
    assert access_of_the_lock(tmp_path) == os.O_RDONLY


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_file_of_somebody_else_is_locked_for_reading() -> None:
    # Not in tmp_path, which is its owner's alone.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        lock = Path(folder) / "lock"
        lock.touch(0o644)
        assert access_of_the_lock(lock, uid=65534) == os.O_RDONLY


def test_a_lock_of_somebody_else_that_can_be_read_is_enough(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    lock.chmod(0o444)
    assert once(str(lock), "true").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "write: iocbeam-once LOCK COMMAND"),
        (("lock",), 2, "write: iocbeam-once LOCK COMMAND"),
        (("no/such/place/lock", "true"), 1, "cannot be made. Nothing was started."),
    ],
    ids=["nothing", "no command", "no directory"],
)
def test_what_cannot_be_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], status: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = once(*arguments)
    assert done.returncode == status
    assert words in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_lock_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    lock.chmod(0)
    done = once(str(lock), "true")
    assert done.returncode == 1
    assert "cannot be read. Nothing was started." in done.stderr
