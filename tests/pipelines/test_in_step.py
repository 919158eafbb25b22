"""The Defender job over several runs: the tenant is read, the difference is written, nothing else is touched."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from job_help import JobSite, domains

from iocbeam.local_tenant import Answer, FailItems, Fault
from iocbeam.model.errors import RetryLater
from iocbeam.model.settings import ClassifySettings, DefenderJob, PlanPolicy

Start = Callable[..., JobSite]
LIST = "/api/indicators"
IMPORT = "/api/indicators/import"
DELETE = "/api/indicators/BatchDelete"
KEY_MODELS = ("value", "value_action_scope")


def again(here: JobSite, records: list[dict[str, Any]], **policy: Any) -> dict[str, Any]:
    """A run of the collection as it is now."""
    tenant = here.settings(policy=PlanPolicy("drill", **policy))
    return here.run(here.job(here.collection(records), tenants=(tenant,)))


def ours(here: JobSite) -> list[str]:
    """Values of our rows, sorted."""
    rows = (row for row in here.tenant.rows() if str(row["externalId"]).startswith("iocbeam:drill:"))
    return sorted(row["indicatorValue"] for row in rows)


def calls(here: JobSite) -> Counter[str]:
    """Calls by operation."""
    return Counter(
        "token" if one.path.endswith("/token") else f"{one.method} {one.path}"
        for one in here.tenant.requests
        if "openid" not in one.path
    )


@pytest.mark.parametrize("paging", ["next_link", "skip_only"])
def test_an_unchanged_collection_is_one_token_and_the_list_pages(site: Start, paging: str) -> None:
    here = site({"paging": paging, "page_size": 400})
    again(here, domains(1_000))
    here.tenant.clear_requests()
    summary = again(here, domains(1_000))
    assert summary["outcomes"] == {"unchanged": 1_000}
    assert calls(here) == {"token": 1, "GET /api/indicators": 3}
    assert summary["requests"] == {"GET /api/indicators": {"200": 3}}


@pytest.mark.parametrize("key_model", KEY_MODELS)
def test_only_the_difference_is_written(site: Start, key_model: str) -> None:
    here = site({"key_model": key_model})
    records = domains(1_200)
    again(here, records)
    before = {row["indicatorValue"]: row for row in here.tenant.rows()}
    changed = [{**one, "description": "seen again"} for one in records[:510]]
    here.tenant.clear_requests()
    summary = again(here, [*changed, *records[510:1_150], *domains(1_203)[1_200:]])
    assert summary["outcomes"] == {"created": 3, "updated": 510, "unchanged": 640}
    assert (summary["withdrawn"], summary["present"]) == (50, 513)
    # 513 rows in two imports, 50 in one deletion; the list before and after, each with the page that ends it.
    assert calls(here) == {
        "token": 2,
        f"POST {IMPORT}": 2,
        f"POST {DELETE}": 1,
        f"GET {LIST}": 4,
    }
    after = {row["indicatorValue"]: row for row in here.tenant.rows()}
    assert all(after[one["value"]] == before[one["value"]] for one in records[510:1_150])
    assert all(after[one["value"]]["id"] == before[one["value"]]["id"] for one in changed)


@pytest.mark.parametrize("key_model", KEY_MODELS)
def test_a_change_of_action_leaves_exactly_one_row_of_ours(site: Start, key_model: str) -> None:
    here = site({"key_model": key_model})
    source = here.collection(domains(30))
    here.run(here.job(source))
    block = here.settings(classify=ClassifySettings(network_action="Block", collection="drill"))
    summary = here.run(here.job(source, tenants=(block,)))
    assert summary["outcomes"] == {"updated": 30}
    assert Counter(row["action"] for row in here.tenant.rows()) == {"Block": 30}
    assert here.run(here.job(source, tenants=(block,)))["outcomes"] == {"unchanged": 30}


def test_rows_of_others_and_of_other_collections_end_as_held_and_are_not_touched(site: Start) -> None:
    here = site()
    names = [one["value"] for one in domains(3)]
    here.tenant.seed(
        [{"indicatorType": "DomainName", "indicatorValue": names[0], "action": "Allowed"}],
        created_by="ada@corp.example",
    )
    here.tenant.seed(
        [
            {
                "indicatorType": "DomainName",
                "indicatorValue": names[1].upper(),
                "action": "Audit",
                "externalId": "iocbeam:other:00112233",
            }
        ],
        created_by="app",
    )
    before = here.tenant.rows()
    summary = again(here, domains(3))
    assert summary["outcomes"] == {"created": 1, "held": 2}
    assert summary["reasons"]["held"] == {"held_allows": 1, "held_same": 1}
    assert "ada@corp.example" in summary["conflicts"][0]
    assert here.tenant.rows()[:2] == before
    assert again(here, [], withdraw_floor=99)["withdrawn"] == 0


def test_of_two_collections_the_holder_keeps_a_value_until_it_has_withdrawn_it(site: Start) -> None:
    here = site()

    def run(collection: str, records: list[dict[str, Any]]) -> dict[str, int]:
        tenant = here.settings(policy=PlanPolicy(collection), classify=ClassifySettings(collection=collection))
        job = here.job(here.collection(records), tenants=(tenant,))
        outcomes: dict[str, int] = here.run(replace(job, run=replace(job.run, collection=collection)))["outcomes"]
        return outcomes

    both, first_only = domains(2), domains(1)
    assert run("first", both) == {"created": 2}
    assert run("second", both) == {"held": 2}
    assert run("first", first_only) == {"unchanged": 1}
    assert run("second", both) == {"created": 1, "held": 1}
    assert {str(row["externalId"]).split(":")[1] for row in here.tenant.rows()} == {"first", "second"}


def test_rows_are_adopted_by_the_name_of_their_owner_and_stay_ours(site: Start) -> None:
    here = site()
    values = [one["value"] for one in domains(5)]
    here.tenant.seed([{"indicatorType": "DomainName", "indicatorValue": value} for value in values])
    summary = again(here, domains(5), adopt=("portal.user@contoso.example",))
    assert summary["outcomes"] == {"updated": 5}
    assert ours(here) == sorted(values)
    assert again(here, domains(5))["outcomes"] == {"unchanged": 5}


def test_where_the_mark_does_not_stick_adoption_says_so_once_and_leaves_the_rows(site: Start) -> None:
    here = site({"mark": "create_only"})
    values = [one["value"] for one in domains(5)]
    here.tenant.seed([{"indicatorType": "DomainName", "indicatorValue": value} for value in values])
    before = here.tenant.rows()
    summary = again(here, domains(5), adopt=("portal.user@contoso.example",))
    assert summary["outcomes"] == {"updated": 1, "held": 4}
    assert sum("--adopt cannot work" in notice for notice in summary["plan_notices"]) == 1
    assert sum(one in before for one in here.tenant.rows()) == 4


def test_a_tenant_that_does_not_return_marks_is_never_withdrawn_from(site: Start) -> None:
    here = site({"mark": "not_returned"})
    assert again(here, domains(4))["mark"] == "not_returned"
    summary = again(here, domains(2))
    assert summary["outcomes"] == {"held": 2}
    assert len(here.tenant.rows()) == 4
    assert any("no owner mark" in notice for notice in summary["plan_notices"])


def test_records_that_the_source_ends_take_their_rows_with_them_at_once(site: Start) -> None:
    here = site()
    again(here, domains(6))
    (here.directory / "ours.txt").write_text("n3.malware-test.example\n")
    records = domains(6)
    records[0]["status"] = "Review"
    records[1]["expires_at"] = "2020-01-01"
    records[2]["revoked"] = True
    records[4]["status"] = "Whitelisted"
    strict = PlanPolicy("drill", withdraw_floor=0, max_withdraw_percent=0)
    tenant = here.settings(policy=strict, never_block=(str(here.directory / "ours.txt"),))
    summary = here.run(here.job(here.collection(records), tenants=(tenant,)))
    assert summary["outcomes"] == {"unchanged": 1, "expired": 1, "inactive": 3, "protected": 1}
    assert (summary["withdrawn"], summary["exit_code"]) == (5, 0)
    assert ours(here) == ["n5.malware-test.example"]


def test_a_record_that_ended_does_not_take_the_row_of_another_record_of_its_value(site: Start) -> None:
    here = site()
    again(here, domains(2))
    old = {**domains(1)[0], "id": 99, "status": "Review"}
    assert again(here, [old, *domains(2)])["withdrawn"] == 0
    assert len(ours(here)) == 2


def test_an_inactive_url_without_a_scheme_takes_its_row_with_it(site: Start) -> None:
    here = site()
    url = {"id": 1, "type": "URL", "value": "http://evil.malware-test.example/x", "status": "Active"}
    again(here, [url, *domains(1)])
    summary = again(
        here, [{**url, "value": "evil.malware-test.example/x", "status": "Expired"}, *domains(1)], withdraw_floor=0
    )
    assert summary["withdrawn"] == 1


@pytest.mark.parametrize(("rows", "withdrawn", "code"), [(80, 20, 0), (79, 0, 4)])
def test_more_than_the_guard_allows_is_held_back_with_exit_status_4(
    site: Start, rows: int, withdrawn: int, code: int
) -> None:
    here = site()
    again(here, domains(100))
    new = {**domains(1)[0], "value": "new.malware-test.example"}
    summary = again(here, [*domains(rows), new], withdraw_floor=5)
    assert (summary["withdrawn"], summary["exit_code"], summary["outcomes"]["created"]) == (withdrawn, code, 1)
    assert len(ours(here)) == 100 - withdrawn + 1
    assert bool(summary["refusals"]) == (code == 4)


def test_after_an_incomplete_read_nothing_absent_is_withdrawn_and_what_was_read_is_used(site: Start) -> None:
    here = site()
    again(here, domains(2_000))
    whole = gzip.compress(here.collection(domains(2_010)[5:]).read_bytes())
    cut = here.directory / "cut.jsonl.gz"
    cut.write_bytes(whole[: len(whole) - 20])
    summary = here.run(here.job(cut))
    assert (summary["withdrawn"], summary["exit_code"]) == (0, 3)
    assert "1 of 1 inputs could not be read to the end" in summary["refusals"][0]
    assert summary["balanced"] is True


def test_a_whitelisted_record_takes_its_row_with_it_after_an_incomplete_read_too(site: Start) -> None:
    here = site()
    again(here, domains(2_000))
    records = domains(2_000)
    records[0]["status"] = "Whitelisted"
    records[1]["status"] = "Review"  # another record of its value may be in the part that is missing
    whole = gzip.compress(here.collection(records).read_bytes())
    cut = here.directory / "cut.jsonl.gz"
    cut.write_bytes(whole[: len(whole) - 20])
    summary = here.run(here.job(cut))
    assert (summary["withdrawn"], summary["exit_code"]) == (1, 3)
    assert records[0]["value"] not in ours(here)
    assert records[1]["value"] in ours(here)


def test_an_empty_collection_withdraws_nothing(site: Start) -> None:
    here = site()
    again(here, domains(3))
    summary = again(here, [])
    assert (summary["withdrawn"], summary["exit_code"]) == (0, 4)
    assert len(ours(here)) == 3


def test_a_collection_that_is_mostly_malformed_withdraws_nothing(site: Start) -> None:
    here = site()
    again(here, domains(5))
    broken = [{"type": "FQDN", "value": "no name"}] * 5
    assert again(here, [*domains(4), *broken])["withdrawn"] == 0
    assert again(here, [*domains(4), *broken[:4]])["withdrawn"] == 1


def test_a_full_tenant_changes_its_worst_rows_for_better_ones(site: Start) -> None:
    here = site({"capacity": 60})
    here.tenant.seed([{"indicatorType": "Url", "indicatorValue": f"http://o{n}.example/"} for n in range(10)])
    again(here, domains(50), capacity=60)
    better = [{**one, "severity": "High"} for one in domains(70)[50:]]
    summary = again(here, [*domains(50), *better], capacity=60)
    assert summary["outcomes"] == {"created": 20, "unchanged": 30, "left_out": 20}
    assert (summary["withdrawn"], len(here.tenant.rows()), summary["exit_code"]) == (20, 60, 0)
    assert {one["value"] for one in better} <= set(ours(here))


def test_two_runs_over_the_collection_in_another_order_give_the_same_rows(site: Start) -> None:
    here = site({"capacity": 40})
    records = [{**one, "score": one["id"] % 3} for one in domains(100)]
    again(here, records, capacity=40)
    first = ours(here)
    summary = again(here, records[::-1], capacity=40)
    assert summary["outcomes"] == {"unchanged": 40, "left_out": 60}
    assert ours(here) == first


def test_what_was_deleted_by_hand_is_created_again_and_what_was_edited_is_put_right(site: Start) -> None:
    here = site()
    again(here, domains(4))
    rows = here.tenant.rows()
    here.tenant.remove([rows[0]["id"]])
    here.tenant.edit(rows[1]["id"], title="mine now", action="Allowed")
    summary = again(here, domains(4))
    assert summary["outcomes"] == {"created": 1, "updated": 1, "unchanged": 2}
    assert {row["action"] for row in here.tenant.rows()} == {"Audit"}


def test_a_tenant_list_that_breaks_off_is_an_error_and_never_the_end(site: Start) -> None:
    here = site({"page_size": 10})
    again(here, domains(30))
    here.tenant.faults.add(Fault(LIST, Answer(500), method="GET", nth=2, times=1_000))
    with pytest.raises(RetryLater):
        again(here, domains(31))
    assert len(here.tenant.rows()) == 30


def test_a_list_that_goes_in_circles_stops_the_run_before_anything_is_written(site: Start) -> None:
    here = site()
    again(here, domains(3))
    loop = {"value": here.tenant.rows(), "@odata.nextLink": f"{here.tenant.url}{LIST}?$skip=0"}
    here.tenant.faults.add(Fault(LIST, Answer(200, loop), method="GET"))
    with pytest.raises(RetryLater, match="circles"):
        again(here, domains(4))
    assert len(here.tenant.rows()) == 3


def test_rows_with_nulls_and_unknown_kinds_do_not_break_the_plan(site: Start) -> None:
    here = site()
    here.tenant.seed(
        [
            {"indicatorType": "Mailbox", "indicatorValue": "x", "action": "Quarantine", "severity": None},
            {"indicatorType": None, "indicatorValue": None, "title": None},
            {"indicatorType": "DomainName", "indicatorValue": "n0.malware-test.example", "action": None},
        ]
    )
    summary = again(here, domains(2))
    assert summary["outcomes"] == {"created": 1, "held": 1}
    assert summary["reasons"]["held"] == {"held_weaker": 1}


def test_with_the_smaller_role_the_plan_says_what_it_cannot_see(site: Start) -> None:
    here = site({"roles": ("Ti.ReadWrite",), "capacity": 12})
    here.tenant.seed([{"indicatorType": "Url", "indicatorValue": f"http://o{n}.example/"} for n in range(10)])
    summary = again(here, domains(3), capacity=12)
    assert summary["outcomes"] == {"created": 2, "left_out": 1}
    assert any("Ti.ReadWrite.All" in notice for notice in summary["plan_notices"])


def test_a_dry_run_reads_the_tenant_and_cannot_write(site: Start) -> None:
    here = site()
    again(here, domains(5))
    here.tenant.clear_requests()
    changed = [
        {**domains(2)[0], "description": "new"},
        *domains(3)[1:],
        {**domains(1)[0], "value": "new.example.com"},
    ]
    summary = here.run(here.job(here.collection(changed), dry_run=True))
    assert summary["outcomes"] == {"created": 1, "updated": 1, "unchanged": 2}
    assert summary["withdrawn"] == 2
    assert {one.method for one in here.tenant.requests if one.path.startswith("/api")} == {"GET"}
    planned = here.document("plan.json")["tenants"][0]
    assert planned["counts"] == {"created": 1, "updated": 1, "withdrawn": 2}
    assert [change["fields"] for change in planned["changes"] if change["kind"] == "updated"] == [["description"]]
    assert {(row["indicatorValue"], row["reason"]) for row in planned["withdraw"]} == {
        ("n3.malware-test.example", "absent"),
        ("n4.malware-test.example", "absent"),
    }


def test_a_replay_neither_withdraws_nor_takes_a_place(site: Start) -> None:
    here = site({"capacity": 5})
    late = {"type": "FQDN", "value": "late.malware-test.example", "severity": "high"}
    refused = Fault(IMPORT, FailItems(lambda item: item["indicatorValue"].startswith("late")))
    here.tenant.faults.add(refused)
    tenant = here.settings(policy=PlanPolicy("drill", capacity=5))
    source = here.collection([*domains(5), late])
    first = here.run(here.job(source, tenants=(tenant,), output=here.directory / "first"))
    assert first["outcomes"]["failed"] == 1
    here.tenant.faults.clear()
    again(here, domains(5), capacity=5)
    here.tenant.clear_requests()
    summary = here.run(here.job(here.directory / "first", replay=True, tenants=(tenant,)))
    assert summary["outcomes"] == {"left_out": 1}
    assert (summary["withdrawn"], summary["refusals"]) == (0, [])
    assert len(ours(here)) == 5
    assert set(calls(here)) == {"token", f"GET {LIST}"}


def test_a_field_that_the_service_stores_otherwise_is_named_and_not_rewritten_for_ever(site: Start) -> None:
    here = site({"stored_as": {"description": lambda text: text[:10]}})
    assert any("description" in notice for notice in again(here, domains(3))["plan_notices"])
    assert again(here, domains(3))["outcomes"] == {"updated": 3}
    third = again(here, domains(3))
    assert third["outcomes"] == {"unchanged": 3}
    assert "description" in third["conflicts"][0]


def several(here: JobSite, job: DefenderJob) -> DefenderJob:
    """The job for all tenants of the site."""
    tenants = tuple(
        here.settings(here.connection(number), alias=f"tenant {number}")
        for number in range(len(here.tenant.profiles))
    )
    return replace(job, tenants=tenants)


def profiles(count: int) -> list[dict[str, Any]]:
    return [{"tenant_id": f"33333333-3333-4333-8333-{number:012}"} for number in range(count)]


def test_each_of_several_tenants_has_its_own_plan_writer_and_balance(site: Start) -> None:
    here = site(*profiles(3))
    value = domains(1)[0]["value"]
    second = here.tenant.profiles[1].tenant_id
    here.tenant.seed([{"indicatorType": "DomainName", "indicatorValue": value}], tenant_id=second)
    summary = here.run(
        several(here, here.job(here.collection([*domains(4), {"value": "no name", "type": "FQDN"}])))
    )
    assert [one["outcomes"] for one in summary["tenants"]] == [
        {"created": 4, "rejected": 1},
        {"created": 3, "held": 1, "rejected": 1},
        {"created": 4, "rejected": 1},
    ]
    assert (summary["balanced"], summary["exit_code"]) == (True, 0)


def test_a_tenant_that_cannot_be_read_does_not_stop_another(site: Start) -> None:
    here = site(*profiles(3))
    job = several(here, here.job(here.collection(domains(4))))
    broken = here.tenant.profiles[1].tenant_id
    here.tenant.faults.add(Fault(LIST, Answer(403), method="GET", tenant_id=broken))
    summary = here.run(job)
    assert [one["outcomes"] for one in summary["tenants"]] == [{"created": 4}, {"failed": 4}, {"created": 4}]
    assert "Ti.ReadWrite" in summary["tenants"][1]["stopped"]
    assert (summary["balanced"], summary["exit_code"]) == (True, 3)
    assert here.tenant.rows(broken) == []
    letters = here.rows_of("deadletters")
    assert Counter((one["tenant_id"], one["reason"]) for one in letters) == {(broken, "stopped"): 4}


def test_one_of_several_tenants_without_its_secret_fails_alone(site: Start) -> None:
    here = site(*profiles(2))
    job = several(here, here.job(here.collection(domains(2))))
    lost = replace(job.tenants[0], connection=here.connection(0, client_secret="env:IOCBEAM_NO_SUCH_SECRET"))
    summary = here.run(replace(job, tenants=(lost, job.tenants[1])))
    assert [one["outcomes"] for one in summary["tenants"]] == [{"failed": 2}, {"created": 2}]


def test_a_broken_never_block_list_names_the_tenant_that_it_is_of(site: Start) -> None:
    here = site(*profiles(2))
    job = several(here, here.job(here.collection(domains(2))))
    lost = replace(job.tenants[1], never_block=(str(here.directory / "nowhere.txt"),))
    with pytest.raises(Exception, match="tenant tenant 1: --never_block"):
        here.run(replace(job, tenants=(job.tenants[0], lost)))
    assert here.tenant.requests == []


def test_a_row_of_any_tenant_goes_at_once_when_its_record_ends(site: Start) -> None:
    """The stages before the tenants part know which keys any of them has; each takes its own."""
    here = site(*profiles(2))
    first = replace(here.job(here.collection(domains(3))), tenants=(here.settings(here.connection(0)),))
    here.run(first)
    records = domains(3)
    records[0]["status"] = "Review"
    job = several(here, here.job(here.collection(records)))
    strict = tuple(replace(one, policy=PlanPolicy("drill", withdraw_floor=0)) for one in job.tenants)
    summary = here.run(replace(job, tenants=strict))
    assert [one["withdrawn"] for one in summary["tenants"]] == [1, 0]
    assert len(here.tenant.rows(here.tenant.profiles[0].tenant_id)) == 2


@pytest.mark.parametrize("others", [0, 1])
def test_statuses_that_hardly_a_record_has_do_not_empty_the_tenant(site: Start, others: int) -> None:
    here = site()
    records = domains(80)
    again(here, records)
    # A record without a status counts as one that is wanted.
    unmarked = [{**one, "status": ""} for one in domains(80 + others)[80:]]
    source = here.collection([*records, *unmarked])
    job = here.job(source)
    summary = here.run(replace(job, intake=replace(job.intake, statuses=("Actve",))))
    assert (summary["withdrawn"], len(ours(here))) == (0, 80 + others)
    assert summary["exit_code"] == 4
    assert f"80 of {80 + others} records have none of --statuses" in summary["refusals"][0]
    assert "--max_withdraw_percent 100" in summary["refusals"][0]


def test_a_small_collection_may_become_inactive_as_a_whole(site: Start) -> None:
    here = site()
    records = domains(40)
    again(here, records)
    summary = again(here, [{**one, "status": "Inactive"} for one in records])
    assert (summary["withdrawn"], summary["exit_code"], ours(here)) == (40, 0, [])
