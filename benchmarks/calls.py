"""The calls that a run makes for new indicators, counted by the service."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import orjson

from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.model.settings import ConnectionSettings
from iocbeam.pipelines import defender

from .main_job import job


def calls(count: int) -> Counter[str]:
    """Runs the job with so many new indicators against a local tenant and counts its calls."""
    with tempfile.TemporaryDirectory() as folder, LocalTenant(TenantProfile(rate_limits=None)) as tenant:
        directory = Path(folder)
        source, secret = directory / "collection.jsonl", directory / "secret"
        with source.open("wb") as stream:
            for number in range(count):
                record = {"type": "FQDN", "value": f"n{number}.malware-test.example"}
                stream.write(orjson.dumps(record) + b"\n")
        profile = tenant.profiles[0]
        secret.write_text(profile.client_secret or "")
        connection = ConnectionSettings(
            tenant_id=profile.tenant_id,
            client_id=profile.client_id,
            client_secret=f"file:{secret}",
            login_url=tenant.login_url,
            defender_url=tenant.defender_url,
            ca_bundle=tenant.ca_bundle,
        )
        planned = job(source, directory / "out")
        real = replace(
            planned,
            run=replace(planned.run, dry_run=False),
            tenants=tuple(replace(one, connection=connection) for one in planned.tenants),
        )
        summary = defender.run(real)
        if summary["present"] != count:
            raise SystemExit(f"only {summary['present']} of {count} rows are there")
        return Counter(f"{one.method} {one.path.replace(profile.tenant_id, 'TENANT')}" for one in tenant.requests)
