"""`iocbeam sightings`: its options, and what a person reads afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_pipeline import LOGIN, FakePipeline

from iocbeam.cli import main
from iocbeam.cli.views.console import make_console
from iocbeam.cli.views.sightings_view import show_sightings

RUN = ["sightings", "--collection=feed", "--input", "a", *LOGIN]


def entry(alias: str = "Contoso", **fields: Any) -> dict[str, Any]:
    return {
        "tenant_id": f"{alias.lower()}-id",
        "alias": alias,
        "target": "sightings",
        "outcomes": {"sighted": 2, "not_sighted": 7, "rejected": 1},
        "reasons": {"not_sighted": {"not_found": 7}, "rejected": {"not_public": 1}},
        "objects": {
            "machines": {"read": 1_200, "matched": 1, "written": 1, "complete": True},
            "alerts": {"read": 50_000, "matched": 2, "written": 2, "complete": True},
        },
        "sighted": [
            sighted("198.51.100.7", "IP Address", severity="High", machines=1, alerts=2),
            sighted("a1" * 20, "SHA-1", alerts=1),
        ],
        "stopped": "",
        "plan_notices": [],
        "requests": {"GET /api/alerts": {"200": 9}},
        "throttled_seconds": 0,
        **fields,
    }


def sighted(value: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "severity": "", "malware": "", "machines": 0, "alerts": 0, **fields}


def shown(*tenants: dict[str, Any], capsys: pytest.CaptureFixture[str], **fields: Any) -> str:
    content = {"run_id": "r", "collection": "feed", "exit_code": 0, "records_read": 10, "tenants": list(tenants)}
    show_sightings({**content, **fields}, "out", make_console())
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    return text


def test_the_job_is_what_the_options_say(pipeline: FakePipeline) -> None:
    options = ["--read=alerts,graph_alerts", "--days=7", "--file_lookups=0", "--dialect=qdm", "--all_events"]
    assert main([*RUN, *options, "--event_format=parquet", "--output=o"]) == 0
    job = pipeline.job
    assert pipeline.names == ["sightings"]
    assert (job.run.job, job.run.dry_run, job.reads) == ("sightings", False, ("alerts", "graph_alerts"))
    assert job.window == (job.run.started_at - 7 * 86_400, job.run.started_at)
    assert (job.file_lookups, job.dialect, job.event_format, job.all_events) == (0, "qdm", "parquet", True)
    assert [tenant.alias for tenant in job.tenants] == ["t"]


def test_a_tenants_file_gives_each_its_login(pipeline: FakePipeline) -> None:
    Path("t.yaml").write_text(
        "- alias: Contoso\n  tenant_id: t1\n  client_id: c\n  client_secret: env:A\n"
        "- alias: Fabrikam\n  tenant_id: t2\n  client_id: c\n  client_secret: env:B\n  cloud: gcc\n"
    )
    assert main(["sightings", "--collection=feed", "--input", "a", "--tenants=t.yaml"]) == 0
    assert [(one.alias, one.connection.cloud) for one in pipeline.job.tenants] == [
        ("Contoso", "global"),
        ("Fabrikam", "gcc"),
    ]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        pytest.param(["--days=0"], "--days", id="no-days"),
        pytest.param(["--days=181"], "180", id="too-many-days"),
        pytest.param(["--read=users"], "machines, alerts, graph_alerts", id="unknown-read"),
        pytest.param(["--dialect=ocsf2"], "ocsf_legacy", id="unknown-dialect"),
        pytest.param(["--event_format=csv"], "parquet", id="unknown-format"),
        pytest.param(["--file_lookups=-1"], "--file_lookups", id="negative-lookups"),
        pytest.param(["--cloud=china"], "--cloud", id="no-defender-in-china"),
        pytest.param(["--dry_run"], "--dry_run", id="reads-only-anyway"),
    ],
)
def test_what_cannot_be_is_refused_with_the_option(
    argv: list[str], said: str, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*RUN, *argv]) == 2
    assert said in capsys.readouterr().err
    assert not pipeline.jobs


def test_china_is_read_by_graph_alone(pipeline: FakePipeline) -> None:
    assert main([*RUN, "--cloud=china", "--read=graph_alerts"]) == 0
    assert pipeline.job.reads == ("graph_alerts",)


def test_without_a_login_nothing_is_read(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sightings", "--collection=feed", "--input", "a", "--tenant_id=t"]) == 2
    assert "--client_id" in capsys.readouterr().err


def test_the_exit_status_is_the_runs(pipeline: FakePipeline) -> None:
    pipeline.summary["exit_code"] = 3
    assert main(RUN) == 3


def test_a_person_sees_what_was_read_what_was_seen_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(entry(), capsys=capsys)
    assert text.startswith("Run r: collection feed looked for in Contoso (contoso-id)\n")
    assert ["alerts", "of", "Defender", "50,000", "2", "2"] in [line.split() for line in text.splitlines()]
    assert ["198.51.100.7", "IP", "Address", "High", "1", "2"] in [line.split() for line in text.splitlines()]
    assert "10 records read, 10 accounted for: balanced." in text
    assert "1 dead letters are in out." in text
    assert "Exit status 0: done." in text


def test_nothing_looked_for_is_not_called_nothing_seen(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = {"not_checkable": 10}
    text = shown(entry(sighted=[], outcomes=outcomes, reasons={}, stopped="login"), capsys=capsys, exit_code=3)
    assert "Nothing could be looked for." in text
    assert "None of the indicators was seen." not in text


def test_nothing_seen_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(entry(sighted=[], outcomes={"not_sighted": 10}, reasons={}), capsys=capsys)
    assert "None of the indicators was seen." in text


def test_a_read_that_broke_off_is_said_beside_its_count(capsys: pytest.CaptureFixture[str]) -> None:
    objects = {"alerts": {"read": 5, "matched": 0, "written": 0, "complete": False}}
    text = shown(entry(objects=objects, stopped="alerts of Contoso: 503"), capsys=capsys, exit_code=3)
    assert "not all of them" in text
    assert "alerts of Contoso: 503" in text


def test_a_long_list_is_cut_and_says_where_the_rest_is(capsys: pytest.CaptureFixture[str]) -> None:
    many = [sighted(f"n{number}.example", "FQDN", alerts=1) for number in range(100)]
    text = shown(entry(sighted=many, outcomes={"sighted": 150}), capsys=capsys, records_read=150)
    assert "and 130 more: summary.json has up to 100" in " ".join(text.split())


def test_each_of_several_tenants_has_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(entry(), entry("Fabrikam", sighted=[]), capsys=capsys)
    assert "looked for in 2 tenants" in text
    assert "Tenant Contoso (contoso-id)" in text
    assert "Tenant Fabrikam (fabrikam-id)" in text


def test_what_services_say_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(entry(sighted=[sighted("\x1b[2Jx.example", "FQDN")], stopped="\x1b[31mred"), capsys=capsys)
    assert "\\x1b[2Jx.example" in text
