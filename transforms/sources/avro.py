"""Avro container files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any, Final, cast

import orjson
from fastavro import block_reader

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.record import MAX_RECORD

from .entry import BrokenStream, ByteStream, Entries, Entry, Reading, too_long
from .fields import FieldMap
from .header import listed
from .jsonl import FORMAT, mapping_of, parse_line
from .lines import CHUNK

MAGIC: Final = b"Obj\x01"
_BLOCK: Final = 64 << 20
"""Bytes that one block may claim to have; writers make blocks of some 16 KiB."""
_SYNC: Final = 16


class AvroFile:
    """The records of an Avro stream as mappings, in order.

    Args:
        stream: decompressed bytes, from the beginning.
        reader_schema: what the records are to be read as; None leaves them as they were written.

    Raises:
        BrokenStream: from the constructor, when the stream does not begin with an Avro header; from
            iteration, when the file is damaged or cut off. What came before is good.

    Attributes:
        fields: names of the records' fields; empty if the file holds something else than records.
    """

    def __init__(self, stream: ByteStream, reader_schema: Any = None) -> None:
        self._stream = _Exact(stream)
        try:
            # Text that is not UTF-8 passes here, so that it costs its record and not the file.
            self._reader: Any = block_reader(
                cast(IO[bytes], self._stream), reader_schema, handle_unicode_errors="surrogateescape"
            )
            schema: Any = self._reader.writer_schema
        except Exception as error:  # damaged bytes give every kind of exception there is
            raise BrokenStream(_text(error)) from error
        # The decoder follows a schema that contains itself as deep as the data says, down to a crash of
        # the interpreter. No collection of indicators needs one.
        if _contains_itself(schema, ()):
            raise BrokenStream("the schema contains itself")
        is_record = isinstance(schema, dict) and schema.get("type") == "record"
        self.fields: tuple[str, ...] = tuple(field["name"] for field in schema["fields"]) if is_record else ()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        try:
            for block in self._reader:
                if block.num_records > block.bytes_.getbuffer().nbytes:
                    raise ValueError(f"a block claims {block.num_records} records and has fewer bytes")
                yield from block
            if not self._stream.ended_after_sync:
                raise EOFError("the file is cut off")
        except Exception as error:
            raise BrokenStream(_text(error)) from error


def read_avro(stream: ByteStream, name: str, fields: FieldMap, reading: Reading) -> Entries:
    """The records of an Avro stream, as if each were a line of JSON.

    Args:
        stream: decompressed bytes.
        name: the input's name; a record's location is `name:N`, N counting the records from 1.
        fields: which names mean which field.
        reading: told whether the stream was read to its end, or refused for its schema.

    Yields:
        A `Record` or an `Unreadable` per Avro record, with its JSON text as bytes.
    """
    try:
        file = AvroFile(stream)
    except BrokenStream as error:
        reading.stop(f"{name}:0: not an Avro file that can be read: {error}")
        return
    choice = fields.choose(file.fields)
    if "value" not in choice.names:
        refused = wrong_schema(name, file.fields, choice.guesses)
        reading.stop(f"{refused.message} {refused.advice}")
        return
    mapping = mapping_of(fields)
    number = 0
    try:
        for found in file:
            number += 1
            yield _entry(found, f"{name}:{number}", name, fields, mapping)
    except BrokenStream as error:
        reading.stop(f"{name}:{number}: reading broke off after this record: {error}")


def wrong_schema(name: str, found: tuple[str, ...], guesses: tuple[str, ...] = ()) -> ConfigurationError:
    """The refusal of an Avro file none of whose fields is known to hold the value."""
    if not found:
        return ConfigurationError(f"{name}:0: an Avro file of something else than records.", advice="")
    if guesses:
        message = f"{name}:0: each of the fields {listed(guesses)} could be the value."
    else:
        message = f"{name}:0: none of the fields {listed(found)} is known to hold the value."
    return ConfigurationError(
        message, option="--field_map", advice="Name the one that does: --field_map value=FIELD."
    )


def _entry(found: dict[str, Any], location: str, source: str, fields: FieldMap, mapping: str) -> Entry:
    try:
        raw = orjson.dumps(found, default=_plain)
    except TypeError:
        # Text that is not UTF-8: its bytes stand in the JSON as they were, and parsing says so.
        raw = json.dumps(found, default=_plain, ensure_ascii=False).encode("utf-8", "surrogateescape")
    if len(raw) > MAX_RECORD:
        return too_long(raw, location, source, FORMAT, mapping)
    return parse_line(raw, fields, location, source, mapping)


def _plain(value: object) -> object:
    """JSON for what Avro has and JSON has not: bytes, decimals ..."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


class _Exact:
    """A stream as the decoder wants it: `read` gives as many bytes as asked for.

    Attributes:
        ended_after_sync: whether the last bytes before the end were a block's sync marker.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._ahead = b""
        self._position = 0
        self._last = 0
        self._given = 0
        self.ended_after_sync = False

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end.

        Raises:
            ValueError: no block is as large; the length that was read is damaged.
        """
        if not 0 <= size <= _BLOCK:
            raise ValueError(f"a length of {size} bytes")
        parts = []
        missing = size
        while missing:
            if self._position >= len(self._ahead):
                self._ahead, self._position = self._stream.read(CHUNK), 0
                if not self._ahead:
                    self.ended_after_sync = missing == size and self._last == _SYNC
                    break
            part = self._ahead[self._position : self._position + missing]
            self._position += len(part)
            missing -= len(part)
            parts.append(part)
        self._last = size - missing
        self._given += self._last
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def tell(self) -> int:
        """Bytes given so far."""
        return self._given


def _contains_itself(schema: object, within: tuple[str, ...]) -> bool:
    if isinstance(schema, str):
        return schema in within
    if isinstance(schema, list):
        return any(_contains_itself(branch, within) for branch in schema)
    if not isinstance(schema, dict):
        return False
    if schema.get("type") in ("record", "error"):
        within = (*within, schema["name"])
        return any(_contains_itself(field["type"], within) for field in schema["fields"])
    return any(_contains_itself(schema.get(part), within) for part in ("type", "items", "values"))


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
