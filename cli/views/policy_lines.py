"""The change of a policy in a `plan.json`, a line each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from iocbeam.model.entra_plan import LOCATION_REFERENCE

from .console import cut, safe

ADDED: Final = "green"
CHANGED: Final = "yellow"
REMOVED: Final = "red"
"""Styles."""

_WORDS: Final = {
    "create": "new",
    "update": "changed in place",
    "recreate": "a changed copy takes its place, then it is deleted",
    "finish": "what it replaced in an earlier run is deleted",
}
_MOST_FIELDS: Final = 20


class Line(NamedTuple):
    """A line and its style."""

    text: str
    style: str = ""


def policy_lines(policy: Mapping[str, Any], width: int) -> Iterator[Line]:
    """What is done to the policy, and each field that changes: a list by what comes and goes, anything else by
    what it was and becomes.

    Args:
        policy: `policy` of an entry of the plan; something is to be done.
        width: of a line, in characters.
    """
    change = str(policy.get("change"))
    sign, style = ("+", ADDED) if change == "create" else ("~", CHANGED)
    words = _WORDS.get(change, safe(change))
    name = cut(safe(policy.get("name") or policy.get("id")), max(16, width - len(words) - 13))
    yield Line(f"  {sign} policy {name}  {words}", style)
    fields: Sequence[Mapping[str, Any]] = policy.get("fields") or ()
    show = _new_field_lines if change == "create" else _field_lines
    for field in fields[:_MOST_FIELDS]:
        yield from show(field, width)
    if len(fields) > _MOST_FIELDS:
        yield Line(f"      and {len(fields) - _MOST_FIELDS:,} more fields in plan.json", "dim")


def fitting(texts: Sequence[str], width: int, most: int) -> str:
    """The first of many texts in one line, as many as fit, and how many more there are; one at least.

    Args:
        most: of them to name, however short they are.
    """
    for count in range(min(most, len(texts)), 0, -1):
        more = len(texts) - count
        line = ", ".join(texts[:count]) + (f" and {more:,} more" if more else "")
        if len(line) <= width:
            return line
    return line if texts else ""


def _new_field_lines(field: Mapping[str, Any], width: int) -> Iterator[Line]:
    path, value = safe(field.get("field")), field.get("after")
    head = f"      {path}: "
    texts = [_item(item) for item in value] if isinstance(value, list) else [_value(value)]
    yield Line(head + fitting(texts, width - len(head), 5), ADDED)


def _field_lines(field: Mapping[str, Any], width: int) -> Iterator[Line]:
    path, before, after = safe(field.get("field")), field.get("before"), field.get("after")
    if _is_list(before) and _is_list(after):
        was, becomes = ([_item(item) for item in items or ()] for items in (before, after))
        lists = (("+", ADDED, _without(becomes, was)), ("-", REMOVED, _without(was, becomes)))
        if any(items for *_, items in lists):
            yield Line(f"      {path}")
            for sign, style, items in lists:
                if items:
                    yield Line(f"        {sign} {fitting(items, width - 10, 5)}", style)
            return
    if before is None:
        yield Line(f"      {path}: {_value(after)}", ADDED)
    else:
        yield Line(f"      {path}: {_value(before)} → {_value(after)}", CHANGED)


def _is_list(value: Any) -> bool:
    return value is None or isinstance(value, list)


def _without(items: Sequence[str], others: Sequence[str]) -> list[str]:
    known = set(others)
    return [item for item in items if item not in known]


def _item(item: Any) -> str:
    """One of a list; a location that is yet to be made by its name."""
    if isinstance(item, str):
        new = item.startswith(LOCATION_REFERENCE)
        return f"{safe(item.removeprefix(LOCATION_REFERENCE))} (new)" if new else safe(item)
    return _value(item)


def _value(value: Any) -> str:
    if value is None or value == []:
        return "not set"
    if isinstance(value, str):
        return safe(value)
    return safe(json.dumps(value, sort_keys=True, ensure_ascii=False))
