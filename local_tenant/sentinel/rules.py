"""What the upload API takes for a STIX object, and what it says of one that it does not take."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..server.timestamps import parse_time
from .profile import HashNames

StixObject = dict[str, Any]

TYPES = ("indicator", "attack-pattern", "threat-actor", "identity", "relationship")
"""Documented. Malware is not among them."""

RESERVED_SOURCE = "Microsoft Sentinel"
"""Documented: no upload may come from a source of this name."""

_COMMON = ("type", "spec_version", "id", "created", "modified")
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "indicator": ("pattern", "pattern_type", "valid_from"),
    "attack-pattern": ("name",),
    "threat-actor": ("name",),
    "identity": ("name",),
    "relationship": ("relationship_type", "source_ref", "target_ref"),
}
"""Documented, beside the common ones."""

_ID = re.compile(r"([a-z-]+)--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.A)
_PATTERN = re.compile(
    r"\s*\[\s*(ipv4-addr|ipv6-addr|domain-name|url|file)\s*:\s*(value|hashes\.(?:'([^']+)'|([A-Za-z0-9_]+)))"
    r"\s*=\s*'((?:[^'\\]|\\['\\])+)'\s*\]\s*"
)
_ALGORITHMS = {"MD5": 32, "SHA1": 40, "SHA256": 64}
_TEXTS = ("name", "description", "pattern", "pattern_type", "lang", "relationship_type")
_LISTS = ("labels", "indicator_types", "object_marking_refs", "external_references", "kill_chain_phases")


class Observable:
    """What a pattern compares: the object's type, the value's type as queries name it, and the value."""

    def __init__(self, object_type: str, value_type: str, value: str) -> None:
        self.object_type = object_type
        self.value_type = value_type
        self.value = value


def problems(item: object, hash_names: HashNames) -> list[str]:
    """Why an object is refused; nothing for one that is taken. Documented form of a text; which properties are
    named with which words is our choice."""
    if not isinstance(item, dict):
        return ["Error for Property=type: the record is not an object."]
    kind = item.get("type")
    if kind not in TYPES:
        return [f"Error for Property=type: {kind!r} is not supported. Supported are {', '.join(TYPES)}."]
    missing = [name for name in (*_COMMON, *_REQUIRED[kind]) if item.get(name) in (None, "")]
    found = [f"Error for Property={name}: it is required." for name in missing]
    for name, check in _CHECKS.items():
        if name not in missing and item.get(name) is not None:
            found += [f"Error for Property={name}: {text}" for text in check(item[name], item)]
    if kind == "indicator" and not found:
        found += [f"Error for Property={name}: {text}" for name, text in _indicator(item, hash_names)]
    return found


def observable(pattern: str) -> Observable | None:
    """What a pattern of one comparison compares; `None` for any other."""
    match = _PATTERN.fullmatch(pattern)
    if match is None:
        return None
    object_type, path, quoted, plain, text = match.groups()
    value = re.sub(r"\\(['\\])", r"\1", text)
    if (object_type == "file") != (path != "value"):
        return None
    return Observable(object_type, object_type if path == "value" else str(quoted or plain), value)


def _indicator(item: StixObject, hash_names: HashNames) -> list[tuple[str, str]]:
    if item["pattern_type"] != "stix":
        return [("pattern_type", f"{item['pattern_type']!r} is not supported.")]
    seen = observable(item["pattern"])
    if seen is None:
        return [("pattern", "it is not one comparison of a supported observable with one value.")]
    if seen.object_type == "file":
        plain = seen.value_type.upper().replace("-", "")
        spelt_as = {"any": True, "without_dash": "-" not in seen.value_type, "with_dash": "-" in seen.value_type}
        if plain not in _ALGORITHMS or not (plain == "MD5" or spelt_as[hash_names]):
            return [("pattern", f"the hash algorithm {seen.value_type} is not supported.")]
        if not re.fullmatch(rf"[0-9A-Fa-f]{{{_ALGORITHMS[plain]}}}", seen.value):
            return [("pattern", f"{seen.value[:80]} is no {seen.value_type}.")]
    return []


def _stix_id(value: object, item: StixObject) -> list[str]:
    match = _ID.fullmatch(value) if isinstance(value, str) else None
    return [] if match and match[1] == item["type"] else [f"{value!r} is no id of type {item['type']}."]


def _time(value: object, item: StixObject) -> list[str]:
    return [] if _seconds(value) is not None else [f"{value!r} is no time."]


def _valid_until(value: object, item: StixObject) -> list[str]:
    """Documented: it must be greater than `valid_from`."""
    until, since = _seconds(value), _seconds(item.get("valid_from"))
    if until is None:
        return [f"{value!r} is no time."]
    return ["it must be greater than valid_from."] if since is not None and until <= since else []


def _seconds(value: object) -> float | None:
    try:
        return parse_time(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _modified(value: object, item: StixObject) -> list[str]:
    """STIX 2.1: it is not before `created`."""
    moment, created = _seconds(value), _seconds(item.get("created"))
    if moment is None:
        return [f"{value!r} is no time."]
    return ["it is before created."] if created is not None and moment < created else []


def _version(value: object, item: StixObject) -> list[str]:
    return [] if value in ("2.0", "2.1") else [f"{value!r} is not supported."]


def _confidence(value: object, item: StixObject) -> list[str]:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100
    return [] if right else [f"{value!r} is not from 0 to 100."]


def _flag(value: object, item: StixObject) -> list[str]:
    return [] if isinstance(value, bool) else [f"{value!r} is neither true nor false."]


def _text(value: object, item: StixObject) -> list[str]:
    return [] if isinstance(value, str) else ["it is no text."]


def _list(value: object, item: StixObject) -> list[str]:
    # STIX: a list that is given holds something.
    return [] if isinstance(value, list) and value else ["it is no list that holds something."]


_CHECKS: Mapping[str, Callable[[object, StixObject], list[str]]] = {
    "id": _stix_id,
    "spec_version": _version,
    "created": _time,
    "modified": _modified,
    "valid_from": _time,
    "valid_until": _valid_until,
    "confidence": _confidence,
    "revoked": _flag,
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_LISTS, _list),
}
