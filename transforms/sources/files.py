"""`ReadCollection`: the records of files, on any filesystem that Beam knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import apache_beam as beam

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import RunInfo

from .entry import ByteStream, Entries, Reading
from .fields import FieldMap
from .inputs import open_raw
from .outputs import emit
from .parsing import AUTO, FORMATS, read_entries
from .source import Source


class ReadFile(beam.DoFn):
    """Reads one file: path in, records and tagged outputs out, see `outputs.emit`.

    It never raises for what a file holds or for what happens to it while it is read: the report says so.

    Args:
        run: for the dead letters.
        input_format: one of `parsing.FORMATS`.
        field_map: canonical field to the input's own name.
        raise_errors: whether a record that the source rejects raises instead of leaving as a dead letter.
    """

    def __init__(
        self,
        run: RunInfo,
        input_format: str = AUTO,
        field_map: Mapping[str, str] | None = None,
        raise_errors: bool = False,
    ) -> None:
        super().__init__()
        self._run = run
        self._raise_errors = raise_errors
        self._input_format = input_format
        self._field_map = dict(field_map or {})

    def process(self, path: str) -> Iterator[Any]:
        """Records, and `TaggedOutput` for the rest."""
        reading = Reading()
        fields = FieldMap(self._field_map)
        entries = self._entries(path, fields, reading)
        return emit(entries, path, reading, fields, self._run, self._raise_errors)

    def _entries(self, path: str, fields: FieldMap, reading: Reading) -> Entries:
        def parse(stream: ByteStream) -> Entries:
            return read_entries(stream, path, self._input_format, fields, reading)

        return read_path(path, parse, reading)


def read_path(path: str, parse: Callable[[ByteStream], Entries], reading: Reading) -> Entries:
    """The entries of a file, which is closed at their end. A file that cannot be opened is incomplete."""
    try:
        file = open_raw(path)
    except Exception as error:  # noqa: BLE001 - every filesystem has exceptions of its own
        reading.stop(f"{path}:0: cannot be opened: {error}")
        return
    with closing(file):
        yield from parse(file)


class ReadCollection(Source):
    """The records of a collection that is kept in files. Applied to a pipeline, it gives a `Read`.

    Compression (gzip, bzip2, zstd) is
    told by content. Call `check_inputs` first for errors that a user can put right.

    Args:
        inputs: files or patterns.
        run: for the dead letters.
        input_format: `auto`, `jsonl`, `csv`, `avro` or `text`; `auto` tells it for each file by its content.
        field_map: canonical field to the input's own name, for example `{"value": "ioc"}`.

    Raises:
        UsageError: no such format, or `field_map` names a field that we do not have.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        run: RunInfo,
        input_format: str = AUTO,
        field_map: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(tuple(inputs))
        if input_format not in FORMATS:
            raise UsageError(f"{input_format!r} is not one of {', '.join(FORMATS)}.", option="--input_format")
        FieldMap(field_map)  # for its check
        self._options = (run, input_format, dict(field_map or {}))

    def dofn(self, raise_errors: bool) -> ReadFile:
        """See `Source.dofn`."""
        return ReadFile(*self._options, raise_errors=raise_errors)
