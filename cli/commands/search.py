"""`iocbeam search`: where a value was seen."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from ..command import Command
from ..jobs.job_parts import each_tenant
from ..options.option import with_defaults
from ..options.tables import SEARCH
from ..values.command_line import Parsed
from ..values.config import with_config
from ..views.console import make_console, progress, safe

if TYPE_CHECKING:
    from ..search.answer import Answer


def run(parsed: Parsed) -> int:
    """Look for the values and show what was found; the exit status."""
    # Imported here, so that help need not wait for what they bring along.
    from ..search.run import exit_status, search, search_settings, tenant_to_search, values_to_seek
    from ..search.tenants import tenants_of_any_job
    from ..search.view import show_search

    values = with_config(parsed.values, SEARCH.all)
    given = with_defaults(values, SEARCH.all)
    sought = values_to_seek(parsed.paths, given["kind"])
    settings = search_settings(given, int(time.time()))
    tenants = each_tenant(values, tenants_of_any_job(), tenant_to_search)
    if not all(tenant.connection.verify_tls for tenant in tenants):
        sys.stderr.write("iocbeam: WARNING: --no_tls_verify: whoever is on the way can read the credentials.\n")
    with progress(f"Looking in {tenants[0].alias if len(tenants) == 1 else f'{len(tenants)} tenants'}"):
        found = search(sought, tenants, settings)
    answers = [answer for _, of_tenants in found for answer in of_tenants]
    status = exit_status(answers)
    if given["json"]:
        _write_events(answers, given["dialect"], settings.now)
    else:
        show_search(found, status, make_console())
    return status


def _write_events(answers: list[Answer], dialect: str, now: int) -> None:
    """One on a line; what could not be asked, and what was not looked at, goes to standard error."""
    import orjson

    from ..search.run import events_of
    from ..search.view import problems_of, tenant_of

    for event in events_of(answers, dialect, now):
        sys.stdout.write(orjson.dumps(event).decode() + "\n")
    for answer in answers:
        for text in (*answer.notes, *(f"could not be asked: {problem}" for problem in problems_of(answer))):
            sys.stderr.write(f"iocbeam: {safe(answer.sought.value)}: {tenant_of(answer)}: {safe(text)}\n")


COMMAND = Command(
    "search",
    "where an address, host, domain, URL, file name or hash was seen",
    "VALUE... [options]",
    "Tells what each value is, asks one tenant or several which machines and alerts show it, and prints them. "
    "Nothing in a tenant is changed. The app registration needs Machine.Read.All, Alert.Read.All, File.Read.All, "
    "Ip.Read.All and Url.Read.All of WindowsDefenderATP, and ThreatHunting.Read.All of Microsoft Graph; without "
    "one of them the rest is asked. Exit status 0: everything was asked; 3: something could not be; 1: nothing "
    "could.",
    SEARCH.all,
    run,
    paths=True,
    examples=(
        "iocbeam search 203.0.113.9 --tenant_id TENANT --client_id APP --client_secret env:DEFENDER_SECRET",
        "iocbeam search 'hxxp://bad[.]example/x' invoice.exe --tenants tenants.yaml",
        "iocbeam search 98c43166175ebfd47a78a63cbf837ff8da5096a4 --config examples/search.yaml --json",
    ),
)
