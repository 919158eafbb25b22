from __future__ import annotations

from typing import Any

import pytest

from iocbeam.cli.views.console import make_console
from iocbeam.cli.views.plan_view import show_plan

ONE = "0d6c1f52-8b1e-4a37-9d4e-6c1a5e0f7b21"
TWO = "3b8a7e64-2f90-4c1d-8e57-91d0c6a4f852"


def ranges(count: int, first: int = 1) -> list[str]:
    return [f"198.51.{number // 256}.{number % 256}/32" for number in range(first, first + count)]


def location(change: str = "update", **fields: Any) -> dict[str, Any]:
    return {
        "change": change,
        "id": "" if change == "create" else ONE,
        "name": "Feed",
        "trusted": False,
        "ranges": 0 if change == "delete" else 1_204,
        "fields": [] if change == "delete" else ["ipRanges"],
        "added": [],
        "removed": [],
        **fields,
    }


def field(path: str, before: Any, after: Any) -> dict[str, Any]:
    return {"field": path, "before": before, "after": after}


def changed(*fields: dict[str, Any], change: str = "update", **more: Any) -> dict[str, Any]:
    return {"change": change, "id": TWO, "name": "Block feed", "fields": list(fields), "body": {}, **more}


def planned(*locations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A tenant's plan with these changes of locations, and the counts that follow from them."""
    made = {change: sum(one["change"] == change for one in locations) for change in ("create", "update", "delete")}
    return {
        "target": "entra",
        "tenant_id": "t",
        "alias": "Contoso",
        "counts": {
            "created": 1_200,
            "unchanged": 300,
            "locations_created": made["create"],
            "locations_updated": made["update"],
            "locations_deleted": made["delete"],
            "ranges_added": sum(len(one["added"]) for one in locations),
            "ranges_removed": sum(len(one["removed"]) for one in locations),
        },
        "locations": list(locations),
        "policy": changed(change="none"),
        "policy_effect": "report_only",
        "ends": [],
        "withdrawn": 12,
        "stopped": "",
        "unreadable": "",
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
    made = planned(location("create", added=ranges(1_210)), location(removed=ranges(12)), location("delete"))
    lines = shown(made, capsys=capsys).splitlines()
    assert lines[0] == "Plan for Contoso"
    assert lines[1] == "+ 1,200 records to create, - 12 ranges to withdraw, = 300 records unchanged"
    assert " ".join(lines[2:4]).startswith(
        "Locations: + 1 to create, ~ 1 to update, - 1 to delete. Ranges: + 1,210, - 12."
    )


def test_unchanged_records_are_counted_once(capsys: pytest.CaptureFixture[str]) -> None:
    ends = [{"outcome": "unchanged", "reason": "", "type": "IP Address", "value": "x"}] * 300
    lines = shown(planned(ends=ends), capsys=capsys).splitlines()
    assert sum("unchanged" in line for line in lines) == 1
    assert "Locations: nothing to change." in lines


def test_locations_with_what_comes_and_goes(capsys: pytest.CaptureFixture[str]) -> None:
    made = planned(
        location("create", name="Feed (2)", ranges=1, added=["2001:db8::/32"], fields=["ipRanges", "isTrusted"]),
        location(added=ranges(3), removed=ranges(40, 500)),
        location(name="Feed (3)", fields=["isTrusted"], trusted=True),
        location("create", name="Feed (5)", trusted=True, added=ranges(2)),
        location("delete", name="Feed (4)"),
    )
    lines = shown(made, capsys=capsys).splitlines()
    assert lines[lines.index("  + Feed (2)  1 range") + 1] == "      + 2001:db8::/32"
    at = lines.index("  ~ Feed  1,204 ranges")
    assert lines[at + 1] == "      + 198.51.0.1/32, 198.51.0.2/32, 198.51.0.3/32"
    assert lines[at + 2] == "      - 198.51.1.244/32, 198.51.1.245/32, 198.51.1.246/32 and 37 more"
    assert "  ~ Feed (3)  1,204 ranges, marked trusted" in lines
    assert "  + Feed (5)  1,204 ranges, trusted" in lines
    assert "  - Feed (4)  nothing is left for it" in lines


def test_a_few_locations_of_each_kind_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    made = planned(*(location("create", name=f"Feed ({n})" + "x" * 200, added=ranges(2_000)) for n in range(40)))
    lines = shown(made, capsys=capsys).splitlines()
    created = [line for line in lines if line.startswith("  + Feed")]
    assert len(created) == 5
    # A long name is cut, not what happens to it.
    assert all(line.endswith("…  1,204 ranges") for line in created)
    assert "    and 35 more locations in plan.json" in lines
    assert len(lines) < 25


def test_a_policy_field_by_field(capsys: pytest.CaptureFixture[str]) -> None:
    made = planned(
        policy=changed(
            field("state", "enabledForReportingButNotEnforced", "enabled"),
            field("conditions.users.excludeUsers", [ONE], [TWO, "GuestsOrExternalUsers"]),
            field("conditions.locations.includeLocations", [ONE], [ONE, "location:Feed (2)"]),
            field("conditions.platforms", None, {"includePlatforms": ["iOS"]}),
            field("conditions.signInRiskLevels", None, ["high"]),
            field("conditions.clientAppTypes", ["a", "b"], ["b", "a"]),
        ),
        policy_effect="enforced",
    )
    lines = shown(made, capsys=capsys).splitlines()
    at = lines.index("  ~ policy Block feed  changed in place")
    assert lines[at + 1 : at + 14] == [
        "      state: enabledForReportingButNotEnforced → enabled",
        "      conditions.users.excludeUsers",
        f"        + {TWO}, GuestsOrExternalUsers",
        f"        - {ONE}",
        "      conditions.locations.includeLocations",
        "        + Feed (2) (new)",
        '      conditions.platforms: {"includePlatforms": ["iOS"]}',
        "      conditions.signInRiskLevels",
        "        + high",
        '      conditions.clientAppTypes: ["a", "b"] → ["b", "a"]',
        "  Effect: enforced: the policy blocks sign-ins.",
        "",
    ]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("create", "  + policy Block feed  new"),
        ("update", "  ~ policy Block feed  changed in place"),
        ("recreate", "  ~ policy Block feed  a changed copy takes its place, then it is deleted"),
        ("finish", "  ~ policy Block feed  what it replaced in an earlier run is deleted"),
        ("none", "  = policy Block feed: nothing to change"),
    ],
)
def test_what_is_done_to_the_policy(change: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert line in shown(planned(policy=changed(change=change)), capsys=capsys).splitlines()


def test_a_new_policy_has_a_line_for_each_field(capsys: pytest.CaptureFixture[str]) -> None:
    fields = [
        field("state", None, "enabled"),
        field("conditions.users.includeUsers", None, ["All"]),
        field("conditions.locations.includeLocations", None, ["location:Feed", "location:Feed (2)"]),
    ]
    lines = shown(planned(policy=changed(*fields, change="create")), capsys=capsys).splitlines()
    at = lines.index("  + policy Block feed  new")
    assert lines[at + 1 : at + 4] == [
        "      state: enabled",
        "      conditions.users.includeUsers: All",
        "      conditions.locations.includeLocations: Feed (new), Feed (2) (new)",
    ]


def test_a_long_policy_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    ids = [f"0d6c1f52-8b1e-4a37-9d4e-{number:012}" for number in range(300)]
    fields = [field("conditions.users.excludeUsers", [], ids), field("displayName", "a" * 300, "b" * 300)]
    fields += [field(f"conditions.field{number}", None, True) for number in range(30)]
    lines = shown(planned(policy=changed(*fields, name="n" * 240)), capsys=capsys).splitlines()
    assert f"        + {ids[0]} and 299 more" in lines
    assert "      and 12 more fields in plan.json" in lines
    assert [line for line in lines if line.startswith("  ~ policy nnn") and line.endswith("…  changed in place")]


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ("none", "Effect: none: the policy applies to no one, or to no application."),
        ("disabled", "Effect: disabled: the policy is turned off."),
        ("report_only", "Effect: report_only: the policy only logs what it would block."),
        ("enforced", "Effect: enforced: the policy blocks sign-ins."),
    ],
)
def test_effects_in_words(effect: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in " ".join(shown(planned(policy_effect=effect), capsys=capsys).split())


def test_without_a_policy_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(planned(policy=None, policy_effect=None), capsys=capsys)
    assert "No policy is written." in text
    assert "Effect" not in text


def test_a_stop_comes_first_and_is_loud(capsys: pytest.CaptureFixture[str]) -> None:
    stop = f"Feed is there already. If it is to be taken over, give --adopt_location {ONE}."
    nothing = planned(stopped=stop, policy=None, policy_effect=None, counts={}, withdrawn=0)
    lines = shown(nothing, capsys=capsys).splitlines()
    assert lines[:2] == ["Plan for Contoso", "STOPPED, nothing would be written:"]
    assert f"--adopt_location {ONE}." in " ".join(" ".join(lines).split())
    assert "Without that it would be:" not in lines
    assert not [line for line in lines if "No policy" in line or "to create" in line]
    lines = shown(planned(location(added=ranges(1)), stopped=stop), capsys=capsys).splitlines()
    at = lines.index("Without that it would be:")
    assert lines[at + 1].startswith("Locations: + 0 to create, ~ 1 to update")


def test_what_ends_in_the_plan_and_what_is_to_be_settled(capsys: pytest.CaptureFixture[str]) -> None:
    ends = [{"outcome": "protected", "reason": "never_block", "type": "IP Address", "value": "x"}] * 3
    text = shown(planned(ends=ends, refusals=["300 of 900"], conflicts=["two"], notices=["all"]), capsys=capsys)
    assert "  = 3 protected (never_block): nothing is sent" in text.splitlines()
    assert text.index("Effect") < text.index("300 of 900") < text.index("two") < text.index("Good to know:")


def test_a_tenant_that_could_not_be_read_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(planned(location("create"), unreadable="the app has no role"), capsys=capsys)
    assert "the app has no role" in text
    assert "Feed" not in text


def test_what_a_tenant_holds_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        planned(
            location(name="\x1b[2Jname", added=["\x1b[2Jin"], removed=["\x1b[2Jout"]),
            policy=changed(
                field("\x1b[2Jpath", ["\x1b[2Jold"], ["\x1b[2Jnew"]), field("x", "\x1b[2Jfrom", {"\x1b[2Jto": 1}),
                name="\x1b[2Jpolicy",
            ),
            policy_effect="\x1b[2Jeffect",
            stopped="\x1b[2Jstop",
        ),
        capsys=capsys,
    )  # fmt: skip
    for word in ("name", "in", "out", "path", "old", "new", "from", "policy", "effect", "stop"):
        assert f"\\x1b[2J{word}" in text


def defender(**fields: Any) -> dict[str, Any]:
    return {
        "target": "defender",
        "tenant_id": "t",
        "alias": "Contoso",
        "counts": {"created": 1, "updated": 0, "withdrawn": 0},
        "changes": [],
        "ends": [],
        "withdraw": [],
        "refusals": [],
        "conflicts": [],
        "notices": [],
        **fields,
    }


def test_both_targets_of_a_sync_have_a_section(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(planned(notices=["both", "one"]), defender(notices=["both"]), capsys=capsys).splitlines()
    assert [line for line in lines if line.startswith("Plan")] == [
        "Plan for Contoso in Defender",
        "Plan for Contoso in Entra",
    ]
    assert lines[lines.index("Good to know:") + 1 :][:2] == ["  - both", "  - one (Contoso in Entra)"]


def test_many_tenants_of_a_sync_stay_readable(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = {"counts": {"created": 0, "unchanged": 5}, "withdrawn": 0}
    tenants = [
        entry
        for n in range(5)
        for entry in (
            defender(alias=f"T{n}", tenant_id=f"t{n}"),
            planned(alias=f"T{n}", tenant_id=f"t{n}", **quiet),
        )
    ]
    tenants[1] = planned(location("create", added=ranges(3)), alias="T0", tenant_id="t0")
    tenants[3] = planned(alias="T1", tenant_id="t1", stopped="two of that name", **quiet)
    tenants[5] = planned(alias="T2", tenant_id="t2", policy=changed(), **quiet)
    lines = shown(*tenants, capsys=capsys).splitlines()
    assert lines[0] == "Plan for 5 tenants, Defender and Entra"
    rows = {line.rpartition("  ")[0].strip() or line: line.split() for line in lines[2:12]}
    assert [line.split()[:3] for line in lines[2:6]] == [
        ["T0", "in", "Defender"], ["T0", "in", "Entra"], ["T1", "in", "Defender"], ["T1", "in", "Entra"],
    ]  # fmt: skip
    assert lines[3].split()[3:] == ["1,200", "-", "12", "300", "-", "-", "-"]
    assert len(rows) == 10
    assert [line for line in lines[1:] if line.startswith("Plan")] == [
        "Plan for T0 in Entra", "Plan for T1 in Entra", "Plan for T2 in Entra",
    ]  # fmt: skip
