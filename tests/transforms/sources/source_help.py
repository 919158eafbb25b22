"""Helpers of the source tests."""

from __future__ import annotations

import bz2
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import fastavro
import zstandard
from apache_beam.pvalue import TaggedOutput

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.outcome import OutcomeRow, Tally
from iocbeam.model.record import ReadReport, Record
from iocbeam.model.settings import RunInfo
from iocbeam.transforms.sources import Entry, FieldMap, Reading, Unreadable, read_entries
from iocbeam.transforms.sources.outputs import emit

COMPRESSIONS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "none": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
}

SCHEMA: Final[dict[str, Any]] = {
    "type": "record",
    "name": "Row",
    "fields": [
        {"name": "type", "type": ["null", "string"], "default": None},
        {"name": "value", "type": "string"},
        {"name": "score", "type": ["null", "double"], "default": None},
        {"name": "tags", "type": {"type": "array", "items": "string"}, "default": []},
    ],
}


class Result(NamedTuple):
    """Everything that reading some bytes gave."""

    entries: list[Entry]
    reading: Reading
    fields: FieldMap

    @property
    def records(self) -> list[Record]:
        return [entry for entry in self.entries if isinstance(entry, Record)]

    @property
    def rejected(self) -> list[Unreadable]:
        return [entry for entry in self.entries if isinstance(entry, Unreadable)]

    @property
    def values(self) -> list[Any]:
        return [record.fields.get("value") for record in self.records]

    @property
    def reasons(self) -> list[str]:
        return [entry.reason for entry in self.rejected]


def read(
    data: Any, input_format: str = "auto", name: str = "in", user_map: Mapping[str, str] | None = None
) -> Result:
    """Read bytes, or any stream."""
    reading, fields = Reading(), FieldMap(user_map)
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    entries = list(read_entries(stream, name, input_format, fields, reading))
    return Result(entries, reading, fields)


class Emitted(NamedTuple):
    """What one input gives to a pipeline, by output."""

    records: list[Record]
    errors: list[DeadLetter]
    ended: list[OutcomeRow]
    reports: list[ReadReport]
    tallies: list[Tally]


class Taken:
    """Takes a source's errors and outcomes in the place of an error handler and a collector."""

    def __init__(self) -> None:
        self.errors: Any = None
        self.ended: Any = None
        self.tallies: Any = None

    def add_error_pcollection(self, errors: Any) -> None:
        self.errors = errors

    def add(self, rows: Any, tallies: Any) -> None:
        self.ended, self.tallies = rows, tallies


def emitted(elements: Sequence[Any]) -> Emitted:
    """Elements sorted by output."""
    result = Emitted([], [], [], [], [])
    for element in elements:
        if isinstance(element, TaggedOutput):
            getattr(result, element.tag).append(element.value)
        else:
            result.records.append(element)
    return result


def emit_bytes(data: bytes, input_format: str, run: RunInfo, name: str = "in") -> Emitted:
    """Read bytes as a pipeline does."""
    reading, fields = Reading(), FieldMap()
    entries = read_entries(io.BytesIO(data), name, input_format, fields, reading)
    elements = list(emit(entries, name, reading, run))
    return emitted(elements)


def avro(records: Sequence[Mapping[str, Any]], schema: Any = None, codec: str = "null", **options: Any) -> bytes:
    """An Avro file."""
    file = io.BytesIO()
    fastavro.writer(file, schema or SCHEMA, records, codec=codec, sync_marker=b"s" * 16, **options)
    return file.getvalue()


class Breaking:
    """A stream that gives `data` and then an `OSError`."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        piece = self._data.read(size)
        if not piece:
            raise OSError("the disk went away")
        return piece


class Repeated:
    """A stream of `count` times the same piece, none of which is kept."""

    def __init__(self, piece: bytes, count: int, end: bytes = b"", begin: bytes = b"") -> None:
        self._piece, self._count, self._end = piece, count, end
        self._rest = begin

    def read(self, size: int, /) -> bytes:
        if not self._rest:
            if self._count:
                self._count -= 1
                self._rest = self._piece
            else:
                self._rest, self._end = self._end, b""
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece
