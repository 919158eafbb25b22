"""The plan for a tenant's Sentinel workspace, printed like a diff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .console import safe
from .defender_plan_view import show_defender_plan
from .plan_lines import WITHDRAWN, day, plan_line
from .printer import Printer


def show_sentinel_plan(printer: Printer, tenant: Mapping[str, Any], samples: int) -> None:
    """Print counts, a few changes of each kind, and what ends in the plan.

    Args:
        tenant: an entry of `tenants` in the plan.
        samples: how many changes of each kind are shown.
    """
    show_defender_plan(printer, tenant, samples, sentinel_lines)


def sentinel_lines(tenant: Mapping[str, Any], kind: str, width: int) -> Iterator[str]:
    """A line for each change of a kind; see `plan_lines.change_lines`."""
    if kind == WITHDRAWN:
        for row in tenant.get("withdraw", ()):
            yield plan_line(row.get("type"), row.get("value"), safe(row.get("reason")), width)
        return
    for change in tenant.get("changes", ()):
        if change.get("kind") == kind:
            fields: Sequence[str] = change.get("fields", ())
            stix: Mapping[str, Any] = change.get("stix") or {}
            what = ", ".join(_field(stix, name) for name in fields) if fields else _object(stix)
            yield plan_line(change.get("type"), change.get("value"), what, width)


def _object(stix: Mapping[str, Any]) -> str:
    """What is uploaded, in a few words."""
    until = f"until {day(stix['valid_until'])}" if stix.get("valid_until") else "never expires"
    return f"confidence {safe(stix.get('confidence'))}, {until}"


def _field(stix: Mapping[str, Any], name: str) -> str:
    """A field that changes, with what it becomes where that is short."""
    if name == "valid_until":
        return f"{name}={day(stix[name]) if stix.get(name) else 'never'}"
    return f"{name}={safe(stix.get(name))}" if name == "confidence" else safe(name)
