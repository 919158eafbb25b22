"""The plan for a tenant's Defender, printed like a diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from .console import safe
from .plan_lines import CREATED, UPDATED, WITHDRAWN, change_lines
from .plan_parts import show_cut, show_ends, unchanged_records
from .printer import Printer
from .tenant_names import named

Lines = Callable[[Mapping[str, Any], str, int], Iterator[str]]

_SIGNS: Final = {CREATED: "+", UPDATED: "~", WITHDRAWN: "-"}
_TO_DO: Final = {CREATED: "to create", UPDATED: "to update", WITHDRAWN: "to withdraw"}
_STYLES: Final = {CREATED: "green", UPDATED: "yellow", WITHDRAWN: "red"}


def show_defender_plan(
    printer: Printer, tenant: Mapping[str, Any], samples: int, lines_of: Lines = change_lines
) -> None:
    """Print counts, a few changes of each kind, and what ends in the plan.

    Args:
        tenant: an entry of `tenants` in the plan.
        samples: how many changes of each kind are shown.
        lines_of: a line for each change of a kind.
    """
    from rich.text import Text

    counts: Mapping[str, int] = tenant.get("counts", {})
    adopted = Counter(change.get("kind") for change in tenant.get("changes", ()) if change.get("adopted"))
    parts = [
        Text(
            f"{sign} {counts.get(kind, 0):,} {_TO_DO[kind]}"
            + (f" ({adopted[kind]:,} adopted)" if adopted[kind] else ""),
            style=_STYLES[kind],
        )
        for kind, sign in _SIGNS.items()
    ]
    printer.line(Text(", ").join((*parts, Text(f"= {unchanged_records(tenant):,} unchanged"))))
    for kind, sign in _SIGNS.items():
        lines = list(islice(lines_of(tenant, kind, printer.width - 4), samples))
        for text in lines:
            show_cut(printer, f"  {sign} {text}", _STYLES[kind])
        more = counts.get(kind, 0) - len(lines)
        if lines and more > 0:
            why = f"; in all {_reasons(tenant.get('withdraw', ()))}" if kind == WITHDRAWN else ""
            printer.line(f"    and {more:,} more in plan.json{why}", "dim")
    show_ends(printer, tenant)


def _reasons(rows: Iterable[Mapping[str, Any]]) -> str:
    """How many rows go for which reason, the most frequent first."""
    counts = Counter(str(row.get("reason")) for row in rows)
    return named([f"{count:,} {safe(reason)}" for reason, count in counts.most_common()])
