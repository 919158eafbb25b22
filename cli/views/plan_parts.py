"""What the plans of all targets have in common when they are printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from iocbeam.model.outcome import UNCHANGED

from .console import cut, safe
from .printer import Printer


def show_ends(printer: Printer, tenant: Mapping[str, Any]) -> None:
    """Print how many records end in the plan, by outcome and reason; the unchanged ones are counted elsewhere."""
    ends = Counter((str(end["outcome"]), str(end["reason"])) for end in tenant.get("ends", ()))
    for (outcome, reason), count in sorted(ends.items()):
        if outcome != UNCHANGED:
            why = f" ({safe(reason)})" if reason else ""
            printer.line(f"  = {count:,} {safe(outcome)}{why}: nothing is sent", "dim")


def show_cut(printer: Printer, text: str, style: str) -> None:
    """Print one line that is cut, rather than wrapped, where it is too long."""
    from rich.text import Text

    printer.console.print(Text(cut(text, printer.width), style=style), no_wrap=True)


def unchanged_records(tenant: Mapping[str, Any]) -> int:
    """How many records the tenant is in step with already."""
    in_ends = sum(end.get("outcome") == UNCHANGED for end in tenant.get("ends", ()))
    return int(tenant.get("counts", {}).get(UNCHANGED, in_ends))
