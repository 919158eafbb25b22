"""The summary of a run into Entra, and into Defender and Entra."""

from __future__ import annotations

from typing import Any

import pytest

from iocbeam.cli.views.console import make_console
from iocbeam.cli.views.summary_view import show_summary


def entry(target: str = "entra", alias: str = "Contoso", **fields: Any) -> dict[str, Any]:
    """A tenant's entry in which all went well: 10 records, of which 3 were rejected before the targets part."""
    own = {"created": 5, "updated": 2} if target == "defender" else {"created": 1, "unsupported": 6}
    return {
        "target": target,
        "tenant_id": f"{alias.lower()}-id",
        "alias": alias,
        "outcomes": {**own, "rejected": 3},
        "reasons": {"rejected": {"not_public": 3}},
        "by_type": {},
        "withdrawn": 4 if target == "entra" else 0,
        "sent": 1,
        "accepted": 1,
        "present": 1,
        "difference_count": 0,
        "differences": [],
        "mark": "",
        "stopped": "",
        "refusals": [],
        "conflicts": [],
        "plan_notices": [],
        "requests": {},
        "throttled_seconds": 0,
        "policy_effect": "enforced" if target == "entra" else None,
        **fields,
    }


def shown(*tenants: dict[str, Any], capsys: pytest.CaptureFixture[str], **fields: Any) -> str:
    content = {
        "run_id": "r",
        "job": "sync",
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


def row(text: str, name: str) -> list[str]:
    """The table's row of a tenant, without its name."""
    return next(line for line in text.splitlines() if line.startswith(f"{name} ")).removeprefix(name).split()


def test_entra_alone(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(entry(), capsys=capsys)
    assert text.splitlines()[0] == "Run r: collection feed into Contoso (contoso-id), Entra"
    assert "Sent 1, accepted 1, 1 present when read back; withdrawn 4 ranges." in text
    assert "Effect: enforced: the policy blocks sign-ins." in text
    assert "10 records read, 10 accounted for: balanced." in text


@pytest.mark.parametrize("effect", [None, "none"])
def test_a_policy_that_does_nothing_is_told_from_none(
    effect: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(entry(policy_effect=effect), capsys=capsys)
    assert ("Effect: none: the policy applies to no one" in text) == (effect is not None)
    assert ("Effect" in text) == (effect is not None)


def test_a_summary_that_names_no_target_is_defenders(capsys: pytest.CaptureFixture[str]) -> None:
    old = entry("defender")
    del old["target"]
    text = shown(old, capsys=capsys)
    assert text.splitlines()[0] == "Run r: collection feed into Contoso (contoso-id)"
    assert "withdrawn 0." in text


def test_both_targets_of_one_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(entry("entra"), entry("defender"), capsys=capsys)
    lines = text.splitlines()
    assert lines[0] == "Run r: collection feed into Contoso (contoso-id), Defender and Entra"
    assert row(text, "Defender") == ["5", "2", "-", "-", "-", "-", "-", "done"]
    assert row(text, "Entra") == ["1", "-", "-", "4", "-", "6", "-", "done"]
    assert "The same for every target:" in lines
    assert text.count("not_public") == 1
    assert "10 records read, 10 accounted for in Defender and in Entra: balanced." in text
    assert [line for line in lines if line.startswith("Tenant ")] == [
        "Tenant Contoso (contoso-id) in Defender",
        "Tenant Contoso (contoso-id) in Entra",
    ]
    assert "Effect: enforced: the policy blocks sign-ins." in text


def test_what_is_said_of_one_target_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        entry("defender", plan_notices=["both"]),
        entry(plan_notices=["both", "one"], stopped="no role", outcomes={"failed": 6, "rejected": 3}),
        capsys=capsys,
    )
    assert row(text, "Entra")[-1] == "stopped"
    assert "  - one (Contoso in Entra)" in text.splitlines()
    assert "  - both" in text.splitlines()
    assert "NOT BALANCED in Contoso in Entra: 10 records read, but 9 accounted for." in " ".join(text.split())


def test_both_targets_of_several_tenants(capsys: pytest.CaptureFixture[str]) -> None:
    tenants = [
        entry(target, f"T{n}", policy_effect="none" if target == "entra" else None)
        for target in ("defender", "entra")
        for n in range(4)
    ]
    tenants[5]["refusals"] = ["300 of 900 ranges"]
    text = shown(*tenants, capsys=capsys)
    lines = text.splitlines()
    assert lines[0] == "Run r: collection feed into 4 tenants, Defender and Entra"
    # What belongs together stands together.
    assert [" ".join(line.split()[:3]) for line in lines[3:7]] == [
        "T0 in Defender", "T0 in Entra", "T1 in Defender", "T1 in Entra",
    ]  # fmt: skip
    flat = " ".join(text.split())
    assert "10 accounted for in Defender and in Entra of each of 4 tenants: balanced." in flat
    assert "Tenant T1 (t1-id) in Entra" in lines
    assert "The policy applies to no one, or to no application: T0 in Entra, T2 in Entra, T3 in Entra." in flat
    assert "Nothing more to say of 7 of the targets; summary.json has all." in text


def test_a_record_that_one_target_rejects_is_a_dead_letter_of_each_of_its_tenants(
    capsys: pytest.CaptureFixture[str],
) -> None:
    both = {
        "outcomes": {"created": 5, "rejected": 5},
        "reasons": {"rejected": {"not_public": 3, "prefix_too_short": 2}},
    }
    tenants = [entry(target, alias) for target in ("defender", "entra") for alias in ("A", "B")]
    tenants[2] |= both
    tenants[3] |= both | {"outcomes": {"created": 4, "failed": 1, "rejected": 5}}
    # Three were rejected once for all, two in each of two tenants, and one failed.
    assert "8 dead letters are in out" in shown(*tenants, capsys=capsys)


def test_a_dry_run_of_one_tenant_changes_nothing_in_the_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(entry("defender"), entry(), capsys=capsys, dry_run=True)
    assert text.startswith("Plan (dry run) r: collection feed into Contoso (contoso-id), Defender and Entra")
    assert text.count("Nothing in the tenant was changed.") == 1
    assert "any tenant" not in text
    assert "Effect" not in text
