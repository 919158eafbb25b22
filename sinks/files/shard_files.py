"""Files written beside the stage that feeds them.

Beam's own `WriteToFiles` keeps silent when the final rename fails and leaves its temporary folders behind;
a dead letter that is lost silently is what this project exists to prevent.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Protocol

import apache_beam as beam
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue


class ShardWriter(Protocol):
    """Writes one file."""

    def write(self, element: Any) -> None:
        """Adds an element."""

    def close(self) -> None:
        """Puts everything into the stream and leaves it open."""


class ShardFormat(Protocol):
    """A format of files; it pickles."""

    @property
    def suffix(self) -> str:
        """Of the files' names, with its dot."""

    def open(self, stream: BinaryIO) -> ShardWriter:
        """A writer of one file. It may write from the start; it is opened when there is an element."""


class WriteShards(beam.PTransform[Any, Any]):
    """Elements to files `PREFIX-00000-of-00001.SUFFIX` in a directory; gives the files' names.

    Each bundle writes a file of its own in the stage that made the elements, so nothing is shuffled but
    names. A file appears under its final name only when the bundle that wrote it counts: elements of a bundle
    that was run again are not there twice. Nor are those of a stage that was run again after its files had been
    published, in however many bundles: a directory holds the last attempt's files of a prefix and no others.
    No elements, no file.

    Args:
        directory: on any filesystem that Beam knows.
        prefix: of the file names.
        form: how a file is written.
    """

    def __init__(self, directory: str, prefix: str, form: ShardFormat) -> None:
        super().__init__()
        self._directory = directory
        self._prefix = prefix
        self._form = form

    def expand(self, pcoll: Any) -> Any:
        return (
            pcoll
            | "WriteShard"
            >> beam.ParDo(_WriteShard(self._directory, self._prefix, self._form)).with_output_types(
                tuple[str, str]
            )
            | "Shards" >> beam.GroupByKey()
            | "Publish" >> beam.ParDo(_Publish(self._directory, self._form.suffix))
        )


def _part(prefix: str) -> str:
    """How names of unpublished files begin. No prefix holds two dashes, so that none begins like another."""
    return f".{prefix}--"


class _WriteShard(beam.DoFn):
    def __init__(self, directory: str, prefix: str, form: ShardFormat) -> None:
        super().__init__()
        self._directory = directory
        self._prefix = prefix
        self._form = form
        self._reset()

    def _reset(self) -> None:
        self._path = ""
        self._stream: BinaryIO | None = None
        self._writer: ShardWriter | None = None

    def start_bundle(self) -> None:
        self._reset()

    def teardown(self) -> None:
        # After a failure: what was written stays a part, which is never published.
        if self._stream is not None:
            if self._writer is not None:
                self._writer.close()
            self._stream.close()

    def process(self, element: Any) -> None:
        if self._writer is None:
            # A name of its own for each attempt at a bundle; no element depends on it.
            self._path = FileSystems.join(self._directory, f"{_part(self._prefix)}{uuid.uuid4().hex}.part")
            self._stream = FileSystems.create(self._path, compression_type=CompressionTypes.UNCOMPRESSED)
            self._writer = self._form.open(self._stream)
        self._writer.write(element)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._writer is not None and self._stream is not None:
            self._writer.close()
            self._stream.close()
        window = GlobalWindow()
        # Without elements the path is empty: an earlier attempt may have had some, and published them.
        yield WindowedValue((self._prefix, self._path), window.max_timestamp(), (window,))
        self._reset()


class _Publish(beam.DoFn):
    def __init__(self, directory: str, suffix: str) -> None:
        super().__init__()
        self._directory = directory
        self._suffix = suffix

    def process(self, element: tuple[str, Iterable[str]]) -> Iterator[str]:
        prefix, paths = element[0], sorted(path for path in element[1] if path)
        published = set()
        for number, path in enumerate(paths):
            name = f"{prefix}-{number:05d}-of-{len(paths):05d}{self._suffix}"
            final = FileSystems.join(self._directory, name)
            # Publishing may run again after it succeeded once.
            if FileSystems.exists(path) or not FileSystems.exists(final):
                FileSystems.rename([path], [final])
            published.add(name)
            yield final
        # What attempts have left that do not count.
        is_final = re.compile(rf"{re.escape(prefix)}-\d{{5,}}-of-\d{{5,}}{re.escape(self._suffix)}").fullmatch
        left = self._found(f"{_part(prefix)}*.part")
        for path in self._found(f"{prefix}-*{self._suffix}"):
            name = FileSystems.split(path)[1]
            if is_final(name) and name not in published:
                left.append(path)
        if left:
            FileSystems.delete(left)

    def _found(self, pattern: str) -> list[str]:
        matches = FileSystems.match([FileSystems.join(self._directory, pattern)])
        found = [file.path for match in matches for file in match.metadata_list]
        # The directory stands in the pattern as it is, and may look like one that stands for several.
        here = FileSystems.split(FileSystems.join(self._directory, "x"))[0]
        return [path for path in found if FileSystems.split(path)[0] == here]
