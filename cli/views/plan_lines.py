"""The changes of a `plan.json`, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .console import cut, safe

CREATED: Final = "created"
UPDATED: Final = "updated"
WITHDRAWN: Final = "withdrawn"

_LEAST_VALUE: Final = 16
"""Characters of a value that are shown however long the rest is."""


def change_lines(tenant: Mapping[str, Any], kind: str, width: int) -> Iterator[str]:
    """A line for each change of a kind; a long value is cut so that what happens to it stays in sight.

    Args:
        tenant: an entry of `tenants` in the plan.
        kind: `created`, `updated` or `withdrawn`.
        width: of a line, in characters.
    """
    if kind == WITHDRAWN:
        for row in tenant.get("withdraw", ()):
            yield _line(row, safe(row.get("reason")), width)
        return
    for change in tenant.get("changes", ()):
        if change.get("kind") == kind:
            fields: Sequence[str] = change.get("fields", ())
            what = ", ".join(_field(change, name) for name in fields) if fields else _row(change)
            yield _line(change, f"{what}, adopted" if change.get("adopted") else what, width)


def _line(row: Mapping[str, Any], what: str, width: int) -> str:
    return plan_line(row.get("indicatorType"), row.get("indicatorValue"), what, width)


def plan_line(kind: Any, value: Any, what: str, width: int) -> str:
    """A type, a value and what happens to it."""
    row_type = f"{safe(kind):<10}"
    return f"{row_type}  {cut(safe(value), max(_LEAST_VALUE, width - len(row_type) - len(what) - 4))}  {what}"


def _row(change: Mapping[str, Any]) -> str:
    """What a row does."""
    alert = ", alert" if change.get("generateAlert") else ""
    expiry = change.get("expirationTime")
    until = f"until {day(expiry)}" if expiry else "never expires"
    return f"{safe(change.get('action'))}, {safe(change.get('severity'))}{alert}, {until}"


def _field(change: Mapping[str, Any], name: str) -> str:
    """A field that changes, with what it becomes where that is short."""
    value = change.get(name)
    if name in ("action", "severity"):
        return f"{name}={safe(value)}"
    if name == "generateAlert":
        return f"{name}={'true' if value else 'false'}"
    if name == "expirationTime":
        return f"{name}={day(value) if value else 'never'}"
    return safe(name)


def day(time: Any) -> str:
    """The date of a time."""
    return safe(time)[:10]
