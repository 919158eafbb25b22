"""A replay is of the job that wrote the dead letters, unless it is told another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_pipeline import LOGIN, FakePipeline
from made_letters import dead_letter

from iocbeam.cli import main
from iocbeam.cli.jobs.dead_letter_job import TARGET_OF_STAGE, job_of_letters
from iocbeam.model.errors import ConfigurationError, UsageError
from iocbeam.model.settings import DefenderJob
from iocbeam.model.settings.entra import EntraJob
from iocbeam.model.settings.sync import SyncJob

REPLAY = ["replay", "o", "--collection=feed", *LOGIN]
WORKSPACE = [
    "--sentinel_workspace_id=66666666-6666-4666-8666-666666666666",
    "--sentinel_subscription=77777777-7777-4777-8777-777777777777",
    "--sentinel_resource_group=security",
    "--sentinel_workspace=contoso-siem",
]

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("job", "kind", "more"),
    [
        ("defender", DefenderJob, ["--capacity=3"]),
        ("entra", EntraJob, ["--location_name=Feed", "--cloud=china"]),
        ("sync", SyncJob, ["--location_name=Feed", "--capacity=3", "--targets=defender,entra"]),
    ],
)
def test_dead_letters_say_which_job_they_are_of(
    job: str, kind: type, more: list[str], pipeline: FakePipeline, write_letters: Write
) -> None:
    write_letters(dead_letter(job=job), dead_letter(job=job), name="o/deadletters-read.avro")
    write_letters(dead_letter(job=job, stage="Write"), name="o/deadletters-write.avro")
    assert main([*REPLAY, *more]) == 0
    assert pipeline.names == [job]
    assert isinstance(pipeline.job, kind)
    entra = pipeline.job.entra if job == "sync" else pipeline.job
    assert (entra.run.job, entra.run.replay, entra.output) == (job, True, "iocbeam-out/replay")


@pytest.mark.parametrize(
    ("stages", "targets"),
    [
        (["WriteToSentinel"], ["SentinelJob"]),
        (["WriteToSentinel", "WriteToDefender"], ["DefenderJob", "SentinelJob"]),
        (["WriteToNamedLocations"], ["EntraJob"]),
    ],
    ids=["Sentinel", "Defender and Sentinel", "Entra"],
)
def test_letters_of_a_sync_go_where_they_were_for(
    stages: list[str], targets: list[str], pipeline: FakePipeline, write_letters: Write
) -> None:
    for stage in stages:
        write_letters(dead_letter(job="sync", stage=stage), name=f"o/deadletters-{stage}.avro")
    assert main([*REPLAY, "--location_name=Feed", *WORKSPACE]) == 0
    assert [type(job).__name__ for job in pipeline.job.targets] == targets


@pytest.mark.parametrize("stages", [["Validate"], ["WriteToSentinel", "Expire"]], ids=str)
def test_letters_of_a_sync_that_could_be_for_any_target_need_their_targets(
    stages: list[str], pipeline: FakePipeline, write_letters: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    for stage in stages:
        write_letters(dead_letter(job="sync", stage=stage), name=f"o/deadletters-{stage}.avro")
    assert main([*REPLAY, "--location_name=Feed"]) == 2
    shown = capsys.readouterr().err
    assert "--targets is missing" in shown
    assert stages[-1] in shown
    assert pipeline.jobs == []
    Path("c.yaml").write_text("collection: feed\ntargets: [sentinel]\n")
    assert main([*REPLAY, "--config=c.yaml", *WORKSPACE]) == 0
    assert [type(job).__name__ for job in pipeline.job.targets] == ["SentinelJob"]


def test_every_sink_is_known_to_be_of_one_target() -> None:
    from iocbeam.sinks.defender import sink as defender
    from iocbeam.sinks.entra import sink as entra
    from iocbeam.sinks.sentinel import plans as sentinel_plans

    stages = (defender.STAGE, entra.LOCATIONS_STAGE, entra.POLICY_STAGE, sentinel_plans.STAGE)
    assert tuple(TARGET_OF_STAGE) == stages


def test_a_job_may_be_named(pipeline: FakePipeline, write_letters: Write) -> None:
    write_letters(dead_letter(job="sync"), name="o/deadletters-read.avro")
    assert main([*REPLAY, "--job=Entra", "--location_name=Feed"]) == 0
    assert pipeline.names == ["entra"]
    assert not pipeline.job.tenants[0].limits.withdraw


def test_the_configuration_of_the_run_is_taken_as_it_is(pipeline: FakePipeline, write_letters: Write) -> None:
    write_letters(dead_letter(job="entra"), name="o/deadletters-read.avro")
    Path("c.yaml").write_text(
        "collection: feed\ninput: [a]\nlocation_name: Feed\nlocation_trusted: no\noutput: o\n"
    )
    assert main(["replay", "o", "--config=c.yaml", *LOGIN]) == 0
    assert pipeline.job.tenants[0].location.trusted is False
    assert pipeline.job.output == "o/replay"


@pytest.mark.parametrize(
    ("job", "option", "words"),
    [
        ("defender", "--location_name=Feed", ["--location_name is not an option of the defender job", "--job"]),
        ("entra", "--capacity=3", ["--capacity is not an option of the entra job", "--job"]),
    ],
)
def test_options_are_those_of_the_job(
    job: str,
    option: str,
    words: list[str],
    pipeline: FakePipeline,
    write_letters: Write,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_letters(dead_letter(job=job), name="o/deadletters-read.avro")
    assert main([*REPLAY, option]) == 2
    shown = capsys.readouterr().err
    assert [word for word in words if word not in shown] == []
    assert pipeline.jobs == []


def test_an_option_of_another_jobs_configuration_is_refused(
    pipeline: FakePipeline, write_letters: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write_letters(dead_letter(job="entra"), name="o/deadletters-read.avro")
    Path("c.yaml").write_text("collection: feed\ncapacity: 3\n")
    assert main(["replay", "o", "--config=c.yaml", *LOGIN]) == 2
    assert "c.yaml, line 2: 'capacity' is not an option." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("jobs", "words"),
    [
        (["entra", "defender"], "of several jobs, entra, defender"),
        (["own"], "of 'own'"),
        (["own", "entra"], "of several jobs, own, entra"),
        (["\x1b[2J"], "x1b[2J"),
    ],
)
def test_letters_that_leave_it_open_are_refused(jobs: list[str], words: str, write_letters: Write) -> None:
    for number, job in enumerate(jobs):
        write_letters(dead_letter(job=job), name=f"o/deadletters-{number}.avro")
    with pytest.raises(UsageError) as caught:
        job_of_letters(["o"])
    assert str(caught.value).startswith("--job: the dead letters are ")
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert "defender, entra, sync" in str(caught.value)


def test_files_without_a_letter_say_nothing(write_letters: Write) -> None:
    write_letters(name="o/deadletters-1.avro")
    Path("o/deadletters-2.avro").write_bytes(b"no avro")
    with pytest.raises(ConfigurationError, match=r"no dead letter could be read in o\..*--job"):
        job_of_letters(["o"])
    write_letters(dead_letter(job="entra"), name="o/deadletters-3.avro")
    assert job_of_letters(["o"]).name == "entra"


def test_a_path_that_is_not_there_is_1(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(REPLAY) == 1
    assert "o: no such file or directory." in capsys.readouterr().err
    assert pipeline.jobs == []


@pytest.mark.parametrize("path", ["out", "out/", "out/deadletters-*.avro", "out/deadletters-1.avro"])
def test_letters_on_a_filesystem_that_beam_knows(write_letters: Write, path: str) -> None:
    import mem_files

    mem_files.put("mem://letters/out/deadletters-1.avro", write_letters(dead_letter(job="sync")).read_bytes())
    assert job_of_letters([f"mem://letters/{path}"]).name == "sync"


def test_a_filesystem_that_cannot_be_used_is_said() -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere://out/ cannot be read: Unable to get"):
        job_of_letters(["nowhere://out/"])
