"""`$filter` of the lists that are read: comparisons of documented properties, joined by `and`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..estates.security_data import Record, epoch

Kind = Literal["text", "time", "number", "number_text"]
"""How a property is compared. A `number_text` is a number or a text of digits, in filter and record alike."""

Predicate = Callable[[Record], bool]


@dataclass
class FilterError(Exception):
    """Why a filter is refused; every API answers 400 in a form of its own."""

    message: str


_CLAUSE = re.compile(
    r"""\s*(?P<name>[A-Za-z]+)\s+(?P<operator>[a-z]+)\s+
    (?:'(?P<text>(?:[^']|'')*)'
    |(?P<time>\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d))
    |(?P<number>-?\d{1,18})
    |(?P<null>null))(?=\s|$)\s*""",
    re.VERBOSE | re.ASCII,
)
_STARTS_WITH = re.compile(r"\s*startswith\(\s*([A-Za-z]+)\s*,\s*'((?:[^']|'')*)'\s*\)\s*")
_AND = re.compile(r"and\s")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "gt": lambda left, right: bool(left > right),
    "ge": lambda left, right: bool(left >= right),
    "lt": lambda left, right: bool(left < right),
    "le": lambda left, right: bool(left <= right),
}


def read_filter(text: str, properties: Mapping[str, Kind], starts_with: frozenset[str] = frozenset()) -> Predicate:
    """A test of records against `text`.

    `properties` are those that may be compared, `starts_with` those that `startswith` takes. Our choice: the
    case of names does not count (the documentation mixes it), that of values does; times and numbers stand
    without quotes, texts within; only equality is asked of null, and null is neither more nor less than
    anything. Raises `FilterError` for all else.
    """
    clauses: list[Predicate] = []
    position = 0
    while True:
        position, clause = _clause(text, position, properties, starts_with)
        clauses.append(clause)
        if position == len(text):
            return lambda record: all(clause(record) for clause in clauses)
        joint = _AND.match(text, position)
        if joint is None:
            raise FilterError(f"The filter is not understood at position {position}.")
        position = joint.end()


def _clause(
    text: str, position: int, properties: Mapping[str, Kind], starts_with: frozenset[str]
) -> tuple[int, Predicate]:
    match = _STARTS_WITH.match(text, position)
    if match is not None:
        name, prefix = _known(match[1], starts_with), match[2].replace("''", "'")
        return match.end(), lambda record: str(record.get(name) or "").startswith(prefix)
    match = _CLAUSE.match(text, position)
    if match is None or match["operator"] not in _COMPARE:
        raise FilterError(f"The filter is not understood at position {position}.")
    name = _known(match["name"], properties)
    return match.end(), _comparison(name, properties[name], match)


def _known(given: str, properties: Collection[str]) -> str:
    for name in properties:
        if name.lower() == given.lower():
            return name
    raise FilterError(f"The property '{given}' cannot be used in the $filter query option.")


def _comparison(name: str, kind: Kind, match: re.Match[str]) -> Predicate:
    operator = match["operator"]
    if match["null"]:
        if operator not in ("eq", "ne"):
            raise FilterError(f"The operator {operator} does not take null.")
        return lambda record: (record.get(name) is None) == (operator == "eq")
    wanted = _literal(name, kind, match)
    compare = _COMPARE[operator]
    value_of = _VALUES[kind]

    def holds(record: Record) -> bool:
        value = value_of(record.get(name))
        return operator == "ne" if value is None else compare(value, wanted)

    return holds


def _literal(name: str, kind: Kind, match: re.Match[str]) -> str | float | int:
    if kind == "text" and match["text"] is not None:
        return match["text"].replace("''", "'")
    if kind in ("number", "number_text") and match["number"] is not None:
        return int(match["number"])
    if kind == "number_text" and (match["text"] or "").isdecimal():
        return int(match["text"])
    if kind == "time" and match["time"] is not None:
        moment = epoch(match["time"])
        if moment is not None:
            return moment
    raise FilterError(f"The value compared with the property '{name}' is not of its type.")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number_text(value: object) -> int | None:
    text = value if isinstance(value, str) else ""
    return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else _number(value)


_VALUES: Mapping[Kind, Callable[[object], Any]] = {
    "text": lambda value: value if isinstance(value, str) else None,
    "time": epoch,
    "number": _number,
    "number_text": _number_text,
}
