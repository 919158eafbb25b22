from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iocbeam.cli.options.tables import DEFENDER
from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.config import with_config
from iocbeam.cli.values.texts import Actions
from iocbeam.model.errors import ConfigurationError, UsageError


def settled(text: str | bytes, *argv: str) -> dict[str, Any]:
    Path("c.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return with_config(parse([*argv, "--config", "c.yaml"], DEFENDER.all).values, DEFENDER.all)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("# nothing\n", {}),
        ("collection: feed\n", {"collection": "feed"}),
        ("\ufeffcollection: 2026\n", {"collection": "2026"}),
        ("client-id: abc\n", {"client_id": "abc"}),
        ("input: [a, 'b,c']\n", {"input": ("a", "b,c")}),
        ("input: one\n", {"input": ("one",)}),
        ("device_groups: ['A, B', C]\n", {"device_groups": ("A, B", "C")}),
        ("statuses: Active, New\n", {"statuses": ("Active", "New")}),
        ("field_map: {value: ioc, Type: kind}\n", {"field_map": {"value": "ioc", "type": "kind"}}),
        ("action: block_and_remediate\n", {"action": Actions(*["Block and Remediate"] * 2, for_all=True)}),
        ("action: {file: Warn, network: Block}\n", {"action": Actions("Warn", "Block", for_all=False)}),
        ("generate_alert: yes\ndry_run: false\n", {"generate_alert": True, "dry_run": False}),
        ("no_withdraw: true\n", {"withdraw": False}),
        ("capacity: 12\ncloud: US GCC High\n", {"capacity": 12, "cloud": "gcc_high"}),
        ("tenants: t.yaml\n", {"tenants": "t.yaml"}),
        ("adopt: ['Doe, Jane', iocbeam:old]\n", {"adopt": ("Doe, Jane", "iocbeam:old")}),
        ("adopt: Doe, Jane\n", {"adopt": ("Doe, Jane",)}),
    ],
)
def test_values(text: str, values: dict[str, Any]) -> None:
    assert settled(text) == values


def test_the_command_line_wins() -> None:
    text = "capacity: 12\nstatuses: [Active]\nexpiration_days: 30\nclient_secret: env:A\ngenerate_alert: true\n"
    line = [
        "--capacity=5",
        "--statuses=New",
        "--never_expire",
        "--client_certificate=env:B",
        "--generate_alert=no",
    ]
    assert settled(text, *line) == {
        "capacity": 5,
        "statuses": ("New",),
        "never_expire": True,
        "client_certificate": "env:B",
        "generate_alert": False,
    }


def test_a_flag_that_is_taken_back_excludes_nothing() -> None:
    assert settled("expiration_days: 30\n", "--never_expire=false")["expiration_days"] == 30


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("capacity: 1\ncolection: x\n", ["'colection'", "c.yaml", "line 2", "collection"]),
        ("config: other.yaml\n", ["'config'", "not an option"]),
        ("verbose: true\n", ["'verbose'", "not an option"]),
        ("region: x\n", ["'region'", "command line"]),
        ("3: x\n", ["'3'", "not an option"]),
        ("\ncapacity: many\n", ["--capacity", "'many'", "c.yaml, line 2"]),
        ("capacity: 1.5\n", ["--capacity", "quotes"]),
        ("capacity: [1]\n", ["--capacity", "not a list"]),
        ("capacity: true\n", ["--capacity", "quotes"]),
        ("capacity:\n", ["--capacity", "needs a value"]),
        ("capacity: {a: 1}\n", ["--capacity", "no mapping"]),
        ("collection: 2026-01-01\n", ["--collection", "quotes"]),
        ("input: []\n", ["--input", "needs a value"]),
        ("input: [[a]]\n", ["--input", "quotes"]),
        ("tenant_id: a\ntenant-id: b\n", ["tenant_id", "line 2", "line 1"]),
        ("withdraw: true\nno_withdraw: true\n", ["withdraw", "line 2", "line 1"]),
        ("expiration_days: 3\nnever_expire: true\n", ["--expiration_days", "--never_expire", "c.yaml"]),
    ],
)
def test_usage_errors(text: str, words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        settled(text)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1\nb: 2\n", ["c.yaml, line 2", "not YAML"]),
        ("- a\n- b\n", ["c.yaml, line 1", "NAME: VALUE"]),
        ("just text\n", ["c.yaml, line 1", "NAME: VALUE"]),
        ("a: 1\n---\nb: 2\n", ["c.yaml, line 2", "not YAML"]),
        (b"a: \xff\n", ["c.yaml", "UTF-8"]),
        ("a: \x00\n", ["c.yaml", "not YAML"]),
        ("a: 2026-99-99\n", ["c.yaml", "not YAML"]),
        ("a: " + "[" * 5000, ["c.yaml"]),
        ("? [a]\n: b\n", ["['a']", "not an option"]),
    ],
)
def test_files_that_cannot_be_used(text: str | bytes, words: list[str]) -> None:
    with pytest.raises((ConfigurationError, UsageError)) as caught:
        settled(text)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    "text",
    [
        "client_secret: hunter2\n",
        "client_secret: [hunter2]\n",
        "client_secret: {hunter2: hunter2}\n",
        "client_secret: '12345hunter2'\n",
        "client_secret: !hunter2\n",
        "client_secret: !hunter2 x\n",
        "client_secret: *hunter2\n",
        "client_secret: 5550123\n",
        "client_secret: 'hunter2\n",
        "client_secret: %hunter2\n",
        "client_secret: hunter2: x\n",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises((ConfigurationError, UsageError)) as caught:
        settled(text)
    assert "hunter2" not in str(caught.value)
    assert "5550123" not in str(caught.value)


def test_a_missing_file() -> None:
    with pytest.raises(ConfigurationError, match=r"--config: nowhere\.yaml cannot be read: No such file"):
        with_config({"config": "nowhere.yaml"}, DEFENDER.all)


def test_the_example_is_a_configuration() -> None:
    example = Path(__file__).parents[2] / "examples" / "defender.yaml"
    values = with_config({"config": str(example)}, DEFENDER.all)
    assert values["collection"] == "example"
    assert values["action"] == Actions("Audit", "Audit", for_all=True)
