"""The plan of a dry run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.outcome import UNCHANGED

from .defender_plan_view import show_defender_plan
from .entra_plan_view import show_entra_plan
from .outcome_view import number
from .plan_lines import CREATED, UPDATED, WITHDRAWN
from .plan_parts import unchanged_records
from .printer import Printer
from .sentinel_plan_view import show_sentinel_plan
from .tenant_names import (
    DEFENDER,
    ENTRA,
    SENTINEL,
    all_of,
    number_of_tenants,
    said_of_tenants,
    short_name,
    target_names,
    target_of,
    told_apart,
)
from .tenant_view import show_guards

if TYPE_CHECKING:
    from rich.console import Console

_SAMPLES: Final = 5
_FEW_SAMPLES: Final = 2
_MANY: Final = 5
"""Above that many entries, a table of counts comes first and the samples are fewer."""
_SHOW: Final[Mapping[str, Callable[[Printer, Mapping[str, Any], int], None]]] = {
    DEFENDER: show_defender_plan,
    ENTRA: show_entra_plan,
    SENTINEL: show_sentinel_plan,
}
_CHANGES: Final = ("changes", "withdraw", "locations", "refusals", "conflicts", "unreadable", "stopped")
"""Fields that make an entry more than its row in the table."""


def show_plan(plan: Mapping[str, Any], console: Console) -> None:
    """Print a `plan.json`: for each tenant and target counts, a few changes of each kind, what ends in the plan,
    what was refused and what is to be settled; last what to know.

    Of more than five entries a table of counts comes first, and those for which nothing changes have no more than
    their row in it.
    """
    tenants = told_apart(plan.get("tenants", ()))
    printer = Printer(console, "plan.json")
    shown, samples = tenants, _SAMPLES
    if len(tenants) > _MANY:
        _show_counts(printer, tenants)
        shown, samples = [tenant for tenant in tenants if _says_more_than_its_row(tenant)], _FEW_SAMPLES
        printer.blank()
    for tenant in shown:
        _show_tenant(printer, tenant, samples)
        if len(tenants) == 1:
            printer.items("Good to know:", tenant.get("notices", ()), "bold")
        printer.blank()
    notices = said_of_tenants(tenants, "notices") if len(tenants) > 1 else []
    if notices:
        printer.items("Good to know:", notices, "bold")
        printer.blank()


def _says_more_than_its_row(tenant: Mapping[str, Any]) -> bool:
    policy = tenant.get("policy") or {}
    return any(tenant.get(field) for field in _CHANGES) or policy.get("change", "none") != "none"


def _show_counts(printer: Printer, tenants: Sequence[Mapping[str, Any]]) -> None:
    targets = target_names(tenants)
    where = f", {all_of(targets)}" if len(targets) > 1 else ""
    printer.heading(f"Plan for {number_of_tenants(tenants)} tenants{where}")
    table = printer.table(gap=1)
    table.add_column("Tenant", overflow="fold")
    for name in ("Created", "Updated", "Withdrawn", "Unchanged", "Other", "Refusals", "Conflicts"):
        table.add_column(name, justify="right", no_wrap=True)
    for tenant in tenants:
        counts = _counts(tenant)
        others = sum(end.get("outcome") != UNCHANGED for end in tenant.get("ends", ()))
        refusals, conflicts = len(tenant.get("refusals", ())), len(tenant.get("conflicts", ()))
        table.add_row(short_name(tenant), *map(number, (*counts, others, refusals, conflicts)))
    printer.console.print(table)


def _counts(tenant: Mapping[str, Any]) -> tuple[int, ...]:
    """What would be created, updated and withdrawn, and the records that stay unchanged."""
    nothing = tenant.get("unreadable") or tenant.get("stopped")
    counts: Mapping[str, int] = {} if nothing else tenant.get("counts", {})
    withdrawn = counts.get(WITHDRAWN, 0)
    if target_of(tenant) == ENTRA and not nothing:
        withdrawn = tenant.get("withdrawn", 0)
    return (
        counts.get(CREATED, 0),
        counts.get(UPDATED, 0),
        withdrawn,
        0 if tenant.get("unreadable") else unchanged_records(tenant),
    )


def _show_tenant(printer: Printer, tenant: Mapping[str, Any], samples: int) -> None:
    printer.heading(f"Plan for {short_name(tenant)}")
    if tenant.get("unreadable"):
        printer.items(
            "The tenant could not be read, so that nothing is planned:", [tenant["unreadable"]], "bold red"
        )
        return
    _SHOW.get(target_of(tenant), show_defender_plan)(printer, tenant, samples)
    show_guards(printer, tenant)
