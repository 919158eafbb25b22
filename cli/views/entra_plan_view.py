"""The plan for a tenant's named locations and policy, printed like a diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .console import cut, safe
from .entra_words import EFFECTS, NO_EFFECT
from .plan_parts import show_cut, show_ends, unchanged_records
from .policy_lines import ADDED, CHANGED, REMOVED, fitting, policy_lines
from .printer import Printer

_SIGNS: Final = {"create": "+", "update": "~", "delete": "-"}
_STYLES: Final = {"create": ADDED, "update": CHANGED, "delete": REMOVED}
_LEAST_NAME: Final = 16


def show_entra_plan(printer: Printer, tenant: Mapping[str, Any], samples: int) -> None:
    """Print counts, a few locations of each kind of change with ranges that come and go, the policy field by
    field, what it does in the end, and what ends in the plan.

    Args:
        tenant: an entry of `tenants` in the plan.
        samples: how many locations of each kind, and ranges of each, are shown.
    """
    locations: Sequence[Mapping[str, Any]] = tenant.get("locations") or ()
    policy: Mapping[str, Any] = tenant.get("policy") or {}
    changes = policy.get("change", "none") != "none"
    if tenant.get("stopped"):
        printer.items("STOPPED, nothing would be written:", [tenant["stopped"]], "bold red")
        if locations or changes:
            printer.line("Without that it would be:", "bold")
    else:
        _show_records(printer, tenant)
    if locations or not tenant.get("stopped"):
        _show_counts(printer, tenant.get("counts", {}))
    for change in _SIGNS:
        _show_locations(printer, [one for one in locations if one.get("change") == change], change, samples)
    if changes:
        for line in policy_lines(policy, printer.width):
            show_cut(printer, line.text, line.style)
    elif policy:
        printer.line(f"  = policy {safe(policy.get('name') or policy.get('id'))}: nothing to change")
    elif not tenant.get("stopped"):
        printer.line("  No policy is written.", "dim")
    effect = tenant.get("policy_effect")
    if effect:
        style = "bold yellow" if effect == NO_EFFECT else "bold"
        printer.line(f"  Effect: {EFFECTS.get(effect, safe(effect))}.", style)
    show_ends(printer, tenant)


def _show_records(printer: Printer, tenant: Mapping[str, Any]) -> None:
    from rich.text import Text

    counts: Mapping[str, int] = tenant.get("counts", {})
    withdrawn = int(tenant.get("withdrawn") or 0)
    printer.line(
        Text(", ").join(
            (
                Text(f"+ {counts.get('created', 0):,} records to create", style=ADDED),
                Text(f"- {withdrawn:,} ranges to withdraw", style=REMOVED),
                Text(f"= {unchanged_records(tenant):,} records unchanged"),
            )
        )
    )


def _show_counts(printer: Printer, counts: Mapping[str, int]) -> None:
    of_locations = [counts.get(f"locations_{what}", 0) for what in ("created", "updated", "deleted")]
    of_ranges = [counts.get(f"ranges_{what}", 0) for what in ("added", "removed")]
    if any(of_locations) or any(of_ranges):
        created, updated, deleted = of_locations
        added, removed = of_ranges
        printer.line(
            f"Locations: + {created:,} to create, ~ {updated:,} to update, - {deleted:,} to delete. "
            f"Ranges: + {added:,}, - {removed:,}."
        )
    else:
        printer.line("Locations: nothing to change.")


def _show_locations(printer: Printer, locations: Sequence[Mapping[str, Any]], change: str, samples: int) -> None:
    for location in locations[:samples]:
        what = _what(location, change)
        name = cut(safe(location.get("name")), max(_LEAST_NAME, printer.width - len(what) - 6))
        show_cut(printer, f"  {_SIGNS[change]} {name}  {what}", _STYLES[change])
        for sign, field, style in (("+", "added", ADDED), ("-", "removed", REMOVED)):
            ranges = [safe(text) for text in location.get(field) or ()]
            if ranges:
                show_cut(printer, f"      {sign} {fitting(ranges, printer.width - 8, samples)}", style)
    if len(locations) > samples:
        printer.line(f"    and {len(locations) - samples:,} more locations in plan.json", "dim")


def _what(location: Mapping[str, Any], change: str) -> str:
    if change == "delete":
        return "nothing is left for it"
    ranges = int(location.get("ranges") or 0)
    words = [f"{ranges:,} {'range' if ranges == 1 else 'ranges'}"]
    trusted = bool(location.get("trusted"))
    if change == "update" and "isTrusted" in (location.get("fields") or ()):
        words.append("marked trusted" if trusted else "no longer trusted")
    elif trusted:
        words.append("trusted")
    return ", ".join(words)
