"""Both targets from one read, against the local tenant over TLS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from entra_job_help import EntraSite, addresses, ip_set, quick_locations, quick_policy
from entra_job_help import quick_read as read_access
from job_help import domains, quick_read, quick_write

from iocbeam.local_tenant import Answer, Fault
from iocbeam.model.settings import TenantSettings
from iocbeam.model.settings.entra import EntraTenantSettings
from iocbeam.model.settings.sync import SyncJob
from iocbeam.pipelines import sync

Start = Callable[..., EntraSite]
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "collection.jsonl"


def sync_job(
    here: EntraSite,
    *inputs: Path,
    defender: tuple[TenantSettings, ...] = (),
    entra: tuple[EntraTenantSettings, ...] = (),
    **changes: Any,
) -> SyncJob:
    one = here.job(*inputs, tenants=defender, **changes)
    other = here.entra_job(*inputs, tenants=entra, **changes)
    return SyncJob(
        replace(one, run=replace(one.run, job="sync")), replace(other, run=replace(other.run, job="sync"))
    )


def run(job: SyncJob) -> dict[str, Any]:
    return sync.run(job, reads=(quick_read, read_access), writes=(quick_write, (quick_locations, quick_policy)))


def by_target(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {tenant["target"]: tenant for tenant in summary["tenants"]}


def test_one_read_ends_every_record_once_in_each_target(entra_site: Start) -> None:
    here = entra_site()
    summary = run(sync_job(here, EXAMPLE))
    records = [line for line in EXAMPLE.read_bytes().splitlines() if line.strip()]
    assert (summary["records_read"], summary["balanced"]) == (len(records), True)
    targets = by_target(summary)
    for target in targets.values():
        assert sum(target["outcomes"].values()) == len(records)
    assert targets["defender"]["outcomes"]["created"] == len(here.tenant.rows())
    assert targets["entra"]["outcomes"]["created"] > 0
    # An address is in step with both, a range with Entra alone, a name with Defender alone.
    assert targets["defender"]["by_type"]["CIDR Block"].get("unsupported", 0) >= 1
    assert targets["entra"]["by_type"]["FQDN"].get("unsupported", 0) >= 1


def test_each_target_is_what_it_would_be_alone(entra_site: Start) -> None:
    here = entra_site()
    collection = here.collection([*addresses("45.9.1.2", "45.9.8.0/24", "2a00:1450::7"), *domains(3)])
    summary = run(sync_job(here, collection))
    assert summary["exit_code"] == 0
    assert here.cover() == ip_set(["45.9.1.2", "45.9.8.0/24", "2a00:1450::7"])
    assert len(here.tenant.rows()) == 5
    again = run(sync_job(here, collection))
    assert by_target(again)["defender"]["outcomes"] == {"unchanged": 5, "unsupported": 1}
    assert by_target(again)["entra"]["outcomes"] == {"unchanged": 3, "unsupported": 3}


def test_a_target_that_fails_does_not_stop_the_other(entra_site: Start) -> None:
    here = entra_site()
    here.tenant.faults.add(Fault("/v1.0/*", Answer(403, "AccessDenied")))
    summary = run(sync_job(here, here.collection(addresses("45.9.1.2"))))
    targets = by_target(summary)
    assert summary["exit_code"] == 3
    assert targets["defender"]["outcomes"] == {"created": 1}
    assert targets["entra"]["outcomes"] == {"failed": 1}
    assert "403" in targets["entra"]["stopped"]
    (letter,) = here.rows_of("deadletters")
    assert (letter["job"], letter["stage"]) == ("sync", "WriteToNamedLocations")


def test_a_dry_run_of_both_writes_one_plan(entra_site: Start) -> None:
    here = entra_site()
    summary = run(sync_job(here, here.collection(addresses("45.9.1.2")), dry_run=True))
    assert [plan["target"] for plan in here.document("plan.json")["tenants"]] == ["defender", "entra"]
    assert summary["dry_run"] is True
    assert here.tenant.rows() == here.tenant.locations() == []


def test_several_tenants_have_an_entry_for_each_target(entra_site: Start) -> None:
    here = entra_site(profiles=2)
    # One alias begins like the other: neither's files may be taken for the other's.
    aliases = ("Contoso", "Contoso EU")
    defender = tuple(here.settings(here.connection(n), alias=alias) for n, alias in enumerate(aliases))
    entra = tuple(here.entra_settings(n, alias=alias) for n, alias in enumerate(aliases))
    records = [*addresses("45.9.1.2", "8.8.8.8"), *domains(2)]
    summary = run(sync_job(here, here.collection(records), defender=defender, entra=entra))
    assert (summary["exit_code"], summary["balanced"]) == (0, True)
    assert [(one["alias"], one["target"]) for one in summary["tenants"]] == [
        (alias, target)
        for _, alias in sorted((one.tenant_id, one.alias) for one in defender)
        for target in ("defender", "entra")
    ]
    rows = here.rows_of("outcomes")
    assert len(rows) == sum(sum(one["outcomes"].values()) for one in summary["tenants"])
