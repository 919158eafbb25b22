"""`iocbeam defender`: a collection into Microsoft Defender for Endpoint."""

from __future__ import annotations

from functools import partial

from ..command import Command
from ..jobs.job_run import run_command
from ..jobs.kinds import DEFENDER_JOB

COMMAND = Command(
    "defender",
    "bring a tenant's Defender indicators in step with a collection",
    "--collection NAME --input FILE... [options]",
    "Reads a collection of indicators and brings Microsoft Defender for Endpoint in step with it, in one tenant "
    "or in several. Begin with --dry_run, which changes nothing and needs no credentials; with them it shows what "
    "would change in the tenant as it is. The app registration needs the permission Ti.ReadWrite.All of "
    "WindowsDefenderATP.",
    DEFENDER_JOB.options.all,
    partial(run_command, DEFENDER_JOB),
    beam=True,
    examples=(
        "iocbeam defender --collection feed --input 'feed/*.jsonl.gz' --dry_run",
        "iocbeam defender --collection feed --input feed.csv --tenant_id TENANT --client_id APP "
        "--client_secret env:DEFENDER_SECRET --action Block",
        "iocbeam defender --collection feed --source misp --misp_url https://misp.example.com "
        "--misp_key env:MISP_KEY --dry_run",
        "iocbeam defender --config defender.yaml",
        "iocbeam defender --collection feed --input feed.csv --tenants tenants.yaml --dry_run",
    ),
)
