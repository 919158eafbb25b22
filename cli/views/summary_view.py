"""A run's `summary.json` for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.outcome import FAILED, NOTICES, REJECTED
from iocbeam.model.summary import EXIT_DONE, STATUS

from .console import safe
from .printer import Printer
from .tenant_names import DEFENDER, TARGETS, all_of, number_of_tenants, target_names, tenant_name, told_apart
from .tenant_view import show_only_tenant
from .tenants_view import show_tenants

if TYPE_CHECKING:
    from rich.console import Console

_REJECTED_BY_A_TARGET: Final = ("prefix_too_short",)
"""Reasons for which a record is rejected only after the targets have parted."""


def show_summary(summary: Mapping[str, Any], output: str, console: Console) -> None:
    """Print what became of the records in the tenants, and what a person should do about it.

    Args:
        summary: content of `summary.json`.
        output: directory of the run's files.
    """
    printer = Printer(console, "summary.json")
    printer.heading(_title(summary))
    tenants = told_apart(summary.get("tenants", ()))
    if len(tenants) == 1:
        printer.blank()
        show_only_tenant(printer, summary, tenants[0])
    elif tenants:
        show_tenants(printer, summary, tenants)
    show_inputs(printer, summary.get("inputs", ()))
    if summary.get("intake_problem"):
        printer.blank()
        printer.line(f"The intake is not sound: {safe(summary['intake_problem'])}.", "bold red")
    show_notices(printer, summary.get("notices", {}))
    _show_dead_letters(printer, tenants, safe(output))
    _show_exit_status(printer, int(summary.get("exit_code", EXIT_DONE)), safe(output))


def _title(summary: Mapping[str, Any]) -> str:
    kind = "Plan (dry run)" if summary.get("dry_run") else "Run"
    tenants = summary.get("tenants", ())
    into = ""
    if tenants:
        count = number_of_tenants(tenants)
        into = f" into {tenant_name(tenants[0]) if count == 1 else f'{count} tenants'}"
        targets = target_names(tenants)
        if targets != [TARGETS[DEFENDER]]:
            into += f", {all_of(targets)}"
    return f"{kind} {safe(summary.get('run_id', ''))}: collection {safe(summary.get('collection', ''))}{into}"


def show_inputs(
    printer: Printer,
    inputs: Iterable[Mapping[str, Any]],
    consequence: str = " (nothing is withdrawn after such a read)",
) -> None:
    """Print what was not read to its end, and what in it was not understood.

    Args:
        consequence: of a read that broke off, for the heading.
    """
    entries = list(inputs)
    broken = [entry for entry in entries if not entry.get("complete", True)]
    if broken:
        printer.blank()
        printer.items(
            f"Inputs that were not read to their end{consequence}:",
            [f"{entry['error'] or entry['location']} ({entry['records']:,} records)" for entry in broken],
            "bold red",
        )
    unused = sorted({name for entry in entries for name in entry.get("unused_fields", ())})
    if unused:
        printer.blank()
        printer.line("Fields of the input that no field of ours takes (--field_map names one):", "bold")
        printer.item(safe(", ".join(unused)))


def show_notices(printer: Printer, counts: Mapping[str, int]) -> None:
    """Print what was worth knowing of records on their way."""
    if counts:
        printer.blank()
        told = [f"{count:,} {NOTICES.get(code, code)}" for code, count in counts.items()]
        printer.items("On the way:", told, "bold")


def _show_dead_letters(printer: Printer, tenants: Iterable[Mapping[str, Any]], output: str) -> None:
    # A record is rejected once for all tenants, or by a target in each of them, and fails in each by itself.
    shared = count = 0
    for tenant in tenants:
        ends, reasons = tenant.get("outcomes", {}), tenant.get("reasons", {}).get(REJECTED, {})
        own = sum(reasons.get(code, 0) for code in _REJECTED_BY_A_TARGET)
        shared = max(shared, ends.get(REJECTED, 0) - own)
        count += own + ends.get(FAILED, 0)
    count += shared
    printer.blank()
    if not count:
        printer.line("No dead letters.")
        return
    printer.line(f"{count:,} dead letters are in {output}. To look at them, and to run them again:")
    printer.line(f"  iocbeam deadletters {output}")
    # A replay cannot write where it reads, and its own output is no place to write the next one either.
    printer.line(f"  iocbeam replay {output} --output NEW_DIRECTORY [the same options]")


def _show_exit_status(printer: Printer, code: int, output: str) -> None:
    printer.blank()
    printer.line(f"Everything about this run: {output}/summary.json")
    printer.line(f"Exit status {code}: {STATUS.get(code, '')}.", "bold" if code == EXIT_DONE else "bold red")
