"""Events to files."""

from __future__ import annotations

from typing import Any

import apache_beam as beam

from .event_files import event_format
from .shard_files import WriteShards


class WriteEvents(beam.PTransform[Any, Any]):
    """Events of one class to `PREFIX-00000-of-00001.jsonl`, `.avro` or `.parquet`; gives the files' names.

    A file appears under its name only when the bundle that wrote it counts; see `WriteShards`. Avro and Parquet
    files have the typed schema of the class (`model.ocsf.schema`), where parts of free form are JSON text; events
    with an attribute that it does not have raise `ConfigurationError`, for it would be lost. JSON lines take any
    attribute.

    Args:
        directory: on any filesystem that Beam knows.
        prefix: of the file names, such as `detection-finding`.
        format_name: `jsonl`, `avro` or `parquet`.

    Raises:
        UsageError: there is no such format.
    """

    def __init__(self, directory: str, prefix: str, format_name: str = "jsonl") -> None:
        super().__init__()
        self._directory = directory
        self._prefix = prefix
        self._form = event_format(format_name)

    def expand(self, pcoll: Any) -> Any:
        return pcoll | WriteShards(self._directory, self._prefix, self._form)
