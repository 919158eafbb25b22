"""One STIX indicator as records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson

from iocbeam.model.ends import MAX_SHOWN
from iocbeam.model.indicator import MAX_TAGS, MAX_TEXT
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.record import MAX_RECORD, Record

from .entry import Entry, Unreadable, not_utf8, too_long
from .jsonl import FORMAT as JSONL
from .stix_pattern import values_of
from .stix_store import is_revoked
from .stix_tlp import UNKNOWN, is_standard, strictest

FORMAT: Final = "stix"


class Context(NamedTuple):
    """What other objects say about an indicator.

    Attributes:
        malware, adversaries: names of what it indicates.
        source: name of the identity that created it, or empty.
        markings: TLP labels of those marking definitions that are not standard.
    """

    malware: tuple[str, ...] = ()
    adversaries: tuple[str, ...] = ()
    source: str = ""
    markings: tuple[str, ...] = ()


def parse_stix(raw: bytes, location: str, source: str) -> Entry:
    """The record of one object by its JSON text: its first, without what other objects say about it."""
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return not_json(error, raw, location, source)
    refused = refusal_of(found, raw, location, source)
    if refused is not None:
        return refused
    markings = (UNKNOWN for ref in texts(found.get("object_marking_refs")) if not is_standard(ref))
    return next(entries_of(found, raw, Context(markings=tuple(markings)), location, source))


def not_json(error: orjson.JSONDecodeError, raw: bytes, location: str, source: str) -> Unreadable:
    """The end of a text that is not JSON."""
    try:
        raw.decode()
    except UnicodeDecodeError as wrong:
        return not_utf8(wrong, raw, location, source, FORMAT, "")
    message = f"not JSON: {error.msg}, column {error.colno}."
    return Unreadable("malformed_record", message, raw, location, source, FORMAT, "")


def refusal_of(found: Any, raw: bytes, location: str, source: str) -> Unreadable | None:
    """Why something is no STIX object that could count, None if it is one."""
    if len(raw) > MAX_RECORD:
        return too_long(raw, location, source, FORMAT, "")
    if not isinstance(found, dict):
        problem = "JSON, but no object."
    elif not isinstance(found.get("type"), str):
        problem = "an object without a type, so none of STIX."
    elif found["type"] == "indicator" and not (is_id(found.get("id")) and found["id"].startswith("indicator--")):
        problem = "an indicator without an id of its own."
    else:
        return None
    return Unreadable("malformed_record", problem, raw, location, source, FORMAT, "")


def entries_of(found: dict[str, Any], raw: bytes, context: Context, location: str, source: str) -> Iterator[Entry]:
    """The records of an indicator, one for each value of its pattern, or one that cannot be used; at least one.

    Args:
        found: an object, and `raw` its JSON text.
    """
    if found["type"] != "indicator":
        message = f"an object of type {found['type'][:80]!r}, not an indicator."
        yield Unreadable("malformed_record", message, raw, location, source, FORMAT, "")
        return
    values = _values(found)
    fields = _fields(found, context)
    if isinstance(values, Ended):
        if not fields.get("revoked"):
            yield Unreadable(values.reason, values.message, raw, location, source, FORMAT, "")
            return
        pairs: list[dict[str, Any]] = [{}]  # nothing of it can count, so what it says does not matter
    else:
        pairs = [{"type": kind, "value": value} for kind, value in values]
    for pair in pairs:
        made = {**fields, **pair}
        yield Record(made, orjson.dumps(made), location, source, JSONL, "")


def _values(found: dict[str, Any]) -> list[tuple[str, str]] | Ended:
    language = found.get("pattern_type", "stix")
    if language != "stix":
        return ended("pattern_unsupported", f"a pattern in the language {str(language)[:80]!r}, not in STIX's.")
    pattern = found.get("pattern")
    if not isinstance(pattern, str):
        return ended("malformed_pattern", "an indicator without a pattern.")
    return values_of(pattern)


def _fields(found: dict[str, Any], context: Context) -> dict[str, Any]:
    """What all records of an indicator have in common, without what is empty."""
    score = found.get("confidence")
    tags = dict.fromkeys(texts(found.get("labels")) + texts(found.get("indicator_types")))
    fields = {
        "id": found["id"],
        "score": score if isinstance(score, int | float) and not isinstance(score, bool) else None,
        "title": _cut(found.get("name")),
        "description": _cut(found.get("description")),
        "created_at": _cut(found.get("valid_from")) or _cut(found.get("created")),
        "expires_at": _cut(found.get("valid_until")),
        "malware": list(context.malware),
        "adversaries": list(context.adversaries),
        "tags": [tag[:MAX_SHOWN] for tag in tags][:MAX_TAGS],
        "tlp": strictest(texts(found.get("object_marking_refs")), context.markings),
        "source": context.source,
        "revoked": is_revoked(found),
    }
    return {name: field for name, field in fields.items() if field or (field == 0 and field is not False)}


def is_id(value: object) -> bool:
    """Whether this can be the id of an object."""
    return isinstance(value, str) and 0 < len(value) <= MAX_SHOWN


def texts(value: object) -> list[str]:
    """The texts of a list; none of anything else."""
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _cut(value: object) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""
