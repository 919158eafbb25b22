"""Hosts files: names that are sent to an address where nothing is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iocbeam.model.record import MAX_RECORD, Record

from .entry import BrokenStream, ByteStream, Entries, Entry, LongLine, Reading, Unreadable, not_utf8, too_long
from .fields import FieldMap
from .lines import line_blocks
from .list_shape import MOST, rows_of

FORMAT: Final = "hosts"

_SINKS: Final = frozenset((b"0.0.0.0", b"127.0.0.1", b"::", b"::1", b"0", b"127.1", b"::0"))
"""Addresses that lead nowhere."""
_OWN: Final = frozenset(
    b"localhost localhost.localdomain localhost4 localhost4.localdomain4 localhost6 localhost6.localdomain6 "
    b"local broadcasthost ip6-localhost ip6-loopback ip6-localnet ip6-mcastprefix ip6-allnodes ip6-allrouters "
    b"ip6-allhosts 0.0.0.0 ::1".split()
)
"""Names that every hosts file has for the machine that it lies on."""


def read_hosts(stream: ByteStream, name: str, fields: FieldMap, reading: Reading) -> Entries:
    """The names of a hosts file, `0.0.0.0 bad.example`; several names on a line give a record each.

    `#` begins a comment anywhere. Lines for the machine itself (`127.0.0.1 localhost`) are no entries.

    Args:
        stream: decompressed bytes.
        name: the input's name; a record's location is `name:line`.
        fields: not used, a hosts file has no names of fields.
        reading: told whether the stream was read to its end.

    Yields:
        A `Record` with `type` FQDN and `value`, or an `Unreadable`: a name that is sent to a real address is
        no indicator.
    """
    number = 0
    try:
        for block in line_blocks(stream):
            for line in block:
                number += 1
                sink, names, own = _words_of(line)
                if not sink or (own and not names):
                    continue
                location = f"{name}:{number}"
                if sink not in _SINKS or len(names) < 2 or type(line) is LongLine or len(line) > MAX_RECORD:
                    yield parse_host(line, location, name)
                    continue
                # Each name keeps bytes of its own, since dead letters are run again one by one.
                for host in names:
                    yield parse_host(host, location, name)
                reading.expanded += len(names) - 1
    except BrokenStream as error:
        reading.stop(f"{name}:{number}: reading broke off after this line: {error}")


def parse_host(raw: bytes, location: str, source: str) -> Entry:
    """The record of a line that has one name, or of a name alone."""
    if type(raw) is LongLine or len(raw) > MAX_RECORD:
        return too_long(raw, location, source, FORMAT, "")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return not_utf8(error, raw, location, source, FORMAT, "")
    if b"\0" in raw:
        return Unreadable("malformed_record", "holds a NUL byte.", raw, location, source, FORMAT, "")
    sink, names, own = _words_of(raw)
    if sink in _SINKS and len(names) == 1:
        host = names[0]
    elif sink and sink not in _SINKS and not names and not own:
        host = sink
    else:
        known = not sink or sink in _SINKS
        message = f"{len(names)} names, not one." if known else "a name that is sent to an address of its own."
        return Unreadable("malformed_record", message, raw, location, source, FORMAT, "")
    return Record({"type": "FQDN", "value": host.decode()}, raw, location, source, FORMAT, "")


def is_hosts(lines: Iterable[bytes]) -> bool:
    """Whether nearly all of these lines are those of a hosts file."""
    rows = [_words_of(row) for _, row in rows_of(lines)]
    of_hosts = [sink for sink, names, own in rows if own or (names and sink in _SINKS)]
    return bool(rows) and len(of_hosts) >= MOST * len(rows)


def _words_of(line: bytes) -> tuple[bytes, list[bytes], bool]:
    """The first word, the names behind it, and whether names of the machine itself were among them."""
    words = (line.partition(b"#")[0] if b"#" in line else line).split()
    if not words:
        return b"", [], False
    names = [word for word in words[1:] if word.lower() not in _OWN]
    return words[0], names, len(names) + 1 < len(words)
