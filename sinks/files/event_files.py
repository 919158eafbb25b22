"""How events are written: the formats of their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final

import orjson
import pyarrow
from pyarrow.parquet import ParquetWriter

from iocbeam.model.errors import UsageError
from iocbeam.model.ocsf import Dialect, Event
from iocbeam.model.ocsf.packing import packer
from iocbeam.model.ocsf.schema import avro_schema, schema_of

from .avro_files import AvroShard
from .shard_files import ShardWriter

ROWS: Final = 5_000
"""Events of a row group: what a Parquet file holds in memory until it writes."""

_TYPES: Final[Mapping[str, Callable[[], Any]]] = {
    "string": pyarrow.string,
    "long": pyarrow.int64,
    "boolean": pyarrow.bool_,
}


class JsonLines:
    """One event a line."""

    suffix = ".jsonl"

    def open(self, stream: BinaryIO) -> _JsonLinesShard:
        """A writer of one file."""
        return _JsonLinesShard(stream)


class _JsonLinesShard:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, event: Event) -> None:
        self._stream.write(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        self._stream.flush()


Open = Callable[[BinaryIO, int, Dialect], ShardWriter]


class Columns:
    """Events in a typed format, whose schema is that of the first event of a file.

    An attribute that the schema of the class does not have raises `ConfigurationError`.

    Args:
        suffix: `.avro` or `.parquet`.
    """

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix

    def open(self, stream: BinaryIO) -> ShardWriter:
        """A writer of one file."""
        return _AsFirst(stream, _avro_shard if self.suffix == ".avro" else _ParquetShard)


class _AsFirst:
    """Waits for the first event, which says what the schema is."""

    def __init__(self, stream: BinaryIO, open_shard: Open) -> None:
        self._stream = stream
        self._open = open_shard
        self._shard: ShardWriter | None = None

    def write(self, event: Event) -> None:
        if self._shard is None:
            self._shard = self._open(self._stream, *schema_of(event))
        self._shard.write(event)

    def close(self) -> None:
        if self._shard is not None:
            self._shard.close()


def _avro_shard(stream: BinaryIO, class_uid: int, dialect: Dialect) -> ShardWriter:
    return AvroShard(stream, avro_schema(class_uid, dialect), packer(class_uid, dialect))


class _ParquetShard:
    def __init__(self, stream: BinaryIO, class_uid: int, dialect: Dialect) -> None:
        self._schema = parquet_schema(class_uid, dialect)
        self._pack = packer(class_uid, dialect)
        self._writer = ParquetWriter(stream, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, event: Event) -> None:
        self._rows.append(self._pack(event))
        if len(self._rows) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        self._writer.write_table(pyarrow.Table.from_pylist(rows, self._schema))

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()


def parquet_schema(class_uid: int, dialect: Dialect = "ocsf") -> Any:
    """The Arrow schema of a class in a dialect: that of `model.ocsf.schema.avro_schema`."""
    return pyarrow.schema([_field(field) for field in avro_schema(class_uid, dialect)["fields"]])


def _field(field: Mapping[str, Any]) -> Any:
    return pyarrow.field(field["name"], _arrow(field["type"][1]), nullable=True)


def _arrow(kind: Any) -> Any:
    if isinstance(kind, str):
        return _TYPES[kind]()
    if kind["type"] == "array":
        return pyarrow.list_(_arrow(kind["items"]))
    return pyarrow.struct([_field(field) for field in kind["fields"]])


def event_format(name: str) -> JsonLines | Columns:
    """The format of a name.

    Raises:
        UsageError: there is no such format.
    """
    if name == "jsonl":
        return JsonLines()
    if name in ("avro", "parquet"):
        return Columns(f".{name}")
    raise UsageError(f"is one of jsonl, avro, parquet, not {name}.", option="--event_format")
