"""`iocbeam check` from the command line to what is printed, against a tenant over TLS."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from iocbeam.cli import main
from iocbeam.cli.options.check_options import CHECK, tables_of_jobs
from iocbeam.clients.probe.check import CHECKS, STATES
from iocbeam.local_tenant import Answer, Fault, LocalTenant, SentinelProfile, TenantProfile
from iocbeam.model.permissions import APIS, JOB_ROLES

OTHER = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
FORBIDDEN_WORDS = ("local-secret", "eyJ", "hunter2", "BEGIN")

Start = Callable[..., LocalTenant]
Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("TENANT_SECRET", "local-secret")
    monkeypatch.setenv("WRONG_SECRET", "hunter2")


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def run(*profiles: TenantProfile, **fields: Any) -> LocalTenant:
            every = profiles or (TenantProfile(rate_limits=None, **fields),)
            return stack.enter_context(LocalTenant(*every))

        yield run


@pytest.fixture
def tenant(start: Start) -> LocalTenant:
    return start()


def values_of(tenant: LocalTenant, **changes: str) -> dict[str, str]:
    profile = tenant.profiles[0]
    return {
        "tenant_id": profile.tenant_id,
        "client_id": profile.client_id,
        "client_secret": "env:TENANT_SECRET",
        "login_url": tenant.login_url,
        "defender_url": tenant.defender_url,
        "graph_url": tenant.graph_url,
        "ca_bundle": tenant.ca_bundle,
        **changes,
    }


def check(tenant: LocalTenant, *more: str, **changes: str) -> int:
    given = values_of(tenant, **changes).items()
    return main(["check", *(f"--{name}={value}" for name, value in given if value), *more])


def document(printed: Printed) -> dict[str, Any]:
    text = printed.readouterr().out
    assert not [word for word in FORBIDDEN_WORDS if word in text]
    return dict(json.loads(text))


def codes(entry: dict[str, Any], *states: str) -> list[str]:
    return [one["code"] for one in entry["checks"] if one["state"] in (states or ("failed", "not tried"))]


def test_a_tenant_that_is_set_up_right_passes(tenant: LocalTenant, capsys: Printed) -> None:
    assert check(tenant, "--jobs=sync,sightings,search") == 0
    text = capsys.readouterr().out
    for line in (
        "sync: works.",
        "sightings: works.",
        "search: works.",
        "Exit status 0: everything that is needed",
    ):
        assert line in text
    assert "GET /api/machines" in text
    assert "What to do" not in text
    assert not [word for word in FORBIDDEN_WORDS if word in text]
    assert max(map(len, text.splitlines())) <= 80


def test_what_is_missing_is_named_with_what_to_do(start: Start, capsys: Printed) -> None:
    assert check(start(roles=("Machine.Read.All",)), "--jobs=sightings") == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "Alert.Read.All failed is missing; needed for alerts (sightings)" in text
    assert "- Alert.Read.All: Add the application permission Alert.Read.All of WindowsDefenderATP" in text
    assert "sightings: does not work yet." in text
    assert "Exit status 1: something that is needed does not work." in text


def test_a_long_address_is_told_in_one_piece(tenant: LocalTenant, capsys: Printed) -> None:
    assert check(tenant, login_url="https://127.0.0.1:1") == 1
    text = capsys.readouterr().out
    assert "login             failed  see below" in text
    found = text.partition("Found:\n")[2]
    assert f"https://127.0.0.1:1/{tenant.profiles[0].tenant_id}" in found


def test_json_has_the_documented_shape(tenant: LocalTenant, capsys: Printed) -> None:
    assert check(tenant, "--json") == 0
    found = document(capsys)
    assert list(found) == ["checked_at", "ok", "exit_code", "tenants"]
    assert (found["ok"], found["exit_code"]) == (True, 0)
    (entry,) = found["tenants"]
    assert list(entry) == ["alias", "tenant_id", "client_id", "cloud", "ok", "jobs", "checks"]
    assert entry["jobs"] == {"defender": True}
    for one in entry["checks"]:
        keys = ["api", "service", "check", "subject", "state", "message", "advice", "code", "jobs"]
        assert list(one) == keys
        assert one["api"] in APIS
        assert one["check"] in CHECKS
        assert one["state"] in STATES
        assert set(one["jobs"]) <= set(JOB_ROLES)


MISTAKES: list[tuple[str, dict[str, Any], dict[str, str], list[str]]] = [
    ("wrong secret", {}, {"client_secret": "env:WRONG_SECRET"}, ["AADSTS7000215"]),
    ("no such secret", {}, {"client_secret": "env:NOT_SET_AT_ALL"}, ["cannot_log_in"]),
    ("wrong tenant", {}, {"tenant_id": OTHER}, ["AADSTS90002"]),
    ("wrong app", {}, {"client_id": OTHER}, ["AADSTS700016"]),
    ("no consent", {"roles": ()}, {}, ["no_consent", "Forbidden"]),
    ("one role missing", {"roles": ("Alert.Read.All",)}, {}, ["role_missing", "Forbidden"]),
    ("wrong cloud", {"audiences": ("https://api-gcc.securitycenter.microsoft.us",)}, {}, ["Unauthorized"]),
    ("self-signed", {}, {"ca_bundle": ""}, ["cannot_log_in"]),
    ("not reachable", {}, {"defender_url": "https://127.0.0.1:1"}, ["no_answer"]),
]


@pytest.mark.parametrize(
    ("profile", "changes", "found"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_a_mistake_is_exit_status_1(
    start: Start, capsys: Printed, profile: dict[str, Any], changes: dict[str, str], found: list[str]
) -> None:
    assert check(start(**profile), "--json", **changes) == 1
    (entry,) = document(capsys)["tenants"]
    assert codes(entry) == found
    assert (entry["ok"], entry["jobs"]) == (False, {"defender": False})
    assert any(one["advice"] for one in entry["checks"])


def test_a_licence_that_is_missing_is_exit_status_1(tenant: LocalTenant, capsys: Printed) -> None:
    body = {"error": {"code": "DisabledFeature", "message": "No.", "target": "t"}}
    tenant.faults.add(Fault("/api/indicators", Answer(403, body)))
    assert check(tenant, "--json") == 1
    assert codes(document(capsys)["tenants"][0]) == ["DisabledFeature"]


def test_a_service_at_its_limit_is_exit_status_0(tenant: LocalTenant, capsys: Printed) -> None:
    tenant.faults.add(Fault("/api/indicators", Answer(429, retry_after=60)))
    assert check(tenant) == 0
    assert "reachable" in capsys.readouterr().out


def test_unverified_tls_is_loud(tenant: LocalTenant, capsys: Printed) -> None:
    assert check(tenant, "--no_tls_verify", ca_bundle="") == 0
    assert "WARNING: --no_tls_verify" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--client_id=x", "--client_secret=env:S"], "--tenant_id is missing"),
        (["--tenant_id=x", "--client_secret=env:S"], "--client_id is missing"),
        (["--tenant_id=x", "--client_id=x"], "--client_secret is missing"),
        (["--tenant_idd=x"], "Did you mean --tenant_id?"),
        (["--jobs=defendr"], "--jobs"),
        (["--tenant_id=x", "--client_id=x", "--client_secret=env:S", "--cloud=china"], "no documented API"),
        (["--tenant_id=x", "--tenants=y"], "not both"),
    ],
)
def test_what_cannot_be_is_exit_status_2(argv: list[str], words: str, capsys: Printed) -> None:
    assert main(["check", *argv]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--jobs=entra"], ["--jobs=sightings", "--read=graph_alerts"]])
def test_what_needs_no_defender_can_be_checked_in_a_cloud_without(
    tenant: LocalTenant, capsys: Printed, more: list[str]
) -> None:
    assert check(tenant, *more, "--json", cloud="china") == 1
    (entry,) = document(capsys)["tenants"]
    assert entry["cloud"] == "china"
    # Its scope is asked for, which the local tenant of the global cloud does not take.
    assert entry["checks"][0]["subject"] == "https://microsoftgraph.chinacloudapi.cn/.default"


def test_options_of_every_job_are_taken() -> None:
    taken = {option.name for option in CHECK.all}
    tables = tables_of_jobs()
    assert len(tables) >= 4
    for table in tables:
        assert {option.name for option in table.all} <= taken
        assert {option.name for option in table.tenant} <= {option.name for option in CHECK.tenant}


JOB_FILES = {
    "defender": "collection: feed\ninput: feed.csv\naction: Block\nexpiration_days: 30\n",
    "entra": "collection: feed\ninput: feed.csv\nlocation_name: Feed\npolicy_name: Block\ninclude_apps: All\n",
    "sync": "collection: feed\ninput: feed.csv\nlocation_name: Feed\naction: Block\n",
    "sightings": "collection: feed\ninput: feed.csv\ndays: 7\nread: [machines]\nevent_format: parquet\n",
}
IMPLIED = {
    "defender": ["defender"],
    "entra": ["entra"],
    "sync": ["defender", "entra"],
    "sightings": ["sightings"],
}


@pytest.mark.parametrize("job", JOB_FILES)
def test_the_configuration_of_a_job_can_be_given_as_it_is(
    tenant: LocalTenant, tmp_path: Path, capsys: Printed, job: str
) -> None:
    own = values_of(tenant)
    if job == "entra":
        del own["defender_url"]  # which that job does not have
    path = tmp_path / "job.yaml"
    path.write_text(JOB_FILES[job] + "".join(f"{name}: {value}\n" for name, value in own.items()))
    assert main(["check", f"--config={path}", "--json"]) == 0
    assert list(document(capsys)["tenants"][0]["jobs"]) == IMPLIED[job]
    assert main(["check", f"--config={path}", f"--jobs={job}", "--json"]) == 0
    assert list(document(capsys)["tenants"][0]["jobs"]) == [job]


def workspace_of(tenant: LocalTenant) -> list[str]:
    own = tenant.profiles[0].sentinel
    return [
        f"--arm_url={tenant.arm_url}",
        f"--sentinel_workspace_id={own.workspace_id}",
        f"--sentinel_subscription={own.subscription}",
        f"--sentinel_resource_group={own.resource_group}",
        f"--sentinel_workspace={own.workspace}",
    ]


def test_a_workspace_is_checked_where_its_options_are_given(tenant: LocalTenant, capsys: Printed) -> None:
    assert check(tenant, *workspace_of(tenant), "--json", defender_url="") == 0
    (entry,) = document(capsys)["tenants"]
    assert entry["jobs"] == {"sentinel": True}
    assert [one["subject"].rpartition("/")[2] for one in entry["checks"]][-1] == "metrics?api-version=2024-09-01"


def test_targets_of_sync_are_checked_one_by_one(start: Start, capsys: Printed) -> None:
    tenant = start(sentinel=SentinelProfile(role="none"))
    more = ["--jobs=sync", "--targets=defender,sentinel", "--json"]
    assert check(tenant, *workspace_of(tenant), *more) == 1
    (entry,) = document(capsys)["tenants"]
    assert entry["jobs"] == {"defender": True, "sentinel": False}
    assert codes(entry) == ["AuthorizationFailed"]


def test_a_workspace_that_is_not_named_whole_is_exit_status_2(tenant: LocalTenant, capsys: Printed) -> None:
    assert check(tenant, "--jobs=sentinel", "--sentinel_workspace=siem") == 2
    assert "--sentinel_subscription is missing" in capsys.readouterr().err


def test_what_no_job_takes_is_refused_in_a_configuration(tmp_path: Path, capsys: Printed) -> None:
    path = tmp_path / "job.yaml"
    path.write_text("tenant_id: x\nclient_idd: x\n")
    assert main(["check", f"--config={path}"]) == 2
    assert "Did you mean client_id?" in capsys.readouterr().err


def tenants_file(path: Path, tenant: LocalTenant, *entries: dict[str, str]) -> str:
    shared = {name: values_of(tenant)[name] for name in ("client_id", "client_secret")}
    lines = []
    for entry in entries:
        first, *rest = {**shared, **entry}.items()
        lines += [f"- {first[0]}: {first[1]}", *(f"  {name}: {value}" for name, value in rest)]
    path.write_text("\n".join(lines) + "\n")
    return f"--tenants={path}"


@pytest.fixture
def two(start: Start) -> LocalTenant:
    return start(TenantProfile(rate_limits=None), TenantProfile(tenant_id=OTHER, rate_limits=None))


def test_a_tenant_that_fails_keeps_no_other_from_being_checked(
    two: LocalTenant, tmp_path: Path, capsys: Printed
) -> None:
    file = tenants_file(
        tmp_path / "tenants.yaml",
        two,
        {"alias": "Fabrikam", "tenant_id": OTHER, "client_secret": "env:WRONG_SECRET"},
        {"alias": "Contoso", "tenant_id": two.profiles[0].tenant_id},
        {
            "alias": "Nowhere",
            "tenant_id": "dddddddd-dddd-4ddd-8ddd-dddddddddddd",
            "login_url": "https://127.0.0.1:1",
        },
    )
    assert check(two, file, "--json", tenant_id="", client_id="", client_secret="") == 1
    entries = document(capsys)["tenants"]
    assert [(entry["alias"], entry["ok"]) for entry in entries] == [
        ("Fabrikam", False),
        ("Contoso", True),
        ("Nowhere", False),
    ]
    assert [codes(entry) for entry in entries] == [["AADSTS7000215"], [], ["no_answer"]]
    assert check(two, file, tenant_id="", client_id="", client_secret="") == 1
    text = capsys.readouterr().out
    assert "Tenant Contoso (" in text
    assert text.splitlines()[-1].startswith("Exit status 1")


def test_each_tenant_is_checked_for_its_own_jobs(two: LocalTenant, tmp_path: Path, capsys: Printed) -> None:
    file = tenants_file(
        tmp_path / "tenants.yaml",
        two,
        {"alias": "One", "tenant_id": OTHER, "location_name": "Feed"},
        {"alias": "Two", "tenant_id": two.profiles[0].tenant_id, "defender_url": two.defender_url},
    )
    changes = dict.fromkeys(("tenant_id", "client_id", "client_secret", "defender_url"), "")
    assert check(two, file, "--json", **changes) == 0
    assert [list(entry["jobs"]) for entry in document(capsys)["tenants"]] == [["entra"], ["defender"]]


def test_a_check_imports_no_beam(tenant: LocalTenant) -> None:
    code = (
        "import sys; from iocbeam.cli import main; status = main(sys.argv[1:]); "
        "print(status, 'apache_beam' in sys.modules)"
    )
    argv = [f"--{name}={value}" for name, value in values_of(tenant).items()]
    command = [sys.executable, "-c", code, "check", *argv, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "0 False", done.stderr


def test_help_shows_what_a_connection_is_made_of_and_no_more(capsys: Printed) -> None:
    assert main(["check", "--help"]) == 0
    text = capsys.readouterr().out
    for name in (
        "tenant_id",
        "client_certificate",
        "cloud",
        "proxy",
        "tenants",
        "config",
        "sentinel_workspace",
        "jobs",
        "json",
    ):
        assert f"--{name} " in text
    for name in ("collection", "input", "action", "location_name", "days", "dry_run"):
        assert f"  --{name} " not in text
