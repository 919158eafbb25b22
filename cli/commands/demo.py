"""`iocbeam demo`: the whole job on example data, against a local tenant in this process."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from iocbeam.model.errors import ConfigurationError

from ..command import Command
from ..jobs.job_run import run_and_show
from ..jobs.kinds import SYNC_JOB
from ..jobs.sightings_run import look_and_show
from ..options.job_options import COMMON
from ..options.option import Kind, Option, with_defaults
from ..values.command_line import Parsed

if TYPE_CHECKING:
    from iocbeam.local_tenant import LocalTenant

COLLECTION = "example"

_JOBS = ("sync", "sightings")

_OPTIONS = (
    Option(
        "job",
        Kind.CHOICE,
        "sync brings Defender and Entra in step with the collection; sightings looks for it on "
        "machines and in alerts.",
        "Demo",
        "|".join(_JOBS),
        default="sync",
        choices=_JOBS,
    ),
    Option(
        "input",
        Kind.TEXT,
        "The collection; for sightings in JSON lines, plain or gzip.",
        "Demo",
        "FILE",
        default="examples/collection.jsonl",
    ),
    Option("output", Kind.TEXT, "Directory for what the run writes.", "Demo", "DIR", default="iocbeam-out"),
    *COMMON,
)

_NAMES = {
    "location_name": "Example addresses",
    "policy_name": "Block example addresses",
    "include_apps": ("All",),
}

_WHAT_NEXT = """
To point it at a real tenant:
  1. In Entra, register an application and give it application permissions:
     Ti.ReadWrite.All of WindowsDefenderATP for Defender; for Entra, of Microsoft
     Graph, Policy.Read.All, Policy.ReadWrite.ConditionalAccess and
     Application.Read.All. Have an administrator consent.
  2. Put its client secret where only you can read it:
       export IOCBEAM_SECRET=...
  3. See the plan first. --dry_run changes nothing:
       iocbeam defender --collection my-feed --input my-feed.jsonl \\
         --tenant_id TENANT_ID --client_id CLIENT_ID \\
         --client_secret env:IOCBEAM_SECRET --dry_run
     iocbeam entra does the same for named locations and a conditional access
     policy, iocbeam sync for both from one read.
  4. Run it without --dry_run. By default nothing is blocked: Defender audits,
     the policy only reports and applies to no one.
"""


def run(parsed: Parsed) -> int:
    """Run both targets against a local tenant and say what to do with a real one."""
    given = with_defaults(parsed.values, _OPTIONS)
    path = given["input"]
    if not os.path.isfile(path):
        raise ConfigurationError(
            f"{path}: no such file.",
            option="--input",
            advice="The example is in the repository; any file will do.",
        )
    from iocbeam.local_tenant import LocalTenant

    with tempfile.TemporaryDirectory(prefix="iocbeam-demo-") as private, LocalTenant(ca_dir=private) as tenant:
        profile = tenant.profiles[0]
        secret = os.path.join(private, "client-secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(profile.client_secret or "")
        values: dict[str, Any] = {
            "collection": COLLECTION,
            "input": (path,),
            "output": given["output"],
            "tenant_id": profile.tenant_id,
            "client_id": profile.client_id,
            "client_secret": f"file:{secret}",
            "login_url": tenant.login_url,
            "defender_url": tenant.defender_url,
            "graph_url": tenant.graph_url,
            "ca_bundle": tenant.ca_bundle,
            # A proxy of the environment does not lead to this process.
            "ignore_proxies": True,
        }
        if given["job"] == "sightings":
            return _look(tenant, values)
        status = run_and_show(SYNC_JOB, {**values, **_NAMES}, [])
        rows, locations, policies = len(tenant.rows()), len(tenant.locations()), len(tenant.policies())
    held = f"rows {rows:,}, named locations {locations:,}, policies {policies:,}"
    sys.stdout.write(f"\nThe local tenant is gone now. At the end it held: {held}.\n{_WHAT_NEXT}")
    return status


def _look(tenant: LocalTenant, values: dict[str, Any]) -> int:
    """Put machines and alerts into the tenant, some of which show the collection, and look for it."""
    from ..jobs.example_estate import ALERTS, MACHINES, example_estate

    tenant.seed_estate(example_estate(values["input"][0], "--input"))
    status = look_and_show(values, [])
    sys.stdout.write(
        f"\nThe local tenant is gone now. Its {MACHINES} machines and {ALERTS} alerts were made up to show a few "
        "values of each type.\n"
    )
    return status


COMMAND = Command(
    "demo",
    "run the whole job on example data against a local tenant",
    "[--job sightings] [--input FILE] [--output DIR]",
    "Starts a local tenant in this process, brings Defender and Entra in step with a collection there, or looks "
    "for it on made-up machines and in alerts, and shows what became of the records. No real tenant is called.",
    _OPTIONS,
    run,
)
