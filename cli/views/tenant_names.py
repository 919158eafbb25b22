"""How a summary or a plan calls its tenants, and the services in them that a run writes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from .console import safe

DEFENDER: Final = "defender"
ENTRA: Final = "entra"
SENTINEL: Final = "sentinel"
TARGETS: Final = {DEFENDER: "Defender", ENTRA: "Entra", SENTINEL: "Sentinel"}
"""What each target is called."""

_NAMED: Final = 5
"""Tenants that one line names."""
_APART: Final = "told_apart"


def target_of(tenant: Mapping[str, Any]) -> str:
    """The target of an entry; those of early runs do not say that it is Defender."""
    return str(tenant.get("target") or DEFENDER)


def target_name(tenant: Mapping[str, Any]) -> str:
    """What the target of an entry is called."""
    target = target_of(tenant)
    return TARGETS.get(target, safe(target))


def target_names(tenants: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the targets of some entries are called, each once."""
    found = {target_of(tenant) for tenant in tenants}
    return [name for target, name in TARGETS.items() if target in found]


def all_of(names: Sequence[str]) -> str:
    """Names in one line, all of them: `Defender, Entra and Sentinel`."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def told_apart(tenants: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entries, with those of one tenant together. Where there are several targets, names tell them apart."""
    entries = list(tenants)
    if len({target_of(tenant) for tenant in entries}) < 2:
        return entries
    order: dict[tuple[str, str], int] = {}
    for tenant in entries:
        order.setdefault(_who(tenant), len(order))
    entries.sort(key=lambda tenant: (order[_who(tenant)], target_of(tenant)))
    return [{**tenant, _APART: target_name(tenant)} for tenant in entries]


def number_of_tenants(tenants: Iterable[Mapping[str, Any]]) -> int:
    """How many tenants the entries are of."""
    return len({_who(tenant) for tenant in tenants})


def tenant_name(tenant: Mapping[str, Any]) -> str:
    """Alias and id of a tenant in a summary or a plan; the id alone where it has no alias of its own."""
    alias, tenant_id = str(tenant.get("alias", "")), str(tenant.get("tenant_id", ""))
    name = safe(alias if alias in ("", tenant_id) else f"{alias} ({tenant_id})") or safe(tenant_id)
    return _apart(name, tenant)


def short_name(tenant: Mapping[str, Any]) -> str:
    """A tenant's alias, or its id where it has none."""
    return _apart(safe(tenant.get("alias") or tenant.get("tenant_id", "")), tenant)


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


def _who(tenant: Mapping[str, Any]) -> tuple[str, str]:
    return str(tenant.get("tenant_id", "")), str(tenant.get("alias", ""))


def _apart(name: str, tenant: Mapping[str, Any]) -> str:
    target = tenant.get(_APART)
    return f"{name} in {target}" if target else name
