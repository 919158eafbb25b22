"""`iocbeam sync`: a collection into Defender, Entra and Sentinel from one read."""

from __future__ import annotations

from functools import partial

from ..command import Command
from ..jobs.job_run import run_command
from ..jobs.kinds import SYNC_JOB

COMMAND = Command(
    "sync",
    "bring Defender, Entra and Sentinel in step, from one read",
    "--collection NAME --input FILE... [--targets TARGET,...] [options]",
    "Reads a collection of indicators once and brings Microsoft Defender for Endpoint, the named locations and "
    "policy of Microsoft Entra, and a Microsoft Sentinel workspace in step with it, in one tenant or in "
    "several; --targets says which of them. Each target has a plan, guards and outcomes of its own. What the "
    "options say of severity, description and expiry in Defender holds for Sentinel too. Begin with --dry_run, "
    "which changes nothing. The app registration needs the permissions that defender and entra name, and for "
    "Sentinel the Azure role Microsoft Sentinel Contributor on the workspace.",
    SYNC_JOB.options.all,
    partial(run_command, SYNC_JOB),
    beam=True,
    examples=(
        "iocbeam sync --collection feed --input feed.jsonl --location_name Feed --dry_run",
        "iocbeam sync --config sync.yaml",
        "iocbeam sync --config sync-sentinel.yaml --targets sentinel --dry_run",
        "iocbeam sync --config sync.yaml --tenants sync-tenants.yaml --dry_run",
    ),
)
