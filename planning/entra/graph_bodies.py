"""Named locations and policies as requests to Graph carry them (v1.0)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, Final

from iocbeam.model.entra_plan import CREATE, LOCATION_REFERENCE, LocationChange

from .access import IP_LOCATION

_V4_RANGE: Final = "#microsoft.graph.iPv4CidrRange"
_V6_RANGE: Final = "#microsoft.graph.iPv6CidrRange"


def location_body(change: LocationChange) -> dict[str, Any]:
    """What creates or updates a location. Ranges are replaced as a whole; what is left out stays (documented)."""
    body: dict[str, Any] = {"@odata.type": IP_LOCATION}
    if change.kind == CREATE:
        body["displayName"] = change.name
    if "isTrusted" in change.fields:
        body["isTrusted"] = change.trusted
    if "ipRanges" in change.fields:
        body["ipRanges"] = range_items(change.ranges)
    return body


def range_items(cidrs: Iterable[str]) -> list[dict[str, str]]:
    """CIDRs as a location holds them; every one must name its type (documented)."""
    return [{"@odata.type": _V6_RANGE if ":" in cidr else _V4_RANGE, "cidrAddress": cidr} for cidr in cidrs]


def untrusted_body() -> dict[str, Any]:
    """What makes a location one that can be deleted."""
    return {"@odata.type": IP_LOCATION, "isTrusted": False}


def with_ids(body: Mapping[str, Any], ids: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A policy's body with the ids of new locations in the place of their names, and the names without an id.

    Args:
        ids: by name, of the locations that were made.
    """
    made = deepcopy(dict(body))
    missing: list[str] = []
    locations = (made.get("conditions") or {}).get("locations") or {}
    for side in ("includeLocations", "excludeLocations"):
        entries, kept = locations.get(side) or [], []
        for entry in entries:
            name = entry.removeprefix(LOCATION_REFERENCE)
            if name == entry:
                kept.append(entry)
            elif name in ids:
                kept.append(ids[name])
            else:
                missing.append(name)
        entries[:] = kept
    return made, tuple(missing)
