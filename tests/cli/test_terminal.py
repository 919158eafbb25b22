from __future__ import annotations

from typing import Any

import pytest

from iocbeam.cli.views.console import make_console
from iocbeam.cli.views.summary_view import show_summary


def tenant(**fields: Any) -> dict[str, Any]:
    return {
        "tenant_id": "11111111-1111-4111-8111-111111111111",
        "alias": "Contoso",
        "outcomes": {"rejected": 3, "created": 4_000, "filtered": 1, "failed": 2},
        "reasons": {
            "rejected": {"not_public": 2, "too_broad": 1},
            "filtered": {"custom:mine": 1},
            "failed": {"refused": 2},
        },
        "by_type": {"URL": {"created": 4_000, "failed": 2}, "unknown": {"rejected": 3, "filtered": 1}},
        "withdrawn": 5,
        "sent": 4_002,
        "accepted": 4_000,
        "present": 3_999,
        "difference_count": 1,
        "differences": ["http://gone.example/"],
        "mark": "kept",
        "stopped": "",
        "refusals": ["300 of 1,000 rows would be withdrawn, over --max_withdraw_percent 20: none was."],
        "conflicts": ["a row of the portal allows bad.example"],
        "plan_notices": ["Block and Remediate is for files only"],
        "requests": {"POST /api/indicators/import": {"200": 9, "429": 1, "0": 1}},
        "throttled_seconds": 12.5,
        "policy_effect": None,
        **fields,
    }


def summary(*tenants: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "run_id": "20261122T011500Z-3f9c2a",
        "job": "defender",
        "collection": "feed",
        "exit_code": 3,
        "dry_run": False,
        "records_read": 4_006,
        "balanced": True,
        "notices": {"refanged": 7},
        "inputs": [
            {
                "location": "a.jsonl",
                "entries": 9,
                "records": 9,
                "complete": True,
                "error": "",
                "unused_fields": ["ttp"],
            },
            {
                "location": "b.jsonl.gz",
                "entries": 3_997,
                "records": 3_997,
                "complete": False,
                "error": "b.jsonl.gz:3997: reading broke off after this line",
                "unused_fields": [],
            },
        ],
        "tenants": list(tenants),
        **fields,
    }


def shown(content: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    show_summary(content, "out", make_console())
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    return text


def test_everything_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(summary(tenant()), capsys)
    flat = " ".join(text.split())
    for words in (
        "Run 20261122T011500Z-3f9c2a: collection feed into Contoso",
        "created 4,000 created in the tenant",
        "rejected 3 malformed; kept as a dead letter not_public 2 an address outside the public Internet",
        "custom:mine 1",
        "4,006 records read, 4,006 accounted for: balanced.",
        "URL 4,002 4,000 2 -",
        "Sent 4,002, accepted 4,000, 3,999 present when read back; withdrawn 5.",
        "POST /api/indicators/import 200: 9, 429: 1, no answer: 1",
        "Waited 12.5 s",
        "not there when read back (1): - http://gone.example/",
        "Held back by a guard: - 300 of 1,000 rows",
        "settle: - a row of the portal",
        "Good to know: - Block and Remediate",
        "b.jsonl.gz:3997: reading broke off after this line (3,997 records)",
        "--field_map",
        "ttp",
        "7 defanged values",
        "5 dead letters are in out",
        "iocbeam deadletters out",
        "iocbeam replay out",
        "out/summary.json",
        "Exit status 3: finished, but something could not be read",
    ):
        assert words in flat
    # In the order of the outcome table, whatever the summary's own.
    assert text.index("created") < text.index("filtered") < text.index("rejected") < text.index("failed")


def test_what_does_not_balance_is_loud(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(summary(tenant(), records_read=4_010, balanced=False), capsys)
    assert "NOT BALANCED: 4,010 records read, but 4,006 accounted for." in " ".join(text.split())
    assert ": balanced." not in text


def test_a_quiet_run_is_short(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = tenant(
        outcomes={"unchanged": 5}, reasons={}, by_type={"URL": {"unchanged": 5}}, difference_count=0,
        differences=[], refusals=[], conflicts=[], plan_notices=[], requests={}, throttled_seconds=0, present=None,
    )  # fmt: skip
    text = shown(summary(quiet, records_read=5, notices={}, inputs=[], exit_code=0), capsys)
    assert "No dead letters." in text
    assert "not read back" in text
    assert "Exit status 0: done." in text
    assert "guard" not in text
    assert len(text.splitlines()) <= 16


def test_an_empty_collection(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(summary(tenant(outcomes={}, reasons={}, by_type={}), records_read=0), capsys)
    assert "No records." in text
    assert "0 records read" in text


def test_a_dry_run_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(summary(tenant(), dry_run=True), capsys)
    assert text.startswith("Plan (dry run)")
    assert "would be created" in text
    assert "Nothing in the tenant was changed." in text
    assert "Sent" not in text


def test_what_a_service_says_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(summary(tenant(refusals=["\x1b[2J[red]x[/red]"], alias="[bold]C\x07")), capsys)
    assert "\\x1b[2J[red]x[/red]" in text
    assert "[bold]C\\x07" in text


def test_a_long_list_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(summary(tenant(conflicts=[f"conflict {n}." for n in range(50)])), capsys)
    assert "conflict 19." in text
    assert "conflict 20." not in text
    assert "and 30 more" in text


def test_a_table_in_a_file_has_no_blanks_at_its_ends(capsys: pytest.CaptureFixture[str]) -> None:
    console = make_console()
    console.print("short   \nlonger")
    assert capsys.readouterr().out == "short\nlonger\n"
