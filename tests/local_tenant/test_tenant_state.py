"""What outlives the process: the state file. And the tenant in the foreground, with its options."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from iocbeam.local_tenant import LocalTenant, TenantProfile, options_for


def test_state_survives_a_restart(start, item, tmp_path):
    state = tmp_path / "new" / "state.db"
    first = start(state=state)
    first.results(*map(item, range(3)), item(9, expirationTime="2099-01-01T00:00:00Z"))
    first.results(item(1, title="changed"))
    first.delete("3")
    first.tenant.seed([item(7)], created_by="someone@contoso.example")
    rows = first.tenant.rows()
    first.tenant.stop()

    second = start(state=state)
    assert second.tenant.rows() == rows
    assert second.results(item(1))[0]["id"] == "2"
    assert second.results(item(8))[0]["id"] == "6"


def test_state_expires_while_the_tenant_is_down(start, item, clock, tmp_path):
    first = start(state=tmp_path / "state.db", clock=clock)
    first.results(item(1, expirationTime="2027-01-15T08:00:10Z"), item(2))
    first.tenant.stop()
    clock.now += 60
    assert [row["id"] for row in start(state=tmp_path / "state.db", clock=clock).tenant.rows()] == ["2"]


def test_state_does_not_reuse_the_id_of_a_deleted_row(start, item, tmp_path):
    first = start(state=tmp_path / "state.db")
    first.results(item(1))
    first.delete("1")
    first.tenant.stop()
    assert start(state=tmp_path / "state.db").results(item(2))[0]["id"] == "2"


def test_state_keeps_tenants_apart(start, item, tmp_path):
    profiles = [TenantProfile(), TenantProfile(tenant_id="44444444-4444-4444-8444-444444444444")]
    first = start(*profiles, state=tmp_path / "state.db")
    first.results(item(1))
    first.tenant.stop()
    second = start(*profiles, state=tmp_path / "state.db")
    assert len(second.tenant.rows()) == 1
    assert second.tenant.rows(profiles[1].tenant_id) == []


def test_state_in_use_is_refused(start, tmp_path):
    start(state=tmp_path / "state.db")
    with pytest.raises(RuntimeError, match="cannot be used"):
        LocalTenant(state=tmp_path / "state.db")


def test_state_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "state.db").write_text("no database" * 100)
    with pytest.raises(RuntimeError, match="cannot be used"):
        LocalTenant(state=tmp_path / "state.db")


def test_options_name_the_secret_by_file_only(client):
    text = options_for(client.tenant, client.profile)
    assert f"--login_url={client.tenant.url}" in text
    assert f"--defender_url={client.tenant.url}" in text
    assert f"--ca_bundle={client.tenant.ca_bundle}" in text
    assert client.profile.client_secret not in text
    path = Path(text.split("--client_secret=file:")[1])
    assert path.read_text() == client.profile.client_secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_options_lead_to_graph_too(client):
    text = options_for(client.tenant, client.profile, "graph")
    assert f"--graph_url={client.tenant.url}" in text
    assert "--defender_url" not in text


def test_serve_runs_until_interrupted(tmp_path):
    code = f"from iocbeam.local_tenant import serve; serve(ca_dir={os.fspath(tmp_path)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().split()[5]
        bundle = tmp_path / "local-tenant-ca.pem"
        assert requests.get(f"{url}/api/indicators", verify=bundle, timeout=10).status_code == 401
        shown = iter(process.stdout.readline, "")
        rest = next(line for line in shown if "--client_secret=file:" in line)
        process.send_signal(signal.SIGINT)
        rest += process.communicate(timeout=10)[0]
    finally:
        process.kill()
    assert process.returncode == 0
    assert "--client_secret=file:" in rest
    assert rest.endswith("has stopped.\n")
