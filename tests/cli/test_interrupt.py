"""A person who presses Ctrl-C while rows are being written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson

from iocbeam.local_tenant import Delay, Fault, LocalTenant, TenantProfile

IMPORT = "/api/indicators/import"


def test_an_interrupted_run_ends_at_once_and_says_so(tmp_path: Path) -> None:
    source = tmp_path / "collection.jsonl"
    with source.open("wb") as stream:
        for number in range(3_000):
            stream.write(orjson.dumps({"type": "FQDN", "value": f"n{number}.malware-test.example"}) + b"\n")
    with LocalTenant(TenantProfile(rate_limits=None)) as tenant:
        tenant.faults.add(Fault(IMPORT, Delay(60), nth=2, times=100))
        profile = tenant.profiles[0]
        command = [
            *(sys.executable, "-m", "iocbeam.cli", "defender", "--collection=drill", f"--input={source}"),
            f"--output={tmp_path / 'out'}",
            f"--tenant_id={profile.tenant_id}",
            f"--client_id={profile.client_id}",
            "--client_secret=env:DRILL_SECRET",
            f"--login_url={tenant.login_url}",
            f"--defender_url={tenant.defender_url}",
            f"--ca_bundle={tenant.ca_bundle}",
        ]
        environment = {**os.environ, "DRILL_SECRET": profile.client_secret or ""}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            deadline = time.monotonic() + 60
            while not any(one.path == IMPORT and one.status == 200 for one in tenant.requests):
                assert time.monotonic() < deadline, "the run never wrote anything"
                time.sleep(0.05)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            asked = time.monotonic()
            said = process.communicate(timeout=50)[1]
        finally:
            process.kill()
    assert process.returncode == 130
    assert "interrupted" in said
    assert "fault of iocbeam" not in said
    assert time.monotonic() - asked < 20
