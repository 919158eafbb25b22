"""Options of a source become its settings, and none of another source beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_pipeline import LOGIN, FakePipeline
from made_letters import dead_letter

from iocbeam.cli import main
from iocbeam.cli.jobs.job import defender_job, entra_job, sync_job
from iocbeam.cli.options.option import Kind, by_name
from iocbeam.cli.options.source_options import SERVICE_OPTIONS, SOURCE_OPTION, SOURCES
from iocbeam.cli.options.tables import DEFENDER, ENTRA, SYNC
from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.config import with_config
from iocbeam.model.errors import ConfigurationError, UsageError
from iocbeam.model.settings import INPUT_FORMATS, DefenderJob
from iocbeam.model.settings.source import (
    MispSettings,
    NetworkSettings,
    SourceSettings,
    TaxiiSettings,
    ThreatQSettings,
)

COMMON = ["--collection=feed", "--dry_run"]
FILES = ["--input=a"]
THREATQ = [
    "--source=threatq",
    "--threatq_url=https://tq.example.com",
    "--threatq_collection=Export",
    "--threatq_client_id=id",
    "--threatq_client_secret=env:TQ",
]
TAXII = ["--source=taxii", "--taxii_url=https://taxii.example.com/api1/", "--taxii_collection=c1"]
MISP = ["--source=misp", "--misp_url=https://misp.example.com", "--misp_key=env:MISP"]
MINIMAL = {"files": FILES, "threatq": THREATQ, "taxii": TAXII, "misp": MISP}
SOME_VALUE = {Kind.SECRET: "env:X", Kind.COUNT: "7", Kind.PAIRS: "value=ioc", Kind.CHOICE: "csv"}


def job(*argv: str, **more: Any) -> DefenderJob:
    values = with_config(parse([*COMMON, *argv], DEFENDER.all).values, DEFENDER.all)
    return defender_job(values, now=0, run_id="r", **more)


def source(*argv: str) -> SourceSettings | None:
    return job(*argv).intake.source


def refusal(*argv: str) -> str:
    with pytest.raises(UsageError) as caught:
        job(*argv)
    return str(caught.value)


def config(text: str) -> str:
    Path("c.yaml").write_text(text)
    return "--config=c.yaml"


def test_files_are_the_default() -> None:
    for argv in (FILES, ["--source=files", *FILES]):
        intake = job(*argv).intake
        assert (intake.source, intake.inputs) == (None, ("a",))


def test_formats_are_those_that_the_sources_know() -> None:
    # Here and not above: it imports Beam, which the command line does without.
    from iocbeam.transforms.sources.parsing import FORMATS

    assert INPUT_FORMATS == FORMATS


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (
            THREATQ,
            ThreatQSettings("https://tq.example.com", "Export", "id", client_secret="env:TQ", page_size=500),
        ),
        (TAXII, TaxiiSettings("https://taxii.example.com/api1/", "c1", page_size=1_000)),
        (MISP, MispSettings("https://misp.example.com", "env:MISP", page_size=1_000)),
        (["--source=misp", "--misp_url=gs://bucket/feed"], MispSettings("gs://bucket/feed")),
    ],
)
def test_what_a_source_needs(argv: list[str], expected: SourceSettings) -> None:
    intake = job(*argv).intake
    assert intake.source == expected
    assert intake.inputs == ()


EVERYTHING = {
    "threatq": (
        [
            ["--threatq_url=https://tq.example.com/", "--threatq_collection=5f0e", "--threatq_client_id=i"],
            ["--threatq_username=a@b.example", "--threatq_password=file:p", "--threatq_page_size=7"],
        ],
        ThreatQSettings(
            host="https://tq.example.com",
            collection="5f0e",
            client_id="i",
            username="a@b.example",
            password="file:p",
            page_size=7,
            network=NetworkSettings("ca.pem", False, "http://proxy.example:3128"),
        ),
        ["threatq_client_secret"],
    ),
    "taxii": (
        [
            ["--taxii_url=https://t.example/a", "--taxii_collection=c", "--taxii_username=u"],
            ["--taxii_password=env:P", "--taxii_added_after=2026-10-01T00:00:00Z", "--taxii_page_size=7"],
        ],
        TaxiiSettings(
            api_root="https://t.example/a",
            collection="c",
            username="u",
            password="env:P",
            added_after="2026-10-01T00:00:00Z",
            page_size=7,
            network=NetworkSettings("ca.pem", False, "http://proxy.example:3128"),
        ),
        ["taxii_token"],
    ),
    "misp": (
        [
            ["--misp_url=https://m.example/", "--misp_key=env:K", "--misp_published_within=7d"],
            ["--misp_changed_within=12h", "--misp_tags", "tlp:green", "!a, b", "--misp_all_attributes"],
            ["--misp_page_size=7"],
        ],
        MispSettings(
            url="https://m.example/",
            key="env:K",
            published_within="7d",
            changed_within="12h",
            tags=("tlp:green", "!a, b"),
            all_attributes=True,
            page_size=7,
            network=NetworkSettings("ca.pem", False, "http://proxy.example:3128"),
        ),
        [],
    ),
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_option_reaches_the_source(name: str) -> None:
    lines, expected, elsewhere = EVERYTHING[name]
    argv = [argument for line in lines for argument in line]
    network = ["--ca_bundle=ca.pem", "--no_tls_verify", "--proxy=http://proxy.example:3128"]
    assert source(f"--source={name}", *argv, *network) == expected
    # A new option must be added above, or nothing holds that it does anything.
    given = [argument[2:].partition("=")[0] for argument in argv if argument.startswith("--")]
    assert sorted([*given, *elsewhere]) == sorted(by_name(SOURCES[name]))


def test_what_goes_in_the_place_of_something_else() -> None:
    token = source(*TAXII, "--taxii_token=env:T")
    assert isinstance(token, TaxiiSettings)
    assert (token.token, token.username) == ("env:T", "")
    direct = source(*MISP, "--ignore_proxies")
    assert direct is not None
    assert direct.network == NetworkSettings(ignore_proxies=True)


@pytest.mark.parametrize(
    ("chosen", "other", "name"),
    [
        (chosen, other, name)
        for chosen in SOURCES
        for other, options in SOURCES.items()
        if chosen != other
        for name in by_name(options)
    ],
)
def test_no_option_of_another_source(chosen: str, other: str, name: str) -> None:
    option = by_name(SOURCES[other])[name]
    value = "" if option.kind is Kind.FLAG else f"={SOME_VALUE.get(option.kind, 'x')}"
    message = refusal(*MINIMAL[chosen], f"--{name}{value}")
    assert message.startswith(f"--{name} belongs to --source {other}, and the source is {chosen}")
    assert message.endswith(f"Leave it out, or give --source {other}.")
    assert ("the default" in message) == (chosen == "files")


def test_an_option_that_is_taken_back_is_none() -> None:
    assert source(*FILES, "--misp_all_attributes=no") is None


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--source=ftp"], ["--source", "'ftp'", "files, threatq, taxii, misp"]),
        (["--source=files"], ["--input is missing"]),
        (["--source=threatq"], ["--threatq_url is missing", "https://"]),
        ([*THREATQ, "--threatq_url=http://tq.example.com"], ["--threatq_url", "'http://tq.example.com'"]),
        ([*THREATQ, "--threatq_url=tq.example.com"], ["--threatq_url", "such as https://"]),
        ([*THREATQ, "--threatq_url=https://tq.example.com/api"], ["--threatq_url", "a host only"]),
        ([*THREATQ[:2], *THREATQ[3:]], ["--threatq_collection is missing", "hash"]),
        ([*THREATQ[:3], THREATQ[4]], ["--threatq_client_id is missing"]),
        (THREATQ[:4], ["--threatq_client_secret is missing", "--threatq_username", "--threatq_password"]),
        ([*THREATQ[:4], "--threatq_username=u"], ["--threatq_password is missing", "env:NAME"]),
        ([*THREATQ[:4], "--threatq_password=env:P"], ["--threatq_username is missing"]),
        ([*THREATQ, "--threatq_username=u"], ["--threatq_username or --threatq_client_secret, not both"]),
        ([*THREATQ, "--threatq_password=env:P"], ["--threatq_password or --threatq_client_secret, not both"]),
        ([*THREATQ, "--threatq_page_size=0"], ["--threatq_page_size", "1 or more"]),
        (["--source=taxii"], ["--taxii_url is missing", "API root"]),
        ([*TAXII, "--taxii_url=https://t.example/a?b=c"], ["--taxii_url", "an https URL"]),
        ([*TAXII, "--taxii_url=https://t.example:999999/"], ["--taxii_url", "an https URL"]),
        (TAXII[:2], ["--taxii_collection is missing"]),
        ([*TAXII, "--taxii_username=u"], ["--taxii_password is missing"]),
        ([*TAXII, "--taxii_password=env:P"], ["--taxii_username is missing"]),
        ([*TAXII, "--taxii_username=u", "--taxii_token=env:T"], ["--taxii_username or --taxii_token, not both"]),
        ([*TAXII, "--taxii_password=env:P", "--taxii_token=env:T"], ["--taxii_password or --taxii_token"]),
        ([*TAXII, "--taxii_added_after=yesterday"], ["--taxii_added_after", "'yesterday'", "T00:00:00Z"]),
        ([*TAXII, "--taxii_added_after=2026-13-01T00:00:00Z"], ["--taxii_added_after", "RFC 3339"]),
        ([*TAXII, "--taxii_page_size=0"], ["--taxii_page_size", "1 or more"]),
        (["--source=misp"], ["--misp_url is missing", "feed"]),
        ([*MISP, "--misp_url=/srv/feed"], ["--misp_url", "an https URL"]),
        (["--source=misp", "--misp_url=http://feed.example/"], ["--misp_url", "an https URL"]),
        ([*MISP, "--misp_page_size=0"], ["--misp_page_size", "1 or more"]),
    ],
)
def test_what_cannot_be_is_refused(argv: list[str], words: list[str]) -> None:
    message = refusal(*argv)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    "name", [option.name for option in SERVICE_OPTIONS if option.kind is Kind.SECRET], ids=lambda name: name
)
def test_secrets_are_never_repeated(name: str) -> None:
    chosen = name.partition("_")[0]
    lines: list[list[str]] = [
        [f"--{name}=hunter2"],
        [f"--{name}", "hunter2"],
        [f"--{name}", "env:X", "hunter2"],
        [f"--{name}x=hunter2"],
        [f"--{name[:-1]}", "hunter2"],
    ]
    for argv in lines:
        message = refusal(*argv)
        assert "hunter2" not in message
        assert f"--{chosen}" in message
    for value in ("hunter2", "[hunter2]", "'hunter2", "5550123"):
        with pytest.raises((UsageError, ConfigurationError)) as caught:
            job(config(f"source: {chosen}\n{name}: {value}\n"))
        assert "c.yaml, line" in str(caught.value)
        assert "hunter2" not in str(caught.value)
        assert "5550123" not in str(caught.value)


@pytest.mark.parametrize("name", ["threatq", "taxii", "misp"])
def test_a_password_in_an_address_is_not_repeated(name: str) -> None:
    message = refusal(*MINIMAL[name], f"--{name}_url=https://user:hunter2@host.example/")
    assert message.startswith(f"--{name}_url: a URL with an @ is not ")
    assert "hunter2" not in message


def test_a_configuration_file() -> None:
    text = """
source: misp
misp_url: https://misp.example.com
misp_key: env:MISP
misp_tags: [tlp:green, '!a, b']
misp_all_attributes: true
misp_page_size: 50
"""
    assert source(config(text)) == MispSettings(
        "https://misp.example.com", "env:MISP", tags=("tlp:green", "!a, b"), all_attributes=True, page_size=50
    )


def test_the_command_line_goes_before_the_file() -> None:
    text = """
source: threatq
threatq_url: https://tq.example.com
threatq_collection: Export
threatq_client_id: id
threatq_client_secret: env:TQ
"""
    found = source(config(text), "--threatq_username=u", "--threatq_password=env:P", "--threatq_collection=Other")
    assert found == ThreatQSettings("https://tq.example.com", "Other", "id", username="u", password="env:P")
    # Another source than the file's takes the options of that one away.
    assert job(config(text), "--source=files", "--input=a").intake.inputs == ("a",)
    assert source(config("input: [a]\nfield_map: {value: v}\n"), *TAXII) is not None
    # Without --source the command line does not say what it wants.
    assert refusal(config(text), "--input=a").startswith("--input belongs to --source files, and the source is")


def test_a_file_with_options_of_two_sources_is_refused() -> None:
    assert refusal(config("source: taxii\nmisp_url: https://m.example\n")).startswith("--misp_url belongs to")


def test_links_lead_to_the_threatq_that_is_the_source() -> None:
    def host(*argv: str, **more: Any) -> str:
        return job(*argv, **more).tenants[0].classify.details_host

    assert host(*THREATQ) == "https://tq.example.com"
    assert host(*THREATQ, "--threatq_url=https://tq.example.com/") == "https://tq.example.com"
    assert host(*THREATQ, "--threatq_host=other.example.com") == "https://other.example.com"
    assert host(*MISP) == host(*FILES) == ""
    # A replay sends the same rows as the run did.
    assert host(*THREATQ, dead_letters=["out"]) == "https://tq.example.com"


def test_tenants_share_the_source_and_not_its_network() -> None:
    Path("t.yaml").write_text("- {alias: A, ca_bundle: a.pem}\n- {alias: B, threatq_host: b.example.com}\n")
    made = job(*THREATQ, "--tenants=t.yaml", "--ca_bundle=ours.pem")
    assert made.intake.source is not None
    assert made.intake.source.network == NetworkSettings("ours.pem")
    assert [tenant.connection.ca_bundle for tenant in made.tenants] == ["a.pem", "ours.pem"]
    assert [tenant.classify.details_host for tenant in made.tenants] == [
        "https://tq.example.com",
        "https://b.example.com",
    ]
    Path("t.yaml").write_text("- {alias: A, threatq_url: https://tq.example.com}\n")
    assert "'threatq_url' is the same for all tenants" in refusal(*THREATQ, "--tenants=t.yaml")


def test_every_job_takes_a_source() -> None:
    line = [*COMMON, *TAXII, "--location_name=Feed"]
    entra = entra_job(parse(line, ENTRA.all).values, now=0, run_id="r")
    both = sync_job(parse(line, SYNC.all).values, now=0, run_id="r")
    assert entra.intake.source == both.defender.intake.source == both.entra.intake.source == source(*TAXII)


def test_the_command_runs_it(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["defender", "--collection=feed", *MISP, *LOGIN]) == 0
    assert pipeline.job.intake.source == MispSettings("https://misp.example.com", "env:MISP")
    assert main(["defender", "--collection=feed", *MISP, *LOGIN, "--input=a"]) == 2
    assert "--input belongs to --source files" in capsys.readouterr().err


def test_an_unverified_source_is_loud(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.yaml").write_text("- {alias: A, tenant_id: a, no_tls_verify: false}\n")
    login = ["--client_id=c", "--client_secret=env:S", "--tenants=t.yaml", "--no_tls_verify"]
    assert main(["defender", "--collection=feed", *MISP, *login]) == 0
    assert "WARNING: --no_tls_verify" in capsys.readouterr().err
    assert main(["defender", "--collection=feed", *FILES, *login]) == 0
    assert "WARNING" not in capsys.readouterr().err


@pytest.mark.parametrize("how", ["file", "line"])
def test_a_replay_reads_no_source(
    how: str, pipeline: FakePipeline, write_letters: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write_letters(dead_letter(), name="o/deadletters-read.avro")
    lines = [argument[2:].replace("=", ": ", 1) for argument in ["--collection=feed", *THREATQ]]
    given = [config("\n".join(lines))] if how == "file" else ["--collection=feed", *THREATQ]
    assert main(["replay", "o", *given, *LOGIN]) == 0, capsys.readouterr().err
    assert (pipeline.job.intake.source, pipeline.job.intake.inputs) == (None, ("o",))
    assert pipeline.job.tenants[0].classify.details_host == "https://tq.example.com"


def test_a_replay_takes_half_of_a_source_too(pipeline: FakePipeline, write_letters: Callable[..., Path]) -> None:
    write_letters(dead_letter(), name="o/deadletters-read.avro")
    assert main(["replay", "o", "--collection=feed", "--source=threatq", "--misp_page_size=0", *LOGIN]) == 0
    assert pipeline.job.intake.inputs == ("o",)


def test_every_source_can_be_chosen() -> None:
    assert SOURCE_OPTION.choices == tuple(SOURCES) == tuple(MINIMAL)
