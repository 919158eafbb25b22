"""Delimited files (CSV and its kin) with a header line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import orjson

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.record import MAX_RECORD, Record

from .entry import (
    BrokenStream,
    ByteStream,
    Entries,
    Entry,
    LongLine,
    Reading,
    Unreadable,
    not_utf8,
    too_long,
)
from .fields import FieldMap
from .header import Header, find_header
from .lines import line_blocks

FORMAT: Final = "csv"


def read_delimited(stream: ByteStream, name: str, fields: FieldMap, reading: Reading) -> Entries:
    """The rows of a delimited stream under its header, see `find_header`.

    Lines that begin with `#` between rows are comments. A quoted field may hold line feeds; a quote that
    does not close as it should costs its own line and none of the following.

    Args:
        stream: decompressed bytes.
        name: the input's name; a record's location is `name:line` of its first line.
        fields: which names mean which field.
        reading: told whether the stream was read to its end, or refused for want of a header.

    Yields:
        A `Record` per row, or an `Unreadable`; nothing for blank lines.
    """
    lines = chain.from_iterable(line_blocks(stream))
    try:
        found = find_header(lines, name, fields)
    except ConfigurationError as error:
        reading.stop(f"{error.message} {error.advice}")
        return
    except BrokenStream as error:
        reading.stop(f"{name}:1: reading broke off before the end of the header: {error}")
        return
    if found is None:
        return
    table = Table(found.header, fields)
    lone = Table(found.header, fields, whole=True)
    fields.note_unused(table.unused)
    rows = _Rows(chain(found.pending, lines), found.lines - len(found.pending))
    while True:
        try:
            for row in table.reader(rows.text()):
                taken, rows.taken = rows.taken, []
                if row and row != [""]:
                    raw = taken[0] if len(taken) == 1 else b"\n".join(taken)
                    yield table.entry(row, raw, f"{name}:{rows.number - len(taken) + 1}", name)
            return
        except csv.Error:
            pass
        except BrokenStream as error:
            # The row that was being read is not a bad one, it is not there.
            last = rows.number - len(rows.taken)
            reading.stop(f"{name}:{last}: reading broke off after this line: {error}")
            return
        # A quote opened in these lines and did not close as it should. It is believed no further than its
        # own line: each line is taken for a row, so that it costs one record, and no time twice. A line with
        # too few fields may be text from within the quotes, and an address in such text is no indicator.
        taken, rows.taken = rows.taken, []
        for number, line in enumerate(taken, rows.number - len(taken) + 1):
            if line.strip() and not line.startswith(b"#"):
                yield lone.parse(line, f"{name}:{number}", name)


class _Rows:
    """Text for the csv reader, with the lines that the current row is made of.

    Attributes:
        number: of the last line given, the first line of the input being 1.
        taken: lines given since it was last emptied.
    """

    def __init__(self, lines: Iterator[bytes], number: int) -> None:
        self._lines = lines
        self._size = 0
        self.number = number
        self.taken: list[bytes] = []

    def text(self) -> Iterator[str]:
        """Lines with their line feeds, from where the last call stopped.

        Raises:
            csv.Error: the row has become longer than a record may be.
        """
        for line in self._lines:
            self.number += 1
            if not self.taken:
                if line.startswith(b"#"):
                    continue
                self._size = 0
            self.taken.append(line)
            self._size += len(line)
            if self._size > MAX_RECORD or type(line) is LongLine:
                raise csv.Error("longer than a record may be")
            # Bytes that are not UTF-8 pass through here; Table.entry finds them.
            yield line.decode("utf-8", "surrogateescape") + "\n"


class Table:
    """What a header says about the rows below it.

    Args:
        header: columns and delimiter.
        fields: which columns mean which field.
        whole: whether a row must have all the columns; otherwise missing ones are empty.

    Attributes:
        mapping: JSON text by which a row's bytes can be parsed again alone.
        unused: columns that map to no field.
    """

    def __init__(self, header: Header, fields: FieldMap, whole: bool = False) -> None:
        choice = fields.choose(header.columns)
        self._width = len(header.columns)
        self._whole = whole
        self._delimiter = header.delimiter
        self._names = tuple(choice.names)
        self._pick = _picker([header.columns.index(column) for column in choice.names.values()])
        self.unused = choice.unused
        self.mapping = orjson.dumps(
            {
                "columns": header.columns,
                "delimiter": header.delimiter,
                **({"field_map": dict(fields.user_map)} if fields.user_map else {}),
                **({"whole": True} if whole else {}),
            }
        ).decode()

    @classmethod
    def of_mapping(cls, mapping: str) -> Table:
        """The table that wrote this mapping.

        Raises:
            ValueError, KeyError, TypeError, UsageError: it is no such text.
        """
        made = orjson.loads(mapping)
        header = Header(tuple(made["columns"]), made["delimiter"])
        return cls(header, FieldMap(made.get("field_map")), made.get("whole", False))

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """A csv reader; strict, so that a quote closed amid a field is an error and not a guess."""
        return csv.reader(lines, delimiter=self._delimiter, skipinitialspace=True, strict=True)

    def parse(self, raw: bytes, location: str, source: str) -> Entry:
        """The record of the bytes of one row, whatever they hold."""
        if type(raw) is LongLine or len(raw) > MAX_RECORD:
            return too_long(raw, location, source, FORMAT, self.mapping)
        reader = self.reader(line + "\n" for line in raw.decode("utf-8", "surrogateescape").split("\n"))
        try:
            row = next(reader, [])
            if row and next(reader, None) is None:
                return self.entry(row, raw, location, source)
            message = "more than one row." if row else "an empty row."
        except csv.Error as error:
            message = f"{error}."
        return self._check_bytes(raw, location, source) or Unreadable(
            "malformed_record", message, raw, location, source, FORMAT, self.mapping
        )

    def entry(self, row: list[str], raw: bytes, location: str, source: str) -> Entry:
        """The record of a row of cells and of the bytes that it was read from."""
        if not raw.isascii() or b"\0" in raw:
            unreadable = self._check_bytes(raw, location, source)
            if unreadable:
                return unreadable
        missing = self._width - len(row)
        if missing:
            if missing < 0:
                message = f"{len(row)} fields under a header of {self._width}."
                return Unreadable("ragged_row", message, raw, location, source, FORMAT, self.mapping)
            if self._whole:
                message = f"{len(row)} fields, not {self._width}, amid lines where a quote does not close."
                return Unreadable("malformed_record", message, raw, location, source, FORMAT, self.mapping)
            row += [""] * missing
        if "None" in row:
            # What Python programs write for "nothing"; ThreatFox's export has it in most rows.
            row = ["" if cell == "None" else cell for cell in row]
        return Record(
            dict(zip(self._names, self._pick(row), strict=True)), raw, location, source, FORMAT, self.mapping
        )

    def _check_bytes(self, raw: bytes, location: str, source: str) -> Unreadable | None:
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            return not_utf8(error, raw, location, source, FORMAT, self.mapping)
        if b"\0" in raw:
            return Unreadable("malformed_record", "holds a NUL byte.", raw, location, source, FORMAT, self.mapping)
        return None


def _picker(indexes: list[int]) -> Callable[[list[str]], tuple[Any, ...]]:
    """The cells at these indexes, as a tuple also where there is one."""
    if len(indexes) == 1:
        return lambda row, index=indexes[0]: (row[index],)  # type: ignore[misc]
    return itemgetter(*indexes)
