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
    table = printer.table()
    for title in ("Check", "State", "Found"):
        table.add_column(title, overflow="fold", no_wrap=title != "Found")
    service = ""
    for check in tenant["checks"]:
        if check["service"] != service:
            service = check["service"]
            _add_heading(table, service)
        if check["check"] in _OF_THE_TOKEN and check["state"] == "ok":
            continue  # said by the login's row, as far as a person cares
        _add(table, check)
    printer.console.print(table)
    todo = [f"{_name(check)}: {check['advice']}" for check in tenant["checks"] if check["advice"]]
    printer.items("What to do:", dict.fromkeys(todo), "bold")
    for job, works in tenant["jobs"].items():
        printer.line(f"{job}: {'works' if works else 'does not work yet'}.", "green" if works else "red")


def _add_heading(table: Table, service: str) -> None:
    from rich.text import Text

    table.add_row(Text(safe(service), "bold"), "", "")


def _add(table: Table, check: Mapping[str, Any]) -> None:
    from rich.text import Text

    state = check["state"]
    table.add_row(Text(f"  {_name(check)}"), Text(state, _STYLES[state]), Text(safe(check["message"])))


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
