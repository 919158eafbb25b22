"""From an object of ThreatQ to a record's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from iocbeam.model.record import MAX_RECORD, Record
from iocbeam.model.settings import TLP_LABELS

from .entry import Entry, Unreadable, too_long
from .jsonl import FORMAT

Names = Callable[[], Mapping[int, str]]
"""Gives names by id, and may ask ThreatQ for them: called only where an object brings an id alone."""

_TLP_IDS: Final = {1: "red", 2: "amber", 3: "green", 4: "clear"}
"""Observed in clients."""
_STRICTNESS: Final = {label: rank for rank, label in enumerate(TLP_LABELS)}


class UnnamedStatus(LookupError):
    """An id of a status that ThreatQ gives no name to. As a text it would end the record as inactive."""


def threatq_entry(item: Any, source: str, type_names: Names, status_names: Names) -> Entry:
    """The record of one object. Its bytes are those of a JSON line of our own fields, so that a replay needs
    no ThreatQ.

    Args:
        source: name of the input; with the object's id it is the record's location.

    Raises:
        What `type_names` and `status_names` raise.
    """
    if not isinstance(item, dict):
        message = "ThreatQ lists something that is no object."
        return Unreadable("malformed_record", message, orjson.dumps(item), source, source, FORMAT, "")
    try:
        fields = threatq_fields(item, type_names, status_names)
    except UnnamedStatus as error:
        raw = orjson.dumps(item)
        number = _plain(item.get("id"))
        location = f"{source}:{number}" if number is not None else source
        if len(raw) > MAX_RECORD:
            return too_long(raw, location, source, FORMAT, "")
        return Unreadable("malformed_record", str(error), raw, location, source, FORMAT, "")
    raw = orjson.dumps(fields)
    location = f"{source}:{fields['id']}" if fields["id"] is not None else source
    if len(raw) > MAX_RECORD:
        return too_long(raw, location, source, FORMAT, "")
    return Record(fields, raw, location, source, FORMAT, "")


def threatq_fields(item: Mapping[str, Any], type_names: Names, status_names: Names) -> dict[str, Any]:
    """Our fields of an object, always the same ones in the same order; null for what it does not bring.

    Observed in clients: `type` and `status` are an object, a name or an id; `score` is a number or holds a
    generated and a manual one; lists may be missing or null; either `expires_at` (still to come) or `expired_at`
    (past) is there; times are UTC. The description stays HTML, which `Classify` turns into text. There is no
    title: the value stands for it.

    Raises:
        UnnamedStatus: ThreatQ has no name for the status.
    """
    sources = _objects(item.get("sources"))
    return {
        "id": _plain(item.get("id")),
        "type": _name(item, "type", type_names),
        "value": _plain(item.get("value")),
        "status": _name(item, "status", status_names),
        "score": _score(item.get("score")),
        "description": _plain(item.get("description")),
        "created_at": _plain(item.get("created_at")),
        "expires_at": _plain(item.get("expires_at") or item.get("expired_at")),
        "malware": _names_in(item.get("malware")),
        "adversaries": _names_in(item.get("adversaries")),
        "tags": _names_in(item.get("tags")),
        "attributes": _attributes(item.get("attributes")),
        "tlp": _strictest(sources),
        "source": ", ".join(dict.fromkeys(_names_in(sources))) or None,
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _name(item: Mapping[str, Any], field: str, names: Names) -> Any:
    """The name of a type or status; where nobody knows that of a type, its id, so that the record is rejected."""
    given = item.get(field)
    number = item.get(f"{field}_id")
    if isinstance(given, dict):
        name = given.get("name")
        if isinstance(name, str) and name:
            return name
        number, given = given.get("id", number), None
    if given is None or given == "":
        given = number
    if isinstance(given, str) and given.isdecimal() and len(given) < 19:
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        # Text: a bare number is no field of any record that a file could hold.
        name = names().get(given)
        if name is None and field == "status":
            raise UnnamedStatus(f"status {given} has no name in ThreatQ")
        return str(given) if name is None else name
    return given if isinstance(given, str) else None


def _score(score: Any) -> Any:
    if isinstance(score, dict):
        # Observed: what an analyst has set goes before what ThreatQ computed.
        manual = _number(score.get("manual_score"))
        return manual if manual is not None else _number(score.get("generated_score"))
    return _number(score)


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 1e15 else None


def _objects(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _names_in(value: Any) -> list[str]:
    """Names. Observed: adversaries have a `name`, malware and other objects a `value`; plain text is ours."""
    names = []
    for one in _objects(value):
        name = (one.get("name") or one.get("value")) if isinstance(one, dict) else one
        if isinstance(name, str) and name.strip():
            names.append(name)
    return names


def _attributes(value: Any) -> list[dict[str, Any]]:
    return [
        {"name": one["name"], "value": _plain(one.get("value"))}
        for one in _objects(value)
        if isinstance(one, dict) and isinstance(one.get("name"), str) and _plain(one.get("value")) is not None
    ]


def _strictest(sources: list[Any]) -> str | None:
    """Of all sources; a label that we do not know counts as stricter than all others."""
    strictest = None
    for one in sources:
        if not isinstance(one, dict):
            continue
        label = one.get("tlp_name")
        if not isinstance(label, str) or not label.strip():
            number = one.get("tlp_id")
            label = _TLP_IDS.get(number, str(number)) if isinstance(number, int) else ""
        label = label.strip().lower().removeprefix("tlp").lstrip(" :-_")
        label = "clear" if label == "white" else label
        if label and (strictest is None or _rank(label) > _rank(strictest)):
            strictest = label
    return strictest


def _rank(label: str) -> int:
    return _STRICTNESS.get(label, len(_STRICTNESS))
