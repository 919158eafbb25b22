"""Queries of the threat library: which objects meet `criteria` and `filters`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import ThreatQError
from .objects import Shown

Test = Callable[[Shown], bool]

_FIELDS: dict[str, Callable[[Shown], Any]] = {
    "value": lambda one: one["value"],
    "type_name": lambda one: one["type"]["name"],
    "status_name": lambda one: one["status"]["name"],
    "score": lambda one: one["score"],
    "created_at": lambda one: one["created_at"],
    "updated_at": lambda one: one["updated_at"],
    "touched_at": lambda one: one["touched_at"],
}
"""Documented or observed keys, but `mentions`."""

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "+gt": lambda has, wanted: has is not None and has > wanted,
    "+gte": lambda has, wanted: has is not None and has >= wanted,
    "+lt": lambda has, wanted: has is not None and has < wanted,
    "+contains": lambda has, wanted: wanted in has,
}
"""Documented or observed operators."""


def query_test(query: Any) -> Test:
    """The test of a query of the form `{"criteria": {...}, "filters": {...}}`.

    Raises `ThreatQError` (400) for a part, key or operator that is not known. Our choice: the real one may
    ignore it, but a client that relies on that is found out.
    """
    if not isinstance(query, dict) or not set(query) <= {"criteria", "filters", "fields"}:
        raise ThreatQError(400, "query", "The body must hold criteria and filters.")
    parts = [query.get(name, {}) for name in ("criteria", "filters")]
    if not all(isinstance(part, dict) for part in parts):
        raise ThreatQError(400, "query", "criteria and filters must be objects.")
    fields = query.get("fields", [])
    if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
        raise ThreatQError(400, "fields", "fields must be a list of names.")
    tests = [_all_of(part) for part in parts if part]
    return lambda one: all(test(one) for test in tests)


def _all_of(part: Any) -> Test:
    if not isinstance(part, dict):
        raise ThreatQError(400, "query", "A condition must be an object.")
    tests = [_condition(key, value) for key, value in part.items()]
    return lambda one: all(test(one) for test in tests)


def _condition(key: str, value: Any) -> Test:
    if key in ("+and", "+or"):
        if not isinstance(value, list):
            raise ThreatQError(400, key, "must hold a list.")
        tests = [_all_of(one) for one in value]
        together = all if key == "+and" else any
        return lambda one: together(test(one) for test in tests)
    if key not in _FIELDS:
        raise ThreatQError(400, key, "is not a field to search by.")
    read = _FIELDS[key]
    if not isinstance(value, dict):
        return lambda one: bool(read(one) == value)
    for operator in value:
        if operator not in _COMPARISONS:
            raise ThreatQError(400, operator, "is not an operator.")
    return lambda one: all(_COMPARISONS[operator](read(one), wanted) for operator, wanted in value.items())
