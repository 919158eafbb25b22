"""Helpers of the tests of the sightings job."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import fastavro
import orjson

from iocbeam.clients import DefenderDataClient, RetryPolicy, connect_defender_data
from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.model.settings import ConnectionSettings, IntakeSettings, RunInfo
from iocbeam.model.settings.sightings import ReadTenant, SightingsJob
from iocbeam.pipelines import sightings
from iocbeam.transforms.sources import FetchFrom
from iocbeam.transforms.sources.defender_data import AlertReader, MachineReader
from iocbeam.transforms.sources.graph_alerts import GraphAlertReader

STARTED = 1_790_000_000
"""2026-09-21T14:13:20Z"""

_QUICK = RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=1.0)
_READERS: dict[str, Any] = {"machines": MachineReader, "alerts": AlertReader, "graph_alerts": GraphAlertReader}


def quick_fetch(job: SightingsJob, name: str) -> FetchFrom:
    """Sources that soon give up."""
    return FetchFrom(_READERS[name](job.tenants, job.window, _QUICK))


def quick_connect(tenant: ReadTenant) -> DefenderDataClient:
    """A client that soon gives up."""
    return connect_defender_data(tenant.connection, retry=_QUICK)


def alert(name: str, *evidence: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An alert of the time that is looked at."""
    return {
        "id": f"da{name}_1",
        "title": f"Alert {name}",
        "severity": "Medium",
        "status": "New",
        "machineId": "a" * 40,
        "computerDnsName": "pc-1.corp.example.com",
        "alertCreationTime": "2026-09-20T08:00:00.1234567Z",
        "lastUpdateTime": "2026-09-20T09:00:00Z",
        "evidence": list(evidence),
        **fields,
    }


def file_evidence(sha1: str, name: str = "sample.bin", **fields: Any) -> dict[str, Any]:
    return {"entityType": "File", "sha1": sha1, "fileName": name, **fields}


def machine(number: int, **fields: Any) -> dict[str, Any]:
    """A machine that was seen in the time that is looked at."""
    return {
        "id": f"{number:040x}",
        "computerDnsName": f"pc-{number}.corp.example.com",
        "lastSeen": "2026-09-20T10:00:00Z",
        "firstSeen": "2026-01-01T00:00:00Z",
        "osPlatform": "Windows11",
        "lastIpAddress": "10.0.0.7",
        "lastExternalIpAddress": "8.8.4.4",
        "healthStatus": "Active",
        **fields,
    }


def record(kind: str, value: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"{kind}:{value}"[:64], "type": kind, "value": value, "status": "Active", **fields}


class SightingSite:
    """A local tenant, a directory, and sightings jobs between them."""

    def __init__(self, tenant: LocalTenant, directory: Path) -> None:
        self.tenant = tenant
        self.directory = directory
        self.output = directory / "out"

    def reader(self, profile: TenantProfile, alias: str = "") -> ReadTenant:
        secret = self.directory / f"secret-{profile.tenant_id}"
        secret.write_text(profile.client_secret or "")
        connection = ConnectionSettings(
            profile.tenant_id,
            profile.client_id,
            f"file:{secret}",
            login_url=self.tenant.login_url,
            defender_url=self.tenant.defender_url,
            graph_url=self.tenant.graph_url,
            ca_bundle=self.tenant.ca_bundle,
            ignore_proxies=True,
        )
        return ReadTenant(alias or profile.tenant_id, connection)

    def run(
        self, records: Iterable[dict[str, Any]], aliases: Sequence[str] = (), **settings: Any
    ) -> dict[str, Any]:
        """Run a job on these records; its summary."""
        path = self.directory / "collection.jsonl"
        path.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in records))
        names = aliases or ("",) * len(self.tenant.profiles)
        tenants = tuple(
            self.reader(profile, alias) for profile, alias in zip(self.tenant.profiles, names, strict=True)
        )
        job = SightingsJob(
            RunInfo("run-1", STARTED, "sightings", "test"),
            IntakeSettings((str(path),)),
            tenants,
            str(self.output),
            **settings,
        )
        self.tenant.clear_requests()
        return sightings.run(job, fetch=quick_fetch, connect=quick_connect)

    def events(self, prefix: str) -> list[dict[str, Any]]:
        """The events in JSON lines of files whose names begin so."""
        files = sorted(self.output.glob(f"{prefix}-*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]

    def outcomes(self, stage: str) -> dict[str, tuple[str, str]]:
        """Outcome and reason by value, as the files of one stage have them."""
        found = {}
        for file in sorted(self.output.glob(f"outcomes-{stage}-*.avro")):
            with file.open("rb") as stream:
                for row in fastavro.reader(stream):
                    found[row["value"]] = (row["outcome"], row["reason"])
        return found

    def calls(self, path: str) -> int:
        """How many API calls had this in their path."""
        return sum(path in one.path for one in self.tenant.requests)


def shown_by(event: dict[str, Any]) -> set[str]:
    """Values of the indicators that an event names."""
    return {one["data"]["value"] for one in event.get("enrichments", ())}
