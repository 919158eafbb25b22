"""`iocbeam sync`: a collection into Defender and Entra from one read."""

from __future__ import annotations

from functools import partial

from ..command import Command
from ..job_run import run_command
from ..jobs import SYNC_JOB

COMMAND = Command(
    "sync",
    "do what defender and entra do, from one read of the collection",
    "--collection NAME --input FILE... --location_name NAME [options]",
    "Reads a collection of indicators once and brings Microsoft Defender for Endpoint and the named locations and "
    "policy of Microsoft Entra in step with it, in one tenant or in several. Each target has a plan, guards and "
    "outcomes of its own. Begin with --dry_run, which changes nothing. The app registration needs the permissions "
    "that defender and entra name.",
    SYNC_JOB.options.all,
    partial(run_command, SYNC_JOB),
    beam=True,
    examples=(
        "iocbeam sync --collection feed --input feed.jsonl --location_name Feed --dry_run",
        "iocbeam sync --config sync.yaml",
        "iocbeam sync --config sync.yaml --tenants sync-tenants.yaml --dry_run",
    ),
)
