"""The format of an input by its content."""

from __future__ import annotations

import re
from typing import Final

from iocbeam.model.errors import ConfigurationError

from .avro import MAGIC
from .fields import FieldMap
from .header import DELIMITERS, find_header
from .lines import BOM

HEAD: Final = 128 << 10
"""Bytes that a format is told by."""

_JSON: Final = re.compile(rb"\s*(\{|\[\s*[\[{\"\]])")
_SAMPLE: Final = 200
"""Lines that are looked at for delimiters."""
_MOST: Final = 0.9
"""Share of the lines with the same delimiter from which on it is no accident of single values."""

_FOREIGN: Final = (
    (b"\xff\xfe", "UTF-16 text", "Export the file as UTF-8."),
    (b"\xfe\xff", "UTF-16 text", "Export the file as UTF-8."),
    (b"PK\x03\x04", "a zip archive", "Unpack it first."),
    (b"\xfd7zXZ\x00", "compressed by xz", "Unpack it first; gzip, bzip2 and zstd are read as they are."),
)


def detect_format(head: bytes, name: str, fields: FieldMap | None = None, *, whole: bool = True) -> str:
    """The format of an input: `jsonl`, `csv`, `avro` or `text`.

    A file with a header that has a column for the value is `csv`, also with one column; a file of single
    values is `text`. Everything else that has columns is refused rather than read as something that it is not.

    Args:
        head: the first `HEAD` bytes, decompressed.
        name: the input's name, for the error.
        fields: which names mean the value.
        whole: whether `head` is the whole input; else its last line is left out of account.

    Raises:
        ConfigurationError: no format of ours, or columns of which none is known to hold the value.
    """
    if head.startswith(MAGIC):
        return "avro"
    for magic, what, advice in _FOREIGN:
        if head.startswith(magic):
            raise ConfigurationError(f"{name}:1: {what}.", option="--input", advice=advice)
    head = head.removeprefix(BOM)
    if _JSON.match(head):
        return "jsonl"
    lines = head.split(b"\n")
    if not whole and len(lines) > 1:
        del lines[-1]
    if b"\0" in lines[0]:
        raise ConfigurationError(
            f"{name}:1: binary data, not text.", option="--input_format", advice="Name the format if it is one."
        )
    try:
        return "csv" if find_header(lines, name, fields or FieldMap()) else "text"
    except ConfigurationError:
        if _has_columns(lines):
            raise
        return "text"


def _has_columns(lines: list[bytes]) -> bool:
    """Whether nearly all lines hold the same delimiter, comments as in lists left aside."""
    rows = []
    for line in lines:
        bare = line.strip()
        if bare and bare[0] not in b"#;":
            rows.append(re.split(rb"\s[#;]", bare, maxsplit=1)[0])
            if len(rows) == _SAMPLE:
                break
    return any(
        sum(delimiter.encode() in row for row in rows) >= _MOST * len(rows) for delimiter in DELIMITERS if rows
    )
