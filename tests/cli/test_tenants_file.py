from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iocbeam.cli.options.tables import DEFENDER
from iocbeam.cli.values.tenants_file import read_tenants
from iocbeam.cli.values.texts import Actions
from iocbeam.model.errors import ConfigurationError, UsageError

EXAMPLE = Path(__file__).parents[2] / "examples" / "tenants.yaml"

TWO = """\
# Two of them
- alias: Contoso
  tenant_id: one
  action: Block
-
  tenant-id: two
  alias: Fabrikam 2.0_x-y
  capacity: 12
"""


def read(text: str | bytes) -> list[tuple[str, dict[str, Any]]]:
    Path("t.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(tenant.alias, dict(tenant.values)) for tenant in read_tenants("t.yaml", DEFENDER)]


def refusal(text: str | bytes) -> str:
    with pytest.raises((ConfigurationError, UsageError)) as caught:
        read(text)
    return str(caught.value)


def test_entries_keep_their_order_and_have_only_what_they_give() -> None:
    assert read(TWO) == [
        ("Contoso", {"tenant_id": "one", "action": Actions("Block", "Block", for_all=True)}),
        ("Fabrikam 2.0_x-y", {"tenant_id": "two", "capacity": 12}),
    ]


def test_entries_know_their_place() -> None:
    Path("t.yaml").write_text(TWO)
    assert [tenant.place for tenant in read_tenants("t.yaml", DEFENDER)] == ["t.yaml, line 2", "t.yaml, line 6"]


def test_every_option_of_a_tenant_is_taken() -> None:
    text = """\
- alias: Contoso
  tenant_id: t
  client_id: c
  client_secret: env:S
  cloud: US GCC High
  login_url: https://l
  defender_url: https://d
  defender_scope: s
  ca_bundle: ca.pem
  no_tls_verify: true
  proxy: http://p
  action: {file: Warn, network: Block}
  accept_allow: no
  expiration_days: 7
  default_severity: low
  generate_alert: yes
  recommended_actions: call us
  related_context: none
  max_tlp: tlp:red
  threatq_host: tq.example
  max_description: 200
  device_groups: ['A, B', C]
  never_block: [x.txt]
  capacity: 9
  objects_per_run: 8
  no_withdraw: true
  max_withdraw_percent: 7
  withdraw_floor: 6
  max_rejected_percent: 5
  adopt: ['Doe, Jane', iocbeam:old]
- alias: Fabrikam
  client_certificate: file:p
  ignore_proxies: true
  never_expire: true
- alias: Woodgrove
  federated_identity: Google
"""
    (_, first), (_, second), (_, third) = read(text)
    assert third == {"federated_identity": "google"}
    assert {*first, *second, *third} == {option.name for option in DEFENDER.tenant}
    assert (first["cloud"], first["max_tlp"], first["related_context"]) == ("gcc_high", "red", ())
    assert (first["withdraw"], first["accept_allow"], first["generate_alert"]) == (False, False, True)
    assert (first["device_groups"], first["adopt"]) == (("A, B", "C"), ("Doe, Jane", "iocbeam:old"))


@pytest.mark.parametrize("name", sorted(option.name for option in DEFENDER.all if option not in DEFENDER.tenant))
def test_what_is_the_same_for_all_tenants_is_refused(name: str) -> None:
    message = refusal(f"- alias: Contoso\n  {name}: x\n")
    assert f"t.yaml, line 2, tenant Contoso: '{name}' is the same for all tenants." in message


@pytest.mark.parametrize("alias", ["a", "7", "Contoso EU", "contoso.com", "A_b-c", "x" * 40, "2026"])
def test_aliases(alias: str) -> None:
    assert read(f"- alias: {alias}\n") == [(alias, {})]


@pytest.mark.parametrize(
    "alias", ["x" * 41, "'.'", "-a", "'_'", "a/b", "a,b", "Müller", '"a\\tb"', '"a\\e[31mb"', "a:b"]
)
def test_what_is_no_alias_is_refused(alias: str) -> None:
    message = refusal(f"- capacity: 1\n  alias: {alias}\n")
    assert "t.yaml, line 2" in message
    assert "is not an alias. Use 1 to 40" in message
    assert message.isprintable()


@pytest.mark.parametrize("alias", ["Contoso", "contoso", "Con-toso", "C.o.n.t.o.s.o", "CON TOSO", "con_toso"])
def test_aliases_differ_in_more_than_case_and_punctuation(alias: str) -> None:
    message = refusal(f"- alias: Contoso\n- alias: Fabrikam\n- alias: {alias}\n")
    assert f"t.yaml, line 3, tenant {alias}: its alias differs in case and punctuation at most" in message
    assert "Contoso (t.yaml, line 1)" in message


def test_tenant_ids_differ() -> None:
    message = refusal("- {alias: A, tenant_id: abc}\n- {alias: B, tenant_id: ABC}\n")
    assert "t.yaml, line 2, tenant B: its tenant_id is that of A (t.yaml, line 1)." in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["t.yaml names no tenant", "- alias: NAME"]),
        ("# nothing\n", ["names no tenant"]),
        ("[]\n", ["names no tenant"]),
        ("alias: Contoso\n", ["t.yaml, line 1: not a list", "- alias: NAME"]),
        ("\njust text\n", ["t.yaml, line 2: not a list"]),
        ("- alias: A\n- just text\n", ["t.yaml, line 2", "NAME: VALUE"]),
        ("- alias: A\n-\n", ["t.yaml, line 2", "NAME: VALUE"]),
        ("- alias: A\n- [b]\n", ["t.yaml, line 2", "NAME: VALUE"]),
        ("- alias: A\n---\n- alias: B\n", ["t.yaml, line 2", "not YAML"]),
        ("- alias: A\n  capacity: [1\n", ["t.yaml, line", "not YAML"]),
        ("- alias: A\n- <<: *a\n", ["t.yaml, line 2", "not YAML"]),
        (b"- alias: \xff\n", ["t.yaml", "UTF-8"]),
        ("- alias: \x00\n", ["t.yaml", "not YAML"]),
        ("- alias: A\n  capacity: 2026-99-99\n", ["t.yaml", "not YAML"]),
        ("[" * 5000, ["t.yaml"]),
    ],
)
def test_files_of_another_shape(text: str | bytes, words: list[str]) -> None:
    message = refusal(text)
    assert message.startswith("--tenants: ")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- tenant_id: x\n", ["--tenants: t.yaml, line 1: this tenant has no alias"]),
        ("- alias: A\n- capacity: 1\n", ["t.yaml, line 2: this tenant has no alias"]),
        ("- alias:\n", ["--alias needs a value", "t.yaml, line 1"]),
        ("- alias: yes\n", ["--alias", "quotes", "t.yaml, line 1"]),
        ("- alias: [a]\n", ["--alias", "not a list"]),
        ("- alias: A\n  alias: B\n", ["t.yaml, line 2, tenant A: alias is given in line 1 already"]),
        ("- alias: A\n  capasity: 1\n", ["t.yaml, line 2, tenant A: 'capasity'", "Did you mean capacity?"]),
        ("- alias: A\n  region: x\n", ["t.yaml, line 2, tenant A: 'region' is not an option."]),
        ("- alias: A\n  capacity: many\n", ["--capacity", "'many'", "(t.yaml, line 2, tenant A)"]),
        ("- capacity: many\n  alias: A\n", ["--capacity", "'many'", "(t.yaml, line 1, tenant A)"]),
        ("- alias: A\n  capacity: {a: 1}\n", ["--capacity: takes no mapping", "(t.yaml, line 2, tenant A)"]),
        ("- alias: A\n  max_tlp: purple\n", ["--max_tlp", "'purple'", "amber+strict"]),
        ("- alias: A\n  capacity: 1\n  capacity: 2\n", ["t.yaml, line 3, tenant A", "in line 2 already"]),
        ("- alias: A\n  withdraw: true\n  no_withdraw: true\n", ["line 3, tenant A", "in line 2 already"]),
        (
            "- alias: A\n  client_secret: env:A\n  client_certificate: env:B\n",
            ["--client_secret", "--client_certificate", "not both", "t.yaml, line 1, tenant A"],
        ),
        ("- alias: A\n  expiration_days: 3\n  never_expire: true\n", ["--never_expire", "not both", "tenant A"]),
    ],
)
def test_wrong_entries_name_file_line_and_alias(text: str, words: list[str]) -> None:
    message = refusal(text)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    "text",
    [
        "- hunter2\n",
        "- alias: A\n  client_secret: hunter2\n",
        "- alias: A\n  client_secret: [hunter2]\n",
        "- alias: A\n  client_secret: {hunter2: hunter2}\n",
        "- alias: A\n  client_secret: !hunter2 x\n",
        "- alias: A\n  client_secret: *hunter2\n",
        "- alias: A\n  client_secret: 'hunter2\n",
        "- alias: A\n  client_secret: hunter2: x\n",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(text: str) -> None:
    assert "hunter2" not in refusal(text)


def test_a_missing_file() -> None:
    with pytest.raises(ConfigurationError, match=r"--tenants: nowhere\.yaml cannot be read: No such file"):
        read_tenants("nowhere.yaml", DEFENDER)


def test_a_file_on_a_filesystem_that_beam_knows() -> None:
    import mem_files

    tenants = read_tenants(mem_files.put("mem://bucket/t.yaml", TWO.encode()), DEFENDER)
    assert [tenant.alias for tenant in tenants] == ["Contoso", "Fabrikam 2.0_x-y"]
    latin = mem_files.put("mem://bucket/latin.yaml", b"- alias: \xff\n")
    with pytest.raises(ConfigurationError, match=r"--tenants: mem://bucket/latin\.yaml is not UTF-8"):
        read_tenants(latin, DEFENDER)


def test_a_filesystem_that_cannot_be_used_is_said() -> None:
    with pytest.raises(ConfigurationError, match=r"--tenants: nowhere://t\.yaml cannot be read: Unable to get"):
        read_tenants("nowhere://t.yaml", DEFENDER)


def test_the_example_has_three_tenants() -> None:
    tenants = read_tenants(str(EXAMPLE), DEFENDER)
    assert [tenant.alias for tenant in tenants] == ["Contoso", "Fabrikam Europe", "Woodgrove"]
    for tenant in tenants:
        assert tenant.values["tenant_id"]
        assert tenant.values["client_id"]
        assert tenant.values["client_secret"].startswith("env:")
        assert tenant.values["action"]
    assert [tenant.values.get("capacity") for tenant in tenants] == [None, 4_000, 15_000]
