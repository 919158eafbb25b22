"""What a run did in several tenants, or for several targets: a table with a row for each, then what one alone has
to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from iocbeam.model.outcome import CREATED, EXPIRED, FAILED, HELD, INACTIVE, REJECTED, UNCHANGED, UPDATED

from .entra_words import NO_EFFECT
from .outcome_view import number, show_outcomes, show_types
from .printer import Printer
from .tenant_names import (
    all_of,
    named,
    number_of_tenants,
    said_of_tenants,
    short_name,
    target_name,
    target_names,
    tenant_name,
)
from .tenant_view import show_delivery, show_unbalanced

_MOST_IN_FULL: Final = 3
"""Up to that many tenants are shown whole."""
_BEFORE_TENANTS: Final = (EXPIRED, INACTIVE, REJECTED)
"""Outcomes that a record gets before the tenants differ."""
_STATES: Final = {
    "stopped": "red",
    "failed": "red",
    "differs": "red",
    "held back": "yellow",
    "planned": "green",
    "done": "green",
}
"""How it went in one tenant, the worst first, with the style."""


class _Shared(NamedTuple):
    """Ends that all tenants have in common: records by outcome, and by reason by outcome."""

    outcomes: dict[str, int]
    reasons: dict[str, Mapping[str, int]]


def show_tenants(printer: Printer, summary: Mapping[str, Any], tenants: Sequence[Mapping[str, Any]]) -> None:
    """Print what became of the records in each of several tenants and for each target.

    Args:
        summary: content of `summary.json`.
        tenants: its entries, told apart.
    """
    dry_run = bool(summary.get("dry_run"))
    shared = _shared(tenants)
    printer.blank()
    _show_table(printer, tenants, shared, dry_run)
    if shared.outcomes:
        printer.blank()
        printer.line(f"The same for every {'target' if _several_targets(tenants) else 'tenant'}:", "bold")
        show_outcomes(printer, shared.outcomes, shared.reasons, dry_run)
    _show_balances(printer, summary, tenants)
    if dry_run:
        where = "any tenant" if number_of_tenants(tenants) > 1 else "the tenant"
        printer.line(f"Nothing in {where} was changed.")
    told = [
        tenant for tenant in tenants if len(tenants) <= _MOST_IN_FULL or _has_something_to_say(tenant, dry_run)
    ]
    _show_no_effect(printer, [tenant for tenant in tenants if dry_run or tenant not in told])
    for tenant in told:
        _show_alone(printer, tenant, shared, dry_run)
    if not dry_run:  # of a dry run they stand in the plan, which was printed before
        notices = said_of_tenants(tenants, "plan_notices")
        if notices:
            printer.blank()
        printer.items("Good to know:", notices, "bold")
    if len(told) < len(tenants):
        printer.blank()
        rows = "targets" if _several_targets(tenants) else "tenants"
        printer.line(f"Nothing more to say of {len(tenants) - len(told):,} of the {rows}; summary.json has all.")


def state(tenant: Mapping[str, Any], dry_run: bool) -> str:
    """How it went in a tenant, in a word; the worst that can be said of it."""
    if tenant.get("stopped"):
        return "stopped"
    if tenant.get("outcomes", {}).get(FAILED):
        return "failed"
    if tenant.get("difference_count"):
        return "differs"
    if tenant.get("refusals"):
        return "held back"
    return "planned" if dry_run else "done"


def _has_something_to_say(tenant: Mapping[str, Any], dry_run: bool) -> bool:
    if state(tenant, dry_run) in ("stopped", "failed", "differs"):
        return True
    # Refusals and conflicts of a dry run stand in the plan.
    return not dry_run and bool(tenant.get("refusals") or tenant.get("conflicts"))


def _shared(tenants: Sequence[Mapping[str, Any]]) -> _Shared:
    shared = _Shared({}, {})
    first = tenants[0]
    for outcome in _BEFORE_TENANTS:
        ends = {tenant.get("outcomes", {}).get(outcome, 0) for tenant in tenants}
        if len(ends) == 1 and ends != {0}:
            shared.outcomes[outcome] = ends.pop()
            shared.reasons[outcome] = first.get("reasons", {}).get(outcome, {})
    return shared


def _show_table(printer: Printer, tenants: Sequence[Mapping[str, Any]], shared: _Shared, dry_run: bool) -> None:
    from rich.text import Text

    table = printer.table(gap=1)
    alone = number_of_tenants(tenants) == 1  # then the rows differ in their targets only
    table.add_column("Target" if alone else "Tenant", overflow="fold")
    counted = (CREATED, UPDATED, UNCHANGED, HELD, FAILED)
    columns = (CREATED, UPDATED, UNCHANGED, "withdrawn", HELD, "other", FAILED)
    for name in columns:
        table.add_column(name.capitalize(), justify="right", no_wrap=True)
    table.add_column("State", no_wrap=True)
    for tenant in tenants:
        outcomes: Mapping[str, int] = tenant.get("outcomes", {})
        counts = {name: outcomes.get(name, 0) for name in counted}
        counts["withdrawn"] = tenant.get("withdrawn", 0)
        counts["other"] = sum(
            count for name, count in outcomes.items() if name not in counted and name not in shared.outcomes
        )
        word = state(tenant, dry_run)
        name = target_name(tenant) if alone else short_name(tenant)
        table.add_row(name, *(number(counts[column]) for column in columns), Text(word, _STATES[word]))
    printer.console.print(table)


def _show_balances(printer: Printer, summary: Mapping[str, Any], tenants: Sequence[Mapping[str, Any]]) -> None:
    read, balanced = int(summary.get("records_read", 0)), bool(summary.get("balanced", True))
    by_sum: dict[int, list[str]] = {}
    for tenant in tenants:
        by_sum.setdefault(sum(tenant.get("outcomes", {}).values()), []).append(short_name(tenant))
    printer.blank()
    if by_sum.keys() == {read} and balanced:
        printer.line(f"{read:,} records read, {read:,} accounted for {_in_each(tenants)}: balanced.")
        return
    for ended, names in by_sum.items():
        if ended != read or not balanced:
            show_unbalanced(printer, read, ended, named(names))


def _in_each(tenants: Sequence[Mapping[str, Any]]) -> str:
    count = number_of_tenants(tenants)
    of_each = f"each of {count} tenants"
    if not _several_targets(tenants):
        return f"in {of_each}"
    targets = all_of([f"in {name}" for name in target_names(tenants)])
    return targets if count == 1 else f"{targets} of {of_each}"


def _several_targets(tenants: Sequence[Mapping[str, Any]]) -> bool:
    return len(target_names(tenants)) > 1


def _show_no_effect(printer: Printer, tenants: Sequence[Mapping[str, Any]]) -> None:
    """Say where a policy is easily taken for protection and is none."""
    names = [short_name(tenant) for tenant in tenants if tenant.get("policy_effect") == NO_EFFECT]
    if names:
        printer.line(f"The policy applies to no one, or to no application: {named(names)}.", "bold yellow")


def _show_alone(printer: Printer, tenant: Mapping[str, Any], shared: _Shared, dry_run: bool) -> None:
    printer.blank()
    printer.heading(f"Tenant {tenant_name(tenant)}")
    outcomes = {name: count for name, count in tenant.get("outcomes", {}).items() if name not in shared.outcomes}
    if outcomes:
        show_outcomes(printer, outcomes, tenant.get("reasons", {}), dry_run)
    show_types(printer, tenant.get("by_type", {}))
    printer.blank()
    show_delivery(printer, tenant, dry_run)
