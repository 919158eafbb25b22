"""`ReadCollection`: the records of files, on any filesystem that Beam knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import RunInfo

from .entry import ByteStream, Entries, Reading
from .fields import FieldMap
from .inputs import match_files, open_raw
from .parsing import AUTO, FORMATS, read_entries
from .source import Part, Reader, ReadFrom


class FileReader(Reader):
    """Reads files. It never raises for what a file holds or for what happens to it while it is read.

    Args:
        inputs: files or patterns. Each file is read by one worker from its beginning to its end.
        input_format: one of `parsing.FORMATS`.
        field_map: canonical field to the input's own name.
    """

    def __init__(
        self, inputs: Sequence[str], input_format: str = AUTO, field_map: Mapping[str, str] | None = None
    ) -> None:
        self._inputs = tuple(inputs)
        self._input_format = input_format
        self._field_map = dict(field_map or {})

    def parts(self) -> Iterator[Part]:
        """The files."""
        return map(Part, match_files(self._inputs))

    def read(self, part: Part, reading: Reading) -> Entries:
        """The entries of one file."""
        fields = FieldMap(self._field_map)

        def parse(stream: ByteStream) -> Entries:
            return read_entries(stream, part.name, self._input_format, fields, reading)

        yield from read_path(part.name, parse, reading)
        reading.unused = fields.unused


def read_path(path: str, parse: Callable[[ByteStream], Entries], reading: Reading) -> Entries:
    """The entries of a file, which is closed at their end. A file that cannot be opened is incomplete."""
    try:
        file = open_raw(path)
    except Exception as error:  # noqa: BLE001 - every filesystem has exceptions of its own
        reading.stop(f"{path}:0: cannot be opened: {error}")
        return
    with closing(file):
        yield from parse(file)


class ReadCollection(ReadFrom):
    """The records of a collection that is kept in files. Applied to a pipeline, it gives a `Read`.

    Compression (gzip, bzip2, zstd) is told by content. Call `check_inputs` first for errors that a user can put
    right.

    Args:
        inputs: files or patterns.
        run: for the dead letters.
        input_format: one of `parsing.FORMATS`; `auto` tells it for each file by its content.
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
        if input_format not in FORMATS:
            raise UsageError(f"{input_format!r} is not one of {', '.join(FORMATS)}.", option="--input_format")
        FieldMap(field_map)  # for its check
        super().__init__(FileReader(inputs, input_format, field_map), run)
