"""What a run did in one tenant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .console import safe
from .entra_words import EFFECTS, NO_EFFECT
from .outcome_view import show_outcomes, show_types
from .printer import Printer
from .tenant_names import ENTRA, target_of


def show_only_tenant(printer: Printer, summary: Mapping[str, Any], tenant: Mapping[str, Any]) -> None:
    """Print everything about the tenant of a run that has one.

    Args:
        summary: content of `summary.json`.
        tenant: its entry for the tenant.
    """
    dry_run = bool(summary.get("dry_run"))
    show_outcomes(printer, tenant.get("outcomes", {}), tenant.get("reasons", {}), dry_run)
    show_balance(printer, summary, tenant)
    show_types(printer, tenant.get("by_type", {}))
    printer.blank()
    if dry_run:
        printer.line("Nothing in the tenant was changed.")
    show_delivery(printer, tenant, dry_run)
    if not dry_run:  # of a dry run the rest stands in the plan, which was printed before
        if tenant.get("plan_notices"):
            printer.blank()
        printer.items("Good to know:", tenant.get("plan_notices", ()), "bold")


def show_balance(printer: Printer, summary: Mapping[str, Any], tenant: Mapping[str, Any]) -> None:
    """Print whether every record that was read is accounted for in a tenant."""
    read = int(summary.get("records_read", 0))
    ended = sum(tenant.get("outcomes", {}).values())
    printer.blank()
    # What one transform loses another may double: then the sums are right and the run is not.
    if ended == read and summary.get("balanced", True):
        printer.line(f"{read:,} records read, {ended:,} accounted for: balanced.")
    else:
        show_unbalanced(printer, read, ended)


def show_unbalanced(printer: Printer, read: int, ended: int, where: str = "") -> None:
    """Print that records were lost or counted twice.

    Args:
        read, ended: records.
        where: names of the tenants, where there are several.
    """
    place = f" in {where}" if where else ""
    printer.line(
        f"NOT BALANCED{place}: {read:,} records read, but {ended:,} accounted for. Do not rely on this "
        "run. If no transform of your own loses or doubles records, this is a fault of iocbeam: report it.",
        "bold red",
    )


def show_delivery(printer: Printer, tenant: Mapping[str, Any], dry_run: bool) -> None:
    """Print what was sent and came of it, what stopped it and what a guard held back."""
    if not dry_run:
        present = tenant.get("present")
        known = "not read back" if present is None else f"{present:,} present when read back"
        things = " ranges" if target_of(tenant) == ENTRA else ""
        printer.line(
            f"Sent {tenant.get('sent', 0):,}, accepted {tenant.get('accepted', 0):,}, {known}; "
            f"withdrawn {tenant.get('withdrawn', 0):,}{things}."
        )
        effect = tenant.get("policy_effect")
        if effect:
            printer.line(
                f"Effect: {EFFECTS.get(effect, safe(effect))}.", "bold yellow" if effect == NO_EFFECT else ""
            )
    show_requests(printer, tenant)
    if tenant.get("stopped"):
        printer.items("Stopped early:", [tenant["stopped"]], "bold red")
    if tenant.get("mark") == "not_returned":
        printer.items(
            "Ownership:",
            ["The tenant does not return our mark, so that rows of ours cannot be told from others'."],
            "bold yellow",
        )
    if tenant.get("difference_count"):
        count = tenant["difference_count"]
        printer.items(f"Accepted, but not there when read back ({count:,}):", tenant.get("differences", ()))
    if not dry_run:
        show_guards(printer, tenant)


def show_requests(printer: Printer, tenant: Mapping[str, Any]) -> None:
    """Print which calls were made for a tenant."""
    requests: Mapping[str, Mapping[str, int]] = tenant.get("requests", {})
    for call, statuses in requests.items():
        answers = ", ".join(f"{_status(code)}: {count:,}" for code, count in statuses.items())
        printer.item(f"{safe(call)}  {answers}", "dim")
    waited = float(tenant.get("throttled_seconds") or 0)
    if waited:
        printer.line(f"Waited {waited:,.1f} s for the service's rate limits.")


def show_guards(printer: Printer, tenant: Mapping[str, Any]) -> None:
    """Print what guards held back in a tenant and what a person should settle; of a summary or a plan."""
    printer.items("Held back by a guard:", tenant.get("refusals", ()), "bold yellow")
    printer.items("Conflicts for a person to settle:", tenant.get("conflicts", ()), "bold yellow")


def _status(code: str) -> str:
    return "no answer" if str(code) == "0" else str(code)
