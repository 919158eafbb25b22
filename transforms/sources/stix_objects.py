"""STIX objects, in any order and over any pages, as the records of a collection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from iocbeam.model.ends import MAX_SHOWN

from .entry import Entries, Reading, Unreadable
from .stix_record import Context, entries_of, is_id, refusal_of, texts
from .stix_store import Store
from .stix_tlp import UNKNOWN, is_standard, label_of

TYPES: Final = (
    "indicator",
    "relationship",
    "malware",
    "tool",
    "threat-actor",
    "intrusion-set",
    "identity",
    "marking-definition",
)
"""Types of the objects that say something about a record; all others are passed over."""

_MALWARE: Final = ("malware--", "tool--")
_ADVERSARIES: Final = ("threat-actor--", "intrusion-set--")
_MOST_NAMES: Final = 128


def read_objects(objects: Iterable[Any], name: str, reading: Reading) -> Entries:
    """The entries of a collection of STIX 2.0 or 2.1 objects.

    Of several objects with one id the newest counts; one that is revoked gives a record that says so. What an
    indicator indicates, who created it and how it is marked is looked up when all objects are there, whatever
    their order, in a temporary database: memory does not grow with the collection.

    Args:
        objects: parsed JSON, bundles included; an `Unreadable` is handed on. It must not raise; an iterator that
            breaks off tells `reading`.
        name: the input's name; a record's location is `name#ID`.
        reading: told whether the objects could be kept, and how many records went beyond one an object.
    """
    number = 0
    try:
        with Store() as store:
            for found in _flat(objects):
                number += 1
                if type(found) is Unreadable:
                    yield found
                elif refused := _keep(found, f"{name}#{number}", name, store):
                    yield refused
            for body in store.indicators():
                found = orjson.loads(body)
                reading.expanded -= 1
                for entry in entries_of(found, body, _context(found, store), f"{name}#{found['id']}", name):
                    reading.expanded += 1
                    yield entry
    except sqlite3.Error as error:
        reading.stop(f"{name}:{number}: the objects could not be kept in a temporary file: {error}")


def _keep(found: Any, location: str, source: str, store: Store) -> Unreadable | None:
    """Store an object, or say why it cannot be used."""
    kind = found.get("type") if isinstance(found, dict) else None
    if isinstance(kind, str) and kind != "indicator":
        if kind not in TYPES or not is_id(found.get("id")):
            return None
        if kind == "relationship":
            ends = found.get("source_ref"), found.get("target_ref")
            if found.get("relationship_type") == "indicates" and all(map(is_id, ends)):
                store.add_relation(found, *ends)
            return None
        name = label_of(found) if kind == "marking-definition" else found.get("name")
        # A marking that says nothing of TLP is kept as well: it is one that is known.
        if isinstance(name, str) and (name or kind == "marking-definition"):
            store.add_name(found, name[:MAX_SHOWN])
        return None
    body = _text(found)
    refused = refusal_of(found, body, location, source)
    if refused is None:
        store.add_indicator(found, body)
    return refused


def _text(found: Any) -> bytes:
    try:
        return orjson.dumps(found)
    except TypeError:  # objects within objects, deeper than it writes
        if not isinstance(found, dict):
            return b"[]"
        return orjson.dumps({name: field for name, field in found.items() if not isinstance(field, dict | list)})


def _flat(objects: Iterable[Any]) -> Iterator[Any]:
    """Bundles give way to their objects."""
    levels = [iter(objects)]
    while levels:
        for found in levels[-1]:
            if isinstance(found, dict) and found.get("type") == "bundle":
                inner = found.get("objects")
                levels.append(iter(inner if isinstance(inner, list) else ()))
                break
            yield found
        else:
            levels.pop()


def _context(found: dict[str, Any], store: Store) -> Context:
    indicated = store.indicated_by(found["id"], _MOST_NAMES)
    creator = found.get("created_by_ref")
    return Context(
        tuple(dict.fromkeys(name for key, name in indicated if key.startswith(_MALWARE))),
        tuple(dict.fromkeys(name for key, name in indicated if key.startswith(_ADVERSARIES))),
        (store.name_of(creator) or "") if isinstance(creator, str) else "",
        tuple(label for ref in texts(found.get("object_marking_refs")) if (label := _label(ref, store))),
    )


def _label(ref: str, store: Store) -> str:
    """The TLP label of a marking, empty for one that has none or is standard."""
    label = store.name_of(ref)
    if label is None:
        return "" if is_standard(ref) else UNKNOWN
    return label
