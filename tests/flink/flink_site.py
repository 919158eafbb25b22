"""The same job on two runners: each side has local tenants and an output directory of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import fastavro
import yaml

from iocbeam.local_tenant import GraphProfile, LocalTenant, SentinelProfile, TenantProfile

JOB_WITHIN: Final = 180.0
"""Seconds for one job; a busy machine takes three times what an idle one does."""

OF_THE_RUN: Final = {"run_id", "started_at", "finished_at", "occurred_at", "throttled_seconds"}
"""What two runs of the same job never have in common."""

OF_THE_TENANT: Final = {
    *("id", "creationTimeDateTimeUtc", "lastUpdateTime", "createdDateTime", "modifiedDateTime"),
    "expirationTime",
}


_is_id = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Side:
    """Local tenants, and the command line in processes of its own.

    Args:
        directory: of this side alone.
        inputs: the files of the collection.
        runner: options that name it, none for the in-process one.
        tenants: how many.
        rates: whether the tenants hold callers to the documented rates.
    """

    def __init__(
        self, directory: Path, inputs: Iterable[Path], runner: Sequence[str], tenants: int = 2, rates: bool = True
    ) -> None:
        directory.mkdir()
        self.directory = directory
        self.output = directory / "out"
        self.runner = [*runner]
        self._inputs = [f"--input={path}" for path in inputs]
        fields: dict[str, Any] = {} if rates else {"rate_limits": None, "graph": GraphProfile(rate_limit=None)}
        self.tenant = LocalTenant(*(_profile(number, fields) for number in range(tenants)), ca_dir=directory)

    def __enter__(self) -> Side:
        self.tenant.start()
        entries = []
        for number, profile in enumerate(self.tenant.profiles):
            secret = self.directory / f"secret-{number}"
            secret.write_text(profile.client_secret or "")
            entries.append(
                {
                    "alias": f"Tenant {number}",
                    "tenant_id": profile.tenant_id,
                    "client_id": profile.client_id,
                    "client_secret": f"file:{secret}",
                }
            )
        (self.directory / "tenants.yaml").write_text(yaml.safe_dump(entries))
        return self

    def __exit__(self, *_: object) -> None:
        self.tenant.stop()

    def command(self, job: str, *options: str) -> list[str]:
        """The command line of a job into these tenants."""
        tenant = self.tenant
        urls = {"defender": {"defender_url": tenant.defender_url}, "entra": {"graph_url": tenant.graph_url}}
        urls["sync"] = urls["defender"] | urls["entra"]
        location = ["--location_name=Blocked by drill", "--policy_name=Block drill", "--include_apps=All"]
        return [
            *(sys.executable, "-m", "iocbeam.cli", job, "--collection=drill", *self._inputs),
            *(f"--output={self.output}", f"--tenants={self.directory / 'tenants.yaml'}"),
            *(f"--login_url={tenant.login_url}", f"--ca_bundle={tenant.ca_bundle}", "--ignore_proxies"),
            *(f"--{name}={url}" for name, url in urls[job].items()),
            *([] if job == "defender" else location),
            # A default expiry would count from the start of the run.
            *([] if job == "entra" else ["--never_expire"]),
            *self.runner,
            *options,
        ]

    def start(self, job: str, *options: str) -> subprocess.Popen[str]:
        """Starts a job, for those who want to disturb it."""
        return subprocess.Popen(
            self.command(job, *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ended(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """A started job's exit status and what it said."""
        try:
            said = "".join(process.communicate(timeout=JOB_WITHIN))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return process.returncode, said

    def run(self, job: str, *options: str) -> dict[str, Any]:
        """Runs a job, which has to end well; its summary."""
        status, said = self.ended(self.start(job, *options))
        assert status == 0, said
        return self.summary()

    def summary(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.output / "summary.json").read_bytes())
        return loaded

    def files(self) -> dict[str, list[str]]:
        """What the files of outcomes and dead letters hold, in an order of its own, by stage."""
        held: dict[str, list[str]] = {}
        for path in self.output.glob("*.avro"):
            stage = path.name.rpartition("-of-")[0].rpartition("-")[0]
            with path.open("rb") as stream:
                held.setdefault(stage, []).extend(_text(dict(row)) for row in fastavro.reader(stream))  # type: ignore[arg-type]
        return {stage: sorted(rows) for stage, rows in sorted(held.items())}

    def left_over(self) -> list[str]:
        """Files that a run must not leave behind."""
        return sorted(os.path.basename(path) for path in self.output.glob(".*"))

    def held(self) -> list[Any]:
        """What the tenants hold, without what differs from tenant to tenant."""
        return [
            {
                "rows": sorted(_text(row) for row in self.tenant.rows(profile.tenant_id)),
                "locations": [_text(location) for location in self.tenant.locations(profile.tenant_id)],
                "policies": [self._policy(policy, profile) for policy in self.tenant.policies(profile.tenant_id)],
            }
            for profile in self.tenant.profiles
        ]

    def _policy(self, policy: dict[str, Any], profile: TenantProfile) -> str:
        """A policy with its locations by name."""
        text = _text(policy)
        for location in self.tenant.locations(profile.tenant_id):
            text = text.replace(location["id"], location["displayName"])
        return text

    def calls(self) -> list[tuple[str, str, str, int]]:
        """Writing calls: tenant, method, path without ids, status."""
        return sorted(
            (
                one.tenant_id,
                one.method,
                "/".join(part for part in one.path.split("/") if "-" not in part),
                one.status,
            )
            for one in self.tenant.requests
            if one.method != "GET" and one.tenant_id and "token" not in one.path
        )


def comparable(document: dict[str, Any]) -> list[str]:
    """A summary or plan without what is of the single run, line by line: what differs is then seen at once."""
    # Tenants give what is made in them an id, which notices name.
    kept = json.loads(_is_id.sub("ID", json.dumps(document)), object_hook=_of_any_run)
    return json.dumps(kept, sort_keys=True, indent=1).splitlines()


def _of_any_run(found: dict[str, Any]) -> dict[str, Any]:
    # Graph is read until it shows what was written: how often is a matter of time.
    return {key: value for key, value in found.items() if key not in OF_THE_RUN and not _is_read_of_graph(key)}


def _is_read_of_graph(key: str) -> bool:
    return key.startswith("GET ") and "indicators" not in key


def _text(found: dict[str, Any]) -> str:
    kept = {key: value for key, value in found.items() if key not in OF_THE_RUN | OF_THE_TENANT}
    return json.dumps(kept, sort_keys=True, default=repr)


def _profile(number: int, fields: dict[str, Any]) -> TenantProfile:
    if not number:
        return TenantProfile(**fields)
    return TenantProfile(
        tenant_id=f"{number:08}-1111-4111-8111-111111111111",
        sentinel=SentinelProfile(workspace_id=f"{number:08}-6666-4666-8666-666666666666"),
        **fields,
    )


def write_collection(directory: Path, example: Path, more: int, inactive: int, files: int) -> list[Path]:
    """The example collection, as many good domains and as many records that are not active, spread over files."""
    lines = example.read_bytes().splitlines()
    lines += [
        json.dumps({"id": 10_000 + n, "type": "FQDN", "value": f"n{n}.malware-test.example"}).encode()
        for n in range(more)
    ]
    lines += [
        json.dumps(
            {"id": 90_000 + n, "type": "FQDN", "value": f"i{n}.malware-test.example", "status": "Review"}
        ).encode()
        for n in range(inactive)
    ]
    directory.mkdir(exist_ok=True)
    paths = [directory / f"part-{number}.jsonl" for number in range(files)]
    for number, path in enumerate(paths):
        path.write_bytes(b"".join(line + b"\n" for line in lines[number::files]))
    return paths
