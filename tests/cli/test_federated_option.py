"""`--federated_identity`: in every job, in files of options and tenants, and never beside another credential."""

from __future__ import annotations

from pathlib import Path

import pytest

from iocbeam.cli import main
from iocbeam.cli.jobs.job import defender_job
from iocbeam.cli.options.check_options import CHECK
from iocbeam.cli.options.tables import DEFENDER, ENTRA, SEARCH, SIGHTINGS, SYNC, JobOptions
from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.config import with_config
from iocbeam.model.errors import UsageError
from iocbeam.model.settings import ConnectionSettings

TABLES = {
    "defender": DEFENDER,
    "entra": ENTRA,
    "sync": SYNC,
    "sightings": SIGHTINGS,
    "search": SEARCH,
    "check": CHECK,
}
COLLECTION = ("--collection=feed", "--input=a.jsonl")
TENANT = ("--tenant_id=t", "--client_id=c")
OTHERS = {"client_secret": "env:S", "client_certificate": "file:p"}


def connections(*argv: str, config: str = "") -> list[ConnectionSettings]:
    """Of the tenants of a Defender job."""
    values = parse((*COLLECTION, *argv), DEFENDER.all).values
    if config:
        Path("c.yaml").write_text(config)
        values = with_config({**values, "config": "c.yaml"}, DEFENDER.all)
    return [tenant.connection for tenant in defender_job(values, now=0, run_id="r").tenants]


def credentials(connection: ConnectionSettings) -> tuple[str, str, str]:
    return connection.client_secret, connection.client_certificate, connection.federated_identity


@pytest.mark.parametrize("name", TABLES)
def test_every_job_and_every_tenant_of_a_file_can_have_it(name: str) -> None:
    table: JobOptions = TABLES[name]
    assert [option.name for option in table.tenant if option.name == "federated_identity"]
    values = parse(("--federated_identity", "Google"), table.all).values
    assert values == {"federated_identity": "google"}


@pytest.mark.parametrize("name", TABLES)
def test_help_shows_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert "--federated_identity google\n" in capsys.readouterr().out


def test_it_reaches_the_connection_without_any_secret() -> None:
    (made,) = connections(*TENANT, "--federated_identity=google")
    assert credentials(made) == ("", "", "google")
    assert made.has_login


@pytest.mark.parametrize("other", OTHERS)
def test_only_one_credential_can_be_given(other: str) -> None:
    with pytest.raises(UsageError, match="not both") as caught:
        connections(*TENANT, "--federated_identity=google", f"--{other}={OTHERS[other]}")
    assert "--federated_identity" in str(caught.value)
    assert f"--{other}" in str(caught.value)


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("on_the_line", [True, False], ids=["line", "config"])
def test_the_command_line_displaces_another_credential_of_the_configuration(other: str, on_the_line: bool) -> None:
    given = {"federated_identity": "google", other: OTHERS[other]}
    line = "federated_identity" if on_the_line else other
    file = other if on_the_line else "federated_identity"
    (made,) = connections(*TENANT, f"--{line}={given[line]}", config=f"{file}: {given[file]}\n")
    expected = {"client_secret": "", "client_certificate": "", "federated_identity": "", line: given[line]}
    assert credentials(made) == tuple(expected.values())


def test_a_configuration_gives_only_one_either() -> None:
    with pytest.raises(UsageError, match="not both"):
        connections(*TENANT, config="client_certificate: file:p\nfederated_identity: google\n")


def test_a_tenant_of_a_file_displaces_what_all_have() -> None:
    Path("t.yaml").write_text(
        "- {alias: A, tenant_id: a, client_secret: 'env:S'}\n"
        "- {alias: B, tenant_id: b}\n"
        "- {alias: C, tenant_id: c, client_certificate: 'file:p'}\n"
    )
    made = connections("--tenants=t.yaml", "--client_id=c", "--federated_identity=google")
    assert [credentials(one) for one in made] == [("env:S", "", ""), ("", "", "google"), ("", "file:p", "")]


def test_a_tenant_of_a_file_has_only_one_too() -> None:
    Path("t.yaml").write_text("- {alias: A, tenant_id: a, client_secret: 'env:S', federated_identity: google}\n")
    with pytest.raises(UsageError, match=r"not both.*t\.yaml, line 1, tenant A"):
        connections("--tenants=t.yaml", "--client_id=c")


def test_another_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="--federated_identity") as caught:
        connections(*TENANT, "--federated_identity=aws")
    assert "google" in str(caught.value)


def test_a_dry_run_with_half_a_login_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="--tenant_id is missing"):
        connections("--federated_identity=google", "--dry_run")
    with pytest.raises(UsageError, match="--client_id is missing"):
        connections("--federated_identity=google", "--tenant_id=t", "--dry_run")


def test_without_any_credential_it_is_named_among_the_choices() -> None:
    with pytest.raises(UsageError, match="--client_secret is missing") as caught:
        connections(*TENANT)
    assert "--federated_identity" in str(caught.value)
