"""The plan of a dry run, printed like a diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.outcome import UNCHANGED

from .console import cut, safe
from .outcome_view import number
from .plan_lines import CREATED, UPDATED, WITHDRAWN, change_lines
from .printer import Printer
from .tenant_names import named, said_of_tenants, short_name
from .tenant_view import show_guards

if TYPE_CHECKING:
    from rich.console import Console

_SAMPLES: Final = 5
_FEW_SAMPLES: Final = 2
_MANY_TENANTS: Final = 5
"""Above that many, a table of counts comes first and the samples are fewer."""
_SIGNS: Final = {CREATED: "+", UPDATED: "~", WITHDRAWN: "-"}
_TO_DO: Final = {CREATED: "to create", UPDATED: "to update", WITHDRAWN: "to withdraw"}
_STYLES: Final = {CREATED: "green", UPDATED: "yellow", WITHDRAWN: "red"}


def show_plan(plan: Mapping[str, Any], console: Console) -> None:
    """Print a `plan.json`: for each tenant counts, a few changes of each kind, what ends in the plan, what was
    refused and what is to be settled; last what to know.

    Of more than five tenants a table of counts comes first, and those for which nothing changes have no more than
    their row in it.
    """
    tenants: Sequence[Mapping[str, Any]] = plan.get("tenants", ())
    printer = Printer(console, "plan.json")
    shown, samples = tenants, _SAMPLES
    if len(tenants) > _MANY_TENANTS:
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


def _counts(tenant: Mapping[str, Any]) -> dict[str, int]:
    """How many rows of a tenant would be created, updated and withdrawn, and stay unchanged."""
    counts: Mapping[str, int] = {} if tenant.get("unreadable") else tenant.get("counts", {})
    unchanged = sum(end.get("outcome") == UNCHANGED for end in tenant.get("ends", ()))
    return {**{kind: counts.get(kind, 0) for kind in _SIGNS}, UNCHANGED: unchanged}


def _says_more_than_its_row(tenant: Mapping[str, Any]) -> bool:
    return any(tenant.get(field) for field in ("changes", "withdraw", "refusals", "conflicts", "unreadable"))


def _show_counts(printer: Printer, tenants: Sequence[Mapping[str, Any]]) -> None:
    printer.heading(f"Plan for {len(tenants)} tenants")
    table = printer.table(gap=1)
    table.add_column("Tenant", overflow="fold")
    for name in ("Created", "Updated", "Withdrawn", "Unchanged", "Other", "Refusals", "Conflicts"):
        table.add_column(name, justify="right", no_wrap=True)
    for tenant in tenants:
        counts = _counts(tenant)
        others = len(tenant.get("ends", ())) - counts[UNCHANGED]
        refusals, conflicts = len(tenant.get("refusals", ())), len(tenant.get("conflicts", ()))
        table.add_row(short_name(tenant), *map(number, (*counts.values(), others, refusals, conflicts)))
    printer.console.print(table)


def _show_tenant(printer: Printer, tenant: Mapping[str, Any], samples: int) -> None:
    from rich.text import Text

    printer.heading(f"Plan for {short_name(tenant)}")
    if tenant.get("unreadable"):
        printer.items(
            "The tenant could not be read, so that nothing is planned:", [tenant["unreadable"]], "bold red"
        )
        return
    counts = _counts(tenant)
    adopted = Counter(change.get("kind") for change in tenant.get("changes", ()) if change.get("adopted"))
    parts = [
        Text(
            f"{sign} {counts[kind]:,} {_TO_DO[kind]}" + (f" ({adopted[kind]:,} adopted)" if adopted[kind] else ""),
            style=_STYLES[kind],
        )
        for kind, sign in _SIGNS.items()
    ]
    printer.line(Text(", ").join((*parts, Text(f"= {counts[UNCHANGED]:,} unchanged"))))
    for kind, sign in _SIGNS.items():
        lines = list(islice(change_lines(tenant, kind, printer.width - 4), samples))
        for text in lines:
            line = Text(cut(f"  {sign} {text}", printer.width), style=_STYLES[kind])
            printer.console.print(line, no_wrap=True)
        more = counts[kind] - len(lines)
        if lines and more > 0:
            why = f"; in all {_reasons(tenant.get('withdraw', ()))}" if kind == WITHDRAWN else ""
            printer.line(f"    and {more:,} more in plan.json{why}", "dim")
    ends = Counter((str(end["outcome"]), str(end["reason"])) for end in tenant.get("ends", ()))
    for (outcome, reason), count in sorted(ends.items()):
        if outcome != UNCHANGED:
            why = f" ({safe(reason)})" if reason else ""
            printer.line(f"  = {count:,} {safe(outcome)}{why}: nothing is sent", "dim")
    show_guards(printer, tenant)


def _reasons(rows: Iterable[Mapping[str, Any]]) -> str:
    """How many rows go for which reason, the most frequent first."""
    counts = Counter(str(row.get("reason")) for row in rows)
    return named([f"{count:,} {safe(reason)}" for reason, count in counts.most_common()])
