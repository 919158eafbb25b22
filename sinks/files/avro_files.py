"""Avro files of rows, one file a bundle."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, BinaryIO, Final

import apache_beam as beam
from fastavro.write import Writer

from .shard_files import WriteShards

SYNC_INTERVAL: Final = 256 << 10
"""Bytes of a block; a reader that loses the tail loses at most one."""

ToRecord = Callable[[Any], dict[str, Any]]


class AvroShard:
    """One Avro file.

    Args:
        schema: Avro schema.
        to_record: an element as the mapping that the schema describes; a field that it does not have is left out.
    """

    def __init__(self, stream: BinaryIO, schema: dict[str, Any], to_record: ToRecord) -> None:
        self._to_record = to_record
        self._writer = Writer(
            stream,
            schema,
            codec="deflate",
            sync_interval=SYNC_INTERVAL,
            compression_level=1,
        )

    def write(self, element: Any) -> None:
        """Adds a row."""
        self._writer.write(self._to_record(element))

    def close(self) -> None:
        """Writes the last block."""
        self._writer.flush()


class _AvroRows:
    suffix = ".avro"

    def __init__(self, schema: dict[str, Any], to_record: ToRecord) -> None:
        self._schema_text = json.dumps(schema)
        self._to_record = to_record

    def open(self, stream: BinaryIO) -> AvroShard:
        return AvroShard(stream, json.loads(self._schema_text), self._to_record)


class WriteAvro(beam.PTransform[Any, Any]):
    """Rows to Avro files `PREFIX-00000-of-00001.avro` in a directory; gives the files' names. See `WriteShards`.

    Args:
        directory: on any filesystem that Beam knows.
        prefix: of the file names.
        schema: Avro schema.
        to_record: a row as the mapping that the schema describes.
    """

    def __init__(self, directory: str, prefix: str, schema: dict[str, Any], to_record: ToRecord) -> None:
        super().__init__()
        self._directory = directory
        self._prefix = prefix
        self._form = _AvroRows(schema, to_record)

    def expand(self, pcoll: Any) -> Any:
        return pcoll | WriteShards(self._directory, self._prefix, self._form)
