"""One JSON document that holds records in lists: the exports of URLhaus and ThreatFox, and plain arrays."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import orjson

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.record import MAX_RECORD, Record

from .entry import BrokenStream, ByteStream, Entries, Entry, LongLine, Reading, too_long
from .fields import FieldMap
from .header import listed
from .json_lists import Document, Piece
from .jsonl import FORMAT, mapping_of, parse_line


def read_json(stream: ByteStream, name: str, fields: FieldMap, reading: Reading) -> Entries:
    """The records of a JSON document, as if each were a line of JSON Lines; see `Document` for its forms.

    An entry of a list that is named by a number has the number as its id if it has none of its own.

    Args:
        stream: decompressed bytes.
        name: the input's name; a record's location is `name:line` of where it begins.
        fields: which names mean which field.
        reading: told whether the stream was read to its end, or refused since no name means the value.

    Yields:
        A `Record` per object in the lists, with its JSON text in one line as bytes; an `Unreadable` for what
        is no object.
    """
    mapping = mapping_of(fields)
    document = Document(stream)
    known = False
    try:
        for piece in document:
            location = f"{name}:{piece.line}"
            entry = _entry(piece, location, name, fields, mapping)
            if not known and type(entry) is Record:
                refused = value_unknown(piece.raw, location, fields)
                if refused is not None:
                    reading.stop(f"{refused.message} {refused.advice}")
                    return
                known = True
            yield entry
    except BrokenStream as error:
        reading.stop(f"{name}:{document.line}: reading broke off after this line: {error}")
        return
    if not document.nothing_missed:
        members = f": only {listed(tuple(document.passed_over))}" if any(document.passed_over) else ""
        reading.stop(f"{name}:1: no list of records in this JSON document{members}.")
    fields.note_unused(document.passed_over)


def value_unknown(raw: bytes, location: str, fields: FieldMap) -> ConfigurationError | None:
    """The refusal of records like this one if none of its names means the value, or several might."""
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict) or not found:
        return None
    names = tuple(found)
    choice = fields.choose(names)
    if "value" in choice.names:
        return None
    if len(choice.guesses) > 1:
        message = f"{location}: each of the names {listed(choice.guesses)} could be the value."
    else:
        message = f"{location}: none of the names {listed(names)} is known to hold the value."
    return ConfigurationError(
        message, option="--field_map", advice="Name the one that does: --field_map value=NAME."
    )


def is_document(head: bytes, fields: FieldMap) -> bool:
    """Whether these first bytes begin a document of records rather than JSON Lines.

    A line that is whole and followed by others is a line of JSON Lines. A name that means one of our fields
    is that of a record's own list (`tags`, `attributes`), not of a list of records; one that only says what
    a value is (`urls`) may be.
    """
    first, line_feed, rest = head.lstrip().partition(b"\n")
    if line_feed and rest.strip() and _is_whole(first):
        return False
    document = Document(io.BytesIO(head))
    with suppress(BrokenStream):
        for _ in document:
            pass
    names = fields.choose((*document.lists, *document.passed_over)).names
    value = names.get("value")
    if value is not None and value not in document.lists:
        return False
    return any(key == value or key not in names.values() for key in document.lists)


def _is_whole(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _entry(piece: Piece, location: str, source: str, fields: FieldMap, mapping: str) -> Entry:
    raw = piece.raw
    if type(raw) is LongLine:
        return too_long(raw, location, source, FORMAT, mapping)
    try:
        found: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return parse_line(raw, fields, location, source, mapping)
    if type(found) is not dict:
        return parse_line(raw, fields, location, source, mapping)
    renamed = fields.rename(found)
    if "id" not in renamed and piece.key.isascii() and piece.key.isdigit():
        found["id"] = piece.key
        renamed = fields.rename(found)
        raw = orjson.dumps(found)
    elif b"\n" in raw or b"\r" in raw:
        raw = orjson.dumps(found)
    if len(raw) > MAX_RECORD:
        return too_long(raw, location, source, FORMAT, mapping)
    return Record(renamed, raw, location, source, FORMAT, mapping)
