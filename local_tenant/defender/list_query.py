"""The query of a list: `$filter`, `$top` and `$skip`, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .api_errors import ApiError
from .indicator_fields import Entity

MAX_TOP = 10_000
"""Documented."""

_FILTERABLE = frozenset(
    {"indicatorValue", "indicatorType", "creationTimeDateTimeUtc", "createdBy", "severity", "action"}
)
"""Named by both documented lists; what only one of them names may not work, so it does not here."""

_CLAUSE = re.compile(r"\s*([A-Za-z]+)\s+eq\s+'((?:[^']|'')*)'\s*")
_AND = re.compile(r"and\s")


@dataclass(frozen=True)
class ListQuery:
    """`equal` holds the filter's clauses, all of which a row has to meet. `top` is `None` when not given."""

    equal: tuple[tuple[str, str], ...]
    top: int | None
    skip: int

    def matches(self, entity: Entity) -> bool:
        """Exact comparison, case included (our choice)."""
        return all(entity[name] == value for name, value in self.equal)


def read_list_query(query: Mapping[str, str]) -> ListQuery:
    """Raises `ApiError` (400 ODataError) for what is not understood.

    Our choice: an option that is not documented is refused rather than ignored, so that a client which
    relies on one is found out.
    """
    for name in query:
        if name not in ("$filter", "$top", "$skip"):
            raise _odata_error(f"The query option '{name}' is not supported.")
    top = _number(query, "$top")
    if top is not None and top > MAX_TOP:
        raise _odata_error(f"The limit of '{MAX_TOP}' for $top has been exceeded.")
    equal = _clauses(query["$filter"]) if "$filter" in query else ()
    return ListQuery(equal, top, _number(query, "$skip") or 0)


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if re.fullmatch(r"\d{1,9}", text, re.ASCII) is None:
        raise _odata_error(f"The value '{text}' of {name} is not a number.")
    return int(text)


def _clauses(text: str) -> tuple[tuple[str, str], ...]:
    """`field eq 'value'`, joined by `and`; a quote inside a value is doubled."""
    clauses = []
    position = 0
    while True:
        clause = _CLAUSE.match(text, position)
        if clause is None:
            raise _odata_error(f"The filter is not understood at position {position}.")
        name, value = clause.groups()
        if name not in _FILTERABLE:
            raise _odata_error(f"The property '{name}' cannot be used in the $filter query option.")
        clauses.append((name, value.replace("''", "'")))
        if clause.end() == len(text):
            return tuple(clauses)
        joint = _AND.match(text, clause.end())
        if joint is None:
            raise _odata_error(f"The filter is not understood at position {clause.end()}.")
        position = joint.end()


def _odata_error(message: str) -> ApiError:
    return ApiError(400, "ODataError", message)
