"""Plain lists: one value per line, also in the form of a hosts file."""

from __future__ import annotations

import re
from typing import Final

from iocbeam.model.record import MAX_RECORD, Record

from .entry import BrokenStream, ByteStream, Entries, Entry, LongLine, Reading, Unreadable, not_utf8, too_long
from .fields import FieldMap
from .lines import line_blocks

FORMAT: Final = "text"

_COMMENT: Final = re.compile(r"\s[#;].*", re.DOTALL)
_SINKS: Final = frozenset(("0.0.0.0", "127.0.0.1", "::", "::1"))  # noqa: S104 - text of hosts files
"""Addresses to which a hosts file sends names that are to lead nowhere."""


def read_text(stream: ByteStream, name: str, fields: FieldMap, reading: Reading) -> Entries:
    """The values of a list.

    `#` and `;` begin comments at the start of a line and after white space. `0.0.0.0 bad.example` is the
    line of a hosts file and gives `bad.example`; several names on it give a record each.

    Args:
        stream: decompressed bytes.
        name: the input's name; a record's location is `name:line`.
        fields: not used, a list has no names.
        reading: told whether the stream was read to its end.

    Yields:
        A `Record` with `value` alone, or an `Unreadable`; nothing for blank lines and comments.
    """
    number = 0
    try:
        for block in line_blocks(stream):
            for line in block:
                number += 1
                bare = line.strip()
                if not bare or bare[0] in b"#;":
                    continue
                location = f"{name}:{number}"
                names = _names_of_hosts_line(bare)
                if len(names) < 2:
                    yield parse_text(line, location, name)
                    continue
                # Each name keeps bytes of its own, since dead letters are run again one by one.
                for host in names:
                    yield parse_text(host, location, name)
                reading.expanded += len(names) - 1
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
    if "#" in value or ";" in value:
        value = _COMMENT.sub("", value)
    names = value.split(None, 1)
    if len(names) == 2 and names[0] in _SINKS:
        value = names[1]
    return Record({"value": value}, raw, location, source, FORMAT, "")


def _names_of_hosts_line(bare: bytes) -> list[bytes]:
    """The names of a line of a hosts file that has several, else nothing."""
    if bare.count(b" ") + bare.count(b"\t") < 2:
        return []
    text = bare.decode("utf-8", "surrogateescape")
    sink, *names = _COMMENT.sub("", text).split() or [""]
    return [name.encode("utf-8", "surrogateescape") for name in names] if sink in _SINKS else []
