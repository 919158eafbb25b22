"""The package with transforms of its own: installed for real, run by the command and by its own main."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest

from iocbeam.local_tenant import LocalTenant, TenantProfile

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "custom_transform"
GUIDE = ROOT / "docs" / "write-a-transform.md"
KEPT = {
    "High mail.phish.example.com",
    "High 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "Medium update.phish.example.net",
    "Low http://files.example.org/drop.exe",
    "Medium d.noise.example",
    "Low b.noise.example",
    "Low c.noise.example",
}
FILTERED = {"custom:not_for_us": 1, "custom:of_the_lab": 1, "custom:over_share": 1}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the package, without a network."""
    directory = tmp_path_factory.mktemp("acme")
    # A copy, since the build leaves folders beside the sources.
    shutil.copytree(EXAMPLE, directory / "sources", ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    how = ["--no-deps", "--no-build-isolation", "--target", str(directory / "site"), str(directory / "sources")]
    subprocess.run([*pip, *how], check=True, timeout=300)
    return directory / "site"


def python(installed: Path, cwd: Path, *args: str, status: int = 0) -> str:
    """What Python prints where the package is installed."""
    path = os.pathsep.join((str(installed), *filter(None, [os.environ.get("PYTHONPATH")])))
    done = subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == status, done.stdout
    return done.stdout


def ends(directory: Path) -> list[dict[str, Any]]:
    """The outcomes in a folder."""
    rows: list[dict[str, Any]] = []
    for path in sorted(directory.glob("outcomes-*.avro")):
        with path.open("rb") as stream:
            rows += [dict(row) for row in fastavro.reader(stream)]  # type: ignore[arg-type]
    return rows


def test_its_folder_and_ours_do_not_meet(installed: Path, tmp_path: Path) -> None:
    code = "import iocbeam.transforms as ours, transforms as theirs; print(ours.__file__); print(theirs.__file__)"
    for statement in (
        code,
        code.replace(
            "iocbeam.transforms as ours, transforms as theirs", "transforms as theirs, iocbeam.transforms as ours"
        ),
    ):
        ours, theirs = python(installed, tmp_path, "-c", statement).split()
        assert Path(theirs) == installed / "transforms" / "__init__.py"
        assert not Path(ours).is_relative_to(installed)


class Command:
    """`iocbeam defender` with the package's steps, against a local tenant."""

    def __init__(self, tenant: LocalTenant, installed: Path, directory: Path) -> None:
        self.tenant = tenant
        self._installed = installed
        self._directory = directory
        self._secret = directory / "secret"
        self._secret.write_text(tenant.profiles[0].client_secret or "")

    def __call__(self, collection: Path, *more: str, status: int = 0) -> tuple[str, dict[str, Any]]:
        """What it prints, and its summary."""
        profile = self.tenant.profiles[0]
        options = {
            "collection": "acme",
            "input": str(collection),
            "output": str(self._directory / "out"),
            "tenant_id": profile.tenant_id,
            "client_id": profile.client_id,
            "client_secret": f"file:{self._secret}",
            "login_url": self.tenant.login_url,
            "defender_url": self.tenant.defender_url,
            "ca_bundle": self.tenant.ca_bundle,
        }
        line = [f"--{name}={value}" for name, value in options.items()]
        shown = python(
            self._installed, self._directory, "-m", "iocbeam.cli", "defender", *line, *more, status=status
        )
        summary: dict[str, Any] = json.loads((self._directory / "out" / "summary.json").read_bytes())
        return shown, summary


@pytest.fixture
def command(installed: Path, tmp_path: Path) -> Iterator[Command]:
    with LocalTenant(TenantProfile(rate_limits=None)) as tenant:
        yield Command(tenant, installed, tmp_path)


def test_the_command_takes_its_steps_and_a_tag_added_later_withdraws_the_row(
    command: Command, tmp_path: Path
) -> None:
    shown, summary = command(EXAMPLE / "collection.jsonl", "--transforms", "transforms:steps", "--ignore_proxies")
    assert summary["outcomes"] == {"created": 7, "filtered": 3, "rejected": 1}
    assert summary["reasons"]["filtered"] == FILTERED
    assert (summary["balanced"], summary["records_read"]) == (True, 11)
    for reason in FILTERED:
        assert re.search(rf"{reason} +1 +dropped by a transform of your own", shown)
    assert "11 records read, 11 accounted for: balanced." in shown
    held = {f"{row['severity']} {row['indicatorValue']}" for row in command.tenant.rows()}
    assert held == KEPT

    records = [json.loads(line) for line in (EXAMPLE / "collection.jsonl").read_text("utf-8").splitlines()]
    records[2]["tags"] = ["other-sector"]
    changed = tmp_path / "changed.jsonl"
    changed.write_text("\n".join(map(json.dumps, records)), "utf-8")
    config = tmp_path / "acme.yaml"
    config.write_text("transforms: [transforms:steps]\nignore_proxies: true\n", "utf-8")
    shown, summary = command(changed, "--config", str(config))
    assert summary["outcomes"] == {"unchanged": 6, "filtered": 4, "rejected": 1}
    assert (summary["withdrawn"], summary["balanced"]) == (1, True)
    assert "update.phish.example.net" not in {row["indicatorValue"] for row in command.tenant.rows()}


def test_its_own_main_runs_the_same_steps(installed: Path, tmp_path: Path) -> None:
    python(installed, tmp_path, str(EXAMPLE / "own_main.py"), str(EXAMPLE / "collection.jsonl"), "good", "ends")
    lines = {line for file in tmp_path.glob("good-*") for line in file.read_text("utf-8").splitlines()}
    assert lines == KEPT
    found = [row["reason"] for row in ends(tmp_path / "ends")]
    assert sorted(found) == sorted(FILTERED)


def test_the_guide_shows_the_files_as_they_are() -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
    assert len(blocks) == 6
    files = [path.read_text("utf-8") for path in EXAMPLE.rglob("*.py")]
    for block in blocks:
        assert any(block in text for text in files), block
