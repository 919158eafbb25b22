"""What a sightings run found, for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.outcome import REJECTED
from iocbeam.model.summary import EXIT_DONE, STATUS

from .console import cut, safe
from .outcome_view import number, show_outcomes
from .printer import LISTED, Printer
from .summary_view import show_inputs, show_notices
from .tenant_names import said_of_tenants, tenant_name
from .tenant_view import show_balance, show_requests

if TYPE_CHECKING:
    from rich.console import Console

_OBJECTS: Final = {
    "machines": "machines",
    "alerts": "alerts of Defender",
    "graph_alerts": "alerts of Graph",
}
_VALUE_WIDTH: Final = 64


def show_sightings(summary: Mapping[str, Any], output: str, console: Console) -> None:
    """Print which indicators were seen in the tenants, and what a person should do about it.

    Args:
        summary: content of `summary.json`.
        output: directory of the run's files.
    """
    printer = Printer(console, "summary.json")
    tenants: Sequence[Mapping[str, Any]] = summary.get("tenants", ())
    where = tenant_name(tenants[0]) if len(tenants) == 1 else f"{len(tenants)} tenants"
    run_id, collection = safe(summary.get("run_id", "")), safe(summary.get("collection", ""))
    printer.heading(f"Run {run_id}: collection {collection} looked for in {where}")
    for tenant in tenants:
        printer.blank()
        if len(tenants) > 1:
            printer.heading(f"Tenant {tenant_name(tenant)}")
        _show_tenant(printer, summary, tenant)
    show_inputs(printer, summary.get("inputs", ()), "")
    if summary.get("intake_problem"):
        printer.blank()
        printer.line(f"The intake is not sound: {safe(summary['intake_problem'])}.", "bold red")
    show_notices(printer, summary.get("notices", {}))
    notices = said_of_tenants(tenants, "plan_notices")
    if notices:
        printer.blank()
    printer.items("Good to know:", notices, "bold")
    _show_end(printer, summary, tenants, safe(output))


def _show_tenant(printer: Printer, summary: Mapping[str, Any], tenant: Mapping[str, Any]) -> None:
    _show_objects(printer, tenant.get("objects", {}))
    _show_sighted(printer, tenant)
    printer.blank()
    show_outcomes(printer, tenant.get("outcomes", {}), tenant.get("reasons", {}), dry_run=False)
    show_balance(printer, summary, tenant)
    printer.blank()
    show_requests(printer, tenant)
    if tenant.get("stopped"):
        printer.items("Not read to the end:", [tenant["stopped"]], "bold red")


def _show_objects(printer: Printer, objects: Mapping[str, Mapping[str, Any]]) -> None:
    from rich.text import Text

    table = printer.table()
    table.add_column("Read")
    for name in ("Objects", "Show an indicator", "Events written"):
        table.add_column(name, justify="right")
    table.add_column("")
    for kind, name in _OBJECTS.items():
        counts = objects.get(kind)
        if counts is not None:
            copies = int(counts.get("copies") or 0)
            told = f"{copies:,} are Defender's" if copies else ""
            whole = Text(told) if counts.get("complete") else Text("not all of them", "bold red")
            row = (number(counts.get(column, 0)) for column in ("read", "matched", "written"))
            table.add_row(name, *row, whole)
    printer.console.print(table)


def _show_sighted(printer: Printer, tenant: Mapping[str, Any]) -> None:
    sighted = tenant.get("sighted", ())
    printer.blank()
    if not sighted:
        looked_for = tenant.get("outcomes", {}).get("not_sighted")
        printer.line("None of the indicators was seen." if looked_for else "Nothing could be looked for.")
        return
    table = printer.table()
    table.add_column("Seen", overflow="fold", ratio=1)
    table.add_column("Type", no_wrap=True)
    table.add_column("Severity", no_wrap=True)
    table.add_column("Machines", justify="right", no_wrap=True)
    table.add_column("Alerts", justify="right", no_wrap=True)
    for one in sighted[:LISTED]:
        table.add_row(
            cut(safe(one.get("value", "")), _VALUE_WIDTH),
            safe(one.get("type", "")),
            safe(one.get("severity", "")) or "-",
            number(one.get("machines")),
            number(one.get("alerts")),
        )
    printer.console.print(table)
    more = int(tenant.get("outcomes", {}).get("sighted", 0)) - min(len(sighted), LISTED)
    if more > 0:
        printer.item(f"and {more:,} more: summary.json has up to 100 with their counts, the events say where")


def _show_end(printer: Printer, summary: Mapping[str, Any], tenants: Sequence[Any], output: str) -> None:
    rejected = max((tenant.get("outcomes", {}).get(REJECTED, 0) for tenant in tenants), default=0)
    printer.blank()
    if rejected:
        printer.line(f"{rejected:,} dead letters are in {output}. To look at them: iocbeam deadletters {output}")
    printer.line(f"Events and everything about this run: {output}")
    code = int(summary.get("exit_code", EXIT_DONE))
    printer.line(f"Exit status {code}: {STATUS.get(code, '')}.", "bold" if code == EXIT_DONE else "bold red")
