"""A runner behind a job server that cannot be reached or fails: what a person is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from iocbeam.cli import main
from iocbeam.cli.views.console import without_worker_tracebacks
from iocbeam.model.errors import AuthenticationError, ConfigurationError, RetryLater, Stop
from iocbeam.pipelines.beam_run import pipeline_options
from iocbeam.pipelines.job_server import has_workers_elsewhere, job_server_error, left_going

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


def test_an_interrupted_command_names_where_its_job_goes_on() -> None:
    options = pipeline_options(None, ["--flink_master=flink.example.com:8081"], "FlinkRunner")
    assert "goes on at flink.example.com:8081" in str(left_going(options, "out"))
    assert "goes on at its cluster" in str(left_going(pipeline_options(None, [], "FlinkRunner"), "out"))


def test_tracebacks_of_workers_are_not_shown_and_all_else_is(capsys: pytest.CaptureFixture[str]) -> None:
    with without_worker_tracebacks():
        print("Traceback (most recent call last):\n  File x\nValueError: y", file=sys.stderr)  # noqa: T201
        print("a warning", file=sys.stderr)  # noqa: T201
    assert capsys.readouterr().err == "a warning\n"
