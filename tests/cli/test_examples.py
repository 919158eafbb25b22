"""The example configurations are what a person can start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from iocbeam.cli.jobs.job import defender_job, entra_job, sync_job
from iocbeam.cli.jobs.job_parts import each_tenant
from iocbeam.cli.jobs.sightings_job import sightings_job
from iocbeam.cli.options.option import with_defaults
from iocbeam.cli.options.tables import DEFENDER, ENTRA, SEARCH, SIGHTINGS, SYNC
from iocbeam.cli.search.run import search_settings, tenant_to_search
from iocbeam.cli.search.session import SearchSettings
from iocbeam.cli.search.tenants import tenants_of_any_job
from iocbeam.cli.values.config import with_config
from iocbeam.model.settings.entra import PolicySettings
from iocbeam.model.settings.source import MispSettings, SourceSettings, TaxiiSettings, ThreatQSettings

EXAMPLES = Path(__file__).parents[2] / "examples"
BREAK_GLASS = "2c9e41b7-7f05-4d6a-9b38-e1a0c5d4f962"
POLICY = PolicySettings(
    name="Block example feed",
    include_apps=("All",),
    include_users=("All",),
    exclude_groups=(BREAK_GLASS,),
)


def test_entra() -> None:
    values = with_config({"config": str(EXAMPLES / "entra.yaml"), "dry_run": True}, ENTRA.all)
    (tenant,) = entra_job(values, now=0, run_id="r").tenants
    assert tenant.policy == POLICY
    assert (tenant.location.name, tenant.location.my_addresses) == (
        "Example feed",
        ("198.51.100.0/24", "2001:db8:40::/48"),
    )
    assert tenant.notices == ()


def test_sync() -> None:
    values = with_config({"config": str(EXAMPLES / "sync.yaml"), "dry_run": True}, SYNC.all)
    job = sync_job(values, now=0, run_id="r")
    assert job.entra.tenants[0].policy == POLICY
    assert job.defender.tenants[0].classify.file_action == "Audit"


def test_sightings() -> None:
    values = with_config({"config": str(EXAMPLES / "sightings.yaml")}, SIGHTINGS.all)
    job = sightings_job(values, now=0, run_id="r")
    assert (job.reads, job.days, job.dialect) == (("machines", "alerts"), 30, "ocsf")
    assert job.tenants[0].notices == ()


def test_search() -> None:
    values = with_config({"config": str(EXAMPLES / "search.yaml")}, SEARCH.all)
    given = with_defaults(values, SEARCH.all)
    assert search_settings(given, now=0) == SearchSettings(now=0)
    assert tenant_to_search(given, "").notices == ()


@pytest.mark.parametrize("name", ["tenants", "sync-tenants"])
def test_a_search_takes_the_tenants_of_other_jobs(name: str) -> None:
    values = {"tenants": str(EXAMPLES / f"{name}.yaml")}
    found = each_tenant(values, tenants_of_any_job(), tenant_to_search)
    assert [tenant.alias for tenant in found][:2] == ["Contoso", "Fabrikam Europe"]
    assert found[0].connection.client_secret == "env:CONTOSO_SECRET"


def test_sync_with_several_tenants() -> None:
    line = {"config": str(EXAMPLES / "sync.yaml"), "tenants": str(EXAMPLES / "sync-tenants.yaml")}
    job = sync_job(with_config(line, SYNC.all), now=0, run_id="r")
    assert [tenant.alias for tenant in job.defender.tenants] == ["Contoso", "Fabrikam Europe"]
    assert [tenant.classify.file_action for tenant in job.defender.tenants] == ["Block", "Audit"]
    contoso, fabrikam = job.entra.tenants
    assert contoso.policy is not None
    assert fabrikam.policy is not None
    # No example takes back what an administrator has set in the portal.
    assert contoso.policy.state is fabrikam.policy.state is None
    # A policy for everyone leaves a group of the tenant's own out.
    assert contoso.policy.exclude_groups != (BREAK_GLASS,) != fabrikam.policy.exclude_groups
    assert (fabrikam.location.name, fabrikam.location.mode) == ("Fabrikam feed", "merge")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "threatq",
            ThreatQSettings(
                "https://threatq.contoso.example",
                "Export to Microsoft",
                "3f6d0a1be2c84975",
                client_secret="env:THREATQ_SECRET",
            ),
        ),
        (
            "taxii",
            TaxiiSettings(
                "https://taxii.contoso.example/api1/",
                "6b1d7c04-52aa-4e0f-9c1b-8e35f0a2d917",
                username="reader",
                password="env:TAXII_PASSWORD",
            ),
        ),
        (
            "misp",
            MispSettings(
                "https://misp.contoso.example",
                "env:MISP_KEY",
                tags=("tlp:green", "!false-positive"),
            ),
        ),
    ],
)
def test_a_source(name: str, source: SourceSettings) -> None:
    path = EXAMPLES / f"{name}.yaml"
    job = defender_job(with_config({"config": str(path), "dry_run": True}, DEFENDER.all), now=0, run_id="r")
    assert job.intake.source == source
    # What is commented out can be put in.
    known = {option.name for option in DEFENDER.all}
    comments = [line[2:] for line in path.read_text().splitlines() if line.startswith("# ") and ": " in line]
    names = [line.partition(":")[0] for line in comments]
    assert {text for text in names if "_" in text and " " not in text} <= known
