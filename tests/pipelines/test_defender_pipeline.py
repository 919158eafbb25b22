"""The Defender job from end to end, against the local tenant over TLS."""

from __future__ import annotations

import gzip
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from job_help import JobSite, domains

from iocbeam.clients import canonical_value
from iocbeam.local_tenant import Answer, FailItems, Fault
from iocbeam.model.errors import (
    AuthenticationError,
    ConfigurationError,
    PermissionDenied,
    RetryLater,
    UsageError,
)
from iocbeam.model.settings import PlanPolicy
from iocbeam.pipelines import beam_run, defender

IMPORT = "/api/indicators/import"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "collection.jsonl"
Start = Callable[..., JobSite]


def test_every_record_ends_in_exactly_one_outcome_and_the_sums_balance(site: Start) -> None:
    here = site()
    summary = here.run(here.job(EXAMPLE))
    records = [line for line in EXAMPLE.read_bytes().splitlines() if line.strip()]
    assert summary["balanced"] is True
    assert summary["records_read"] == len(records) == sum(summary["outcomes"].values())
    rows = here.rows_of("outcomes")
    assert sorted(int(row["location"].rpartition(":")[2]) for row in rows) == list(range(1, len(records) + 1))
    assert Counter(row["outcome"] for row in rows) == summary["outcomes"]
    by_type = Counter[str]()
    for outcomes in summary["by_type"].values():
        by_type.update(outcomes)
    assert by_type == summary["outcomes"]


def test_what_was_created_is_what_the_tenant_holds_with_our_mark(site: Start) -> None:
    here = site()
    summary = here.run(here.job(EXAMPLE))
    held = here.tenant.rows()
    assert summary["present"] == summary["accepted"] == summary["sent"] == len(held) > 30
    assert all(row["externalId"].startswith("iocbeam:drill:") for row in held)
    created = {row["value"] for row in here.rows_of("outcomes") if row["outcome"] == "created"}
    assert {canonical_value(row["indicatorValue"]) for row in held} == {canonical_value(one) for one in created}


def test_every_rejected_and_failed_record_is_a_dead_letter_with_its_bytes_or_its_indicator(site: Start) -> None:
    here = site()
    summary = here.run(here.job(EXAMPLE))
    letters = here.rows_of("deadletters")
    assert len(letters) == summary["outcomes"]["rejected"]
    assert Counter(letter["reason"] for letter in letters) == summary["reasons"]["rejected"]
    lines = EXAMPLE.read_bytes().splitlines()
    for letter in letters:
        if letter["record"]:
            assert letter["record"] == lines[int(letter["location"].rpartition(":")[2]) - 1]
        else:
            assert letter["indicator"]


def test_calls_for_new_indicators(site: Start) -> None:
    here = site()
    summary = here.run(here.job(here.collection(domains(1_234))))
    assert summary["requests"] == {
        "POST /api/indicators/import": {"200": 3},
        # the empty list before, the mark, the list after, and the page that shows its end
        "GET /api/indicators": {"200": 4},
    }
    tokens = [one for one in here.tenant.requests if one.path.endswith("/token")]
    assert len(tokens) == 2  # one to list, and one to write with


def test_a_replay_sends_only_the_dead_letters_and_withdraws_nothing(site: Start) -> None:
    here = site()
    here.tenant.faults.add(
        Fault(IMPORT, FailItems(lambda item: item["indicatorValue"].startswith("n3."), reason="busy"), times=1)
    )
    first = here.run(here.job(here.collection(domains(10))))
    assert first["outcomes"] == {"created": 9, "failed": 1}
    assert first["exit_code"] == 3
    again = here.run(here.job(here.output, replay=True, output=here.directory / "replay", run_id="run-2"))
    assert again["records_read"] == 1
    assert again["outcomes"] == {"created": 1}
    assert again["withdrawn"] == 0
    assert len(here.tenant.rows()) == 10


def test_a_replayed_record_that_is_still_malformed_is_rejected_again_with_its_location(site: Start) -> None:
    here = site()
    here.run(here.job(EXAMPLE))
    before = here.rows_of("deadletters")
    output = here.directory / "replay"
    again = here.run(here.job(here.output, replay=True, output=output, run_id="run-2"))
    assert again["outcomes"] == {"rejected": len(before)}
    after = here.rows_of("deadletters", output)
    assert sorted(row["location"] for row in after) == sorted(row["location"] for row in before)


def test_a_dry_run_plans_without_credentials_and_calls_nothing(site: Start) -> None:
    here = site()
    tenant = here.settings(here.connection(client_secret="", client_id=""))
    summary = here.run(here.job(EXAMPLE, dry_run=True, tenants=(tenant,)))
    assert here.tenant.requests == []
    assert here.tenant.rows() == []
    assert summary["balanced"] is True
    plan = here.document("plan.json")["tenants"][0]
    assert plan["counts"]["created"] == summary["outcomes"]["created"] == len(plan["changes"])


def test_a_dry_run_plans_what_a_run_sends(site: Start) -> None:
    here = site()
    here.run(here.job(EXAMPLE, dry_run=True))
    planned = {
        (one["indicatorType"], one["indicatorValue"], one["action"], one["externalId"])
        for one in here.document("plan.json")["tenants"][0]["changes"]
    }
    here.run(here.job(EXAMPLE, output=here.directory / "real"))
    held = {
        (row["indicatorType"], row["indicatorValue"], row["action"], row["externalId"])
        for row in here.tenant.rows()
    }
    assert planned == held


def test_the_order_of_the_collection_decides_nothing(site: Start) -> None:
    here = site()
    records = [*domains(60), *domains(20)]
    for number, record in enumerate(records):
        record["description"] = f"seen {number % 7} times"
    tenant = here.settings(policy=PlanPolicy("drill", capacity=25))
    plans = []
    for turn in range(2):
        random.Random(turn).shuffle(records)
        here.run(here.job(here.collection(records), dry_run=True, tenants=(tenant,)))
        plans.append(here.document("plan.json")["tenants"][0]["changes"])
    assert plans[0] == plans[1]
    assert len(plans[0]) == 25


def test_over_capacity_is_left_out_and_still_balances(site: Start) -> None:
    here = site()
    tenant = here.settings(policy=PlanPolicy("drill", capacity=25))
    summary = here.run(here.job(here.collection([*domains(60), *domains(5)]), tenants=(tenant,)))
    assert summary["outcomes"] == {"created": 25, "duplicate": 5, "left_out": 35}
    assert summary["balanced"] is True


def test_objects_per_run_defers_the_rest(site: Start) -> None:
    here = site()
    tenant = here.settings(policy=PlanPolicy("drill", objects_per_run=4))
    summary = here.run(here.job(here.collection(domains(10)), tenants=(tenant,)))
    assert summary["outcomes"] == {"created": 4, "deferred": 6}


def test_a_whitelisted_record_protects_its_value_in_the_same_run(site: Start) -> None:
    here = site()
    records = [*domains(3), {**domains(1)[0], "id": 99, "status": "Whitelisted"}]
    summary = here.run(here.job(here.collection(records)))
    assert summary["outcomes"] == {"created": 2, "inactive": 1, "protected": 1}
    assert summary["reasons"]["protected"] == {"whitelisted_in_run": 1}


def test_a_truncated_gzip_is_used_as_far_as_it_goes_and_said(site: Start) -> None:
    here = site()
    whole = gzip.compress(here.collection(domains(5_000)).read_bytes())
    cut = here.directory / "cut.jsonl.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    summary = here.run(here.job(cut))
    assert summary["exit_code"] == 3
    assert summary["inputs_incomplete"] == 1
    assert str(cut) in summary["inputs"][0]["error"]
    assert 0 < summary["records_read"] < 5_000
    assert summary["balanced"] is True


def test_an_empty_file_gives_a_summary(site: Start) -> None:
    here = site()
    summary = here.run(here.job(here.collection([])))
    assert (summary["records_read"], summary["exit_code"], summary["balanced"]) == (0, 0, True)
    assert summary["outcomes"] == {}
    assert summary["requests"] == {"GET /api/indicators": {"200": 1}}


def test_several_inputs_of_several_formats_are_one_collection(site: Start) -> None:
    here = site()
    first = here.collection(domains(3))
    (here.directory / "more.csv").write_text("indicator,type\nn7.malware-test.example,domain\n")
    (here.directory / "list.txt").write_text("# a list\n21.4.5.6\nn8.malware-test.example\n")
    summary = here.run(here.job(first, here.directory / "*.csv", here.directory / "list.txt"))
    assert summary["outcomes"] == {"created": 6}
    assert {row["location"].rpartition("/")[2] for row in here.rows_of("outcomes")} >= {"more.csv:2", "list.txt:3"}


def test_rubbish_in_every_line_ends_as_dead_letters(site: Start) -> None:
    here = site()
    lines = [
        b"{",
        b"[]",
        b"\x00\x00",
        b"\xff\xfe",
        b'{"value":"\\ud800"}',
        b"7",
        b'{"type":"FQDN"}',
        b"x" * 2_000_000,
    ]
    summary = here.run(here.job(here.collection([*domains(1), *lines]), input_format="jsonl"))
    assert summary["outcomes"] == {"created": 1, "rejected": len(lines)}
    assert summary["balanced"] is True


def test_a_missing_input_stops_the_run_before_anything_is_written(site: Start) -> None:
    here = site()
    with pytest.raises(ConfigurationError, match="--input"):
        here.run(here.job(here.directory / "nowhere.jsonl"))
    assert here.tenant.requests == []
    assert not here.output.exists()


def test_a_missing_never_block_list_stops_the_run_before_anything_is_written(site: Start) -> None:
    here = site()
    tenant = here.settings(never_block=(str(here.directory / "nowhere.txt"),))
    with pytest.raises(ConfigurationError, match="--never_block"):
        here.run(here.job(EXAMPLE, tenants=(tenant,)))
    assert here.tenant.requests == []


def test_a_never_block_list_protects(site: Start) -> None:
    here = site()
    (here.directory / "ours.txt").write_text("malware-test.example\n")
    tenant = here.settings(never_block=(str(here.directory / "ours.txt"),))
    summary = here.run(here.job(here.collection(domains(3)), tenants=(tenant,)))
    assert summary["outcomes"] == {"protected": 3}
    assert here.tenant.rows() == []


def test_a_line_of_a_never_block_list_that_is_not_understood_stops_the_run(site: Start) -> None:
    here = site()
    (here.directory / "ours.txt").write_text("malware-test.example\nn0.malware-test.example (the bank)\n")
    tenant = here.settings(never_block=(str(here.directory / "ours.txt"),))
    with pytest.raises(ConfigurationError, match="the bank"):
        here.run(here.job(here.collection(domains(3)), tenants=(tenant,)))
    assert here.tenant.requests == []


def test_what_a_run_that_could_not_run_left_is_not_shown_by_the_next(site: Start) -> None:
    here = site()
    job = here.job(EXAMPLE)
    secret = (here.directory / "secret-0").read_text()
    (here.directory / "secret-0").write_text("wrong")
    with pytest.raises(AuthenticationError):
        here.run(job)
    (here.directory / "secret-0").write_text(secret)
    here.run(here.job(here.collection(domains(2)), run_id="run-2"))
    assert here.rows_of("deadletters") == []
    assert not list(here.output.glob(".*"))


def test_no_tenant_that_could_start_is_a_run_that_could_not_run(site: Start) -> None:
    here = site({}, {"tenant_id": "33333333-3333-4333-8333-333333333333"})
    tenants = (here.settings(), here.settings(here.connection(1)))
    for number in range(2):
        (here.directory / f"secret-{number}").write_text("wrong")
    summary = here.run(here.job(here.collection(domains(3)), tenants=tenants))
    assert summary["exit_code"] == 1
    assert summary["balanced"] is True


def test_tenants_whose_files_would_have_the_same_names_are_refused(site: Start) -> None:
    here = site({}, {"tenant_id": "33333333-3333-4333-8333-333333333333"})
    tenants = (here.settings(alias="Acme EU"), here.settings(here.connection(1), alias="acme-eu"))
    with pytest.raises(UsageError, match="alike"):
        here.run(here.job(here.collection(domains(3)), tenants=tenants))


@pytest.mark.parametrize("runner", ["DaskRunner", "BundleBasedDirectRunner"])
def test_a_runner_that_loses_elements_is_refused(site: Start, runner: str) -> None:
    here = site()
    with pytest.raises(UsageError, match="--runner"):
        defender.run(here.job(EXAMPLE), runner=runner)


@pytest.mark.parametrize("name", ["direct", "DirectRunner", "FnApiRunner"])
def test_direct_means_the_in_process_runner(name: str) -> None:
    assert beam_run.runner_name(name) == "FnApiRunner"


def test_a_missing_secret_stops_the_run_before_anything_is_written(site: Start) -> None:
    here = site()
    tenant = here.settings(here.connection(client_secret="env:IOCBEAM_NO_SUCH_SECRET"))
    with pytest.raises(ConfigurationError, match="--client_secret"):
        here.run(here.job(EXAMPLE, tenants=(tenant,)))
    assert here.tenant.requests == []


def test_a_wrong_secret_could_not_run(site: Start) -> None:
    here = site()
    job = here.job(EXAMPLE)
    (here.directory / "secret-0").write_text("wrong")
    with pytest.raises(AuthenticationError, match="7000215"):
        here.run(job)
    assert here.tenant.rows() == []


def test_a_missing_role_could_not_run(site: Start) -> None:
    here = site({"roles": ()})
    with pytest.raises(PermissionDenied):
        here.run(here.job(EXAMPLE))


def test_a_tenant_that_does_not_answer_could_not_run(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, Answer(500)))
    with pytest.raises(RetryLater):
        here.run(here.job(EXAMPLE))


def test_a_tenant_that_goes_away_in_mid_run_leaves_dead_letters_and_a_summary(site: Start) -> None:
    here = site()

    def outage() -> None:
        while sum(one.path == IMPORT and one.status == 200 for one in here.tenant.requests) < 2:
            time.sleep(0.005)
        here.tenant.stop()

    stopper = threading.Thread(target=outage)
    stopper.start()
    summary = here.run(here.job(here.collection(domains(8_000))))
    stopper.join()
    assert summary["exit_code"] == 3
    assert summary["balanced"] is True
    assert summary["stopped"]
    letters = here.rows_of("deadletters")
    assert len(letters) == summary["outcomes"]["failed"] > 0
    assert all(letter["retriable"] and letter["indicator"] for letter in letters)


def test_one_tenant_that_cannot_start_does_not_stop_another(site: Start) -> None:
    other = "33333333-3333-4333-8333-333333333333"
    here = site({}, {"tenant_id": other})
    good, bad = here.settings(), here.settings(here.connection(1))
    (here.directory / "secret-1").write_text("wrong")
    summary = here.run(here.job(here.collection(domains(7)), tenants=(good, bad)))
    by_tenant = {tenant["tenant_id"]: tenant for tenant in summary["tenants"]}
    assert by_tenant[good.tenant_id]["outcomes"] == {"created": 7}
    assert by_tenant[other]["outcomes"] == {"failed": 7}
    assert by_tenant[other]["reasons"] == {"failed": {"stopped": 7}}
    assert summary["balanced"] is True
    assert summary["exit_code"] == 3


def test_a_bundle_that_is_run_again_doubles_no_dead_letter_and_no_row(site: Start) -> None:
    here = site()
    summary = here.run(here.job(EXAMPLE), "--direct_runner_bundle_repeat=1")
    assert summary["balanced"] is True
    assert len(here.rows_of("outcomes")) == summary["records_read"]
    assert len(here.rows_of("deadletters")) == summary["outcomes"]["rejected"]
    assert len(here.tenant.rows()) == summary["outcomes"]["created"]
    assert not list(here.output.glob(".*"))


def test_an_output_directory_shows_one_run(site: Start) -> None:
    here = site()
    here.run(here.job(EXAMPLE))
    assert here.rows_of("deadletters")
    summary = here.run(here.job(here.collection(domains(2)), run_id="run-2"))
    assert summary["run_id"] == "run-2"
    assert here.rows_of("deadletters") == []
    assert len(here.rows_of("outcomes")) == 2


def test_the_real_collection_balances(site: Start, shared: Path) -> None:
    here = site()
    summary = here.run(here.job(shared / "data" / "collection.jsonl.gz"))
    assert summary["records_read"] == 52_522
    assert summary["balanced"] is True
    assert summary["outcomes"]["created"] == 15_000 == len(here.tenant.rows())
    assert summary["exit_code"] == 0


def test_dataflow_needs_an_output_that_its_workers_share(site: Start) -> None:
    here = site()
    with pytest.raises(UsageError, match="--output"):
        defender.run(here.job(EXAMPLE), runner="DataflowRunner")


def test_the_error_that_a_person_sees_is_ours_and_no_circle(site: Start) -> None:
    here = site({"roles": ()})
    with pytest.raises(PermissionDenied) as caught:
        here.run(here.job(EXAMPLE))
    seen: list[BaseException] = []
    cause: BaseException | None = caught.value
    while cause is not None:
        assert all(cause is not earlier for earlier in seen)
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
