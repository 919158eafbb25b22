"""Sentinel as a target of sync, against the local tenant over TLS."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from entra_job_help import EntraSite, addresses
from job_help import STARTED, domains
from sentinel_job_help import SyncSite, by_target, quick_read_workspace, run_sync

from iocbeam.local_tenant import Answer, EditAnswer, FailItems, Fault
from iocbeam.model.errors import UsageError
from iocbeam.model.settings import DAY, ClassifySettings, Limits
from iocbeam.model.settings.sync import SyncJob

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "collection.jsonl"
UPLOAD = "/workspaces/*"


@pytest.fixture
def here(entra_site: Callable[..., EntraSite]) -> SyncSite:
    return SyncSite(entra_site())


def test_every_record_ends_once_in_each_of_three_targets(here: SyncSite) -> None:
    summary = here.run(EXAMPLE, targets="defender,entra,sentinel")
    records = [line for line in EXAMPLE.read_bytes().splitlines() if line.strip()]
    assert (summary["records_read"], summary["balanced"]) == (len(records), True)
    targets = by_target(summary)
    assert list(targets) == ["defender", "entra", "sentinel"]
    for target in targets.values():
        assert sum(target["outcomes"].values()) == len(records)
    sentinel = targets["sentinel"]
    assert sentinel["outcomes"]["created"] == len(here.tenant.sentinel_objects()) == sentinel["present"]
    # Every type goes to Sentinel.
    assert "unsupported" not in sentinel["outcomes"]


def test_a_second_run_writes_nothing(here: SyncSite) -> None:
    first = here.run(EXAMPLE)
    here.tenant.clear_requests()
    second = here.run(EXAMPLE, started_at=STARTED + DAY)
    assert here.uploads() == 0
    (target,) = second["tenants"]
    assert target["outcomes"]["unchanged"] == first["tenants"][0]["outcomes"]["created"]
    assert "created" not in target["outcomes"]
    assert second["exit_code"] == 0


def test_a_change_updates_one(here: SyncSite) -> None:
    records = domains(5)
    here.run(here.site.collection(records))
    records[3]["description"] = "seen in a campaign"
    summary = here.run(here.site.collection(records), started_at=STARTED + DAY)
    assert summary["tenants"][0]["outcomes"] == {"updated": 1, "unchanged": 4}
    changed = [one for one in here.tenant.sentinel_objects() if "seen in a campaign" in one["description"]]
    assert [one["name"] for one in changed] == ["n3.malware-test.example"]


def test_a_removal_withdraws_and_a_return_creates(here: SyncSite) -> None:
    here.run(here.site.collection(domains(5)))
    gone = here.run(here.site.collection(domains(4)), started_at=STARTED + DAY)
    assert gone["tenants"][0]["withdrawn"] == 1
    assert here.shown() == [f"n{number}.malware-test.example" for number in range(4)]
    here.tenant.clear_requests()
    still = here.run(here.site.collection(domains(4)), started_at=STARTED + 2 * DAY)
    assert (still["tenants"][0]["withdrawn"], here.uploads()) == (0, 0)
    back = here.run(here.site.collection(domains(5)), started_at=STARTED + 3 * DAY)
    assert back["tenants"][0]["outcomes"] == {"created": 1, "unchanged": 4}
    assert len(here.shown()) == 5


def test_an_incomplete_read_withdraws_nothing(here: SyncSite) -> None:
    here.run(here.site.collection(domains(5)))
    good, bad = here.site.collection(domains(2), "good.jsonl"), here.site.directory / "bad.jsonl.gz"
    bad.write_bytes(b"\x1f\x8b\x08\x00 this is no gzip")
    summary = here.run(good, bad, started_at=STARTED + DAY)
    (target,) = summary["tenants"]
    assert target["withdrawn"] == 0
    assert "could not be read to the end" in target["refusals"][0]
    assert len(here.shown()) == 5


def test_the_guard_withdraws_no_more_than_it_may(here: SyncSite) -> None:
    tenants = (here.settings(limits=Limits("drill", withdraw_floor=0)),)
    here.run(here.site.collection(domains(10)), tenants=tenants)
    summary = here.run(here.site.collection(domains(5)), tenants=tenants, started_at=STARTED + DAY)
    assert (summary["exit_code"], len(here.shown())) == (4, 10)
    assert "--max_withdraw_percent 50" in summary["tenants"][0]["refusals"][0]


def test_what_the_source_calls_inactive_goes_at_once(here: SyncSite) -> None:
    tenants = (here.settings(limits=Limits("drill", withdraw_floor=0, max_withdraw_percent=0)),)
    records = domains(3)
    here.run(here.site.collection(records), tenants=tenants)
    records[1]["status"] = "Expired"
    records[2]["status"] = "Whitelisted"
    summary = here.run(here.site.collection(records), tenants=tenants, started_at=STARTED + DAY)
    assert summary["tenants"][0]["withdrawn"] == 2
    assert here.shown() == ["n0.malware-test.example"]


def test_what_is_never_to_be_blocked_is_not_sent(here: SyncSite) -> None:
    records = [*domains(1), {"type": "FQDN", "value": "login.microsoftonline.com", "status": "Active"}]
    summary = here.run(here.site.collection(records))
    assert summary["tenants"][0]["outcomes"] == {"created": 1, "protected": 1}


def test_a_capacity_keeps_the_best(here: SyncSite) -> None:
    records = [{**one, "score": number} for number, one in enumerate(domains(5))]
    summary = here.run(here.site.collection(records), tenants=(here.settings(capacity=2),))
    assert summary["tenants"][0]["outcomes"] == {"created": 2, "left_out": 3}
    assert here.shown() == ["n3.malware-test.example", "n4.malware-test.example"]


@pytest.mark.parametrize(
    "fault",
    [Fault(UPLOAD, Answer(401)), Fault("*/queryIndicators", Answer(403)), Fault(UPLOAD, Answer(500))],
    ids=["no role to write", "no role to read", "away"],
)
def test_sentinel_failing_leaves_the_others_as_they_are(here: SyncSite, fault: Fault) -> None:
    here.tenant.faults.add(fault)
    summary = here.run(here.site.collection(addresses("45.9.1.2")), targets="defender,entra,sentinel")
    targets = by_target(summary)
    assert (summary["exit_code"], summary["balanced"]) == (3, True)
    assert targets["defender"]["outcomes"] == targets["entra"]["outcomes"] == {"created": 1}
    assert targets["sentinel"]["outcomes"] == {"failed": 1}
    assert targets["sentinel"]["stopped"]
    (letter,) = here.site.rows_of("deadletters")
    assert (letter["job"], letter["stage"], letter["reason"]) == ("sync", "WriteToSentinel", "stopped")


def test_others_failing_leaves_sentinel_as_it_is(here: SyncSite) -> None:
    here.tenant.faults.add(Fault("/api/*", Answer(403)))
    summary = here.run(here.site.collection(domains(1)), targets="defender,sentinel")
    targets = by_target(summary)
    assert targets["sentinel"]["outcomes"] == {"created": 1}
    assert targets["defender"]["outcomes"] == {"failed": 1}


def test_a_refused_object_is_a_dead_letter(here: SyncSite) -> None:
    here.tenant.faults.add(Fault(UPLOAD, FailItems(lambda item: item["name"].startswith("n1."), "bad name")))
    summary = here.run(here.site.collection(domains(3)))
    assert summary["exit_code"] == 3
    assert summary["tenants"][0]["outcomes"] == {"created": 2, "failed": 1}
    (letter,) = here.site.rows_of("deadletters")
    assert (letter["reason"], letter["message"], letter["retriable"]) == ("refused", "bad name", False)


def test_a_dry_run_reads_and_writes_a_plan_only(here: SyncSite) -> None:
    here.run(here.site.collection(domains(2)))
    before = here.tenant.sentinel_objects()
    here.tenant.clear_requests()
    summary = here.run(here.site.collection(domains(3)[1:]), dry_run=True, started_at=STARTED + DAY)
    assert (here.tenant.sentinel_objects(), here.uploads()) == (before, 0)
    (plan,) = here.site.document("plan.json")["tenants"]
    assert (plan["target"], plan["counts"]) == ("sentinel", {"created": 1, "updated": 0, "withdrawn": 1})
    assert [one["reason"] for one in plan["withdraw"]] == ["absent"]
    assert plan["changes"][0]["stix"]["pattern"] == "[domain-name:value = 'n2.malware-test.example']"
    (target,) = summary["tenants"]
    assert (target["outcomes"], target["withdrawn"]) == ({"created": 1, "unchanged": 1}, 1)


def test_a_dry_run_needs_no_login_and_no_workspace(here: SyncSite) -> None:
    from iocbeam.model.settings import ClassifySettings, ConnectionSettings
    from iocbeam.model.settings.sentinel import SentinelTenantSettings, SentinelWorkspace

    tenant = SentinelTenantSettings(
        "dry_run", ConnectionSettings(), SentinelWorkspace(), ClassifySettings(collection="drill"), Limits("drill")
    )
    summary = here.run(here.site.collection(domains(2)), tenants=(tenant,), dry_run=True)
    assert summary["tenants"][0]["outcomes"] == {"created": 2}
    assert here.tenant.requests == []


def test_several_tenants_each_have_their_workspace(entra_site: Callable[..., EntraSite]) -> None:
    here = SyncSite(entra_site(profiles=2))
    tenants = tuple(here.settings(number, alias=alias) for number, alias in enumerate(("Contoso", "Contoso EU")))
    summary = here.run(here.site.collection(domains(3)), tenants=tenants)
    assert (summary["exit_code"], summary["balanced"]) == (0, True)
    for profile in here.tenant.profiles:
        assert len(here.tenant.sentinel_objects(profile.tenant_id)) == 3


def test_what_may_not_leave_stays(here: SyncSite) -> None:
    record = {**domains(1)[0], "tlp": "red", "malware": ["Invented"], "description": "secret", "title": "secret"}
    here.run(here.site.collection([record]))
    (item,) = here.tenant.sentinel_objects()
    assert "secret" not in str(item)
    assert "Invented" not in str(item)
    assert item["labels"][0] == "tlp:red"


def test_an_expiry_that_moves_by_an_hour_writes_nothing(here: SyncSite) -> None:
    def records(shift: int) -> list[dict[str, Any]]:
        end = datetime.fromtimestamp(STARTED + 30 * DAY + shift, timezone.utc).isoformat()
        return [{**one, "expires_at": end} for one in domains(5)]

    here.run(here.site.collection(records(0)))
    here.tenant.clear_requests()
    hour = here.run(here.site.collection(records(3_600)), started_at=STARTED + 3_600)
    assert (hour["tenants"][0]["outcomes"], here.uploads()) == ({"unchanged": 5}, 0)
    days = here.run(here.site.collection(records(2 * DAY)), started_at=STARTED + DAY)
    assert days["tenants"][0]["outcomes"] == {"updated": 5}


def test_the_order_of_the_input_decides_nothing(here: SyncSite) -> None:
    (record,) = domains(1)
    pair = [{**record, "tlp": "green"}, {**record, "tlp": "amber"}]
    here.run(here.site.collection(pair))
    swapped = here.run(here.site.collection(pair[::-1]), started_at=STARTED + DAY)
    assert swapped["tenants"][0]["outcomes"] == {"unchanged": 1, "duplicate": 1}


def test_an_update_keeps_since_when_an_undated_record_is_valid(here: SyncSite) -> None:
    here.run(here.site.collection(domains(1)))
    (before,) = here.tenant.sentinel_objects()
    here.run(here.site.collection([{**domains(1)[0], "description": "new"}]), started_at=STARTED + DAY)
    (after,) = here.tenant.sentinel_objects()
    assert after["description"] != before["description"]
    assert (after["created"], after["valid_from"]) == (before["created"], before["valid_from"])


def test_what_is_over_or_withdrawn_is_held_without_its_texts(here: SyncSite) -> None:
    tenants = (here.settings(limits=Limits("drill", max_withdraw_percent=100)),)
    short = {"expires_at": datetime.fromtimestamp(STARTED + 2 * DAY, timezone.utc).isoformat()}
    here.run(here.site.collection([domains(3)[0], {**domains(3)[1], **short}, domains(3)[2]]), tenants=tenants)
    here.run(
        here.site.collection([domains(3)[0], {**domains(3)[1], **short}]),
        tenants=tenants,
        started_at=STARTED + DAY,
    )
    held = quick_read_workspace(here.settings(), threading.Event(), STARTED + 3 * DAY)
    texts = {row.key[1].partition(".")[0]: (row.title, row.description, row.pattern) for row in held.rows}
    assert texts["n1"] == texts["n2"] == ("", "", "")
    assert all(texts["n0"])


def test_what_comes_under_another_source_is_told(here: SyncSite) -> None:
    here.run(here.site.collection(domains(3)))

    def under_another_name(body: dict[str, Any]) -> dict[str, Any]:
        body["value"][0]["properties"]["source"] = "Other"
        return body

    here.tenant.faults.add(Fault("*/queryIndicators", EditAnswer(under_another_name)))
    summary = here.run(here.site.collection(domains(3)), dry_run=True, started_at=STARTED + DAY)
    assert summary["tenants"][0]["outcomes"] == {"created": 1, "unchanged": 2}
    assert "1 indicators came that show another source" in summary["tenants"][0]["plan_notices"][0]


@pytest.mark.parametrize("family", ["file_action", "network_action"])
def test_what_is_allowed_is_not_for_sentinel(here: SyncSite, family: str) -> None:
    with pytest.raises(UsageError, match=r"--action: Allow .* Leave sentinel out of --targets"):
        here.settings(classify=ClassifySettings(collection="drill", accept_allow=True, **{family: "Allow"}))


def test_a_sync_without_a_target_is_refused() -> None:
    with pytest.raises(UsageError, match="--targets"):
        SyncJob()


def test_a_summary_names_each_target(here: SyncSite) -> None:
    summary: dict[str, Any] = here.run(here.site.collection(domains(1)), targets="entra,sentinel")
    assert [one["target"] for one in summary["tenants"]] == ["entra", "sentinel"]


def test_a_replay_delivers_what_failed_and_withdraws_nothing(here: SyncSite) -> None:
    fault = Fault(UPLOAD, FailItems(lambda item: item["name"].startswith("n1."), "not now"))
    here.tenant.faults.add(fault)
    here.run(here.site.collection(domains(3)))
    here.tenant.faults.clear()
    job = here.job(str(here.site.output), replay=True, output=here.site.directory / "replay")
    summary = run_sync(job)
    (target,) = summary["tenants"]
    assert (summary["exit_code"], target["outcomes"], target["withdrawn"]) == (0, {"created": 1}, 0)
    assert here.shown() == [f"n{number}.malware-test.example" for number in range(3)]
