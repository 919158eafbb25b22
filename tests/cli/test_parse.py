from __future__ import annotations

from typing import Any

import pytest

from iocbeam.cli.options.tables import DEFENDER
from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.texts import Actions
from iocbeam.model.errors import UsageError


def given(*argv: str) -> dict[str, Any]:
    return parse(argv, DEFENDER.all).values


def refusal(*argv: str, **more: bool) -> str:
    with pytest.raises(UsageError) as caught:
        parse(argv, DEFENDER.all, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("argv", "values"),
    [
        (["--collection", "feed"], {"collection": "feed"}),
        (["--collection=feed"], {"collection": "feed"}),
        (["--input-format", "CSV"], {"input_format": "csv"}),
        (["--input", "a,b.csv", "c", "--capacity", "7"], {"input": ("a,b.csv", "c"), "capacity": 7}),
        (["--input", "a", "--input=b", "--input", "a"], {"input": ("a", "b")}),
        (["--statuses", "Active,Under Review", "New"], {"statuses": ("Active", "Under Review", "New")}),
        (["--statuses=a", "--statuses=b"], {"statuses": ("a", "b")}),
        (["--device_groups", "Servers, Desks"], {"device_groups": ("Servers", "Desks")}),
        (["--related_context", "Malware"], {"related_context": ("malware",)}),
        (["--related_context=none"], {"related_context": ()}),
        (["--field_map", "value=ioc", "Created At=a=b"], {"field_map": {"value": "ioc", "created_at": "a=b"}}),
        (["--field_map", "value=ioc,type=kind, of it"], {"field_map": {"value": "ioc", "type": "kind, of it"}}),
        (["--field_map", "value=ioc", "--field_map", "type=k"], {"field_map": {"value": "ioc", "type": "k"}}),
        (["--dry_run", "--generate-alert=no"], {"dry_run": True, "generate_alert": False}),
        (["--no_withdraw"], {"withdraw": False}),
        (["--no_withdraw", "--withdraw"], {"withdraw": True}),
        (["--no_tls_verify"], {"no_tls_verify": True}),
        (["--withdraw_floor", "-5"], {"withdraw_floor": -5}),
        (["--recommended_actions=-- see wiki"], {"recommended_actions": "-- see wiki"}),
        (["--client_secret", "env:NAME"], {"client_secret": "env:NAME"}),
        (["--max_tlp", "TLP:AMBER+STRICT"], {"max_tlp": "amber+strict"}),
        (["--max_tlp", "White"], {"max_tlp": "clear"}),
        (["--tenants", "t.yaml"], {"tenants": "t.yaml"}),
        (["--adopt", "Doe, Jane", "iocbeam:old"], {"adopt": ("Doe, Jane", "iocbeam:old")}),
        (["--adopt=Doe, Jane", "--adopt", "soc@contoso.example"], {"adopt": ("Doe, Jane", "soc@contoso.example")}),
        (["--default_severity", "high"], {"default_severity": "High"}),
    ],
)
def test_forms(argv: list[str], values: dict[str, Any]) -> None:
    assert given(*argv) == values


@pytest.mark.parametrize(
    ("label", "cloud"),
    [
        ("Global", "global"),
        ("GCC", "gcc"),
        ("Government Community Cloud", "gcc"),
        ("US Gov GCC High", "gcc_high"),
        ("gcc-high", "gcc_high"),
        ("US Government Community Cloud High", "gcc_high"),
        ("DoD", "dod"),
        ("Department of Defense", "dod"),
    ],
)
def test_names_of_clouds(label: str, cloud: str) -> None:
    assert given("--cloud", label) == {"cloud": cloud}


@pytest.mark.parametrize(
    "label", ["BlockAndRemediate", "Block and Remediate", "block_and_remediate", "BLOCK-AND-REMEDIATE"]
)
def test_labels_compare_without_case_and_separators(label: str) -> None:
    label_for_all = Actions("Block and Remediate", "Block and Remediate", for_all=True)
    assert given("--action", label) == {"action": label_for_all}


def test_an_action_for_each_family() -> None:
    assert given("--action", "file=BlockAndRemediate, Network=alert_and_block")["action"] == Actions(
        "Block and Remediate", "Alert and Block", for_all=False
    )
    assert given("--action=network=Warn")["action"] == Actions(None, "Warn", for_all=False)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--colection", "x"], ["--colection", "not an option", "--collection"]),
        (["--no_withdrw"], ["--no_withdrw", "--no_withdraw"]),
        (["--no_capacity"], ["--no_capacity", "not an option"]),
        (["--tenant", "f"], ["--tenant", "not an option", "--tenants"]),
        (["--alias", "Contoso"], ["--alias", "not an option"]),
        (["--adopt"], ["--adopt", "needs a value", "--adopt OWNER"]),
        (["--collection"], ["--collection", "needs a value"]),
        (["--collection", "--input", "x"], ["--collection", "needs a value"]),
        (["--collection="], ["--collection", "needs a value"]),
        (["--input", "--dry_run"], ["--input", "needs a value"]),
        (["--statuses", ","], ["--statuses", "needs a value"]),
        (["--capacity", "many"], ["--capacity", "'many'", "whole number"]),
        (["--capacity", "1e3"], ["--capacity", "'1e3'", "whole number"]),
        (["--capacity", "9" * 5000], ["--capacity", "whole number"]),
        (["--max_tlp", "purple"], ["--max_tlp", "'purple'", "clear, green, amber, amber+strict, red"]),
        (["--related_context", "malware,gossip"], ["--related_context", "'gossip'", "adversaries", "none"]),
        (["--action", "Destroy"], ["--action", "'Destroy'", "Block and Remediate"]),
        (["--action", "file=Block,mail=Warn"], ["--action", "'mail'", "file, network"]),
        (["--action", "file=Block,file=Warn"], ["--action", "file twice"]),
        (["--action", "Block", "and", "Remediate"], ["'and'", "--action", "quotes"]),
        (["--field_map", "value"], ["--field_map", "'value'", "FIELD=NAME"]),
        (["--field_map", "colour=x"], ["--field_map", "'colour'", "value"]),
        (["--field_map", "value=a", "--field_map=value=b"], ["--field_map", "value twice"]),
        (["--dry_run=perhaps"], ["--dry_run", "'perhaps'", "neither true nor false"]),
        (["--no_withdraw=true"], ["--no_withdraw", "takes no value"]),
        (["--expiration_days", "3", "--never_expire"], ["--expiration_days", "--never_expire", "not both"]),
        (["--client_secret=env:A", "--client_certificate=env:B"], ["--client_secret", "--client_certificate"]),
        (["--proxy=http://p", "--ignore_proxies"], ["--proxy", "--ignore_proxies"]),
        (["-x"], ["'-x'", "two dashes"]),
        (["--proxy", "-x"], ["--proxy", "--proxy=VALUE"]),
        (["file.jsonl"], ["'file.jsonl'", "belongs to no option"]),
        (["--", "--input"], ["'--input'", "belongs to no option"]),
        (["--max_tlp", "\x1b[31mred"], ["--max_tlp", "\\x1b[31mred"]),
    ],
)
def test_refusals_name_option_value_and_what_is_allowed(argv: list[str], words: list[str]) -> None:
    message = refusal(*argv)
    assert [word for word in words if word not in message] == []
    assert "\x1b" not in message


@pytest.mark.parametrize(
    "argv",
    [
        ["--client_secret", "hunter2~hunter2"],
        ["--client_secret=hunter2~hunter2"],
        ["--client-secret", "hunter2~hunter2"],
        ["--client_secret", "env:", "hunter2~hunter2"],
        ["--client_secret", "env:NAME", "hunter2~hunter2"],
        ["--client_secret", "-hunter2~hunter2"],
        ["--client_certificate", "-----BEGIN hunter2~hunter2"],
        ["--client_secrt=hunter2~hunter2"],
        ["--client_secrt", "hunter2~hunter2"],
    ],
)
def test_a_pasted_secret_is_refused_and_not_repeated(argv: list[str]) -> None:
    message = refusal(*argv)
    assert "hunter2" not in message
    assert "client" in message


def test_arguments_beside_options() -> None:
    parsed = parse(["out", "--capacity", "3", "more", "--", "--odd"], DEFENDER.all, paths=True)
    assert parsed.paths == ["out", "more", "--odd"]
    assert parsed.values == {"capacity": 3}


def test_what_beam_declares_goes_to_beam() -> None:
    argv = ["--region", "europe-west1", "--capacity", "3", "--num-workers=2", "--dry_run"]
    argv += ["--no_use_public_ips", "--experiments", "a", "--runner", "DataflowRunner"]
    parsed = parse(argv, DEFENDER.all, beam=True)
    assert parsed.values == {"capacity": 3, "dry_run": True, "runner": "DataflowRunner"}
    assert parsed.beam_args == [
        "--region", "europe-west1", "--num_workers=2", "--no_use_public_ips", "--experiments", "a",
    ]  # fmt: skip


def test_what_beam_does_not_declare_or_take_is_refused() -> None:
    assert "--num_workers" in refusal("--num_workers", "many", beam=True)
    assert "--num_workers" in refusal("--num_worker", "3", beam=True)
    assert "not an option" in refusal("--collectionn", "x", beam=True)
    assert "--region" in refusal("--region", beam=True)
