from __future__ import annotations

from typing import Any

import pytest

from iocbeam.cli.views.console import make_console
from iocbeam.cli.views.plan_view import show_plan


def change(kind: str, value: str = "7.1.2.3", fields: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "indicatorType": "IpAddress",
        "indicatorValue": value,
        "action": "Block",
        "severity": "High",
        "generateAlert": True,
        "expirationTime": "2027-02-20T01:15:00Z",
        "fields": list(fields),
        "replaces": "",
        "adopted": False,
        **more,
    }


def withdrawal(reason: str = "absent", value: str = "http://x.example/") -> dict[str, Any]:
    return {"id": "4711", "indicatorType": "Url", "indicatorValue": value, "reason": reason}


def ends(outcome: str, reason: str = "", count: int = 1) -> list[dict[str, Any]]:
    return [{"outcome": outcome, "reason": reason, "type": "URL", "value": "x"}] * count


def planned(
    *changes: dict[str, Any], withdraw: list[dict[str, Any]] | None = None, **fields: Any
) -> dict[str, Any]:
    """A tenant's plan with these changes and withdrawals, and the counts that follow from them."""
    gone = withdraw or []
    counts = {kind: sum(one["kind"] == kind for one in changes) for kind in ("created", "updated")}
    return {
        "tenant_id": "t",
        "alias": "Contoso",
        "counts": {**counts, "withdrawn": len(gone)},
        "changes": list(changes),
        "ends": [],
        "withdraw": gone,
        "refusals": [],
        "conflicts": [],
        "notices": [],
        **fields,
    }


def shown(*tenants: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    show_plan({"run_id": "r", "collection": "feed", "tenants": list(tenants)}, make_console())
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines()), default=0) <= 80
    assert "\x1b" not in text
    return text


def test_counts_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    made = planned(
        *[change("created")] * 7,
        change("updated"),
        withdraw=[withdrawal()] * 2,
        ends=ends("unchanged", count=4_000),
    )
    lines = shown(made, capsys=capsys).splitlines()
    assert lines[:2] == [
        "Plan for Contoso",
        "+ 7 to create, ~ 1 to update, - 2 to withdraw, = 4,000 unchanged",
    ]


def test_a_few_changes_of_each_kind_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    made = planned(
        *(change("created", f"http://c{n}.example/" + "long/" * 40, indicatorType="Url") for n in range(7)),
        change("updated", fields=("action",)),
        withdraw=[withdrawal()],
    )
    text = shown(made, capsys=capsys)
    lines = text.splitlines()
    created = [line for line in lines if line.startswith("  + Url ")]
    assert len(created) == 5
    # A long value is cut, not what happens to it.
    assert all(line.endswith("…  Block, High, alert, until 2027-02-20") for line in created)
    assert "    and 2 more in plan.json" in lines
    assert text.index("  + ") < text.index("  ~ ") < text.index("  - ")


@pytest.mark.parametrize(
    ("fields", "more", "words"),
    [
        (("action",), {}, "action=Block"),
        (("severity", "description"), {}, "severity=High, description"),
        (("expirationTime", "title"), {}, "expirationTime=2027-02-20, title"),
        (("expirationTime",), {"expirationTime": None}, "expirationTime=never"),
        (("generateAlert",), {"generateAlert": False}, "generateAlert=false"),
        (("rbacGroupNames",), {"adopted": True}, "rbacGroupNames, adopted"),
        ((), {}, "Block, High, alert, until 2027-02-20"),
    ],
)
def test_an_update_says_which_fields_change(
    fields: tuple[str, ...], more: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(planned(change("updated", fields=fields, **more)), capsys=capsys)
    assert f"  ~ IpAddress   7.1.2.3  {words}" in text.splitlines()


def test_adopted_rows_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    made = planned(change("updated", fields=("title",), adopted=True), change("updated", fields=("title",)))
    assert "~ 2 to update (1 adopted)," in shown(made, capsys=capsys)


def test_a_withdrawal_says_type_value_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    gone = [withdrawal("expired", "http://long.example/" + "x" * 200)] + [withdrawal()] * 6
    lines = shown(planned(withdraw=gone), capsys=capsys).splitlines()
    assert "  - Url         http://x.example/  absent" in lines
    assert [line for line in lines if line.startswith("  - Url ") and line.endswith("…  expired")]
    assert "    and 2 more in plan.json; in all 6 absent, 1 expired" in lines


def test_what_ends_in_the_plan_is_counted_by_reason(capsys: pytest.CaptureFixture[str]) -> None:
    made = planned(
        ends=ends("held", "held_same", 3) + ends("left_out", "over_capacity", 1_200) + ends("unchanged", count=9)
    )
    lines = shown(made, capsys=capsys).splitlines()
    assert "  = 3 held (held_same): nothing is sent" in lines
    assert "  = 1,200 left_out (over_capacity): nothing is sent" in lines
    # They have been counted in the first line.
    assert sum("unchanged" in line for line in lines) == 1


def test_refusals_conflicts_and_notices_come_last_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    made = planned(
        change("created"),
        refusals=[f"refusal {n}." for n in range(20)],
        conflicts=[f"conflict {n}." for n in range(50)],
        notices=["Block and Remediate is for files only"],
    )
    text = shown(made, capsys=capsys)
    assert text.index("  + ") < text.index("refusal 0.") < text.index("conflict 0.") < text.index("files only")
    assert "refusal 19." in text
    assert "conflict 19." in text
    assert "conflict 20." not in text
    assert "and 30 more, in plan.json" in text


def test_a_tenant_that_could_not_be_read_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(planned(unreadable="the app has no role"), capsys=capsys)
    assert "could not be read" in text
    assert "the app has no role" in text
    assert "to create" not in text


def test_what_was_meant_for_a_tenant_that_could_not_be_read_counts_for_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    unread = planned(change("created"), alias="Unread", unreadable="the app has no role")
    lines = shown(unread, *(planned(alias=f"T{n}") for n in range(6)), capsys=capsys).splitlines()
    assert lines[2].split() == ["Unread", *"-------"]
    assert lines[10:] == [
        "Plan for Unread",
        "The tenant could not be read, so that nothing is planned:",
        "  - the app has no role",
        "",
    ]


def test_each_of_several_tenants_has_a_section(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        planned(*[change("created")] * 7, notices=["for both", "for one"]),
        planned(alias="Fabrikam", notices=["for both"], conflicts=["a row of Jane allows it"]),
        capsys=capsys,
    )
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("Plan for")] == ["Plan for Contoso", "Plan for Fabrikam"]
    assert sum(line.startswith("  + ") for line in lines) == 5
    assert text.index("Plan for Fabrikam") < text.index("a row of Jane")
    # What is said of all is said once.
    assert [line for line in lines if "for " in line and line.startswith("  - ")] == [
        "  - for both",
        "  - for one (Contoso)",
    ]


def test_twenty_tenants_stay_readable(capsys: pytest.CaptureFixture[str]) -> None:
    changing = [
        planned(*[change("created")] * 15_000, alias=f"Region {n}", withdraw=[withdrawal()] * 300, notices=["all"])
        for n in range(9)
    ]
    refusing = [planned(alias="Region 9", refusals=["300 rows of 900"], ends=ends("held"), notices=["all"])]
    quiet = [
        planned(alias=f"Region {n}", ends=ends("unchanged", count=5) + ends("held"), notices=["all"])
        for n in range(10, 20)
    ]
    text = shown(*changing, *refusing, *quiet, capsys=capsys)
    lines = text.splitlines()
    assert lines[0] == "Plan for 20 tenants"
    assert lines[2].split() == ["Region", "0", "15,000", "-", "300", "-", "-", "-", "-"]
    assert lines[11].split() == ["Region", "9", "-", "-", "-", "-", "1", "1", "-"]
    assert lines[21].split() == ["Region", "19", "-", "-", "-", "5", "1", "-", "-"]
    # The others have no more than their row.
    sections = [line for line in lines[1:] if line.startswith("Plan for")]
    assert sections == [f"Plan for Region {n}" for n in range(10)]
    assert sum(line.startswith("  + ") for line in lines) == 9 * 2
    assert "300 rows of 900" in text
    assert text.count("  - all") == 1
    assert len(lines) < 150


def test_what_a_tenant_holds_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        planned(withdraw=[withdrawal("\x1b[2Jgone", "\x1b[31mvalue")], alias="\x1b[2JContoso"),
        planned(change("updated", fields=("\x1b[2Jfield",)), notices=["\x1b[2Jnotice"]),
        capsys=capsys,
    )
    for words in ("\\x1b[2Jgone", "\\x1b[31mvalue", "\\x1b[2JContoso", "\\x1b[2Jfield", "\\x1b[2Jnotice"):
        assert words in text


def test_a_plan_without_tenants_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys=capsys) == ""
