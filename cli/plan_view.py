"""The plan of a dry run, printed like a diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from .console import cut, safe

if TYPE_CHECKING:
    from rich.console import Console

_SAMPLES: Final = 5
_SIGNS: Final = {"created": "+", "updated": "~", "withdrawn": "-"}
_STYLES: Final = {"created": "green", "updated": "yellow", "withdrawn": "red"}


def show_plan(plan: Mapping[str, Any], console: Console) -> None:
    """Print a `plan.json`: counts, a few changes of each kind, then what was refused and what to know."""
    for tenant in plan.get("tenants", ()):
        _show_tenant(tenant, console)
        console.print()


def _show_tenant(tenant: Mapping[str, Any], console: Console) -> None:
    from rich.text import Text

    name = str(tenant.get("alias") or tenant.get("tenant_id", ""))
    counts: Mapping[str, int] = tenant.get("counts", {})
    line = Text(f"Plan for {safe(name)}: ", style="bold")
    parts = [
        Text(f"{_SIGNS[kind]} {counts.get(kind, 0):,} to be {kind}", style=f"not bold {_STYLES[kind]}")
        for kind in _SIGNS
    ]
    console.print(line + Text(", ", style="not bold").join(parts))
    for kind, sign in _SIGNS.items():
        lines = list(islice(_lines(tenant, kind, console.width - 4), _SAMPLES))
        for text in lines:
            console.print(Text(cut(f"  {sign} {text}", console.width), style=_STYLES[kind]), no_wrap=True)
        more = counts.get(kind, 0) - len(lines)
        if lines and more > 0:
            console.print(Text(f"    and {more:,} more in plan.json", style="dim"))
    ends = Counter((end["outcome"], end["reason"]) for end in tenant.get("ends", ()))
    for (outcome, reason), count in sorted(ends.items()):
        why = f" ({safe(reason)})" if reason else ""
        console.print(Text(f"  = {count:,} {safe(outcome)}{why}: nothing is sent", style="dim"))
    _show_list("Held back by a guard:", tenant.get("refusals", ()), "bold yellow", console)
    _show_list("Conflicts for a person to settle:", tenant.get("conflicts", ()), "bold yellow", console)
    _show_list("Good to know:", tenant.get("notices", ()), "bold", console)


def _lines(tenant: Mapping[str, Any], kind: str, width: int) -> Iterator[str]:
    """A line for each change of a kind; a long value is cut so that what happens to it stays in sight."""
    if kind == "withdrawn":
        for row_id in tenant.get("withdraw", ()):
            yield f"row {safe(row_id)}"
        return
    for change in tenant.get("changes", ()):
        if change.get("kind") == kind:
            alert = ", alert" if change.get("generateAlert") else ""
            expiry = change.get("expirationTime")
            until = f"until {safe(expiry)[:10]}" if expiry else "never expires"
            what = f"{safe(change.get('action'))}, {safe(change.get('severity'))}{alert}, {until}"
            row_type = f"{safe(change.get('indicatorType')):<10}"
            value = cut(safe(change.get("indicatorValue")), max(16, width - len(row_type) - len(what) - 4))
            yield f"{row_type}  {value}  {what}"


def _show_list(heading: str, items: Iterable[Any], style: str, console: Console) -> None:
    from rich.text import Text

    texts = [safe(item) for item in items]
    if texts:
        console.print(Text(heading, style=style))
    for text in texts:
        console.print(Text(f"  - {text}"))
