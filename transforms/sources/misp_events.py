"""Event files of MISP: `{"Event": …}` and what holds several of them."""

from __future__ import annotations

import re
from typing import Final

from .entry import ByteStream, Entries, Reading
from .fields import FieldMap
from .misp_attributes import attribute_entries
from .misp_filter import EVERYTHING_FLAGGED, MispFilter
from .misp_scan import scan_events

_BEGINNING: Final = re.compile(
    rb'\s*(\[\s*)?\{\s*("Event"\s*:\s*\{|"response"\s*:\s*(\[\s*(\]|\{\s*"Event"\s*:)|\{\s*"Attribute"\s*:\s*\[))'
)


def is_misp(head: bytes) -> bool:
    """Whether a file that begins like this holds events of MISP."""
    return _BEGINNING.match(head) is not None


def read_misp(
    stream: ByteStream,
    name: str,
    fields: FieldMap,
    reading: Reading,
    wanted: MispFilter = EVERYTHING_FLAGGED,
) -> Entries:
    """The records of the events in a file.

    An attribute is an entry, whether or not it gives a record, see `attribute_entries`.

    Args:
        stream: decompressed bytes.
        name: the input's name; a record's location is `name:N`, N counting the attributes from 1.
        fields: not used, MISP's names are its own.
        reading: told whether the stream was read to its end.
        wanted: which attributes give records.

    Yields:
        `Record`s, each with a line of JSON Lines in our own names as its bytes, and an `Unreadable` for what
        stands in an attribute's place and is none.
    """
    number = 0
    try:
        for event in scan_events(stream):
            for attribute in event.attributes():
                number += 1
                found = attribute_entries(attribute, event.context, f"{name}:{number}", name, wanted)
                reading.expanded += len(found) - 1
                yield from found
    except Exception as error:  # noqa: BLE001 - what was given is good, whatever broke the reading off
        reading.stop(f"{name}:{number}: reading broke off after this attribute: {error}")
