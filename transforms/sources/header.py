"""The header of a delimited file: where it stands and what separates its columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from iocbeam.model.errors import ConfigurationError

from .entry import LongLine
from .fields import Choice, FieldMap

DELIMITERS: Final = (",", ";", "\t", "|")
_SHOWN: Final = 20
"""Columns that an error names."""
_SHOWN_WIDTH: Final = 40

_LIKE_A_NAME: Final = re.compile(r"(?![0-9A-Fa-f]{32})[^\W\d][^.:/\\@\[\]]{0,63}")
"""No indicator looks like this; a row of data has at least one cell that does not."""


class Header(NamedTuple):
    """What the rows of a delimited file are read by.

    Attributes:
        columns: names as written, without the white space around them.
        delimiter: one character.
    """

    columns: tuple[str, ...]
    delimiter: str


class FoundHeader(NamedTuple):
    """Where the header of a file stands.

    Attributes:
        header: the header.
        lines: lines taken from the input so far, the header's included.
        pending: the first line of data, where it was taken to recognise a header in a comment.
    """

    header: Header
    lines: int
    pending: tuple[bytes, ...]


def find_header(lines: Iterable[bytes], name: str, fields: FieldMap) -> FoundHeader | None:
    """The header among the first lines of an input; None if it holds only comments and blank lines.

    It is the first line that is no comment, or the last comment before it that reads as a header with as
    many columns: feeds comment their header out, too. A header has a column for the value. A column that
    only says what it holds (`domain`) makes a header if every cell of the line looks like a name.

    Args:
        lines: read until the first line that is neither blank nor a comment.
        name: the input's name, for the error.
        fields: tells the columns.

    Raises:
        ConfigurationError: neither is a header; names the columns, and the option that names the value's.
    """
    commented: Header | None = None
    number = 0
    for number, line in enumerate(lines, 1):
        if type(line) is LongLine:
            raise ConfigurationError(f"{name}:{number}: longer than 1 MiB, no header.", advice="")
        text = line.decode("utf-8", "replace").strip()
        if not text:
            continue
        header, choice = _split(text.lstrip("# \t") if text[0] == "#" else text, fields)
        named = "value" in choice.names and not choice.guessed
        like_names = all(_LIKE_A_NAME.fullmatch(column) for column in header.columns)
        if text[0] == "#":
            # One word alone is a caption of the list below it, not a header.
            if "value" in choice.names and like_names and len(header.columns) > 1:
                commented = header
            continue
        if named:
            return FoundHeader(header, number, ())
        if commented and len(_cells(text, commented.delimiter)) == len(commented.columns):
            return FoundHeader(commented, number, (line,))
        if choice.guessed and like_names:
            return FoundHeader(header, number, ())
        raise _refusal(f"{name}:{number}", header, choice, like_names)
    return FoundHeader(commented, number, ()) if commented else None


def _split(text: str, fields: FieldMap) -> tuple[Header, Choice]:
    """The text as a header, by the delimiter that gives a value, or else the most columns."""
    best: tuple[tuple[bool, int], Header, Choice] | None = None
    for delimiter in DELIMITERS:
        columns = tuple(cell.strip() for cell in _cells(text, delimiter))
        choice = fields.choose(columns)
        rank = ("value" in choice.names, len(columns))
        if best is None or rank > best[0]:
            # The cells of a single column may hold any of the others; a tab is in no indicator.
            best = rank, Header(columns, delimiter if len(columns) > 1 else "\t"), choice
    assert best is not None  # noqa: S101 - DELIMITERS is not empty
    return best[1], best[2]


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return [text]


def listed(names: tuple[str, ...]) -> str:
    """Names for a message, not more of them than a person reads."""
    shown = ", ".join(repr(name[:_SHOWN_WIDTH]) for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def _refusal(location: str, header: Header, choice: Choice, like_names: bool) -> ConfigurationError:
    shown = listed(header.columns)
    if len(choice.guesses) > 1:
        return ConfigurationError(
            f"{location}: each of the columns {listed(choice.guesses)} could be the value.",
            option="--field_map",
            advice="Name the one that is meant: --field_map value=COLUMN.",
        )
    if like_names:
        return ConfigurationError(
            f"{location}: none of the columns {shown} is known to hold the value.",
            option="--field_map",
            advice="Name the one that does: --field_map value=COLUMN.",
        )
    return ConfigurationError(
        f"{location}: columns without a header line; the first row is {shown}.",
        option="--field_map",
        advice="Put a line with the names of the columns in front; a name that is not ours goes into "
        "--field_map value=COLUMN. A list of single values is read by --input_format text.",
    )
