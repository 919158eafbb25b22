"""How a summary or a plan calls its tenants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from .console import safe

_NAMED: Final = 5
"""Tenants that one line names."""


def tenant_name(tenant: Mapping[str, Any]) -> str:
    """Alias and id of a tenant in a summary or a plan; the id alone where it has no alias of its own."""
    alias, tenant_id = str(tenant.get("alias", "")), str(tenant.get("tenant_id", ""))
    return safe(alias if alias in ("", tenant_id) else f"{alias} ({tenant_id})") or safe(tenant_id)


def short_name(tenant: Mapping[str, Any]) -> str:
    """A tenant's alias, or its id where it has none."""
    return safe(tenant.get("alias") or tenant.get("tenant_id", ""))


def said_of_tenants(tenants: Iterable[Mapping[str, Any]], field: str) -> list[str]:
    """The texts that a field of the tenants lists, each once, with the tenants unless it is said of all."""
    said: dict[str, list[str]] = {}
    every = 0
    for tenant in tenants:
        every += 1
        for text in dict.fromkeys(tenant.get(field, ())):
            said.setdefault(text, []).append(short_name(tenant))
    return [text if len(names) == every else f"{text} ({named(names)})" for text, names in said.items()]


def named(names: Sequence[str]) -> str:
    """Names in one line: the first few, and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
