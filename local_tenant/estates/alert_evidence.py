"""Evidence of an alert that may hold anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def evidence_of(alert: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The items that can be looked into; a seeded alert may have others, or null."""
    return mappings(alert.get("evidence"))


def mappings(values: object) -> list[Mapping[str, Any]]:
    """Those of a list that are objects."""
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, list) else []
