"""What is told of a plain list by its first lines: whether it is one, and whether its values are whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from iocbeam.model.errors import ConfigurationError

from .header import DELIMITERS, listed

MOST: Final = 0.9
"""Share of the lines from which on a form is no accident of single values."""
_SAMPLE: Final = 200
"""Lines that are looked at."""
_GLUED: Final = 0.33
"""Share of lines that look glued which no list of whole values has; 0.01 in the worst 200 lines of real ones."""
_FEWEST_GLUED: Final = 3

COMMENT: Final = re.compile(r"\s(?:[#;]|//(?!\S)).*", re.DOTALL)
"""A comment behind a value. No value holds white space, so that `#` in a URL is none."""
_COMMENT_BYTES: Final = re.compile(COMMENT.pattern.encode(), re.DOTALL)
COMMENT_LINE: Final = re.compile(rb"[#;]|//(?:[\s/]|$)")
"""The beginning of a line that is all comment. `//host/path` is none: it may be a URL without its scheme."""

CHECKSUM: Final = re.compile(
    r"([0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})[ \t]+(?![0-9A-Fa-f]{32,128}(?:\s|$))\S.*", re.DOTALL
)
"""A hash and the name of its file, as `sha256sum` writes them; not two hashes."""
_CHECKSUM_BYTES: Final = re.compile(CHECKSUM.pattern.encode(), re.DOTALL)

_LIKE_A_VALUE: Final = re.compile(rb"[^.:/@][.:/@]{1,3}[^.:/@]|^(?:[0-9A-Fa-f]{32,64})$")
_WIDE: Final = re.compile(rb"\t+|\s{2,}")
_INNER_SUFFIX: Final = re.compile(
    rb"[a-z0-9-]\.((?!commun|compan|network|netflix|organi|inform)(?:com|net|org|info|biz)[a-z0-9][a-z0-9-]{2,})\.[a-z]"
)
"""A name that goes on after its end: `first.comsecond.com`; not a word that begins so."""


def rows_of(lines: Iterable[bytes]) -> list[tuple[int, bytes]]:
    """The first lines that are no comments, with their numbers, without comments behind and white space around."""
    rows: list[tuple[int, bytes]] = []
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if bare and not COMMENT_LINE.match(bare):
            rows.append((number, _COMMENT_BYTES.sub(b"", bare).rstrip()))
            if len(rows) == _SAMPLE:
                break
    return rows


def has_delimiters(lines: Iterable[bytes]) -> bool:
    """Whether nearly all lines hold the same delimiter."""
    rows = rows_of(lines)
    return any(
        sum(delimiter.encode() in row for _, row in rows) >= MOST * len(rows) for delimiter in DELIMITERS if rows
    )


def check_list(lines: Iterable[bytes], name: str) -> None:
    """Make sure that lines without delimiters and without a header hold one value each.

    Raises:
        ConfigurationError: white space separates columns in nearly all of them; or values are glued together.
    """
    rows = rows_of(lines)
    columns = [(number, row) for number, row in rows if _has_columns(row)]
    if rows and len(columns) >= MOST * len(rows):
        number, row = columns[0]
        cells = _WIDE.split(row) if _WIDE.search(row) else row.split()
        raise ConfigurationError(
            f"{name}:{number}: columns without a header line, separated by white space; the first row is "
            f"{listed(tuple(cell.decode('utf-8', 'replace') for cell in cells))}.",
            option="--input_format",
            advice="Keep the values alone, or write the columns as CSV with their names in the first line; "
            "--input_format text reads every line as one value.",
        )
    # By the label that has two names in it: a host for many, such as netlify.app, is no such label each time.
    glued: dict[bytes, tuple[int, bytes]] = {}
    for number, row in rows:
        if found := _INNER_SUFFIX.search(_host_of(row)):
            glued.setdefault(found[1], (number, row))
    if len(glued) >= max(_FEWEST_GLUED, _GLUED * len(rows)):
        number, row = next(iter(glued.values()))
        raise ConfigurationError(
            f"{name}:{number}: two values seem to stand on one line without anything between them, as in "
            f"{listed((row.decode('utf-8', 'replace'),))}; so do {len(glued)} of the first {len(rows)} lines.",
            option="--input_format",
            advice="Correct the list; --input_format text reads every line as one value all the same.",
        )


def _has_columns(row: bytes) -> bool:
    words = row.split()
    return len(words) > 1 and not _CHECKSUM_BYTES.fullmatch(row) and any(map(_LIKE_A_VALUE.search, words))


def _host_of(row: bytes) -> bytes:
    """The name in a value, without the marks that keep it from being followed."""
    text = row.lower().replace(b"[.]", b".").replace(b"(.)", b".").replace(b"[:]", b":")
    return text.rpartition(b"://")[2].partition(b"/")[0].removeprefix(b"www.")
