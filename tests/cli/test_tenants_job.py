from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iocbeam.cli.jobs.job import defender_job
from iocbeam.cli.options.tables import DEFENDER
from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.config import with_config
from iocbeam.model.errors import UsageError
from iocbeam.model.settings import DefenderJob

RUN = ["--collection=feed", "--input=a.jsonl", "--tenants=t.yaml"]
LOGIN = ["--client_id=c", "--client_secret=env:S"]
TWO = "- {alias: A, tenant_id: a}\n- {alias: B, tenant_id: b}\n"


def job(text: str, *argv: str, config: str | None = None, **more: Any) -> DefenderJob:
    Path("t.yaml").write_text(text)
    line = [*RUN, *argv]
    if config is not None:
        Path("c.yaml").write_text(config)
        line.append("--config=c.yaml")
    values = with_config(parse(line, DEFENDER.all).values, DEFENDER.all)
    return defender_job(values, now=1_795_310_100, run_id="r", **more)


def refusal(text: str, *argv: str, **more: Any) -> str:
    with pytest.raises(UsageError) as caught:
        job(text, *argv, **more)
    return str(caught.value)


def test_each_entry_is_a_tenant_of_the_one_collection() -> None:
    made = job(TWO, *LOGIN)
    assert [(tenant.alias, tenant.tenant_id) for tenant in made.tenants] == [("A", "a"), ("B", "b")]
    for tenant in made.tenants:
        tenant.connection.require_login()
        assert tenant.policy.collection == tenant.classify.collection == "feed"
    assert made.intake.inputs == ("a.jsonl",)


def test_an_entry_goes_before_the_command_line_and_that_before_the_configuration() -> None:
    text = "- {alias: A, tenant_id: a, capacity: 1}\n- {alias: B, tenant_id: b}\n"
    made = job(text, *LOGIN, "--capacity=2", config="capacity: 3\nwithdraw_floor: 4\nwithdraw: false\n")
    assert [tenant.policy.capacity for tenant in made.tenants] == [1, 2]
    assert [tenant.policy.withdraw_floor for tenant in made.tenants] == [4, 4]
    assert [tenant.policy.withdraw for tenant in made.tenants] == [False, False]


def test_an_entry_takes_back_a_flag_of_the_command_line() -> None:
    made = job("- {alias: A, tenant_id: a, generate_alert: false, withdraw: true}\n", *LOGIN, "--generate_alert",
               "--no_withdraw")  # fmt: skip
    assert not made.tenants[0].classify.generate_alert
    assert made.tenants[0].policy.withdraw


def test_a_list_of_an_entry_stands_in_the_place_of_the_general_one() -> None:
    made = job("- {alias: A, tenant_id: a, adopt: [x]}\n- {alias: B, tenant_id: b}\n", *LOGIN, "--adopt", "y", "z")
    assert [tenant.policy.adopt for tenant in made.tenants] == [("x",), ("y", "z")]


@pytest.mark.parametrize("general", ["line", "config"])
def test_an_option_of_an_entry_displaces_what_it_excludes(general: str) -> None:
    text = """\
- {alias: A, tenant_id: a, client_certificate: file:p, never_expire: true, ignore_proxies: true}
- {alias: B, tenant_id: b}
"""
    options = {"client_id": "c", "client_secret": "env:S", "expiration_days": "30", "proxy": "http://p"}
    if general == "line":
        made = job(text, *(f"--{name}={value}" for name, value in options.items()))
    else:
        made = job(text, config="".join(f"{name}: {value}\n" for name, value in options.items()))
    first, second = made.tenants
    assert (first.connection.client_secret, first.connection.client_certificate) == ("", "file:p")
    assert (first.connection.proxy, first.connection.ignore_proxies) == ("", True)
    assert first.classify.expiration_days is None
    assert (second.connection.client_secret, second.connection.client_certificate) == ("env:S", "")
    assert (second.connection.proxy, second.classify.expiration_days) == ("http://p", 30)


def test_days_of_an_entry_displace_a_general_never() -> None:
    made = job("- {alias: A, tenant_id: a, expiration_days: 5}\n", *LOGIN, "--never_expire")
    assert made.tenants[0].classify.expiration_days == 5


def test_the_configuration_may_name_the_file() -> None:
    Path("c.yaml").write_text("collection: feed\ninput: [a]\ntenants: t.yaml\ndry_run: true\n")
    Path("t.yaml").write_text(TWO)
    values = with_config(parse(["--config=c.yaml"], DEFENDER.all).values, DEFENDER.all)
    assert [tenant.alias for tenant in defender_job(values, now=0, run_id="r").tenants] == ["A", "B"]


def test_a_file_of_tenants_and_one_tenant_exclude_each_other() -> None:
    assert "give --tenants or --tenant_id, not both." in refusal(TWO, "--tenant_id=t", *LOGIN)
    assert "give --tenants or --tenant_id, not both." in refusal(TWO, *LOGIN, config="tenant_id: t\n")
    Path("c.yaml").write_text("tenants: t.yaml\n")
    values = with_config(parse([*RUN[:2], "--tenant_id=t", "--config=c.yaml"], DEFENDER.all).values, DEFENDER.all)
    with pytest.raises(UsageError, match="not both"):
        defender_job(values, now=0, run_id="r")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("capacity: 0", ["--capacity must be 1 or more, not 0."]),
        ("action: Allow", ["--action: Allow disarms", "--accept_allow"]),
        ("action: {network: Block and Remediate}", ["--action: Block and Remediate is for files only"]),
        ("cloud: china", ["--cloud: Defender", "gcc_high"]),
        ("defender_url: 'https://x/api'", ["--defender_url must be"]),
        ("login_url: 'http://x'", ["--login_url", "https://"]),
        ("max_withdraw_percent: 101", ["--max_withdraw_percent must be from 0 to 100."]),
        ("threatq_host: x.example/path", ["--threatq_host must be a host"]),
    ],
)
def test_what_cannot_be_names_the_tenant(entry: str, words: list[str]) -> None:
    message = refusal(f"{TWO}- {{alias: C, tenant_id: c, {entry}}}\n", *LOGIN)
    assert message.startswith("tenant C: --")
    assert "(t.yaml, line 3)" in message
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        ("alias: A", "--tenant_id"),
        ("alias: A, tenant_id: a", "--client_id"),
        ("alias: A, tenant_id: a, client_id: c", "--client_secret"),
    ],
)
def test_a_real_run_needs_a_login_for_every_tenant(entry: str, missing: str) -> None:
    whole = "- {alias: B, tenant_id: b, client_id: c, client_secret: 'env:S'}\n"
    assert f"tenant A: {missing} is missing. (t.yaml, line 2)" in refusal(f"{whole}- {{{entry}}}\n")


def test_a_dry_run_takes_tenants_without_a_login_beside_those_with_one() -> None:
    text = "- {alias: A, tenant_id: a, client_id: c, client_secret: 'env:S'}\n- alias: B\n"
    first, second = job(text, "--dry_run").tenants
    first.connection.require_login()
    assert (second.tenant_id, second.connection.client_id) == ("B", "")


def test_a_dry_run_refuses_half_a_login_of_a_tenant() -> None:
    assert "tenant B: --client_secret is missing." in refusal(
        "- alias: A\n- {alias: B, tenant_id: b, client_id: c}\n", "--dry_run"
    )


def test_notices_are_those_of_the_tenant() -> None:
    text = "- {alias: A, tenant_id: a, action: Block and Remediate}\n- {alias: B, tenant_id: b, action: Block}\n"
    first, second = job(text, *LOGIN).tenants
    assert [("files only" in notice) for notice in first.notices] == [True]
    assert second.notices == ()


def test_a_replay_withdraws_in_no_tenant() -> None:
    made = job("- {alias: A, tenant_id: a, withdraw: true}\n", *LOGIN, dead_letters=["out"])
    assert [tenant.policy.withdraw for tenant in made.tenants] == [False]
