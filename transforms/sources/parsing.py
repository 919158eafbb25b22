"""One input from its raw bytes to entries, and one dead letter's bytes again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import orjson

from iocbeam.model.errors import ConfigurationError, UsageError

from .avro import read_avro
from .compression import decompressed
from .delimited import Table, read_delimited
from .detect import HEAD, detect_format
from .entry import ByteStream, Entries, Entry, Reading, Unreadable
from .fields import FieldMap
from .hosts import parse_host, read_hosts
from .json_document import read_json
from .jsonl import parse_line, read_jsonl
from .misp_events import read_misp
from .peek import Peeked
from .stix_bundle import read_stix
from .stix_record import parse_stix
from .text import parse_text, read_text

AUTO: Final = "auto"

_PARSERS: Final[dict[str, Callable[[ByteStream, str, FieldMap, Reading], Entries]]] = {
    "jsonl": read_jsonl,
    "json": read_json,
    "csv": read_delimited,
    "avro": read_avro,
    "text": read_text,
    "hosts": read_hosts,
    "stix": read_stix,
    "misp": read_misp,
}
FORMATS: Final = (AUTO, *_PARSERS)


def read_entries(stream: ByteStream, name: str, input_format: str, fields: FieldMap, reading: Reading) -> Entries:
    """The entries of an input, compressed or not, of this format or of the one that its content shows.

    Args:
        stream: the bytes as they are stored.
        name: the input's name.
        input_format: one of `FORMATS`.
        fields: which names mean which field; of this input alone, since it remembers unused names.
        reading: told whether the input was read to its end; an input that is refused was not.

    Raises:
        KeyError: there is no such format.
    """
    plain = Peeked(decompressed(stream), HEAD)
    if input_format == AUTO:
        try:
            input_format = detect_format(plain.head, name, fields, whole=plain.whole)
        except ConfigurationError as error:
            reading.stop(f"{error.message} {error.advice}")
            return iter(())
    return _PARSERS[input_format](plain, name, fields, reading)


def parse_record(raw: bytes, format: str, mapping: str, location: str, source: str) -> Entry:
    """The record of one dead letter's bytes, as the run that rejected it would read them now.

    Args:
        raw: `record` of the dead letter, not truncated.
        format: its field of this name, as all that follow.
        mapping: what parsing needs besides the format, as JSON text.
        location: where the record stood.
        source: name of the input.
    """
    try:
        if format == "jsonl":
            return parse_line(raw, _fields_of(mapping), location, source, mapping)
        if format == "csv":
            return _table_of(mapping).parse(raw, location, source)
        if format == "text":
            return parse_text(raw, location, source)
        if format == "hosts":
            return parse_host(raw, location, source)
        if format == "stix":
            return parse_stix(raw, location, source)
        problem = f"no record is kept in format {format!r}."
    except (ValueError, KeyError, TypeError, AttributeError, UsageError):
        problem = "its mapping is damaged."
    return Unreadable("malformed_record", problem, raw, location, source, format, mapping)


# Dead letters of one input have one mapping, and they stand together.
@lru_cache(maxsize=64)
def _fields_of(mapping: str) -> FieldMap:
    return FieldMap(orjson.loads(mapping)["field_map"] if mapping else None)


@lru_cache(maxsize=64)
def _table_of(mapping: str) -> Table:
    return Table.of_mapping(mapping)
