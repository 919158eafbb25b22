"""What the launcher of a flex template gives becomes a command line of ours, whichever parameter it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from deploy_help import DATAFLOW, IMAGE, metadata_module

from iocbeam.cli.options.option import Kind, Option
from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.template import TEMPLATE_JOBS, command_line
from iocbeam.cli.values.texts import read_value
from iocbeam.local_tenant import LocalTenant
from iocbeam.model.errors import UsageError

JOBS = tuple(TEMPLATE_JOBS)
GUID = "5f1c2a44-0b7e-4c55-9d0e-2f6a8c1b7d90"

LAUNCHER = (
    "--project=example-project",
    "--region=europe-west1",
    "--job_name=iocbeam-feed",
    "--temp_location=gs://example-bucket/temp",
    "--staging_location=gs://example-bucket/staging",
    "--template_location=gs://example-bucket/staging/template_launches/2026-10-01_00_00_00-1/job_object",
    "--service_account_email=iocbeam-worker@example-project.iam.gserviceaccount.com",
    f"--sdk_container_image={IMAGE}",
    '--labels={\n   "goog-dataflow-provided-template-type" : "flex"\n}\n',
    "--max_num_workers=2",
    "--machine_type=e2-standard-2",
    "--enable_streaming_engine=false",
    "--no_use_public_ips=true",
)
"""What the launcher adds of its own, for the environment of `terraform/launch`."""


def sample(option: Option) -> str:
    """A value that a template takes for this option."""
    match option.kind:
        case Kind.SECRET:
            return "gcp-secret:projects/example-project/secrets/iocbeam/versions/latest"
        case Kind.CHOICE:
            return option.choices[-1]
        case Kind.COUNT:
            return "7"
        case Kind.FLAG:
            return "true"
        case Kind.WORDS:
            return ",".join(option.choices) or "one,another"
        case Kind.ID | Kind.IDS:
            return GUID
        case Kind.RANGES:
            return "192.0.2.0/24,2001:db8::/32"
        case Kind.PAIRS:
            return f"{option.choices[0]}=one,{option.choices[1]}=another"
        case Kind.ACTION:
            return "file=Block and Remediate,network=Block"
        case Kind.TEXTS:
            return "gs://example-bucket/feed/*.jsonl"
        case Kind.TEXT:
            return "gs://example-bucket/a file, with = and - in it"


@pytest.mark.parametrize("job", JOBS)
def test_every_parameter_arrives_as_the_same_value_that_the_command_takes(job: str) -> None:
    table = TEMPLATE_JOBS[job].all
    for option in metadata_module().options(job):
        line = command_line([f"--job={job}", f"--{option.name}={sample(option)}"])
        parsed = parse(line[1:], table, beam=True)
        assert line[0] == job
        assert parsed.values == {option.name: read_value(option, [sample(option)])}, option.name


@pytest.mark.parametrize("job", JOBS)
def test_all_parameters_and_the_launchers_own_stand_in_one_line(job: str) -> None:
    table = TEMPLATE_JOBS[job].all
    excluding = {option.name for option in table if option.excludes}
    given = [option for option in metadata_module().options(job) if option.name not in excluding]
    line = command_line(
        [
            "--runner=DataflowRunner",
            *(f"--{option.name}={sample(option)}" for option in given),
            *LAUNCHER,
            f"--job={job}",
        ]
    )
    parsed = parse(line[1:], table, beam=True)
    assert parsed.values.keys() == {option.name for option in given} | {"runner"}
    assert parsed.beam_args == [
        "--sdk_location=container",
        "--no_save_main_session",
        *(argument for argument in LAUNCHER if not argument.startswith(("--enable", "--no_use"))),
        "--no_use_public_ips",
    ]


def test_every_flag_can_be_turned_off() -> None:
    for job, options in TEMPLATE_JOBS.items():
        for option in metadata_module().options(job):
            if option.kind is Kind.FLAG:
                line = command_line([f"--job={job}", f"--{option.name}=false"])
                assert parse(line[1:], options.all, beam=True).values == {option.name: False}


@pytest.mark.parametrize(
    ("argument", "on"),
    [
        ("no_withdraw=true", False),
        ("no_withdraw=True", False),
        ("no_withdraw", False),
        ("no-withdraw=true", False),
        ("no_withdraw=false", True),
    ],
)
def test_a_negation_of_ours_counts(argument: str, on: bool, capsys: pytest.CaptureFixture[str]) -> None:
    for job, options in TEMPLATE_JOBS.items():
        if job == "sightings":
            continue
        line = command_line([f"--job={job}", f"--{argument}"])
        assert parse(line[1:], options.all, beam=True).values == {"withdraw": on}
    assert capsys.readouterr().err == ""


def test_every_other_flag_of_ours_is_refused_where_it_is_turned_round() -> None:
    refused = 0
    for job, options in TEMPLATE_JOBS.items():
        for option in options.all:
            name = option.name.removeprefix("no_") if option.name.startswith("no_") else f"no_{option.name}"
            if option.negatable:
                continue
            with pytest.raises(UsageError, match=rf"^--{name} is not an option\. Give {option.name} with "):
                command_line([f"--job={job}", f"--{name}=true"])
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    "names", [("withdraw", "no_withdraw"), ("no_withdraw", "withdraw")], ids=["last", "first"]
)
def test_an_option_and_its_negation_are_refused(names: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match=f"^--{names[1]}: cannot be given beside --{names[0]}"):
        command_line(["--job=defender", *(f"--{name}=true" for name in names)])


def test_a_negation_needs_a_truth_value() -> None:
    with pytest.raises(UsageError, match="'maybe' is neither true nor false"):
        command_line(["--job=defender", "--no_withdraw=maybe"])


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("use_public_ips=false", ["--no_use_public_ips"]),
        ("use_public_ips=true", ["--use_public_ips"]),
        ("no_use_public_ips=true", ["--no_use_public_ips"]),
        ("no_use_public_ips=false", ["--use_public_ips"]),
        ("pipeline_type_check=false", ["--no_pipeline_type_check"]),
        ("pipeline_type_check=true", []),
        ("enable_streaming_engine=false", []),
        ("update=true", ["--update"]),
    ],
)
def test_a_flag_of_beams_is_turned_off_where_beam_can(
    argument: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    line = command_line(["--job=defender", f"--{argument}"])
    assert line[3:] == expected
    assert parse(line[1:], TEMPLATE_JOBS["defender"].all, beam=True).beam_args == line[1:]
    assert capsys.readouterr().err == ""


def test_several_files_are_a_json_array_and_a_pattern_may_begin_with_a_bracket() -> None:
    files = ["gs://example-bucket/a, b.jsonl", "gs://example-bucket/c.csv"]
    line = command_line(["--job=defender", f"--input={json.dumps(files)}", "--never_block=[ab]*.txt"])
    values = parse(line[1:], TEMPLATE_JOBS["defender"].all, beam=True).values
    assert values == {"input": tuple(files), "never_block": ("[ab]*.txt",)}


def test_an_empty_parameter_is_not_given() -> None:
    line = command_line(["--job=entra", "--policy_state=", "--tenants= ", "--network="])
    assert parse(line[1:], TEMPLATE_JOBS["entra"].all, beam=True).values == {}


def test_what_neither_we_nor_beam_know_is_left_out_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["--job=entra", "--of_next_year=5"])[-1] == "--no_save_main_session"
    assert capsys.readouterr().err == "iocbeam: neither iocbeam nor Beam knows --of_next_year: left out.\n"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "--job: nothing is given. Name one of defender, entra, sync, sightings."),
        (["--job=search"], "--job: 'search' is given."),
        (["--job=entra", "--job=sync"], "--job: 'entra' is given."),
        (["--job=entra", "loose"], "'loose' is not --name=value."),
    ],
    ids=["no job", "no template", "two jobs", "no name"],
)
def test_a_line_that_cannot_be_is_refused(argv: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=r".") as caught:
        command_line(argv)
    assert words in str(caught.value)


def launched(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`main.py` as the launcher runs it: from another directory, as a file."""
    return subprocess.run(
        [sys.executable, str(DATAFLOW / "main.py"), *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        check=False,
        env={**os.environ, "LAUNCH_SECRET": "", "NO_COLOR": "1"},
    )


def test_the_entry_point_runs_a_job_with_all_that_a_launcher_gives(tmp_path: Path) -> None:
    (tmp_path / "feed.jsonl").write_text('{"type": "FQDN", "value": "bad.malware-test.example", "score": 8}\n')
    with LocalTenant(ca_dir=tmp_path) as tenant:
        profile = tenant.profiles[0]
        (tmp_path / "secret").write_text(profile.client_secret or "")
        done = launched(
            "--job=defender",
            "--runner=direct",
            "--collection=feed",
            f'--input=["{tmp_path}/feed.jsonl"]',
            f"--output={tmp_path}/out",
            f"--tenant_id={profile.tenant_id}",
            f"--client_id={profile.client_id}",
            f"--client_secret=file:{tmp_path}/secret",
            f"--login_url={tenant.login_url}",
            f"--defender_url={tenant.defender_url}",
            f"--ca_bundle={tenant.ca_bundle}",
            "--ignore_proxies=true",
            "--withdraw=true",
            "--tenants=",
            *LAUNCHER,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        assert [row["indicatorValue"] for row in tenant.rows()] == ["bad.malware-test.example"]
    summary: dict[str, Any] = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["outcomes"] == {"created": 1}


def test_the_entry_point_fails_in_words_where_the_line_cannot_be(tmp_path: Path) -> None:
    done = launched("--collection=feed", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("iocbeam: --job: nothing is given.")
    done = launched("--job=defender", "--runner=direct", "--client_secret=not-a-reference", cwd=tmp_path)
    assert done.returncode == 2
    assert "not-a-reference" not in done.stderr
