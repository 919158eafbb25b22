"""A runner behind a job server that cannot be reached or fails: what a person is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from iocbeam.cli import main
from iocbeam.cli.views.console import without_worker_tracebacks
from iocbeam.model.errors import AuthenticationError, ConfigurationError, RetryLater, Stop, UsageError
from iocbeam.pipelines.beam_run import engine_of, pipeline_options
from iocbeam.pipelines.job_server import has_workers_elsewhere, job_server_error, left_going

CLUSTER = "--flink_master=flink.example.com:8081"
FAILED = "Pipeline job-1 failed in state FAILED: "


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What a run with these options says, which has to be one line that ends with exit status 1."""

    def run(*options: str) -> str:
        source = tmp_path / "feed.jsonl"
        source.write_text('{"value": "malware-test.example"}\n')
        status = main(
            [
                *("defender", "--collection=drill", f"--input={source}", f"--output={tmp_path / 'out'}"),
                *("--dry_run", "--runner=FlinkRunner", *options),
            ]
        )
        assert status == 1
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        return told

    return run


def test_no_such_jar(said, tmp_path: Path) -> None:
    told = said(f"--flink_job_server_jar={tmp_path / 'none.jar'}")
    assert "--flink_job_server_jar" in told
    assert "none.jar: no such file" in told
    assert "docs/flink.md" in told


def test_no_java(said, tmp_path: Path) -> None:
    jar = tmp_path / "server.jar"
    jar.write_bytes(b"")
    told = said(f"--flink_job_server_jar={jar}", f"--job_server_java_launcher={tmp_path / 'java'}")
    assert "--job_server_java_launcher" in told
    assert "Install a Java runtime" in told


def test_a_job_server_that_ends_at_once(said, tmp_path: Path) -> None:
    jar = tmp_path / "server.jar"
    jar.write_bytes(b"")
    assert "ended as soon as it was started" in said(
        f"--flink_job_server_jar={jar}", f"--job_server_java_launcher={sys.executable}"
    )


def test_no_job_server_at_the_endpoint(said) -> None:
    told = said("--job_endpoint=localhost:1", "--job_server_timeout=1")
    assert "--job_endpoint: no job server answers at localhost:1" in told


def test_a_jar_that_cannot_be_downloaded() -> None:
    error = RuntimeError(
        "Unable to fetch remote job server jar at https://maven.example.com/j.jar: HTTP Error 404"
    )
    told = job_server_error(error, pipeline_options(None, [], "FlinkRunner"))
    assert isinstance(told, ConfigurationError)
    assert str(told).startswith("--flink_job_server_jar is not given")


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (
            "java.lang.RuntimeException: Error received from SDK harness\n"
            "iocbeam.model.errors.AuthenticationError: --client_id: the application is not in this tenant.\n\n"
            "RuntimeError: iocbeam.model.errors.AuthenticationError: --client_id: the application is not in this "
            "tenant. [while running 'List tenants/ListTenants']\n\n\tat java.base/java.lang.Thread.run",
            AuthenticationError,
            "--client_id: the application is not in this tenant.",
        ),
        (
            "java.lang.RuntimeException: x\niocbeam.model.errors.RetryLater: no answer (503). [while running 'x']",
            RetryLater,
            "no answer (503).",
        ),
        (
            "java.io.IOException: Insufficient number of network buffers: required 512.",
            Stop,
            "required 512. What a",
        ),
    ],
    ids=["wrapped", "plain", "of-the-runner"],
)
def test_what_a_failed_job_tells(text: str, kind: type[Exception], message: str) -> None:
    told = job_server_error(RuntimeError(FAILED + text), pipeline_options(None, [], "FlinkRunner"))
    assert type(told) is kind
    assert message in str(told)


def test_another_error_is_left_as_it_is() -> None:
    assert job_server_error(ValueError("a fault of ours"), pipeline_options(None, [], "FlinkRunner")) is None


@pytest.mark.parametrize(
    ("options", "elsewhere"),
    [
        ([], False),
        (["--flink_master=[local]"], False),
        (["--flink_master=flink.example.com:8081"], True),
        (["--flink_master=flink.example.com:8081", "--environment_type=LOOPBACK"], False),
        (["--job_endpoint=localhost:8099", "--environment_type=EXTERNAL"], True),
    ],
    ids=["default", "embedded", "cluster", "cluster-loopback", "external"],
)
def test_whether_a_job_goes_on_without_its_command(options: list[str], elsewhere: bool) -> None:
    assert has_workers_elsewhere(pipeline_options(None, options, "FlinkRunner")) is elsewhere


@pytest.mark.parametrize(
    ("runner", "options", "why"),
    [
        ("FlinkRunner", [], "workers"),
        ("FlinkRunner", ["--job_endpoint=localhost:8099"], "workers"),
        ("FlinkRunner", [CLUSTER, "--job_endpoint=localhost:8099", "--environment_type=LOOPBACK"], "workers"),
        ("PortableRunner", ["--job_endpoint=localhost:8099", "--environment_type=LOOPBACK"], "workers"),
        ("FlinkRunner", ["--flink_master=[local]", "--environment_type=EXTERNAL"], "job server"),
        ("FlinkRunner", [CLUSTER, "--environment_type=EXTERNAL"], "job server"),
        ("FlinkRunner", ["--flink_submit_uber_jar", "--environment_type=EXTERNAL"], "job server"),
    ],
    ids=["default", "endpoint", "cluster-loopback", "portable", "embedded", "own-server", "uber-jar-embedded"],
)
def test_who_does_not_wait_for_a_job_that_needs_the_command_is_refused(
    runner: str, options: list[str], why: str
) -> None:
    with pytest.raises(
        UsageError, match=rf"^--no_wait_until_finish is not possible here: the {why}.*would end with"
    ) as told:
        engine_of(runner, None, [*options, "--no_wait_until_finish"])
    assert "--job_endpoint of a job server that stays" in told.value.advice
    assert engine_of(runner, None, options) == runner


@pytest.mark.parametrize(
    ("runner", "options"),
    [
        ("direct", []),
        ("PortableRunner", ["--job_endpoint=localhost:8099"]),
        ("FlinkRunner", ["--job_endpoint=localhost:8099", "--environment_type=EXTERNAL"]),
        ("FlinkRunner", [CLUSTER, "--job_endpoint=localhost:8099"]),
        ("FlinkRunner", [CLUSTER, "--flink_submit_uber_jar"]),
    ],
    ids=["in-process", "portable", "external", "cluster", "uber-jar"],
)
def test_a_job_that_goes_on_by_itself_need_not_be_waited_for(runner: str, options: list[str]) -> None:
    engine_of(runner, None, [*options, "--no_wait_until_finish"])


def test_not_waiting_is_refused_before_anything_of_the_last_run_is_cleared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, kept = tmp_path / "feed.jsonl", tmp_path / "out" / "summary.json"
    source.write_text('{"value": "malware-test.example"}\n')
    kept.parent.mkdir()
    kept.write_text("{}")
    command = ["defender", "--collection=drill", f"--input={source}", f"--output={kept.parent}", "--dry_run"]
    assert main([*command, "--runner=FlinkRunner", "--no_wait_until_finish"]) == 2
    assert "iocbeam: --no_wait_until_finish is not possible" in capsys.readouterr().err
    assert kept.read_text() == "{}"


def test_an_interrupted_command_names_where_its_job_goes_on() -> None:
    options = pipeline_options(None, ["--flink_master=flink.example.com:8081"], "FlinkRunner")
    assert "goes on at flink.example.com:8081" in str(left_going(options, "out"))
    assert "goes on at its cluster" in str(left_going(pipeline_options(None, [], "FlinkRunner"), "out"))


def test_tracebacks_of_workers_are_not_shown_and_all_else_is(capsys: pytest.CaptureFixture[str]) -> None:
    with without_worker_tracebacks():
        print("Traceback (most recent call last):\n  File x\nValueError: y", file=sys.stderr)  # noqa: T201
        print("a warning", file=sys.stderr)  # noqa: T201
    assert capsys.readouterr().err == "a warning\n"
