"""The examples of Beam YAML run as they are, by our command and by Beam's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pyarrow.parquet
import pytest

from iocbeam.cli import main
from iocbeam.cli.beam_yaml.files import PROVIDERS_FILE
from iocbeam.local_tenant import LocalTenant, TenantProfile, estate

EXAMPLES = Path(__file__).parents[2] / "examples"
COLLECTION = EXAMPLES / "collection.jsonl"


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    with LocalTenant(TenantProfile(rate_limits=None)) as started:
        yield started


def run(name: str, values: dict[str, Any], *args: str) -> int:
    named = [f"{key}={value}" for key, value in values.items()]
    return main(["yaml", "run", str(EXAMPLES / "yaml" / f"{name}.yaml"), "--set", *named, *args])


def lines(directory: Path, name: str) -> list[dict[str, Any]]:
    found = [path.read_text("utf-8").splitlines() for path in sorted(directory.glob(f"{name}-*-of-*"))]
    return [json.loads(line) for part in found for line in part]


def reach(tenant: LocalTenant, directory: Path) -> dict[str, Any]:
    profile = tenant.profiles[0]
    secret = directory / "secret"
    secret.write_text(profile.client_secret or "")
    return {
        "tenant_id": profile.tenant_id,
        "client_id": profile.client_id,
        "client_secret": f"file:{secret}",
        "login_url": tenant.login_url,
        "defender_url": tenant.defender_url,
        "ca_bundle": tenant.ca_bundle,
        "out": directory / "out",
    }


def test_a_collection_is_cleaned_and_every_record_is_somewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("clean", {"feed": COLLECTION, "out": tmp_path}) == 0
    said = capsys.readouterr().out
    good, rejected = lines(tmp_path, "good.jsonl"), lines(tmp_path, "rejected.jsonl")
    records = len(COLLECTION.read_text("utf-8").splitlines())
    assert said.startswith(f"{records} records read. ")
    told = [line.split() for line in said.splitlines()[1:]]
    ended = {
        outcome: sum(int(one[0]) for one in told if one[1] == f"{outcome},") for outcome in ("inactive", "expired")
    }
    assert len(good) + len(rejected) + sum(ended.values()) == records
    assert sum(int(one[0]) for one in told if one[1] == "rejected,") == len(rejected) > 0
    assert set(good[0]) == {"type", "value", "severity", "malware"}
    assert {"record", "stage", "reason", "message", "retriable", "source", "location"} <= set(rejected[0])


def test_a_collection_goes_into_defender(tmp_path: Path, tenant: LocalTenant) -> None:
    values = {**reach(tenant, tmp_path), "feed": COLLECTION}
    assert run("defender", values, "--dry_run") == 0
    assert not tenant.rows()
    assert run("defender", values) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_bytes())
    assert summary["balanced"]
    assert summary["present"] == summary["outcomes"]["created"] > 0
    assert summary["outcomes"]["filtered"] > 0
    rejected = lines(tmp_path / "out", "rejected.jsonl")
    assert len(rejected) == summary["outcomes"]["rejected"]
    letters = 0
    for path in (tmp_path / "out").glob("deadletters-*.avro"):
        with path.open("rb") as stream:
            letters += sum(1 for _ in fastavro.reader(stream))
    assert letters == len(rejected)
    [report] = lines(tmp_path / "out", "report.jsonl")
    assert json.loads(report["outcomes"]) == summary["outcomes"]


def test_machines_and_alerts_become_events(tmp_path: Path, tenant: LocalTenant) -> None:
    made = estate(20, 60)
    tenant.seed_estate(made)
    assert run("events", {**reach(tenant, tmp_path), "days": 30}) == 0
    [machines] = (tmp_path / "out").glob("device-inventory-info-*.parquet")
    assert 0 < pyarrow.parquet.read_table(machines).num_rows <= 20
    events = lines(tmp_path / "out", "detection-finding")
    serious = sum(alert["severity"] in ("Medium", "High") for alert in made.alerts)
    assert {event["class_uid"] for event in events} == {2004}
    assert 0 < len(events) <= serious


def test_beams_own_command_runs_them_with_the_file_of_providers(tmp_path: Path) -> None:
    text = (EXAMPLES / "yaml" / "clean.yaml").read_text("utf-8")
    path = tmp_path / "clean.yaml"
    path.write_text(f"providers:\n  - include: {PROVIDERS_FILE}\n{text}", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "apache_beam.yaml.main",
        f"--yaml_pipeline_file={path}",
        "--runner=FnApiRunner",
        f"--jinja_variables={json.dumps({'feed': str(COLLECTION), 'out': str(tmp_path)})}",
    ]
    environment = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert len(lines(tmp_path, "good.jsonl")) > 0
    assert len(lines(tmp_path, "rejected.jsonl")) > 0
