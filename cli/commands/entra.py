"""`iocbeam entra`: a collection's addresses and ranges into Microsoft Entra."""

from __future__ import annotations

from functools import partial

from ..command import Command
from ..jobs.job_run import run_command
from ..jobs.kinds import ENTRA_JOB

COMMAND = Command(
    "entra",
    "bring a tenant's named locations and their policy in step",
    "--collection NAME --input FILE... --location_name NAME [options]",
    "Reads a collection of indicators, brings the IP named locations of Microsoft Entra in step with its "
    "addresses and ranges, and keeps a conditional access policy that blocks sign-ins from them, in one tenant or "
    "in several. Begin with --dry_run, which changes nothing and needs no credentials; with them it shows what "
    "would change in the tenant as it is. The app registration needs the permissions Policy.Read.All, "
    "Policy.ReadWrite.ConditionalAccess and Application.Read.All of Microsoft Graph.",
    ENTRA_JOB.options.all,
    partial(run_command, ENTRA_JOB),
    beam=True,
    examples=(
        "iocbeam entra --collection feed --input feed.jsonl --location_name Feed --dry_run",
        "iocbeam entra --collection feed --input feed.jsonl --location_name Feed --policy_name 'Block feed' "
        "--include_apps All --include_users All --exclude_groups GROUP_ID --tenant_id TENANT --client_id APP "
        "--client_secret env:ENTRA_SECRET",
        "iocbeam entra --config entra.yaml",
    ),
)
