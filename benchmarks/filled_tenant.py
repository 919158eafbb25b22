"""A tenant that is full of the rows that a run of a collection left there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.pipelines import defender

from .main_job import job
from .settings import STARTED


@contextmanager
def filled_tenant(source: Path, away: int = 1_000) -> Iterator[str]:
    """A local tenant with 15,000 rows of the collection's plan, and a file with the connection to it.

    Args:
        away: so many of them are another owner's.
    """
    profile = TenantProfile(rate_limits=None, clock=lambda: STARTED)
    with LocalTenant(profile) as tenant, TemporaryDirectory() as folder:
        directory = Path(folder)
        defender.run(job(source, directory / "plan"))
        planned = orjson.loads((directory / "plan" / "plan.json").read_bytes())["tenants"][0]["changes"]
        ours = ("kind", "fields", "replaces", "adopted")
        rows = [{name: value for name, value in change.items() if name not in ours} for change in planned]
        tenant.seed(rows[away:], created_by=profile.client_id)
        tenant.seed([{**row, "externalId": None} for row in rows[:away]])
        secret, connection = directory / "secret", directory / "connection.json"
        secret.write_text(profile.client_secret or "")
        connection.write_text(
            json.dumps(
                {
                    "tenant_id": profile.tenant_id,
                    "client_id": profile.client_id,
                    "client_secret": f"file:{secret}",
                    "login_url": tenant.login_url,
                    "defender_url": tenant.defender_url,
                    "ca_bundle": tenant.ca_bundle,
                }
            )
        )
        yield str(connection)
