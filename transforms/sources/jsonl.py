"""JSON Lines: one object per line."""

from __future__ import annotations

import re
from typing import Final

import orjson

from iocbeam.model.record import MAX_RECORD, Record

from .entry import BrokenStream, ByteStream, Entries, Entry, LongLine, Reading, Unreadable, not_utf8, too_long
from .fields import FieldMap
from .lines import line_blocks

FORMAT: Final = "jsonl"

_ONE_PER_LINE: Final = "Write one object per line: jq -c '.[]' does that for an array."
_DOCUMENT: Final = f"the beginning of one JSON document over several lines, not JSON Lines. {_ONE_PER_LINE}"
_DOCUMENT_START: Final = re.compile(rb"\s*[{\[](.*[{\[,])?\s*", re.DOTALL)
"""A first line of this form begins one JSON document that spans lines."""


def read_jsonl(stream: ByteStream, name: str, fields: FieldMap, reading: Reading) -> Entries:
    """The records of a JSON Lines stream.

    Args:
        stream: decompressed bytes.
        name: the input's name; a record's location is `name:line`.
        fields: which names mean which field.
        reading: told whether the stream was read to its end.

    Yields:
        A `Record` per line that is a JSON object, an `Unreadable` per other line; nothing for blank lines.
    """
    mapping = mapping_of(fields)
    # This loop is the speed of the whole intake, hence the local names, the look into `known` before a
    # call of `rename`, and tuple.__new__, which is twice as fast as the named tuple's own.
    loads = orjson.loads
    known = fields.known
    rename = fields.rename
    new = tuple.__new__
    number = blank = 0
    try:
        for block in line_blocks(stream):
            if type(block[0]) is LongLine:
                number += 1
                yield _too_long(block[0], f"{name}:{number}", name, mapping)
                continue
            for line in block:
                number += 1
                try:
                    found = loads(line)
                except orjson.JSONDecodeError as error:
                    if not line.strip():
                        blank += 1
                        continue
                    yield _not_json(error, line, f"{name}:{number}", name, mapping)
                    if number == blank + 1 and _DOCUMENT_START.fullmatch(line):
                        reading.stop(f"{name}:{number}: {_DOCUMENT}")
                        return
                    continue
                if type(found) is dict:
                    yield new(
                        Record,
                        (
                            found if tuple(found) in known else rename(found),
                            line,
                            f"{name}:{number}",
                            name,
                            FORMAT,
                            mapping,
                        ),
                    )
                else:
                    yield _not_an_object(found, line, f"{name}:{number}", name, mapping)
    except BrokenStream as error:
        reading.stop(f"{name}:{number}: reading broke off after this line: {error}")


def parse_line(line: bytes, fields: FieldMap, location: str, source: str, mapping: str) -> Entry:
    """The record of one line, whatever the line holds."""
    if len(line) > MAX_RECORD:
        return _too_long(line, location, source, mapping)
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _not_json(error, line, location, source, mapping)
    if type(found) is not dict:
        return _not_an_object(found, line, location, source, mapping)
    return Record(fields.rename(found), line, location, source, FORMAT, mapping)


def mapping_of(fields: FieldMap) -> str:
    """What parsing a line of this input again needs."""
    return orjson.dumps({"field_map": dict(fields.user_map)}).decode() if fields.user_map else ""


def _too_long(line: bytes, location: str, source: str, mapping: str) -> Unreadable:
    advice = f" {_ONE_PER_LINE}" if line.lstrip().startswith(b"[") else ""
    return too_long(line, location, source, FORMAT, mapping, advice)


def _not_json(error: orjson.JSONDecodeError, line: bytes, location: str, source: str, mapping: str) -> Unreadable:
    try:
        line.decode()
    except UnicodeDecodeError as wrong:
        return not_utf8(wrong, line, location, source, FORMAT, mapping)
    message = f"not JSON: {error.msg}, column {error.colno}."
    if _DOCUMENT_START.fullmatch(line):
        message += f" It may be {_DOCUMENT}"
    return Unreadable("malformed_record", message, line, location, source, FORMAT, mapping)


def _not_an_object(found: object, line: bytes, location: str, source: str, mapping: str) -> Unreadable:
    if isinstance(found, list):
        message = f"the line is a JSON array, not an object. {_ONE_PER_LINE}"
    else:
        message = f"the line is JSON but not an object: {_KINDS.get(type(found), 'null')}."
    return Unreadable("malformed_record", message, line, location, source, FORMAT, mapping)


_KINDS: Final[dict[type, str]] = {str: "a string", int: "a number", float: "a number", bool: "true or false"}
