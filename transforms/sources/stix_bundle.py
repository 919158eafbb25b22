"""STIX bundles in files: one document of any size, an array of objects, or one object per line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from .entry import BrokenStream, ByteStream, Entries, LongLine, Reading, too_long
from .fields import FieldMap
from .lines import BOM, line_blocks
from .peek import Peeked
from .stix_json import json_items
from .stix_objects import read_objects
from .stix_record import FORMAT, not_json

_HEAD: Final = 128 << 10
_ID: Final = re.compile(rb'"id"\s*:\s*"([a-z0-9-]+)--[0-9a-fA-F]{8}-')
_JSON: Final = re.compile(rb"\s*[{\[]")
_MOST_IDS: Final = 8


def looks_like_stix(head: bytes) -> bool:
    """Whether JSON begins with STIX objects: with an id `TYPE--UUID` and that type beside it."""
    if not _JSON.match(head):
        return False
    kinds = {found[1] for _, found in zip(range(_MOST_IDS), _ID.finditer(head), strict=False)}
    return any(re.search(rb'"type"\s*:\s*"%b"' % kind, head) for kind in kinds)


def read_stix(stream: ByteStream, name: str, fields: FieldMap, reading: Reading) -> Entries:
    """The records of a STIX file, when all of it has been read, see `read_objects`.

    Args:
        stream: decompressed bytes.
        name: the input's name; a record's location is `name#ID`, or `name#NUMBER` for what has no id.
        fields: not used, STIX' names are fixed.
        reading: told whether the stream was read to its end.

    Yields:
        A `Record` per value of an indicator's pattern; an `Unreadable` for a pattern that is not taken, and for
        what is no STIX object.
    """
    peeked = Peeked(stream, _HEAD)
    head = peeked.head.removeprefix(BOM).lstrip()
    if head and head[:1] not in b"{[":
        reading.stop(f"{name}:1: no STIX, which is JSON; it begins with {head[:20].decode('utf-8', 'replace')!r}.")
        return
    items = _lines(peeked) if _is_object_per_line(head) else json_items(peeked)
    yield from read_objects(_parsed(items, name, reading), name, reading)


def _is_object_per_line(head: bytes) -> bool:
    """Whether the first line is an object of its own. A slip in one line then does not reach the next."""
    line, _, _ = head.partition(b"\n")
    try:
        first = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(first, dict) and not isinstance(first.get("objects"), list)


def _lines(stream: ByteStream) -> Iterator[bytes]:
    for block in line_blocks(stream):
        yield from filter(bytes.strip, block)


def _parsed(items: Iterator[bytes], name: str, reading: Reading) -> Iterator[Any]:
    """Objects, and an `Unreadable` for each text that is none. What breaks the reading off goes to `reading`."""
    number = 0
    try:
        for item in items:
            number += 1
            if type(item) is LongLine:
                kind = _ID.search(item)
                if kind is None or kind[1] == b"indicator":
                    yield too_long(item, f"{name}#{number}", name, FORMAT, "")
                continue  # of other objects, such as a report with its list of ids, nothing is needed
            try:
                found = orjson.loads(item)
            except orjson.JSONDecodeError as error:
                yield not_json(error, item, f"{name}#{number}", name)
            else:
                yield found
    except BrokenStream as error:
        reading.stop(f"{name}:{number}: reading broke off after this object: {error}")
