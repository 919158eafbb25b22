"""Sentinel on the command line: `--targets`, its options, its example, its plan on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iocbeam.cli.jobs.job import sync_job
from iocbeam.cli.jobs.kinds import targets_of
from iocbeam.cli.options.tables import SYNC
from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.config import with_config
from iocbeam.cli.views.console import make_console
from iocbeam.cli.views.plan_view import show_plan
from iocbeam.cli.views.summary_view import show_summary
from iocbeam.model.errors import UsageError
from iocbeam.model.settings.sentinel import SentinelTenantSettings, SentinelWorkspace
from iocbeam.model.settings.sync import SyncJob

EXAMPLES = Path(__file__).parents[2] / "examples"
ONE = "66666666-6666-4666-8666-666666666666"
TWO = "77777777-7777-4777-8777-777777777777"
RUN = ["--collection=feed", "--input=a.jsonl"]
LOGIN = ["--tenant_id=t", "--client_id=c", "--client_secret=env:S"]
WORKSPACE = [
    f"--sentinel_workspace_id={ONE.upper()}",
    f"--sentinel_subscription={TWO}",
    "--sentinel_resource_group=security",
    "--sentinel_workspace=contoso-siem",
]


def sync(*argv: str, **more: Any) -> SyncJob:
    return sync_job(with_config(parse(argv, SYNC.all).values, SYNC.all), now=0, run_id="r", **more)


def tenant(*argv: str) -> SentinelTenantSettings:
    job = sync(*RUN, "--targets=sentinel", *argv).sentinel
    assert job is not None
    (only,) = job.tenants
    return only


def refusal(*argv: str) -> str:
    with pytest.raises(UsageError) as caught:
        sync(*RUN, *argv)
    return str(caught.value)


@pytest.mark.parametrize(
    ("argv", "targets"),
    [
        (["--location_name=Feed"], (True, True, False)),
        (["--targets=defender"], (True, False, False)),
        (["--targets=Sentinel"], (False, False, True)),
        (["--targets", "entra,Microsoft Sentinel", "--location_name=Feed"], (False, True, True)),
        (["--targets=defender", "--targets=sentinel"], (True, False, True)),
        (["--targets=sentinel,entra,defender", "--location_name=Feed"], (True, True, True)),
        (["--targets=defender", *WORKSPACE], (True, False, False)),
    ],
    ids=["default", "defender", "sentinel", "other names", "given twice", "all", "one of a longer configuration"],
)
def test_targets_are_those_that_are_named(argv: list[str], targets: tuple[bool, ...]) -> None:
    made = sync(*RUN, "--dry_run", *argv)
    assert (made.defender is not None, made.entra is not None, made.sentinel is not None) == targets
    jobs = targets_of(made)
    assert len(jobs) == sum(targets)
    assert all(job.run is made.run and job.intake is made.intake for job in jobs)


def test_settings_come_from_the_options() -> None:
    made = tenant(
        *LOGIN, *WORKSPACE, "--sentinel_capacity=9", "--expiration_days=30", "--max_tlp=green", "--no_withdraw",
        "--objects_per_run=3", "--sentinel_url=https://a.example", "--arm_url=https://b.example",
        "--arm_scope=https://c.example/.default", "--default_severity=High",
    )  # fmt: skip
    assert made.workspace == SentinelWorkspace(ONE, TWO, "security", "contoso-siem")
    assert (made.capacity, made.classify.expiration_days, made.classify.max_tlp) == (9, 30, "green")
    assert (made.limits.withdraw, made.limits.objects_per_run, made.classify.default_severity) == (
        False,
        3,
        "High",
    )
    connection = made.connection
    assert (connection.sentinel_url, connection.arm_url, connection.arm_scope) == (
        "https://a.example",
        "https://b.example",
        "https://c.example/.default",
    )
    assert made.notices == ()


@pytest.mark.parametrize("missing", range(4), ids=[option.partition("=")[0] for option in WORKSPACE])
def test_all_of_the_workspace_is_needed(missing: int) -> None:
    given = [option for number, option in enumerate(WORKSPACE) if number != missing]
    assert refusal("--targets=sentinel", *LOGIN, *given).startswith(
        f"{WORKSPACE[missing].partition('=')[0]} is missing."
    )


def test_a_dry_run_without_a_login_needs_no_workspace() -> None:
    assert tenant("--dry_run").workspace == SentinelWorkspace()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--targets=splunk"], ["--targets", "defender, entra, sentinel"]),
        (["--targets=sentinel", *WORKSPACE], ["--tenant_id is missing"]),
        (["--targets=sentinel", "--dry_run", "--sentinel_workspace_id=siem"], ["--sentinel_workspace_id"]),
        (["--targets=sentinel", "--dry_run", "--sentinel_resource_group=a/b"], ["--sentinel_resource_group"]),
        (["--targets=sentinel", "--dry_run", "--sentinel_capacity=0"], ["--sentinel_capacity", "1 or more"]),
        (["--targets=sentinel", "--dry_run", "--arm_url=http://b"], ["--arm_url", "https://"]),
        (["--targets=entra", "--dry_run"], ["--location_name is missing"]),
        *(
            (
                ["--dry_run", "--location_name=F", option],
                [f"{option.partition('=')[0]} is given", "--targets sentinel"],
            )
            for option in (
                WORKSPACE[3],
                "--sentinel_capacity=9",
                "--sentinel_url=https://a.example",
                "--arm_url=https://b.example",
                "--arm_scope=https://c.example/.default",
            )
        ),
        *(
            (["--targets=sentinel", "--dry_run", *action], ["--action", "Leave sentinel out of --targets"])
            for action in (
                ["--action=Allow", "--accept_allow"],
                ["--action=Allow"],
                ["--action=file=Allow,network=Block", "--accept_allow"],
                ["--action=network=Allow", "--accept_allow"],
            )
        ),
        (
            ["--targets=defender,sentinel", "--dry_run", "--action=Allow", "--accept_allow"],
            ["--action", "Leave sentinel out of --targets"],
        ),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(argv: list[str], words: list[str]) -> None:
    message = refusal(*argv)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(("cloud", "told"), [("global", 0), ("gcc", 0), ("gcc_high", 1), ("dod", 1), ("china", 1)])
def test_where_the_upload_is_hardly_documented_is_told(cloud: str, told: int) -> None:
    made = tenant("--dry_run", f"--cloud={cloud}")
    assert sum("--sentinel_url" in notice for notice in made.notices) == told
    assert tenant("--dry_run", f"--cloud={cloud}", "--sentinel_url=https://a.example").notices == ()


def test_china_has_sentinel_and_no_defender() -> None:
    assert sync(*RUN, "--dry_run", "--cloud=china", "--targets=sentinel").sentinel
    assert "Defender for Endpoint has no documented API" in refusal(
        "--dry_run", "--cloud=china", "--targets=defender,sentinel"
    )


def test_a_replay_withdraws_nothing() -> None:
    made = sync("--collection=feed", "--targets=sentinel", "--dry_run", dead_letters=["out"])
    assert made.sentinel is not None
    assert (made.run.replay, made.sentinel.tenants[0].limits.withdraw) == (True, False)


def test_tenants_have_workspaces_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "tenants.yaml"
    file.write_text(
        "- alias: Contoso\n  sentinel_workspace: one-siem\n- alias: Fabrikam\n  sentinel_workspace: two-siem\n"
    )
    job = sync(*RUN, "--targets=sentinel", "--dry_run", f"--tenants={file}", "--sentinel_capacity=5").sentinel
    assert job is not None
    assert [(one.alias, one.workspace.name, one.capacity) for one in job.tenants] == [
        ("Contoso", "one-siem", 5),
        ("Fabrikam", "two-siem", 5),
    ]


@pytest.mark.parametrize(
    "option",
    [f"sentinel_workspace_id: {ONE}", "sentinel_capacity: 9", "arm_url: https://b.example"],
    ids=lambda text: text.partition(":")[0],
)
def test_an_entry_of_a_tenants_file_is_not_ignored_where_sentinel_is_no_target(
    tmp_path: Path, option: str
) -> None:
    file = tmp_path / "tenants.yaml"
    file.write_text(f"- alias: Contoso\n- alias: Fabrikam\n  {option}\n")
    words = refusal("--dry_run", "--location_name=F", f"--tenants={file}")
    assert "tenant Fabrikam" in words
    assert f"--{option.partition(':')[0]} is given" in words
    assert sync(*RUN, "--dry_run", "--targets=defender", f"--tenants={file}").sentinel is None


def test_two_tenants_do_not_share_a_workspace(tmp_path: Path) -> None:
    file = tmp_path / "tenants.yaml"
    file.write_text(
        f"- alias: Contoso\n  sentinel_workspace_id: {ONE}\n"
        f"- alias: Fabrikam\n  sentinel_workspace_id: {ONE.upper()}\n- alias: Neither\n- alias: Nor\n"
    )
    words = refusal("--targets=sentinel", "--dry_run", f"--tenants={file}")
    assert "--sentinel_workspace_id: tenants Contoso and Fabrikam name the same workspace" in words


def test_another_action_than_allow_is_not_looked_at() -> None:
    assert tenant("--dry_run", "--action=file=Block and Remediate,network=Block").classify.file_action == "Audit"


def test_the_example() -> None:
    made = sync("--config", str(EXAMPLES / "sync-sentinel.yaml"), "--dry_run")
    assert (made.defender, made.entra) == (None, None)
    assert made.sentinel is not None
    (only,) = made.sentinel.tenants
    assert (only.workspace.name, only.classify.expiration_days) == ("contoso-siem", 30)
    only.workspace.require_upload()
    only.workspace.require_query()


def change(kind: str, value: str = "bad.example", fields: tuple[str, ...] = (), **stix: Any) -> dict[str, Any]:
    item = {"confidence": 85, "valid_until": "2027-02-20T01:15:00.000Z", **stix}
    return {"kind": kind, "type": "FQDN", "value": value, "fields": list(fields), "stix": item}


def test_a_plan_is_printed_like_a_diff(capsys: pytest.CaptureFixture[str]) -> None:
    plan = {
        "target": "sentinel",
        "tenant_id": "t",
        "alias": "Contoso",
        "counts": {"created": 2, "updated": 1, "withdrawn": 1},
        "changes": [
            change("updated", "a.example", ("confidence", "description", "valid_until")),
            change("created"),
            change("created", "\x1b[31mb.example", valid_until=None),
        ],
        "withdraw": [{"type": "URL", "value": "http://old.example/", "reason": "absent"}],
        "ends": [{"outcome": "unchanged", "reason": "", "type": "URL", "value": "x"}],
    }
    show_plan({"run_id": "r", "collection": "feed", "tenants": [plan]}, make_console())
    text = capsys.readouterr().out
    assert "\x1b" not in text
    for line in (
        "+ 2 to create, ~ 1 to update, - 1 to withdraw, = 1 unchanged",
        "+ FQDN        bad.example  confidence 85, until 2027-02-20",
        "never expires",
        "~ FQDN        a.example  confidence=85, description, valid_until=2027-02-20",
        "- URL         http://old.example/  absent",
    ):
        assert line in text


def test_a_summary_names_sentinel(capsys: pytest.CaptureFixture[str]) -> None:
    entry = {
        "tenant_id": "t",
        "alias": "Contoso",
        "outcomes": {"created": 3},
        "reasons": {},
        "by_type": {},
        "withdrawn": 2,
        "sent": 3,
        "accepted": 3,
        "present": 3,
    }
    content = {
        "run_id": "r",
        "job": "sync",
        "collection": "feed",
        "exit_code": 0,
        "records_read": 3,
        "balanced": True,
        "inputs": [],
        "tenants": [{**entry, "target": target} for target in ("defender", "entra", "sentinel")],
    }
    show_summary(content, "out", make_console())
    text = capsys.readouterr().out
    assert "Sentinel" in text
    assert "in Defender, in Entra and in Sentinel: balanced." in text
