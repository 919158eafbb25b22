"""The outcome table: a run's `summary.json` for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.outcome import (
    CREATED,
    DEAD_LETTER_OUTCOMES,
    FAILED,
    NOTICES,
    OUTCOMES,
    REASONS,
    REJECTED,
    UNCHANGED,
    UPDATED,
)
from iocbeam.model.summary import EXIT_DONE, STATUS

from .console import safe

if TYPE_CHECKING:
    from rich.console import Console

_IN_STEP: Final = (CREATED, UPDATED, UNCHANGED)
_STYLES: Final = dict.fromkeys(_IN_STEP, "green") | dict.fromkeys(DEAD_LETTER_OUTCOMES, "yellow")
_LISTED: Final = 20
"""Lines of one list that are shown; summary.json has them all."""


def show_summary(summary: Mapping[str, Any], output: str, console: Console) -> None:
    """Print what became of the records, tenant by tenant, and what a person should do about it.

    Args:
        summary: content of `summary.json`.
        output: directory of the run's files.
    """
    view = _View(console)
    view.heading(_title(summary))
    tenants = summary.get("tenants", ())
    for tenant in tenants:
        view.blank()
        if len(tenants) > 1:
            view.heading(f"Tenant {_tenant_name(tenant)}")
        view.outcomes(tenant, bool(summary.get("dry_run")))
        view.balance(summary, tenant)
        view.types(tenant)
        view.writes(tenant, bool(summary.get("dry_run")))
    view.inputs(summary)
    if summary.get("intake_problem"):
        view.problem(str(summary["intake_problem"]))
    view.notices(summary.get("notices", {}))
    view.dead_letters(tenants, output)
    view.exit_status(int(summary.get("exit_code", EXIT_DONE)), output)


def _title(summary: Mapping[str, Any]) -> str:
    kind = "Plan (dry run)" if summary.get("dry_run") else "Run"
    tenants = summary.get("tenants", ())
    into = f" into {_tenant_name(tenants[0])}" if len(tenants) == 1 else ""
    return f"{kind} {safe(summary.get('run_id', ''))}: collection {safe(summary.get('collection', ''))}{into}"


def _tenant_name(tenant: Mapping[str, Any]) -> str:
    alias, tenant_id = str(tenant.get("alias", "")), str(tenant.get("tenant_id", ""))
    return safe(alias if alias in ("", tenant_id) else f"{alias} ({tenant_id})") or safe(tenant_id)


class _View:
    def __init__(self, console: Console) -> None:
        self._console = console

    def blank(self) -> None:
        self._console.print()

    def heading(self, text: str) -> None:
        self._line(text, "bold")

    def _line(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self._console.print(Text(text, style=style))

    def _item(self, text: str, style: str = "") -> None:
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_row("-", Text(text, style=style))
        self._console.print(Padding(row, (0, 0, 0, 2), expand=False))

    def _items(self, heading: str, items: Iterable[Any], style: str = "") -> None:
        texts = [safe(item) for item in items]
        if not texts:
            return
        self._line(heading, style)
        for text in texts[:_LISTED]:
            self._item(text)
        if len(texts) > _LISTED:
            self._item(f"and {len(texts) - _LISTED:,} more, in summary.json")

    def _table(self) -> Any:
        from rich.table import Table

        return Table(box=None, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)

    def outcomes(self, tenant: Mapping[str, Any], dry_run: bool) -> None:
        from rich.text import Text

        outcomes: Mapping[str, int] = tenant.get("outcomes", {})
        reasons: Mapping[str, Mapping[str, int]] = tenant.get("reasons", {})
        if not outcomes:
            self._line("No records.")
            return
        table = self._table()
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
                known = REASONS.get(code)
                table.add_row(
                    Text(f"  {safe(code)}"), Text(f"{count:,}"), Text(known.meaning if known else ""), style="dim"
                )
        self._console.print(table)

    def balance(self, summary: Mapping[str, Any], tenant: Mapping[str, Any]) -> None:
        read = int(summary.get("records_read", 0))
        ended = sum(tenant.get("outcomes", {}).values())
        self.blank()
        if ended == read:
            self._line(f"{read:,} records read, {ended:,} accounted for: balanced.")
            return
        self._line(
            f"NOT BALANCED: {read:,} records read, but {ended:,} accounted for. This is a fault of iocbeam; do "
            "not rely on this run, and report it.",
            "bold red",
        )

    def types(self, tenant: Mapping[str, Any]) -> None:
        by_type: Mapping[str, Mapping[str, int]] = tenant.get("by_type", {})
        if len(by_type) < 2:
            return
        table = self._table()
        table.add_column("Type", no_wrap=True, max_width=24)
        for name in ("Records", "In step", "Dead letters", "Other"):
            table.add_column(name, justify="right", no_wrap=True)
        for kind, outcomes in by_type.items():
            total = sum(outcomes.values())
            in_step = sum(outcomes.get(name, 0) for name in _IN_STEP)
            dead = sum(outcomes.get(name, 0) for name in DEAD_LETTER_OUTCOMES)
            numbers = (total, in_step, dead, total - in_step - dead)
            table.add_row(safe(kind), *(f"{number:,}" if number else "-" for number in numbers))
        self.blank()
        self._console.print(table)

    def writes(self, tenant: Mapping[str, Any], dry_run: bool) -> None:
        self.blank()
        if dry_run:
            self._line("Nothing in the tenant was changed.")
        else:
            present = tenant.get("present")
            known = "not read back" if present is None else f"{present:,} present when read back"
            self._line(
                f"Sent {tenant.get('sent', 0):,}, accepted {tenant.get('accepted', 0):,}, {known}; "
                f"withdrawn {tenant.get('withdrawn', 0):,}."
            )
        requests: Mapping[str, Mapping[str, int]] = tenant.get("requests", {})
        for call, statuses in requests.items():
            answers = ", ".join(f"{_status(code)}: {count:,}" for code, count in statuses.items())
            self._item(f"{safe(call)}  {answers}", "dim")
        waited = float(tenant.get("throttled_seconds") or 0)
        if waited:
            self._line(f"Waited {waited:,.1f} s for the service's rate limits.")
        if tenant.get("stopped"):
            self._items("Stopped early:", [tenant["stopped"]], "bold red")
        if tenant.get("mark") == "not_returned":
            self._items(
                "Ownership:",
                ["The tenant does not return our mark, so that rows of ours cannot be told from others'."],
                "bold yellow",
            )
        if tenant.get("difference_count"):
            count = tenant["difference_count"]
            self._items(f"Accepted, but not there when read back ({count:,}):", tenant.get("differences", ()))
        if dry_run:
            return  # the rest stands in the plan, which was printed before
        self._items("Held back by a guard:", tenant.get("refusals", ()), "bold yellow")
        self._items("Conflicts for a person to settle:", tenant.get("conflicts", ()), "bold yellow")
        if tenant.get("plan_notices"):
            self.blank()
        self._items("Good to know:", tenant.get("plan_notices", ()), "bold")

    def inputs(self, summary: Mapping[str, Any]) -> None:
        broken = [entry for entry in summary.get("inputs", ()) if not entry.get("complete", True)]
        if broken:
            self.blank()
            self._items(
                "Inputs that were not read to their end (nothing is withdrawn after such a read):",
                [f"{entry['error'] or entry['location']} ({entry['records']:,} records)" for entry in broken],
                "bold red",
            )
        unused = sorted({name for entry in summary.get("inputs", ()) for name in entry.get("unused_fields", ())})
        if unused:
            self.blank()
            self._line("Fields of the input that no field of ours takes (--field_map names one):", "bold")
            self._item(safe(", ".join(unused)))

    def notices(self, counts: Mapping[str, int]) -> None:
        if counts:
            self.blank()
            self._items(
                "On the way:", [f"{count:,} {NOTICES.get(code, code)}" for code, count in counts.items()], "bold"
            )

    def problem(self, text: str) -> None:
        self.blank()
        self._line(f"The intake is not sound: {safe(text)}.", "bold red")

    def dead_letters(self, tenants: Iterable[Mapping[str, Any]], output: str) -> None:
        outcomes = [tenant.get("outcomes", {}) for tenant in tenants]
        # A record is rejected once for all tenants, and fails in each by itself.
        rejected = max((ends.get(REJECTED, 0) for ends in outcomes), default=0)
        count = rejected + sum(ends.get(FAILED, 0) for ends in outcomes)
        self.blank()
        if not count:
            self._line("No dead letters.")
            return
        self._line(f"{count:,} dead letters are in {safe(output)}. To look at them, and to run them again:")
        self._line(f"  iocbeam deadletters {safe(output)}")
        # A replay cannot write where it reads, and its own output is no place to write the next one either.
        self._line(f"  iocbeam replay {safe(output)} --output NEW_DIRECTORY [the same options]")

    def exit_status(self, code: int, output: str) -> None:
        self.blank()
        self._line(f"Everything about this run: {safe(output)}/summary.json")
        self._line(f"Exit status {code}: {STATUS.get(code, '')}.", "bold" if code == EXIT_DONE else "bold red")


def _meaning(outcome: str, dry_run: bool) -> str:
    if outcome in (CREATED, UPDATED):
        return f"would be {outcome}" if dry_run else f"{outcome} in the tenant, which is in step with them"
    return OUTCOMES.get(outcome, "")


def _status(code: str) -> str:
    return "no answer" if str(code) == "0" else str(code)
