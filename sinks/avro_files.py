"""Avro files written beside the stage that feeds them.

Beam's own `WriteToFiles` keeps silent when the final rename fails and leaves its temporary folders behind;
a dead letter that is lost silently is what this project exists to prevent.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, Final

import apache_beam as beam
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue
from fastavro.write import Writer

SYNC_INTERVAL: Final = 256 << 10
"""Bytes of a block; a reader that loses the tail loses at most one."""


class WriteAvro(beam.PTransform[Any, Any]):
    """Rows to Avro files `PREFIX-00000-of-00001.avro` in a directory; gives the files' names.

    Each bundle writes a file of its own in the stage that made the rows, so nothing is shuffled but
    names. A file appears under its final name only when the bundle that wrote it counts: rows of a bundle
    that was run again are not there twice. No rows, no file.

    Args:
        directory: on any filesystem that Beam knows.
        prefix: of the file names.
        schema: Avro schema.
        to_record: a row as the mapping that the schema describes.
    """

    def __init__(
        self,
        directory: str,
        prefix: str,
        schema: dict[str, Any],
        to_record: Callable[[Any], dict[str, Any]],
    ) -> None:
        super().__init__()
        self._directory = directory
        self._prefix = prefix
        self._schema = schema
        self._to_record = to_record

    def expand(self, pcoll: Any) -> Any:
        return (
            pcoll
            | "WriteShard"
            >> beam.ParDo(
                _WriteShard(self._directory, self._prefix, self._schema, self._to_record)
            ).with_output_types(tuple[str, str])
            | "Shards" >> beam.GroupByKey()
            | "Publish" >> beam.ParDo(_Publish(self._directory))
        )


def _part(prefix: str) -> str:
    """How names of unpublished files begin. No prefix holds two dashes, so that none begins like another."""
    return f".{prefix}--"


class _WriteShard(beam.DoFn):
    def __init__(
        self,
        directory: str,
        prefix: str,
        schema: dict[str, Any],
        to_record: Callable[[Any], dict[str, Any]],
    ) -> None:
        super().__init__()
        self._directory = directory
        self._prefix = prefix
        self._schema_text = json.dumps(schema)
        self._to_record = to_record
        self._reset()

    def _reset(self) -> None:
        self._path = ""
        self._stream: BinaryIO | None = None
        self._writer: Writer | None = None

    def start_bundle(self) -> None:
        self._reset()

    def teardown(self) -> None:
        if self._stream is not None:
            self._stream.close()

    def process(self, element: Any) -> None:
        if self._writer is None:
            self._open()
        self._writer.write(self._to_record(element))  # type: ignore[union-attr]

    def _open(self) -> None:
        # A name of its own for each attempt at a bundle; no record depends on it.
        self._path = FileSystems.join(self._directory, f"{_part(self._prefix)}{uuid.uuid4().hex}.part")
        self._stream = FileSystems.create(self._path, compression_type=CompressionTypes.UNCOMPRESSED)
        self._writer = Writer(
            self._stream,
            json.loads(self._schema_text),
            codec="deflate",
            sync_interval=SYNC_INTERVAL,
            compression_level=1,
        )

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._writer is None or self._stream is None:
            return
        self._writer.flush()
        self._stream.close()
        window = GlobalWindow()
        yield WindowedValue((self._prefix, self._path), window.max_timestamp(), (window,))
        self._reset()


class _Publish(beam.DoFn):
    def __init__(self, directory: str) -> None:
        super().__init__()
        self._directory = directory

    def process(self, element: tuple[str, Iterable[str]]) -> Iterator[str]:
        prefix, paths = element[0], sorted(element[1])
        for number, path in enumerate(paths):
            final = FileSystems.join(self._directory, f"{prefix}-{number:05d}-of-{len(paths):05d}.avro")
            # Publishing may run again after it succeeded once.
            if FileSystems.exists(path) or not FileSystems.exists(final):
                FileSystems.rename([path], [final])
            yield final
        # Attempts at a bundle that do not count.
        pattern = FileSystems.join(self._directory, f"{_part(prefix)}*.part")
        left = [file.path for match in FileSystems.match([pattern]) for file in match.metadata_list]
        if left:
            FileSystems.delete(left)
