"""A tenant with a few machines and alerts, and the command line that looks in it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

import pytest

from iocbeam.cli import main
from iocbeam.local_tenant import LocalTenant

SHA1 = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
SHA256 = "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c"
MD5 = "9e107d9d372bb6826bd81d3542a419d6"
LAPTOP, SERVER = "a1" * 20, "b2" * 20
ADDRESS_ALERT, URL_ALERT, OTHER_URL_ALERT, FILE_ALERT = "da1_1", "da2_-2", "da3_3", "da4_4"


def ago(hours: float) -> str:
    """A time so long ago, as the service writes it."""
    moment = datetime.fromtimestamp(time.time() - hours * 3600, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.1234567Z"


def machine(machine_id: str, name: str | None, internal: str, external: str, **fields: Any) -> dict[str, Any]:
    """A machine that reported a minute ago."""
    return {
        "id": machine_id,
        "computerDnsName": name,
        "firstSeen": ago(900),
        "lastSeen": ago(0.02),
        "osPlatform": "Windows11",
        "version": "23H2",
        "lastIpAddress": internal,
        "lastExternalIpAddress": external,
        "riskScore": "High",
        "healthStatus": "Active",
        "ipAddresses": [{"ipAddress": internal, "macAddress": "00005E0053FF", "operationalStatus": "Up"}],
        **fields,
    }


def alert(
    alert_id: str, machine_id: str, name: str, hours: float, *evidence: dict[str, Any], **fields: Any
) -> dict[str, Any]:
    """An alert of so many hours ago."""
    return {
        "id": alert_id,
        "severity": "High",
        "status": "New",
        "title": f"Title of {alert_id}",
        "category": "Malware",
        "machineId": machine_id,
        "computerDnsName": name,
        "alertCreationTime": ago(hours),
        "firstEventTime": ago(hours + 0.2),
        "lastEventTime": ago(hours + 0.1),
        "lastUpdateTime": ago(hours),
        "mitreTechniques": [],
        "evidence": [{"evidenceCreationTime": ago(hours), **item} for item in evidence],
        **fields,
    }


def fill(tenant: LocalTenant, tenant_id: str | None = None) -> None:
    """Two machines and four alerts."""
    tenant.seed_machines(
        [
            machine(LAPTOP, "laptop-7.corp.example.com", "10.1.2.7", "203.0.113.7"),
            machine(SERVER, "server-9.corp.example.com", "10.1.2.9", "198.51.100.9", riskScore=None),
        ],
        tenant_id,
    )
    laptop, server = "laptop-7.corp.example.com", "server-9.corp.example.com"
    url = {"entityType": "Url", "url": "http://bad.example/a/b"}
    file = {"entityType": "File", "sha1": SHA1, "sha256": SHA256, "fileName": "Dropper.EXE"}
    address = {"entityType": "Ip", "ipAddress": "203.0.113.66"}
    tenant.seed_alerts(
        [
            alert(ADDRESS_ALERT, LAPTOP, laptop, 50, {"entityType": "User"}, address),
            alert(URL_ALERT, LAPTOP, laptop, 40, url, status="Resolved", severity="Low"),
            alert(
                OTHER_URL_ALERT,
                SERVER,
                server,
                30,
                {"entityType": "Url", "url": "http://www.bad.example/other"},
                {"entityType": "Url", "url": "http://bad.example/other"},
            ),
            alert(FILE_ALERT, SERVER, server, 20, file),
        ],
        tenant_id,
        {FILE_ALERT: [{"sha1": SHA1, "sha256": SHA256, "md5": MD5, "fileProductName": "Exemplar Suite"}]},
    )


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Of `--json`."""
        return [json.loads(line) for line in self.out.splitlines()]


class Searcher:
    """Runs `iocbeam search` in a tenant."""

    def __init__(self, tenant: LocalTenant, capsys: pytest.CaptureFixture[str]) -> None:
        self.tenant = tenant
        self._capsys = capsys
        profile = tenant.profiles[0]
        self.network = [
            "--login_url",
            tenant.url,
            "--defender_url",
            tenant.url,
            "--graph_url",
            tenant.url,
            "--ca_bundle",
            tenant.ca_bundle,
        ]
        self.login = [
            "--tenant_id",
            profile.tenant_id,
            "--client_id",
            profile.client_id,
            "--client_secret",
            "env:SEARCH_SECRET",
        ]

    def __call__(self, *args: str, login: Sequence[str] | None = None) -> Said:
        self.tenant.clear_requests()
        self._capsys.readouterr()
        status = main(["search", *args, *(self.login if login is None else login), *self.network])
        return Said(status, *self._capsys.readouterr())

    @property
    def asked(self) -> list[str]:
        """The calls that were made, with their filters, in order; logins left out."""
        found = []
        for request in self.tenant.requests:
            if "oauth2" in request.path or "openid" in request.path:
                continue
            plain = re.sub(r"timestamp=[^)]*", "timestamp=NOW", request.path)
            query = re.search(r"\$filter=([^&]*)", request.query)
            skip = re.search(r"\$skip=([1-9]\d*)", request.query)
            if not skip:
                text = f"{plain}?{query[1]}" if query else plain
                found.append(re.sub(r"%([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), text))
        return found
