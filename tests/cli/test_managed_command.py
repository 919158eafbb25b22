"""Commands whose job goes to a managed runner: where its files go, and what is said of it."""

from __future__ import annotations

import re

import pytest
from fake_pipeline import LOGIN, FakePipeline

from iocbeam.cli import main

JOB = ["--collection=feed", "--output=gs://bucket/out/", *LOGIN]
FEED = ["--input=gs://bucket/a.jsonl"]
DATAFLOW = "--runner=DataflowRunner"
RUN_ID = r"\d{8}T\d{6}Z-[0-9a-f]{6}"


def output_of(pipeline: FakePipeline) -> str:
    job = pipeline.job
    return str((getattr(job, "targets", None) or (job,))[0].output)


@pytest.mark.parametrize(
    "argv",
    [
        ["defender", *FEED],
        ["defender", *FEED, "--dry_run"],
        ["entra", *FEED, "--location_name=L"],
        ["sync", *FEED, "--location_name=L"],
        ["sightings", *FEED],
    ],
    ids=["defender", "plan", "entra", "sync", "sightings"],
)
def test_each_run_has_a_directory_of_its_own(pipeline: FakePipeline, argv: list[str]) -> None:
    pipeline.summary = {**pipeline.summary, "handed_over": True, "output": "", "dry_run": False, "job": "",
                        "job_id": "", "job_name": ""}  # fmt: skip
    main([*argv, *JOB, DATAFLOW])
    found = re.fullmatch(rf"gs://bucket/out/({RUN_ID})", output_of(pipeline))
    job = pipeline.job
    assert found
    assert found[1] == (getattr(job, "targets", None) or (job,))[0].run.run_id


def test_elsewhere_the_directory_is_the_one_that_was_named(pipeline: FakePipeline) -> None:
    main(["defender", *FEED, *JOB])
    assert output_of(pipeline) == "gs://bucket/out/"


def test_a_plan_stands_beside_the_runs(pipeline: FakePipeline) -> None:
    pipeline.error = RuntimeError("that far")
    main(["defender", *FEED, "--collection=feed", *LOGIN, "--dry_run", DATAFLOW])
    assert re.fullmatch(rf"iocbeam-out/dry_run/{RUN_ID}", output_of(pipeline))


@pytest.mark.parametrize("command", ["defender", "sightings"])
def test_a_job_that_was_handed_over_is_no_failure(
    pipeline: FakePipeline, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    pipeline.summary = {
        "handed_over": True,
        "run_id": "20261122T011500Z-a1b2c3",
        "job": command,
        "collection": "feed",
        "dry_run": False,
        "job_name": f"iocbeam-{command}-feed",
        "job_id": "2026-11-22_01_15_00-123",
        "output": "gs://bucket/out/20261122T011500Z-a1b2c3",
        "exit_code": 0,
    }
    assert main([command, *FEED, *JOB, DATAFLOW]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.split("\n\n")[1].splitlines() == [
        f"Handed over as the job iocbeam-{command}-feed (2026-11-22_01_15_00-123); this command does not wait "
        "for it.",
        "Everything about this run will be in gs://bucket/out/20261122T011500Z-a1b2c3/summary.json",
    ]


def test_a_job_without_a_name_is_handed_over_without_one(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.summary = {
        "handed_over": True,
        "run_id": "20261122T011500Z-a1b2c3",
        "job": "defender",
        "collection": "feed",
        "dry_run": False,
        "job_name": "",
        "job_id": "",
        "output": "out",
        "exit_code": 0,
    }
    assert main(["defender", *FEED, *JOB, "--runner=FlinkRunner"]) == 0
    assert capsys.readouterr().out.split("\n\n")[1].splitlines() == [
        "Handed over to the runner; this command does not wait for it.",
        "Everything about this run will be in out/summary.json",
    ]


@pytest.mark.parametrize("command", ["defender", "entra", "sync", "sightings"])
def test_fail_on_reaches_every_job(pipeline: FakePipeline, command: str) -> None:
    main([command, *FEED, *JOB, "--fail_on=any", *(["--location_name=L"] if command in ("entra", "sync") else [])])
    job = pipeline.job
    assert (getattr(job, "targets", None) or (job,))[0].run.fail_on == "any"


def test_fail_on_is_one_of_three(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["defender", *FEED, *JOB, "--fail_on=always"]) == 2
    assert "--fail_on: 'always' is not one of never, failed, any." in capsys.readouterr().err
