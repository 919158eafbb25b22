"""The format of an input by its content."""

from __future__ import annotations

import re
from typing import Final

from iocbeam.model.errors import ConfigurationError

from .avro import MAGIC
from .feed_names import check_name
from .fields import FieldMap
from .header import find_header
from .hosts import is_hosts
from .json_document import is_document
from .lines import BOM
from .list_shape import check_list, has_delimiters
from .misp_events import is_misp
from .stix_bundle import looks_like_stix

HEAD: Final = 128 << 10
"""Bytes that a format is told by."""

_JSON: Final = re.compile(rb"\s*(\{|\[\s*[\[{\"\]])")

_FOREIGN: Final = (
    (b"\xff\xfe", "UTF-16 text", "Export the file as UTF-8."),
    (b"\xfe\xff", "UTF-16 text", "Export the file as UTF-8."),
    (b"PK\x03\x04", "a zip archive", "Unpack it first."),
    (b"\xfd7zXZ\x00", "compressed by xz", "Unpack it first; gzip, bzip2 and zstd are read as they are."),
)


def detect_format(head: bytes, name: str, fields: FieldMap | None = None, *, whole: bool = True) -> str:
    """The format of an input: `jsonl`, `json`, `csv`, `avro`, `text`, `hosts`, `stix` or `misp`.

    A file with a header that has a column for the value is `csv`, also with one column; a file of single
    values is `text`. Everything else that has columns is refused rather than read as something that it is not,
    and so is a list whose values run into each other, or whose name says that its entries are good.

    Args:
        head: the first `HEAD` bytes, decompressed.
        name: the input's name, for the error.
        fields: which names mean the value.
        whole: whether `head` is the whole input; else its last line is left out of account.

    Raises:
        ConfigurationError: no format of ours, or columns of which none is known to hold the value, or no list
            of threats.
    """
    check_name(name)
    fields = fields or FieldMap()
    if head.startswith(MAGIC):
        return "avro"
    for magic, what, advice in _FOREIGN:
        if head.startswith(magic):
            raise ConfigurationError(f"{name}:1: {what}.", option="--input", advice=advice)
    head = head.removeprefix(BOM)
    if looks_like_stix(head):
        return "stix"
    if is_misp(head):
        return "misp"
    if _JSON.match(head):
        return "json" if is_document(head, fields) else "jsonl"
    lines = head.split(b"\n")
    if not whole and len(lines) > 1:
        del lines[-1]
    if b"\0" in lines[0]:
        raise ConfigurationError(
            f"{name}:1: binary data, not text.", option="--input_format", advice="Name the format if it is one."
        )
    if is_hosts(lines):
        return "hosts"
    try:
        if find_header(lines, name, fields):
            return "csv"
    except ConfigurationError:
        if has_delimiters(lines):
            raise
    check_list(lines, name)
    return "text"
