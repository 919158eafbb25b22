"""`--fail_on`: the job itself fails, when its summary and all of its files are written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from entra_job_help import EntraSite
from job_help import STARTED, JobSite, domains, quick_read, quick_write
from sighting_help import SightingSite, quick_connect, quick_fetch

from iocbeam.cli import main
from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.model.settings import DefenderJob, IntakeSettings, RunInfo
from iocbeam.model.settings.sightings import SightingsJob
from iocbeam.pipelines import defender, sightings
from iocbeam.pipelines.beam_run import original_error
from iocbeam.sinks.fail_on import fails

Start = Callable[..., JobSite]
MALFORMED = b"{"


@pytest.mark.parametrize(
    ("level", "failing"),
    [("never", set()), ("failed", {1, 3}), ("any", {1, 3, 4})],
    ids=["never", "failed", "any"],
)
def test_which_ends_fail_a_job(level: str, failing: set[int]) -> None:
    assert {code for code in range(5) if code != 2 and fails(level, code)} == failing


def failing_job(here: JobSite, **changes: Any) -> DefenderJob:
    """A job that ends with exit status 3: more is rejected than may be."""
    job = here.job(here.collection([*domains(1), *[MALFORMED] * 3]), **changes)
    return replace(job, run=replace(job.run, fail_on="failed"))


class TestTheJob:
    """As a runner sees it."""

    def test_it_fails_after_every_file_is_there(self, site: Start) -> None:
        here = site()
        job = failing_job(here)
        here.output.mkdir()
        with pytest.raises(Exception, match="run-1 of collection drill finished, but") as caught:
            self.run(job)
        assert "RunFailed" in type(original_error(caught.value)).__name__
        assert here.document("summary.json")["exit_code"] == 3
        assert len(here.rows_of("deadletters-read") + here.rows_of("deadletters-validate")) == 3
        assert len(here.rows_of("outcomes-write")) == 1
        assert [path.name for path in here.output.glob(".*")] == [], "no file that is not published"
        assert len(here.tenant.rows()) == 1

    def test_it_does_not_fail_for_less_than_was_asked(self, site: Start) -> None:
        here = site()
        job = here.job(here.collection(domains(2)))
        here.output.mkdir()
        self.run(replace(job, run=replace(job.run, fail_on="any")))
        assert here.document("summary.json")["exit_code"] == 0

    @staticmethod
    def run(job: DefenderJob) -> None:
        with beam.Pipeline(runner="FnApiRunner") as pipeline:
            defender.build(pipeline, job, quick_read, quick_write)


class TestTheRun:
    """As who started it sees it: as always."""

    def test_of_defender(self, site: Start) -> None:
        here = site()
        assert here.run(failing_job(here))["exit_code"] == 3

    def test_of_a_plan(self, site: Start) -> None:
        here = site()
        assert here.run(failing_job(here, dry_run=True))["exit_code"] == 3
        assert len(here.document("plan.json")["tenants"]) == 1

    def test_of_entra(self, entra_site: Callable[..., EntraSite]) -> None:
        here = entra_site()
        path = here.collection(["8.8.8.8"])
        path.write_bytes(path.read_bytes() + b"{\n" * 3)
        job = here.job(path)
        assert here.run(replace(job, run=replace(job.run, fail_on="failed")))["exit_code"] == 3

    def test_of_sightings(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.jsonl"
        path.write_bytes(MALFORMED)
        run = RunInfo("run-1", STARTED, "sightings", "drill", fail_on="any")
        with LocalTenant(TenantProfile(rate_limits=None)) as tenant:
            here = SightingSite(tenant, tmp_path)
            readers = (here.reader(tenant.profiles[0]),)
            job = SightingsJob(run, IntakeSettings((str(path),)), readers, str(here.output))
            summary = sightings.run(job, fetch=quick_fetch, connect=quick_connect)
        assert summary["exit_code"] == 3
        assert json.loads((here.output / "summary.json").read_bytes()) == summary


def test_the_command_shows_its_tables_and_no_traceback(
    site: Start, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    here = site()
    path = here.collection([*domains(1), *[MALFORMED] * 3])
    argv = ["defender", "--collection=drill", f"--input={path}", "--dry_run", f"--output={here.output}"]
    shown = []
    for level in ("never", "failed"):
        assert main([*argv, f"--fail_on={level}"]) == 3
        out, err = capfd.readouterr()
        assert err == ""
        shown.append([line for line in out.splitlines() if "Plan " not in line and "run " not in line])
    assert shown[0] == shown[1]
    assert any("Exit status 3" in line for line in shown[0])
