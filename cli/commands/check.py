"""`iocbeam check`: whether the jobs can reach their tenants and may do what they need to."""

from __future__ import annotations

import json
import sys
import time

from ..command import Command
from ..jobs.check_run import check_tenants, tenant_to_check
from ..jobs.job_parts import each_tenant
from ..options.check_options import CHECK
from ..options.option import with_defaults
from ..values.command_line import Parsed
from ..values.config import with_config
from ..views.check_view import show_checks
from ..views.console import make_console, progress


def run(parsed: Parsed) -> int:
    """Look at every tenant and print what was found; the exit status."""
    values = with_config(parsed.values, CHECK.all)
    given = with_defaults(values, CHECK.all)
    tenants = each_tenant(values, CHECK, lambda one, alias: tenant_to_check(one, alias, values))
    if not all(tenant.connection.verify_tls for tenant in tenants):
        sys.stderr.write("iocbeam: WARNING: --no_tls_verify: whoever is on the way can read the credentials.\n")
    with progress(f"Checking {tenants[0].alias if len(tenants) == 1 else f'{len(tenants)} tenants'}"):
        document = check_tenants(tenants, time.time())
    if given["json"]:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        show_checks(document, make_console())
    return int(document["exit_code"])


COMMAND = Command(
    "check",
    "test login and permissions, and read a little of each service",
    "[--config FILE] [--tenants FILE] [--jobs JOB,...] [options]",
    "Logs in anew, looks at the token, compares its roles with those that the jobs need, and reads a little from "
    "each service. Nothing is written. It takes the options and files of every job; those that say nothing about "
    "the connection only tell which job is meant. Exit status 0: everything that is needed works; 1: something "
    "does not.",
    CHECK.all,
    run,
    examples=(
        "iocbeam check --tenant_id TENANT --client_id APP --client_secret env:DEFENDER_SECRET",
        "iocbeam check --config sync.yaml --jobs sync",
        "iocbeam check --config defender.yaml --tenants tenants.yaml --json",
    ),
)
