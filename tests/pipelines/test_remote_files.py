"""Everything that options name may be on a filesystem that Beam knows: here is one that nothing but Beam reads."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import mem_files
import orjson
import pytest
import yaml
from job_help import domains
from sighting_help import machine

from iocbeam.cli import main
from iocbeam.local_tenant import LocalTenant, TenantProfile

_numbers = itertools.count()


class RemoteSite:
    """A local tenant all of whose files are elsewhere; `bucket` is the place."""

    def __init__(self, tenant: LocalTenant) -> None:
        mem_files.FILES.clear()
        self.tenant = tenant
        # A process reads a bundle once, so each site has one of its own.
        self.bucket = f"mem://site-{next(_numbers)}"
        (profile,) = tenant.profiles
        self.put("ca.pem", Path(tenant.ca_bundle).read_bytes())
        self.put("secret", (profile.client_secret or "").encode())
        self.put("never.txt", b"n0.malware-test.example\n")
        self.put("feed/a.jsonl", b"\n".join(map(orjson.dumps, domains(3))))
        self.put("feed/b.jsonl", b'{"type": "FQDN", "value": "n9.malware-test.example", "status": "Active"}\n{')
        entry: dict[str, Any] = {
            "alias": "Contoso",
            "tenant_id": profile.tenant_id,
            "client_id": profile.client_id,
            "client_secret": f"file:{self.bucket}/secret",
            "never_block": [f"{self.bucket}/never.txt"],
        }
        self.put("tenants.yaml", yaml.safe_dump([entry]).encode())
        del entry["never_block"]
        self.put("readers.yaml", yaml.safe_dump([entry]).encode())
        self.config = {
            "collection": "drill",
            "tenants": f"{self.bucket}/tenants.yaml",
            "output": f"{self.bucket}/out",
            "ca_bundle": f"{self.bucket}/ca.pem",
            "ignore_proxies": True,
            "login_url": tenant.login_url,
        }

    def put(self, name: str, content: bytes) -> None:
        mem_files.put(f"{self.bucket}/{name}", content)

    def main(self, *argv: str) -> int:
        hosts = {"defender_url": self.tenant.defender_url, "graph_url": self.tenant.graph_url}
        unknown = {"entra": "defender_url", "sightings": ""}.get(argv[0], "graph_url")
        known = {name: url for name, url in hosts.items() if name != unknown}
        self.put("config.yaml", yaml.safe_dump({**self.config, **known}).encode())
        mem_files.OPENED.clear()
        return main([*argv, f"--config={self.bucket}/config.yaml"])

    def document(self, name: str) -> Any:
        return json.loads(mem_files.FILES[f"{self.bucket}/{name}"])

    def opened(self, *names: str) -> bool:
        return {f"{self.bucket}/{name}" for name in names} <= set(mem_files.OPENED)


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemoteSite]:
    monkeypatch.chdir(tmp_path)
    with LocalTenant(TenantProfile(rate_limits=None)) as tenant:
        yield RemoteSite(tenant)
    assert list(tmp_path.iterdir()) == [], "nothing was written here"


def test_a_run_its_dead_letters_and_their_replay(remote: RemoteSite, capsys: pytest.CaptureFixture[str]) -> None:
    status = remote.main("defender", f"--input={remote.bucket}/feed/*.jsonl", "--max_rejected_percent=90")
    assert status == 0, capsys.readouterr().err
    assert remote.opened(
        "config.yaml", "tenants.yaml", "ca.pem", "secret", "never.txt", "feed/a.jsonl", "feed/b.jsonl"
    )
    summary = remote.document("out/summary.json")
    assert summary["outcomes"] == {"created": 3, "protected": 1, "rejected": 1}
    assert {row["indicatorValue"] for row in remote.tenant.rows()} == {
        f"n{number}.malware-test.example" for number in (1, 2, 9)
    }
    files = mem_files.below(f"{remote.bucket}/out")
    assert {name for name in files if not name.startswith("outcomes-")} == {
        "summary.json",
        "deadletters-read-00000-of-00001.avro",
    }
    shown = capsys.readouterr().out
    assert f"iocbeam replay {remote.bucket}/out" in shown

    assert main(["deadletters", f"{remote.bucket}/out"]) == 0
    assert "1 dead letters in 1 file" in capsys.readouterr().out

    assert remote.main("replay", f"{remote.bucket}/out", f"--output={remote.bucket}/again") == 0
    assert remote.document("again/summary.json")["outcomes"] == {"rejected": 1}
    over = f"--output={remote.bucket}/out/"
    assert remote.main("replay", f"{remote.bucket}/out", over) == 2, "it would write over what it reads"


def test_a_plan(remote: RemoteSite, capsys: pytest.CaptureFixture[str]) -> None:
    assert remote.main("defender", "--dry_run", f"--input={remote.bucket}/feed/a.jsonl") == 0
    (tenant,) = remote.document("out/dry_run/plan.json")["tenants"]
    assert tenant["alias"] == "Contoso"
    assert "Plan (dry run)" in capsys.readouterr().out
    assert remote.tenant.rows() == []


def test_locations(remote: RemoteSite) -> None:
    remote.put("feed/ranges.txt", b"8.8.8.0/24\n")
    remote.put("never.txt", b"8.8.8.8\n")
    argv = ("entra", f"--input={remote.bucket}/feed/ranges.txt", "--location_name=Drill")
    assert remote.main(*argv, "--dry_run") == 0
    assert remote.opened("ca.pem", "secret", "never.txt")
    (tenant,) = remote.document("out/dry_run/plan.json")["tenants"]
    assert any("a list given with --never_block overlap" in notice for notice in tenant["notices"])


@pytest.mark.parametrize("form", ["jsonl", "avro", "parquet"])
def test_events(remote: RemoteSite, form: str) -> None:
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    remote.tenant.seed_machines([machine(1, lastSeen=now)])
    remote.put("feed/a.jsonl", b'{"type": "IP Address", "value": "8.8.4.4", "status": "Active"}')
    argv = ("sightings", f"--input={remote.bucket}/feed/a.jsonl", f"--tenants={remote.bucket}/readers.yaml")
    assert remote.main(*argv, f"--event_format={form}") == 0
    assert remote.document("out/summary.json")["outcomes"] == {"sighted": 1}
    assert f"device-inventory-info-00000-of-00001.{form}" in mem_files.below(f"{remote.bucket}/out")


def test_a_file_that_is_not_there_is_said_before_anything_is_asked(
    remote: RemoteSite, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, option in (("never.txt", "--never_block"), ("ca.pem", "--ca_bundle"), ("secret", "--client_secret")):
        content = mem_files.FILES.pop(f"{remote.bucket}/{name}")
        assert remote.main("defender", f"--input={remote.bucket}/feed/a.jsonl") == 1
        assert f"{option}: {remote.bucket}/{name} cannot be read" in capsys.readouterr().err
        remote.put(name, content)
    assert remote.main("defender", f"--input={remote.bucket}/nowhere*.jsonl") == 1
    assert "no such file" in capsys.readouterr().err
    assert remote.tenant.requests == []
