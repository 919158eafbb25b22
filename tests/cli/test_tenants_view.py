"""The summary of a run in several tenants."""

from __future__ import annotations

from typing import Any

import pytest

from iocbeam.cli.views.console import make_console
from iocbeam.cli.views.summary_view import show_summary


def tenant(alias: str, **fields: Any) -> dict[str, Any]:
    """A tenant in which all went well: 10 records, of which 3 were rejected before the tenants differ."""
    return {
        "tenant_id": f"{alias.lower()}-id",
        "alias": alias,
        "outcomes": {"created": 2, "updated": 1, "unchanged": 1, "duplicate": 1, "protected": 2, "rejected": 3},
        "reasons": {"rejected": {"not_public": 3}, "duplicate": {"outranked": 1}, "protected": {"built_in": 2}},
        "by_type": {"URL": {"created": 2}, "FQDN": {"updated": 1}},
        "withdrawn": 5,
        "sent": 3,
        "accepted": 3,
        "present": 3,
        "difference_count": 0,
        "differences": [],
        "mark": "kept",
        "stopped": "",
        "refusals": [],
        "conflicts": [],
        "plan_notices": [],
        "requests": {"POST /api/indicators/import": {"200": 1}},
        "throttled_seconds": 0,
        "policy_effect": None,
        **fields,
    }


def failed(alias: str, **fields: Any) -> dict[str, Any]:
    outcomes = {"created": 2, "held": 1, "failed": 2, "protected": 2, "rejected": 3}
    return tenant(alias, **{"outcomes": outcomes, "reasons": {"failed": {"refused": 2}}, **fields})


def shown(*tenants: dict[str, Any], capsys: pytest.CaptureFixture[str], **fields: Any) -> str:
    content = {
        "run_id": "r",
        "job": "defender",
        "collection": "feed",
        "exit_code": 0,
        "dry_run": False,
        "records_read": 10,
        "balanced": True,
        "notices": {},
        "inputs": [],
        "tenants": list(tenants),
        **fields,
    }
    show_summary(content, "out", make_console())
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    return text


def row(text: str, alias: str) -> list[str]:
    """The table's row of a tenant, without the alias."""
    return next(line for line in text.splitlines() if line.startswith(f"{alias} ")).removeprefix(alias).split()


def test_a_table_with_a_row_for_each_tenant_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(tenant("Contoso EU"), failed("Fabrikam", withdrawn=0), capsys=capsys)
    lines = text.splitlines()
    assert lines[0] == "Run r: collection feed into 2 tenants"
    assert lines[2].split() == [
        "Tenant", "Created", "Updated", "Unchanged", "Withdrawn", "Held", "Other", "Failed", "State",
    ]  # fmt: skip
    # Rejected records are the same for both and stand in neither row.
    assert row(text, "Contoso EU") == ["2", "1", "1", "5", "-", "3", "-", "done"]
    assert row(text, "Fabrikam") == ["2", "-", "-", "-", "1", "2", "2", "failed"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "done"),
        ({"conflicts": ["a row of Jane allows it"]}, "done"),
        ({"refusals": ["300 rows"]}, "held back"),
        ({"refusals": ["300 rows"], "difference_count": 1, "differences": ["x"]}, "differs"),
        ({"difference_count": 1, "differences": ["x"], "outcomes": {"failed": 10}}, "failed"),
        ({"stopped": "the app has no role", "outcomes": {"failed": 10}, "refusals": ["300 rows"]}, "stopped"),
    ],
)
def test_the_state_is_the_worst_that_can_be_said(
    fields: dict[str, Any], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(tenant("Contoso", **fields), tenant("Fabrikam"), capsys=capsys)
    assert " ".join(row(text, "Contoso")).endswith(f" {word}")


def test_what_ended_before_the_tenants_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(tenant("Contoso"), tenant("Fabrikam"), capsys=capsys)
    assert "The same for every tenant:" in text
    assert text.count("not_public") == 1
    assert text.count("built_in") == 2


def test_what_ended_differently_is_shown_with_each_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    other = {"created": 5, "expired": 2, "rejected": 3}
    text = shown(tenant("Contoso"), tenant("Fabrikam", outcomes=other), capsys=capsys)
    assert row(text, "Fabrikam") == ["5", "-", "-", "5", "-", "2", "-", "done"]
    assert text.index("Tenant Fabrikam") < text.index("expired  ")


def test_a_balance_of_all_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(tenant("Contoso"), tenant("Fabrikam"), capsys=capsys)
    assert "10 records read, 10 accounted for in each of 2 tenants: balanced." in text
    assert text.count("balanced") == 1


def test_what_does_not_balance_names_the_tenants_and_is_loud(capsys: pytest.CaptureFixture[str]) -> None:
    lost = {"created": 6, "rejected": 3}
    text = shown(tenant("Contoso"), *(tenant(f"T{n}", outcomes=lost) for n in range(7)), capsys=capsys)
    flat = " ".join(text.split())
    assert "NOT BALANCED in T0, T1, T2, T3, T4 and 2 more: 10 records read, but 9 accounted for." in flat
    assert ": balanced." not in text


def test_up_to_three_tenants_are_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(tenant("A"), tenant("B"), tenant("C"), capsys=capsys)
    assert [line for line in text.splitlines() if line.startswith("Tenant ")][1:] == [
        "Tenant A (a-id)",
        "Tenant B (b-id)",
        "Tenant C (c-id)",
    ]
    assert text.count("Sent 3, accepted 3, 3 present when read back; withdrawn 5.") == 3
    assert "Nothing more to say" not in text


def test_of_more_tenants_only_those_with_something_to_say_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        *(tenant(f"Quiet {n}") for n in range(15)),
        failed("Failing"),
        tenant("Stopped", stopped="could not start: the app has no role"),
        tenant("Guarded", refusals=["300 of 900 rows, over --max_withdraw_percent 20: none was."]),
        tenant("Settling", conflicts=["a row of Jane allows bad.example"]),
        tenant("Differing", difference_count=1, differences=["http://gone.example/"]),
        capsys=capsys,
    )
    flat = " ".join(text.split())
    assert [line.split()[1] for line in text.splitlines() if line.startswith("Tenant ")][1:] == [
        "Failing", "Stopped", "Guarded", "Settling", "Differing",
    ]  # fmt: skip
    assert "Stopped early: - could not start: the app has no role" in flat
    assert "Held back by a guard: - 300 of 900 rows" in flat
    assert "Conflicts for a person to settle: - a row of Jane" in flat
    assert "not there when read back (1): - http://gone.example/" in flat
    assert "Nothing more to say of 15 of the tenants; summary.json has all." in text
    assert len(text.splitlines()) < 150


def test_what_is_good_to_know_is_said_once_with_the_tenants(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        tenant("A", plan_notices=["of all", "of one"]),
        *(tenant(name, plan_notices=["of all", "of many"]) for name in "BCDEFGH"),
        capsys=capsys,
    )
    assert text.splitlines()[text.splitlines().index("Good to know:") + 1 :][:3] == [
        "  - of all",
        "  - of one (A)",
        "  - of many (B, C, D, E, F and 2 more)",
    ]


def test_a_dry_run_counts_what_is_planned(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = [tenant(f"T{n}", plan_notices=["a notice"], refusals=["300 rows"]) for n in range(4)]
    text = shown(*quiet, failed("Unread", stopped="no role"), capsys=capsys, dry_run=True)
    assert text.startswith("Plan (dry run) r: collection feed into 5 tenants")
    assert row(text, "T0") == ["2", "1", "1", "5", "-", "3", "-", "held", "back"]
    assert "Nothing in any tenant was changed." in text
    assert "Sent" not in text
    # They stand in the plan, which was printed before.
    assert "a notice" not in text
    assert "300 rows" not in text
    assert [line for line in text.splitlines() if line.startswith("Tenant ")][1:] == ["Tenant Unread (unread-id)"]
    assert "planned" in shown(tenant("A"), tenant("B"), capsys=capsys, dry_run=True)


def test_dead_letters_are_counted_over_all_tenants(capsys: pytest.CaptureFixture[str]) -> None:
    # Three were rejected once for both, and two failed in each.
    assert "7 dead letters are in out" in shown(failed("A"), failed("B"), capsys=capsys)


def test_a_long_alias_stays_whole_and_the_numbers_in_sight(capsys: pytest.CaptureFixture[str]) -> None:
    long = "Wide World Importers Holding Europe 2026"
    many = {"created": 12_345, "updated": 12_345, "unchanged": 12_345, "held": 12_345, "failed": 12_345}
    text = shown(tenant(long, outcomes=many, withdrawn=12_345), tenant("B" * 40), capsys=capsys)
    assert text.count("12,345") >= 6
    table = text[: text.index("The same") if "The same" in text else text.index("NOT")]
    assert all(word in table for word in long.split())
    assert sum(line.partition(" ")[0].count("B") for line in table.splitlines()) == 40


def test_an_empty_collection_in_several_tenants(capsys: pytest.CaptureFixture[str]) -> None:
    empty = {"outcomes": {}, "reasons": {}, "by_type": {}, "withdrawn": 0}
    text = shown(tenant("A", **empty), tenant("B", **empty), capsys=capsys, records_read=0)
    assert "0 records read, 0 accounted for in each of 2 tenants: balanced." in text
    assert "The same for every tenant" not in text


def test_what_a_service_says_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    bad = tenant("\x1b[2JA", stopped="\x1b[2Jstop", refusals=["\x1b[2Jrefusal"], plan_notices=["\x1b[2Jnotice"])
    text = shown(bad, tenant("B"), capsys=capsys)
    for word in ("A", "stop", "refusal", "notice"):
        assert f"\\x1b[2J{word}" in text
