from __future__ import annotations

import re
from typing import Any

import pytest

from iocbeam.cli.jobs.job import defender_job, new_run_id
from iocbeam.cli.options.source_options import SERVICE_OPTIONS
from iocbeam.cli.options.tables import DEFENDER
from iocbeam.cli.values.command_line import parse
from iocbeam.model.errors import UsageError
from iocbeam.model.settings import DefenderJob

NOW = 1_795_310_100
DRY = ["--collection", "feed", "--input", "a.jsonl", "--dry_run"]
LOGIN = ["--tenant_id=t", "--client_id=c", "--client_secret=env:S"]


def job(*argv: str, **more: Any) -> DefenderJob:
    return defender_job(parse(argv, DEFENDER.all).values, now=NOW, run_id="r", **more)


def test_run_ids_tell_the_time_and_differ() -> None:
    first, second = new_run_id(NOW), new_run_id(NOW)
    assert re.fullmatch(r"20261122T011500Z-[0-9a-f]{6}", first)
    assert first != second


def test_defaults() -> None:
    made = job(*DRY)
    assert made.run.run_id == "r"
    assert made.run.started_at == NOW
    assert (made.run.job, made.run.collection, made.run.dry_run, made.run.replay) == (
        "defender",
        "feed",
        True,
        False,
    )
    assert made.intake.inputs == ("a.jsonl",)
    assert made.intake.statuses == ("Active",)
    assert made.output == "iocbeam-out"
    (tenant,) = made.tenants
    assert tenant.tenant_id == "dry_run"
    assert tenant.notices == ()
    classify, policy = tenant.classify, tenant.policy
    assert (classify.file_action, classify.network_action) == ("Audit", "Audit")
    assert (classify.expiration_days, classify.default_severity, classify.max_tlp) == (90, "Medium", "amber")
    assert classify.related_context == ("descriptions", "malware", "adversaries")
    assert (classify.collection, policy.collection) == ("feed", "feed")
    assert (policy.capacity, policy.objects_per_run, policy.withdraw) == (15_000, None, True)
    assert (policy.max_withdraw_percent, policy.withdraw_floor, policy.max_rejected_percent) == (20, 50, 50)
    assert (policy.device_groups, policy.adopt) == ((), ())
    assert tenant.connection.verify_tls


def test_every_option_reaches_the_job() -> None:
    made = job(
        *(
            "--collection=feed",
            "--input",
            "a",
            "b",
            "--input_format=csv",
            "--field_map=value=ioc",
            "--statuses=New",
        ),
        *("--url_without_scheme=https", "--tenant_id=t", "--client_id=c", "--client_certificate=file:p"),
        *("--cloud=dod", "--login_url=https://l", "--defender_url=https://d", "--defender_scope=s"),
        *("--ca_bundle=ca.pem", "--no_tls_verify", "--proxy=http://p", "--action=file=Warn,network=Block"),
        *("--never_expire", "--default_severity=low", "--generate_alert", "--recommended_actions=call us"),
        *("--related_context=malware", "--max_tlp=red", "--threatq_host=tq.example.com", "--max_description=200"),
        *("--device_groups=A,B", "--accept_allow", "--never_block", "x.txt", "y.csv", "--capacity=9"),
        *("--objects_per_run=8", "--no_withdraw", "--max_withdraw_percent=7", "--withdraw_floor=6"),
        *("--max_rejected_percent=5", "--adopt", "Doe, Jane", "iocbeam:old", "--output=o", "--fail_on=any"),
        *("--transforms", "acme.transforms:steps", "acme.more:last"),
    )
    intake, (tenant,) = made.intake, made.tenants
    connection, classify, policy = tenant.connection, tenant.classify, tenant.policy
    assert made.output == "o"
    assert made.run.fail_on == "any"
    assert not made.run.dry_run
    assert (intake.inputs, intake.input_format, intake.field_map) == (("a", "b"), "csv", {"value": "ioc"})
    assert (intake.statuses, intake.url_without_scheme) == (("New",), "https")
    assert intake.transforms == ("acme.transforms:steps", "acme.more:last")
    assert (connection.tenant_id, connection.client_id, connection.client_certificate) == ("t", "c", "file:p")
    assert (connection.cloud, connection.login_url, connection.defender_url) == ("dod", "https://l", "https://d")
    assert (connection.defender_scope, connection.ca_bundle, connection.verify_tls) == ("s", "ca.pem", False)
    assert (connection.proxy, connection.ignore_proxies) == ("http://p", False)
    assert (classify.file_action, classify.network_action) == ("Warn", "Block")
    assert (classify.expiration_days, classify.default_severity, classify.generate_alert) == (None, "Low", True)
    assert (classify.related_context, classify.max_tlp) == (("malware",), "red")
    assert (classify.details_host, classify.max_description) == ("https://tq.example.com", 200)
    assert classify.accept_allow
    assert (policy.recommended_actions, policy.device_groups) == ("call us", ("A", "B"))
    assert (policy.capacity, policy.objects_per_run, policy.withdraw) == (9, 8, False)
    assert (policy.max_withdraw_percent, policy.withdraw_floor, policy.max_rejected_percent) == (7, 6, 5)
    assert policy.adopt == ("Doe, Jane", "iocbeam:old")
    assert tenant.never_block == ("x.txt", "y.csv")
    assert tenant.alias == "t"
    assert ["TLS" in notice for notice in tenant.notices] == [True]
    # A new option must be added above, or nothing holds that it does anything; --tenants, --source and
    # --federated_identity have their own tests.
    assert len(DEFENDER.all) - len(SERVICE_OPTIONS) == 50


def test_one_label_for_both_families_is_made_legal_and_said() -> None:
    (tenant,) = job(*DRY, "--action", "BlockAndRemediate").tenants
    assert (tenant.classify.file_action, tenant.classify.network_action) == ("Block and Remediate", "Block")
    assert [notice for notice in tenant.notices if "files only" in notice]


def test_a_family_that_is_not_named_is_audited() -> None:
    (tenant,) = job(*DRY, "--action", "file=Block").tenants
    assert (tenant.classify.file_action, tenant.classify.network_action) == ("Block", "Audit")


@pytest.mark.parametrize("host", ["tq.example.com", "https://tq.example.com", "https://tq.example.com/"])
def test_hosts_of_threatq(host: str) -> None:
    assert job(*DRY, "--threatq_host", host).tenants[0].classify.details_host == "https://tq.example.com"


def test_a_replay_reads_dead_letters_and_withdraws_nothing() -> None:
    made = job("--collection=feed", *LOGIN, dead_letters=["out"])
    assert made.run.replay
    assert made.intake.inputs == ("out",)
    assert not made.tenants[0].policy.withdraw


def test_a_dry_run_needs_no_login() -> None:
    for named in ([], ["--tenant_id=t"]):
        connection = job(*DRY, *named).tenants[0].connection
        assert (connection.client_id, connection.client_secret, connection.client_certificate) == ("", "", "")


def test_a_dry_run_with_a_login_keeps_it_for_reading() -> None:
    (tenant,) = job(*DRY, *LOGIN).tenants
    tenant.connection.require_login()


@pytest.mark.parametrize(
    ("login", "missing"),
    [
        (["--client_id=c"], "--tenant_id"),
        (["--client_secret=env:S"], "--tenant_id"),
        (["--client_certificate=file:p"], "--tenant_id"),
        (["--tenant_id=t", "--client_id=c"], "--client_secret"),
        (["--tenant_id=t", "--client_secret=env:S"], "--client_id"),
        (["--tenant_id=t", "--client_certificate=file:p"], "--client_id"),
    ],
)
def test_a_dry_run_with_half_a_login_is_refused(login: list[str], missing: str) -> None:
    with pytest.raises(UsageError, match=f"^{missing} is missing"):
        job(*DRY, *login)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--input", "a"], ["--collection", "missing"]),
        (["--collection", "feed"], ["--input", "missing"]),
        (["--collection", "Feed", "--input", "a"], ["--collection", "'Feed'", "a-z"]),
        (["--collection=feed", "--input=a"], ["--tenant_id", "missing"]),
        (["--collection=feed", "--input=a", "--tenant_id=t"], ["--client_id", "missing"]),
        (["--collection=feed", "--input=a", "--tenant_id=t", "--client_id=c"], ["--client_secret", "missing"]),
        ([*DRY, "--action", "network=Block and Remediate"], ["--action", "files only", "network=Block"]),
        ([*DRY, "--action", "Allow"], ["--action", "--accept_allow"]),
        ([*DRY, "--cloud", "China 21Vianet"], ["--cloud", "gcc_high"]),
        ([*DRY, "--login_url", "http://x"], ["--login_url", "https://"]),
        ([*DRY, "--defender_url", "https://x/api"], ["--defender_url", "host"]),
        ([*DRY, "--capacity", "0"], ["--capacity", "1 or more"]),
        ([*DRY, "--objects_per_run", "0"], ["--objects_per_run", "1 or more"]),
        ([*DRY, "--expiration_days", "0"], ["--expiration_days", "1 or more"]),
        ([*DRY, "--max_withdraw_percent", "101"], ["--max_withdraw_percent", "0 to 100"]),
        ([*DRY, "--max_rejected_percent", "-1"], ["--max_rejected_percent", "0 to 100"]),
        ([*DRY, "--withdraw_floor", "-1"], ["--withdraw_floor", "0 or more"]),
        ([*DRY, "--max_description", "5"], ["--max_description", "100 to 4000"]),
        ([*DRY, "--threatq_host", "ftp://x"], ["--threatq_host", "host"]),
        ([*DRY, "--threatq_host", "x.example/path"], ["--threatq_host", "host"]),
    ],
)
def test_what_cannot_be_is_refused(argv: list[str], words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        job(*argv)
    assert [word for word in words if word not in str(caught.value)] == []
