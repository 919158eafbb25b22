"""Plain lists: one value per line."""

from __future__ import annotations

from typing import Final

from iocbeam.model.record import MAX_RECORD, Record

from .entry import BrokenStream, ByteStream, Entries, Entry, LongLine, Reading, Unreadable, not_utf8, too_long
from .fields import FieldMap
from .lines import line_blocks
from .list_shape import CHECKSUM, COMMENT, COMMENT_LINE

FORMAT: Final = "text"


def read_text(stream: ByteStream, name: str, fields: FieldMap, reading: Reading) -> Entries:
    """The values of a list, also of the form that `sha256sum` writes: a hash and the name of its file.

    `#`, `;` and `//` begin comments at the start of a line and after white space; `//` only where white space,
    another slash or nothing follows, since `//host/path` may be a value.

    Args:
        stream: decompressed bytes.
        name: the input's name; a record's location is `name:line`.
        fields: not used, a list has no names.
        reading: told whether the stream was read to its end.

    Yields:
        A `Record` with `value` alone, or an `Unreadable`; nothing for blank lines and comments.
    """
    comment = COMMENT_LINE.match
    number = 0
    try:
        for block in line_blocks(stream):
            for line in block:
                number += 1
                bare = line.strip()
                if not bare or (bare[0] in b"#;/" and comment(bare)):
                    continue
                yield parse_text(line, f"{name}:{number}", name)
    except BrokenStream as error:
        reading.stop(f"{name}:{number}: reading broke off after this line: {error}")


def parse_text(raw: bytes, location: str, source: str) -> Entry:
    """The record of one line, whatever it holds."""
    if type(raw) is LongLine or len(raw) > MAX_RECORD:
        return too_long(raw, location, source, FORMAT, "")
    try:
        value = raw.decode().strip()
    except UnicodeDecodeError as error:
        return not_utf8(error, raw, location, source, FORMAT, "")
    if b"\0" in raw:
        return Unreadable("malformed_record", "holds a NUL byte.", raw, location, source, FORMAT, "")
    if len(value.split(None, 1)) == 2:
        value = COMMENT.sub("", value).rstrip()
        checksum = CHECKSUM.fullmatch(value)
        if checksum:
            value = checksum[1]
    return Record({"value": value}, raw, location, source, FORMAT, "")
