"""Helpers of the tests of `iocbeam yaml`: pipelines as text, a tenant's variables, and what a run left."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from iocbeam.cli import main
from iocbeam.local_tenant import LocalTenant

EXAMPLES = Path(__file__).parents[2] / "examples"

CLEAN = """
    - type: ReadCollection
      config: {input: "{{ feed }}", error_handling: {output: bad}}
    - type: Validate
      input: ReadCollection
      config: {error_handling: {output: bad}}
    - type: FixUrlScheme
      input: Validate
      config: {url_without_scheme: https}
    - type: Expire
      input: FixUrlScheme
    - type: WriteDeadLetters
      input: [ReadCollection.bad, Validate.bad]
      config: {output: "{{ letters }}"}
"""
"""A collection read and cleaned, as a pipeline begins; `letters` is a directory."""

DEFENDER = """
    - type: WriteToDefender
      input: {before}
      config:
        collection: drill
        tenant_id: "{{{{ tenant_id }}}}"
        client_id: "{{{{ client_id }}}}"
        client_secret: "{{{{ client_secret }}}}"
        login_url: "{{{{ login_url }}}}"
        defender_url: "{{{{ defender_url }}}}"
        ca_bundle: "{{{{ ca_bundle }}}}"
        ignore_proxies: true
        output: "{{{{ out }}}}"
        {more}
"""
"""A target; `before` and `more` are put in."""


def pipeline(path: Path, *transforms: str) -> Path:
    """A file with these transforms."""
    path.write_text("pipeline:\n  transforms:\n" + "".join(transforms), encoding="utf-8")
    return path


def variables(tenant: LocalTenant, directory: Path) -> dict[str, str]:
    """What the templates need to reach a tenant."""
    profile = tenant.profiles[0]
    secret = directory / "secret"
    secret.write_text(profile.client_secret or "")
    return {
        "tenant_id": profile.tenant_id,
        "client_id": profile.client_id,
        "client_secret": f"file:{secret}",
        "login_url": tenant.login_url,
        "defender_url": tenant.defender_url,
        "graph_url": tenant.graph_url,
        "ca_bundle": tenant.ca_bundle,
        "out": str(directory / "out"),
        "letters": str(directory / "letters"),
    }


def run(path: Path, values: Mapping[str, Any], *args: str) -> int:
    """`iocbeam yaml run`; its exit status."""
    return main(["yaml", "run", str(path), "--set", *(f"{name}={value}" for name, value in values.items()), *args])


def feed(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """A collection as JSON lines."""
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return path


def domains(count: int) -> list[dict[str, Any]]:
    """Good records."""
    return [
        {"id": number, "type": "FQDN", "value": f"n{number}.malware-test.example", "status": "Active"}
        for number in range(count)
    ]


def rows(directory: Path, name: str) -> list[dict[str, Any]]:
    """All rows of the JSON files that Beam wrote under a name."""
    found = sorted(directory.glob(f"{name}-*-of-*"))
    return [json.loads(line) for path in found for line in path.read_text("utf-8").splitlines()]


def summary(directory: Path) -> dict[str, Any]:
    """The `summary.json` of an output directory."""
    loaded: dict[str, Any] = json.loads((directory / "summary.json").read_bytes())
    return loaded
