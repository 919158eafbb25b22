"""The Entra job from end to end, against the local tenant over TLS."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from entra_job_help import LOCATIONS, POLICIES, READER, EntraSite, addresses, ip_set

from iocbeam.local_tenant import Answer, DropAfter, Fault
from iocbeam.model.errors import AuthenticationError, PermissionDenied
from iocbeam.model.settings import Limits
from iocbeam.model.settings.entra import LocationSettings, PolicySettings

Start = Callable[..., EntraSite]

GOOD = ("45.9.1.2", "45.9.1.3", "45.9.8.0/24", "2a00:1450::7", "2a02:6b8::/32")
BAD = (
    "10.1.2.3",
    "192.0.2.0/24",
    "44.0.0.0/7",
    "::ffff:45.9.1.2",
)


def test_every_record_ends_in_exactly_one_outcome_and_the_sums_balance(entra_site: Start) -> None:
    here = entra_site()
    typed = [
        {"value": "45.9.300.1", "type": "IP Address"},
        {"value": "45.9.1.0/33", "type": "CIDR Block"},
        {"value": "fe80::1%eth0", "type": "IPv6 Address"},
    ]
    records = [
        *addresses(*GOOD, *BAD, "45.9.1.2", "8.8.8.8", "evil.malware-test.example"),
        *typed,
        {"value": "45.9.9.9", "status": "Review"},
        {"value": "45.9.9.8", "expires_at": "2020-01-01"},
        {"value": "45.9.9.7", "status": "Whitelisted"},
        {"value": "45.9.9.7"},
    ]
    summary = here.run_entra(here.entra_job(here.collection(records)))
    assert summary["balanced"] is True
    assert summary["outcomes"] == {
        "created": 5, "expired": 1, "inactive": 2, "duplicate": 1, "protected": 2, "unsupported": 1, "rejected": 7
    }  # fmt: skip
    assert summary["reasons"]["rejected"] == {
        "not_public": 3, "malformed_ip": 2, "type_mismatch": 1, "prefix_too_short": 1
    }  # fmt: skip
    assert summary["reasons"]["protected"] == {"built_in": 1, "whitelisted_in_run": 1}
    rows = here.rows_of("outcomes")
    assert sorted(int(row["location"].rpartition(":")[2]) for row in rows) == list(range(1, len(records) + 1))
    assert len(here.rows_of("deadletters")) == 7
    assert here.cover() == ip_set(GOOD)


def test_a_first_run_makes_locations_and_a_policy_that_only_reports_and_applies_to_no_one(
    entra_site: Start,
) -> None:
    here = entra_site()
    summary = here.run_entra(here.entra_job(here.collection(addresses(*GOOD))))
    location, policy = here.tenant.locations()[0], here.tenant.policies()[0]
    assert (location["displayName"], location["isTrusted"]) == ("IOC", False)
    assert policy["state"] == "enabledForReportingButNotEnforced"
    assert policy["conditions"]["users"]["includeUsers"] == ["None"]
    assert policy["conditions"]["locations"]["includeLocations"] == [location["id"]]
    assert policy["grantControls"]["builtInControls"] == ["block"]
    assert (summary["policy_effect"], summary["exit_code"], summary["present"]) == ("none", 0, 5)


def test_a_second_run_writes_nothing(entra_site: Start) -> None:
    here = entra_site()
    job = here.entra_job(here.collection(addresses(*GOOD)))
    here.run_entra(job)
    here.tenant.clear_requests()
    summary = here.run_entra(job)
    assert summary["outcomes"] == {"unchanged": 5}
    assert here.writes() == []
    assert summary["requests"] == {f"GET {LOCATIONS}": {"200": 1}, f"GET {POLICIES}": {"200": 1}}


def test_a_change_of_one_location_is_one_patch_and_three_reads(entra_site: Start) -> None:
    here = entra_site()
    here.run_entra(here.entra_job(here.collection(addresses(*GOOD))))
    here.tenant.clear_requests()
    summary = here.run_entra(here.entra_job(here.collection(addresses(*GOOD, "45.9.77.1"))))
    assert summary["outcomes"] == {"created": 1, "unchanged": 5}
    assert summary["requests"] == {
        f"GET {LOCATIONS}": {"200": 1},
        f"GET {POLICIES}": {"200": 1},
        f"PATCH {LOCATIONS}/{{id}}": {"204": 1},
        f"GET {LOCATIONS}/{{id}}": {"200": 3},
    }


def test_a_dry_run_without_a_login_calls_nobody_and_shows_the_plan(entra_site: Start) -> None:
    here = entra_site()
    settings = here.entra_settings()
    nobody = replace(settings, connection=replace(settings.connection, client_id="", client_secret=""))
    job = here.entra_job(here.collection(addresses(*GOOD)), dry_run=True, tenants=(nobody,))
    summary = here.run_entra(job)
    assert here.tenant.requests == []
    plan = here.document("plan.json")["tenants"][0]
    assert plan["target"] == "entra"
    assert plan["counts"]["locations_created"] == 1
    assert plan["policy"]["change"] == "create"
    assert summary["outcomes"] == {"created": 5}


def test_a_dry_run_reads_the_tenant_and_cannot_write(entra_site: Start) -> None:
    here = entra_site()
    collection = here.collection(addresses(*GOOD))
    here.run_entra(here.entra_job(collection))
    here.tenant.clear_requests()
    summary = here.run_entra(here.entra_job(here.collection(addresses(*GOOD[1:], "45.9.3.3")), dry_run=True))
    assert here.writes() == []
    plan = here.document("plan.json")["tenants"][0]
    assert plan["locations"][0]["added"] == ["45.9.3.3/32"]
    assert plan["locations"][0]["removed"] == ["45.9.1.2/32"]
    assert summary["outcomes"] == {"created": 1, "unchanged": 4}
    assert summary["withdrawn"] == 1


def test_a_whitelisted_address_inside_of_a_range_is_left_out_of_it(entra_site: Start) -> None:
    here = entra_site()
    records = [*addresses("45.9.8.0/24"), {"value": "45.9.8.7", "status": "Whitelisted"}]
    summary = here.run_entra(here.entra_job(here.collection(records)))
    assert here.cover() == ip_set(["45.9.8.0/24"]) - ip_set(["45.9.8.7"])
    assert summary["reasons"]["created"] == {"partly_protected": 1}


def test_a_never_block_list_and_a_trusted_location_are_left_out(entra_site: Start) -> None:
    here = entra_site()
    here.tenant.seed_locations(
        [{"displayName": "HQ", "isTrusted": True, "ipRanges": [_range("45.9.8.64/26"), _range("45.9.5.5/32")]}]
    )
    listed = here.directory / "never.txt"
    listed.write_text("45.9.8.0/28\n")
    tenant = here.entra_settings(never_block=(str(listed),))
    job = here.entra_job(here.collection(addresses("45.9.8.0/24", "45.9.8.3", "45.9.5.5")), tenants=(tenant,))
    summary = here.run_entra(job)
    assert here.cover() == ip_set(["45.9.8.0/24"]) - ip_set(["45.9.8.0/28", "45.9.8.64/26"])
    assert summary["outcomes"] == {"created": 1, "protected": 2}
    assert summary["reasons"]["protected"] == {"trusted_location": 1, "never_block": 1}
    assert any("'HQ'" in line for line in summary["conflicts"])


def test_after_a_read_that_broke_off_nothing_is_withdrawn(entra_site: Start) -> None:
    here = entra_site()
    whole = here.collection(addresses(*GOOD))
    here.run_entra(here.entra_job(whole))
    broken = here.directory / "cut.jsonl.gz"
    packed = gzip.compress(b'{"value": "45.9.70.1"}\n' * 200_000)
    broken.write_bytes(packed[:-200])
    summary = here.run_entra(here.entra_job(broken))
    assert summary["exit_code"] == 3
    assert here.cover() == ip_set([*GOOD, "45.9.70.1"])
    assert summary["withdrawn"] == 0
    assert "could not be read to the end" in summary["refusals"][0]


def test_too_many_withdrawals_are_held_back_and_what_is_new_is_added(entra_site: Start) -> None:
    here = entra_site()
    many = [f"45.9.{number}.1" for number in range(100)]
    here.run_entra(here.entra_job(here.collection(addresses(*many))))
    summary = here.run_entra(here.entra_job(here.collection(addresses(*many[:40], "45.10.1.1"))))
    assert summary["exit_code"] == 4
    assert "60 of 100 ranges" in summary["refusals"][0]
    assert here.cover() == ip_set([*many, "45.10.1.1"])
    allowed = here.entra_settings(limits=Limits("drill", max_withdraw_percent=60))
    summary = here.run_entra(
        here.entra_job(here.collection(addresses(*many[:40], "45.10.1.1")), tenants=(allowed,))
    )
    assert (summary["exit_code"], summary["withdrawn"]) == (0, 60)
    assert here.cover() == ip_set([*many[:40], "45.10.1.1"])


def test_a_refusal_before_any_write_is_exit_status_1_and_names_the_option(entra_site: Start) -> None:
    here = entra_site()
    (stranger,) = here.tenant.seed_locations([{"displayName": "IOC", "ipRanges": [_range("45.1.1.0/24")]}])
    summary = here.run_entra(here.entra_job(here.collection(addresses(*GOOD))))
    assert summary["exit_code"] == 1
    assert f"--adopt_location {stranger}" in summary["stopped"]
    assert summary["outcomes"] == {"failed": 5}
    assert summary["balanced"] is True
    assert here.writes() == []
    adopting = here.entra_settings(location=LocationSettings("IOC", adopt=(stranger,)))
    summary = here.run_entra(here.entra_job(here.collection(addresses(*GOOD)), tenants=(adopting,)))
    assert summary["exit_code"] == 0


def test_a_policy_that_could_lock_everyone_out_is_not_made(entra_site: Start) -> None:
    here = entra_site()
    policy = PolicySettings(name="IOC policy", include_apps=("All",), include_users=("All",), state="enabled")
    job = here.entra_job(here.collection(addresses(*GOOD)), tenants=(here.entra_settings(policy=policy),))
    summary = here.run_entra(job)
    assert (summary["exit_code"], here.writes()) == (1, [])
    assert "--accept_lockout_risk" in summary["stopped"]
    careful = replace(policy, exclude_users=(READER,))
    job = here.entra_job(here.collection(addresses(*GOOD)), tenants=(here.entra_settings(policy=careful),))
    assert here.run_entra(job)["policy_effect"] == "enforced"


def test_what_the_service_refuses_as_incompatible_is_shown_in_its_words_with_the_options(
    entra_site: Start,
) -> None:
    here = entra_site()
    action = {"includeUserActions": ["urn:user:registerdevice"]}
    here.tenant.seed_policies([{"displayName": "IOC policy", "conditions": {"applications": action}}])
    policy = PolicySettings(name="IOC policy", include_apps=("Office365",))
    job = here.entra_job(here.collection(addresses(*GOOD)), tenants=(here.entra_settings(policy=policy),))
    summary = here.run_entra(job)
    assert summary["exit_code"] == 3
    assert "1012" in summary["stopped"]
    assert "--include_apps" in summary["stopped"]
    assert summary["outcomes"] == {"created": 5}


def test_a_lost_answer_to_a_create_never_makes_a_second_one(entra_site: Start) -> None:
    here = entra_site(stale_reads=3)
    here.tenant.faults.add(Fault(LOCATIONS, DropAfter(), method="POST", times=1))
    here.tenant.faults.add(Fault(POLICIES, DropAfter(), method="POST", times=1))
    summary = here.run_entra(here.entra_job(here.collection(addresses(*GOOD))))
    assert summary["exit_code"] == 0
    assert (len(here.tenant.locations()), len(here.tenant.policies())) == (1, 1)


def test_dead_letters_run_again_add_and_withdraw_nothing(entra_site: Start) -> None:
    here = entra_site()
    here.run_entra(here.entra_job(here.collection(addresses("45.9.1.2"))))
    here.tenant.faults.add(Fault(f"{LOCATIONS}/*", Answer(400, "BadRequest"), method="PATCH", times=1))
    summary = here.run_entra(here.entra_job(here.collection(addresses("45.9.1.2", "45.9.3.3"))))
    assert summary["outcomes"] == {"unchanged": 1, "failed": 1}
    again = here.run_entra(
        here.entra_job(here.output, replay=True, output=here.directory / "replay", run_id="run-2")
    )
    assert again["outcomes"] == {"created": 1}
    assert here.cover() == ip_set(["45.9.1.2", "45.9.3.3"])


def test_several_tenants_each_get_their_own_and_one_that_fails_does_not_stop_another(entra_site: Start) -> None:
    here = entra_site(profiles=2)
    good, other = here.entra_settings(0), here.entra_settings(1)
    broken = replace(other, connection=replace(other.connection, client_secret="env:NOT_THERE_AT_ALL"))
    summary = here.run_entra(here.entra_job(here.collection(addresses(*GOOD)), tenants=(good, broken)))
    assert summary["exit_code"] == 3
    outcomes = {tenant["tenant_id"]: tenant["outcomes"] for tenant in summary["tenants"]}
    assert outcomes == {good.tenant_id: {"created": 5}, broken.tenant_id: {"failed": 5}}
    assert here.cover(tenant_id=good.tenant_id) == ip_set(GOOD)


def test_wrong_credentials_and_missing_permissions_end_the_run_with_nothing_written(entra_site: Start) -> None:
    here = entra_site()
    secret = here.directory / "wrong"
    secret.write_text("wrong")
    settings = here.entra_settings()
    wrong = replace(settings, connection=replace(settings.connection, client_secret=f"file:{secret}"))
    with pytest.raises(AuthenticationError):
        here.run_entra(here.entra_job(here.collection(addresses(*GOOD)), tenants=(wrong,)))
    reader = entra_site(roles=("Policy.Read.All",))
    dry = reader.run_entra(reader.entra_job(reader.collection(addresses(*GOOD)), dry_run=True))
    assert any("Policy.ReadWrite.ConditionalAccess" in line for line in dry["plan_notices"])
    with pytest.raises(PermissionDenied, match=r"Policy\.ReadWrite\.ConditionalAccess"):
        reader.run_entra(reader.entra_job(reader.collection(addresses(*GOOD))))
    assert reader.tenant.locations() == []


def test_china_gets_no_risk_fields(entra_site: Start) -> None:
    here = entra_site(cloud="china")
    settings = here.entra_settings()
    tenant = replace(settings, connection=replace(settings.connection, cloud="china"))
    summary = here.run_entra(here.entra_job(here.collection(addresses(*GOOD)), tenants=(tenant,)))
    assert summary["exit_code"] == 0
    assert len(here.tenant.policies()) == 1


def test_locations_alone_are_written_without_a_policy(entra_site: Start) -> None:
    here = entra_site()
    tenant = here.entra_settings(policy=None)
    summary = here.run_entra(here.entra_job(here.collection(addresses(*GOOD)), tenants=(tenant,)))
    assert (here.tenant.policies(), summary["policy_effect"]) == ([], None)
    assert any("No policy names" in line for line in summary["plan_notices"])
    again = here.run_entra(here.entra_job(here.collection(addresses(*GOOD[:4], *GOOD[4:])), tenants=(tenant,)))
    assert again["outcomes"] == {"unchanged": 5}


def _range(text: str) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": text}
