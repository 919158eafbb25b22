"""What `iocbeam check` found, for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.permissions import listed

from .console import safe
from .printer import Printer
from .tenant_names import tenant_name

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_STYLES: Final = {"ok": "green", "remark": "cyan", "warning": "yellow", "failed": "red", "not tried": "red"}
_OF_THE_TOKEN: Final = ("audience", "tenant", "app")
_WIDEST_PATH: Final = 26
_INDENT: Final = "  "
_GAP: Final = 2
_BELOW: Final = "see below"
"""Stands for a message with a word, such as a URL, that would be broken in its column."""


def show_checks(document: Mapping[str, Any], console: Console) -> None:
    """Print what was looked at in each tenant, and what to do.

    Args:
        document: as `check_run.check_tenants` makes it.
    """
    printer = Printer(console, "--json")
    for tenant in document["tenants"]:
        _show_tenant(printer, tenant)
        printer.blank()
    tenants = document["tenants"]
    if len(tenants) > 1:
        _show_all(printer, tenants)
        printer.blank()
    words = "everything that is needed works" if document["ok"] else "something that is needed does not work"
    printer.line(f"Exit status {document['exit_code']}: {words}.", "bold" if document["ok"] else "bold red")


def _show_tenant(printer: Printer, tenant: Mapping[str, Any]) -> None:
    printer.heading(
        f"Tenant {tenant_name(tenant)}, cloud {safe(tenant['cloud'])}, app {safe(tenant['client_id'])}"
    )
    table = printer.table(_GAP)
    for title in ("Check", "State", "Found"):
        table.add_column(title, overflow="fold", no_wrap=title != "Found")
    # What a login with the token shows is said by its row, as far as a person cares.
    checks = [one for one in tenant["checks"] if one["check"] not in _OF_THE_TOKEN or one["state"] != "ok"]
    room = _room(printer, checks)
    service, long = "", []
    for check in checks:
        if check["service"] != service:
            service = check["service"]
            _add_heading(table, service)
        fits = all(len(word) <= room for word in safe(check["message"]).split())
        if not fits:
            long.append(f"{service}, {_name(check)}: {check['message']}")
        _add(table, check, safe(check["message"]) if fits else _BELOW)
    printer.console.print(table)
    printer.items("Found:", long, "bold")
    todo = [f"{_name(check)}: {check['advice']}" for check in tenant["checks"] if check["advice"]]
    printer.items("What to do:", dict.fromkeys(todo), "bold")
    for job, works in tenant["jobs"].items():
        printer.line(f"{job}: {'works' if works else 'does not work yet'}.", "green" if works else "red")


def _room(printer: Printer, checks: Sequence[Mapping[str, Any]]) -> int:
    """Characters for what was found, beside the name and the state of a check."""
    names = max((len(name) for check in checks for name in (_INDENT + _name(check), check["service"])), default=0)
    states = max((len(check["state"]) for check in checks), default=0)
    return printer.width - names - states - 3 * _GAP


def _add_heading(table: Table, service: str) -> None:
    from rich.text import Text

    table.add_row(Text(safe(service), "bold"), "", "")


def _add(table: Table, check: Mapping[str, Any], found: str) -> None:
    from rich.text import Text

    state = check["state"]
    table.add_row(Text(f"{_INDENT}{_name(check)}"), Text(state, _STYLES[state]), Text(found))


def _name(check: Mapping[str, Any]) -> str:
    kind, subject = check["check"], safe(check["subject"])
    if kind == "role":
        return subject
    if kind != "read":
        return str(kind)
    call = subject.partition("?")[0]
    method, _, path = call.partition(" ")
    return call if len(path) <= _WIDEST_PATH else f"{method} …/{path.rpartition('/')[2]}"


def _show_all(printer: Printer, tenants: Sequence[Mapping[str, Any]]) -> None:
    from rich.text import Text

    table = printer.table()
    for title in ("Tenant", "Works", "Does not"):
        table.add_column(title, overflow="fold")
    for tenant in tenants:
        works = [job for job, fine in tenant["jobs"].items() if fine]
        not_yet = [job for job, fine in tenant["jobs"].items() if not fine]
        table.add_row(safe(tenant["alias"]), Text(listed(works), "green"), Text(listed(not_yet), "red"))
    printer.console.print(table)
