"""What every parser gives: records, records that cannot be used, and whether the input was read to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from iocbeam.model.errors import IocbeamError
from iocbeam.model.record import KEPT_OF_LONG_RECORD, Record


class ByteStream(Protocol):
    """All that a parser asks of a file."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end and only there."""
        ...


class Unreadable(NamedTuple):
    """A record that the source itself rejects.

    Attributes:
        reason: a key of `iocbeam.model.outcome.REASONS`.
        message: for a person: what was found.
        raw: the bytes as read; only the beginning when `truncated`.
        location: `file:line`.
        source: name of the input.
        format: how `raw` is to be parsed.
        mapping: JSON text of what parsing `raw` needs besides the format.
        truncated: whether `raw` is only the beginning.
    """

    reason: str
    message: str
    raw: bytes
    location: str
    source: str
    format: str
    mapping: str
    truncated: bool = False


Entry = Record | Unreadable
"""What a source gives for each entry: a record, or what could not be made one."""


@dataclass(slots=True)
class Reading:
    """How the reading of one input went: a parser fills it in, whoever iterates it looks afterwards.

    Attributes:
        complete: False when the input broke off or was refused.
        error: what broke it off, beginning with `file:line`; else empty.
        expanded: records beyond the first that one entry of the input gave.
        unused: names in the input that map to no field of ours, at most 20.
    """

    complete: bool = True
    error: str = ""
    expanded: int = 0
    unused: tuple[str, ...] = ()

    def stop(self, error: str) -> None:
        """The input ends here, before its end."""
        self.complete = False
        self.error = error


Entries = Iterator[Entry]


class BrokenStream(IocbeamError):
    """The bytes of an input stopped coming; what came before is good."""


class LongLine(bytes):
    """The first `KEPT_OF_LONG_RECORD` bytes of a line that is longer than `MAX_RECORD`."""


def too_long(head: bytes, location: str, source: str, format: str, mapping: str, advice: str = "") -> Unreadable:
    """The end of a record of more than `MAX_RECORD` bytes, of which `head` is the beginning."""
    return Unreadable(
        "too_long",
        f"longer than 1 MiB; the first 64 KiB are kept.{advice}",
        bytes(head[:KEPT_OF_LONG_RECORD]),
        location,
        source,
        format,
        mapping,
        True,
    )


def not_utf8(
    error: UnicodeDecodeError, raw: bytes, location: str, source: str, format: str, mapping: str
) -> Unreadable:
    """The end of a record whose text is not UTF-8."""
    message = f"byte {error.start + 1} is 0x{error.object[error.start]:02x}: {error.reason}."
    return Unreadable("invalid_utf8", message, raw, location, source, format, mapping)
