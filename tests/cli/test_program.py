from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_pipeline import FakePipeline

import iocbeam.cli
from iocbeam.cli import main
from iocbeam.cli.command import Command
from iocbeam.cli.commands import COMMANDS
from iocbeam.cli.options.tables import DEFENDER, ENTRA, SYNC, JobOptions
from iocbeam.model.errors import AuthenticationError, ConfigurationError, PermissionDenied, RetryLater, UsageError

RUN = ["defender", "--collection=feed", "--input=a", "--tenant_id=t", "--client_id=c", "--client_secret=env:S"]
SLOW = ("apache_beam", "rich", "yaml", "fastavro", "requests", "msal", "iocbeam.clients", "iocbeam.local_tenant")


def test_public_names() -> None:
    assert iocbeam.cli.__all__ == ["main"]


@pytest.mark.parametrize(
    "argv",
    [
        ["--help"],
        ["defender", "--help"],
        ["entra", "--help"],
        ["replay", "-h"],
        ["--version"],
        ["defender"],
        ["sync"],
    ],
)
def test_help_imports_nothing_slow(argv: list[str]) -> None:
    code = (
        "import sys; from iocbeam.cli import main; main(sys.argv[1:]); "
        f"print('SLOW', [name for name in {SLOW!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "SLOW []", done.stderr


@pytest.mark.parametrize("argv", [["--help"], ["sync", "--help"]])
def test_help_answers_at_once(argv: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "iocbeam.cli", *argv]

    def once() -> float:
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0
        assert "apache_beam" not in done.stderr
        return time.perf_counter() - start

    # The best of some: what else a machine does is not the question.
    assert min(once() for _ in range(5)) < 0.5


def test_help_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert f"  {command.name} " in text
        assert command.summary in text
    assert all(f"\n  {code}  " in text for code in range(5))
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) < 80


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_help_of_a_command_fits(
    columns: str, command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["help", command.name]) == 0
    lines = capsys.readouterr().out.splitlines()
    # What cannot be broken is that long; the usage is one line.
    assert max(map(len, lines[1:])) < max(int(columns), 70)
    assert len(lines[0]) < 100
    for option in command.options:
        assert bool([line for line in lines if line.startswith(f"  {option.flag}")]) != option.hidden, option.name


def test_every_option_says_its_default() -> None:
    from iocbeam.cli.help import command_help

    for command in COMMANDS:
        entries = command_help(command).replace("\n" + " " * 26, " ").splitlines()
        for option in (option for option in command.options if not option.hidden):
            (entry,) = [line for line in entries if line.startswith((f"  {option.flag} ", f"  {option.flag}, "))]
            assert "Default: " in entry or "Required." in entry or option.name == "help", entry


def help_of(name: str, options: JobOptions = DEFENDER) -> str:
    """What help says about an option, in one line and without its default."""
    from iocbeam.cli.options.option import by_name

    return by_name(options.all)[name].help


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("withdraw", ["no longer holds"]),
        ("max_withdraw_percent", ["none of them is deleted", "exit status is 4"]),
        ("withdraw_floor", ["withdrawals", "does not matter"]),
        ("max_rejected_percent", ["counts as bad", "nothing that is absent", "exit status is 3"]),
        ("adopt", ["display name", "sign-in name", "application id", "iocbeam:COLLECTION"]),
        ("tenants", ["alias", "before the command line and --config", "every entry that does not give it"]),
        ("dry_run", ["With a login the tenant is read", "without one", "empty tenant"]),
    ],
)
def test_help_says_what_the_guards_and_tenants_do(name: str, words: list[str]) -> None:
    assert [word for word in words if word not in help_of(name)] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("location_mode", ["merge only adds"]),
        ("location_trusted", ["--location_trusted=false", "not for addresses to block"]),
        ("exclude_location", ["every place but", "--accept_lockout_risk"]),
        ("policy_name", ["Without --policy_name and --policy_id only the locations are written."]),
        ("recreate_policy", ["differs", "a changed copy takes its place"]),
        ("include_apps", ["All, None, Office365, MicrosoftAdminPortals", "the others are ignored", "stays in it"]),
        ("sign_in_risk", ["P2", "low, medium, high, hidden, none"]),
        ("exclude_users", ["emergency access"]),
        ("tenants", ["'Named locations in Entra', 'Conditional access policy in Entra' and 'Limits and guards'"]),
    ],
)
def test_help_says_what_locations_and_policies_do(name: str, words: list[str]) -> None:
    assert [word for word in words if word not in help_of(name, ENTRA)] == []


def test_help_groups_options_by_their_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["defender", "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    at = headings.index("Collection")
    assert headings[at + 1 : at + 5] == ["Source: files", "Source: ThreatQ", "Source: TAXII", "Source: MISP"]
    for first, heading in (("--input ", headings[at + 1]), ("--misp_url ", headings[at + 4])):
        assert lines[lines.index(heading) + 1].startswith(f"  {first}")


def test_help_of_a_replay_shows_no_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--help"]) == 0
    text = capsys.readouterr().out
    assert "Source:" not in text
    assert "--source" not in text


def test_help_of_shared_options_speaks_of_the_jobs_own_things() -> None:
    said = [help_of("max_withdraw_percent", options) for options in (DEFENDER, ENTRA, SYNC)]
    assert [text.partition(" of ours")[0] for text in said] == [
        "When the rows", "When the ranges", "When the rows or ranges",
    ]  # fmt: skip
    assert [option.name for option in ENTRA.all if " rows" in option.help and option.name != "collection"] == []


def test_help_names_china_where_it_can_be_reached() -> None:
    from iocbeam.cli.options.option import by_name

    named = [by_name(options.all)["cloud"].metavar for options in (DEFENDER, ENTRA, SYNC)]
    assert ["china" in text for text in named] == [False, True, True]


def test_help_promises_nothing_for_later() -> None:
    assert [option.name for option in SYNC.all if "yet" in option.help] == []


def test_without_a_command_help_is_shown_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Commands" in shown.err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["defendr"], ["defendr", "Did you mean defender?", "iocbeam --help"]),
        (["\x1b[2J"], ["\\x1b[2J", "not a command"]),
        (["--collection", "x"], ["--collection", "where a command should", "defender"]),
        (["defender"], ["--collection", "missing", "iocbeam defender --help"]),
        (["defender", "--colection=x"], ["--colection", "--collection"]),
        (["defender", "--location_name=x"], ["--location_name", "not an option"]),
        (["entra", "--collection=c", "--input=i"], ["--location_name is missing", "iocbeam entra --help"]),
        (["sync", "--collection=c", "--input=i", "--location_name=L", "--cloud=china"], ["--cloud", "Defender"]),
        (["replay", "o", "--job=demo"], ["--job", "'demo'", "defender, entra, sync"]),
        (["replay"], ["dead letters", "iocbeam replay --help"]),
        (["deadletters"], ["output directory"]),
        (["deadletters", "x", "--limit", "-1"], ["--limit", "0 or more"]),
        (["deadletters", "x", "--region", "y"], ["--region", "not an option"]),
        (["local-tenant", "--port", "70000"], ["--port", "65535"]),
    ],
)
def test_usage_errors_are_2(argv: list[str], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("iocbeam: ")
    assert [word for word in words if word not in shown.err] == []


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (UsageError("is odd.", option="--input"), 2, ["--input is odd.", "iocbeam defender --help"]),
        (ConfigurationError("not there.", option="--input", advice="Look."), 1, ["--input: not there. Look."]),
        (AuthenticationError("refused", option="--client_secret"), 1, ["--client_secret: refused"]),
        (PermissionDenied("no role"), 1, ["no role"]),
        (RetryLater("no answer"), 1, ["no answer"]),
        (KeyboardInterrupt(), 130, ["interrupted"]),
        (ZeroDivisionError("by\nzero"), 1, ["ZeroDivisionError: by", "--debug", "IOCBEAM_DEBUG"]),
    ],
)
def test_errors_become_messages_and_statuses(
    error: BaseException, status: int, words: list[str], pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = error
    assert main(RUN) == status
    shown = capsys.readouterr().err
    assert shown.startswith("iocbeam: ")
    assert "Traceback" not in shown
    assert [word for word in words if word not in shown] == []


@pytest.mark.parametrize("how", ["option", "variable"])
def test_debug_gives_the_traceback(how: str, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.error = ZeroDivisionError()
    if how == "variable":
        monkeypatch.setenv("IOCBEAM_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main([*RUN, *(["--debug"] if how == "option" else [])])


@pytest.mark.parametrize("code", [0, 3, 4])
def test_the_exit_status_is_the_summarys(code: int, pipeline: FakePipeline) -> None:
    pipeline.summary["exit_code"] = code
    assert main(RUN) == code


def test_a_closed_pipe_is_not_an_error_message() -> None:
    code = "import sys; from iocbeam.cli import main; sys.exit(main(['defender', '--help']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


def test_an_encoding_without_our_characters_ends_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "iocbeam.cli", "größe…"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert b"is not a command" in done.stderr


@pytest.mark.parametrize(
    ("argv", "seen"),
    [
        ([], ["our warning"]),
        (["--verbose"], ["our news", "our warning", "their warning"]),
        (["--debug"], ["our news", "our warning", "their news", "their warning"]),
    ],
)
def test_what_is_logged(argv: list[str], seen: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    code = """if True:
        import logging, sys, warnings
        from types import ModuleType
        from iocbeam.cli import main
        def run(*_):
            logging.getLogger("iocbeam.x").info("our news")
            logging.getLogger("iocbeam.x").warning("our warning")
            logging.info("their news")
            logging.warning("their warning")
            warnings.warn("future warning", FutureWarning)
            return {"exit_code": 0}
        package, module = ModuleType("p"), ModuleType("d")
        module.run = run
        sys.modules["iocbeam.pipelines"], sys.modules["iocbeam.pipelines.defender"] = package, module
        sys.exit(main(sys.argv[1:]))
    """
    done = subprocess.run(
        [sys.executable, "-c", code, "defender", "--collection=c", "--input=i", "--tenant_id=t", "--client_id=c",
         "--client_secret=env:S", *argv],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    words = ("our news", "our warning", "their news", "their warning")
    assert [word for word in words if word in done.stderr] == seen
    assert ("future warning" in done.stderr) == (argv == ["--debug"])
