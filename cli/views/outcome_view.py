"""The outcome table: how records ended, by reason and by type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from iocbeam.model.outcome import (
    CREATED,
    DEAD_LETTER_OUTCOMES,
    OUTCOMES,
    UNCHANGED,
    UPDATED,
    meaning_of,
)

from .console import safe
from .printer import Printer

IN_STEP: Final = (CREATED, UPDATED, UNCHANGED)
"""Outcomes of the records whose rows the tenant holds in the end."""

_STYLES: Final = dict.fromkeys(IN_STEP, "green") | dict.fromkeys(DEAD_LETTER_OUTCOMES, "yellow")


def show_outcomes(
    printer: Printer,
    outcomes: Mapping[str, int],
    reasons: Mapping[str, Mapping[str, int]],
    dry_run: bool,
) -> None:
    """Print how many records ended which way and for which reasons.

    Args:
        outcomes: records by outcome.
        reasons: records by reason, by outcome.
    """
    from rich.text import Text

    if not outcomes:
        printer.line("No records.")
        return
    table = printer.table()
    table.add_column("Outcome", no_wrap=True, max_width=26)
    table.add_column("Records", justify="right", no_wrap=True)
    table.add_column("Meaning", ratio=1)
    for outcome in (*(name for name in OUTCOMES if name in outcomes), *(outcomes.keys() - OUTCOMES.keys())):
        style = _STYLES.get(outcome, "")
        # Reasons say more than their outcome; only where dead letters are is not said by them.
        explained = bool(reasons.get(outcome)) and outcome not in DEAD_LETTER_OUTCOMES
        table.add_row(
            Text(safe(outcome), style=f"bold {style}"),
            Text(f"{outcomes[outcome]:,}", style=style),
            Text("" if explained else _meaning(outcome, dry_run)),
        )
        for code, count in reasons.get(outcome, {}).items():
            table.add_row(Text(f"  {safe(code)}"), Text(f"{count:,}"), Text(meaning_of(code)), style="dim")
    printer.console.print(table)


def _meaning(outcome: str, dry_run: bool) -> str:
    if outcome in (CREATED, UPDATED):
        return f"would be {outcome}" if dry_run else f"{outcome} in the tenant, which is in step with them"
    return OUTCOMES.get(outcome, "")


def show_types(printer: Printer, by_type: Mapping[str, Mapping[str, int]]) -> None:
    """Print how the records of each type ended, where there is more than one type.

    Args:
        by_type: records by outcome, by type.
    """
    if len(by_type) < 2:
        return
    table = printer.table()
    table.add_column("Type", no_wrap=True, max_width=24)
    for name in ("Records", "In step", "Dead letters", "Other"):
        table.add_column(name, justify="right", no_wrap=True)
    for kind, outcomes in by_type.items():
        total = sum(outcomes.values())
        in_step = sum(outcomes.get(name, 0) for name in IN_STEP)
        dead = sum(outcomes.get(name, 0) for name in DEAD_LETTER_OUTCOMES)
        table.add_row(safe(kind), *map(number, (total, in_step, dead, total - in_step - dead)))
    printer.blank()
    printer.console.print(table)


def number(count: Any) -> str:
    """A count in a table, where none is a dash: what is there stands out."""
    return f"{count:,}" if count else "-"
