"""The example of the read side runs, and the documentation shows it as it is."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path

import pyarrow.parquet

from iocbeam.local_tenant import LocalTenant, estate
from iocbeam.model.settings import ConnectionSettings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "own_sightings.py"


def test_machines_and_alerts_of_a_week_become_files_of_events(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("own_sightings", EXAMPLE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = estate(20, 60)
    with LocalTenant() as tenant:
        tenant.seed_estate(made)
        profile = tenant.profiles[0]
        secret = tmp_path / "secret"
        secret.write_text(profile.client_secret or "")
        connection = ConnectionSettings(
            profile.tenant_id,
            profile.client_id,
            f"file:{secret}",
            login_url=tenant.login_url,
            defender_url=tenant.defender_url,
            ca_bundle=tenant.ca_bundle,
            ignore_proxies=True,
        )
        module.main(connection, str(tmp_path / "events"))
    since = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 7 * 86_400))
    expected = sum(alert["lastUpdateTime"] >= since for alert in made.alerts)
    [machines] = (tmp_path / "events").glob("machines-*.parquet")
    assert 0 < pyarrow.parquet.read_table(machines).num_rows <= 20
    [alerts] = (tmp_path / "events").glob("alerts-*.jsonl")
    events = [json.loads(line) for line in alerts.read_text("utf-8").splitlines()]
    assert {event["class_uid"] for event in events} == {2004}
    assert abs(len(events) - expected) <= 1


def test_the_documentation_shows_the_example_as_it_is() -> None:
    shown = (ROOT / "docs" / "sightings.md").read_text(encoding="utf-8")
    code = EXAMPLE.read_text(encoding="utf-8")
    body = code[code.index("    tenants = [") : code.index("\n\nif __name__")]
    assert "\n".join(line[4:] for line in body.splitlines()).strip() in shown
