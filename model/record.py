"""A record as a source hands it on: a raw mapping and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

CANONICAL_FIELDS: Final = (
    "id",
    "type",
    "value",
    "status",
    "score",
    "severity",
    "title",
    "description",
    "created_at",
    "expires_at",
    "malware",
    "adversaries",
    "tags",
    "attributes",
    "tlp",
    "source",
    "revoked",
)
"""The keys that `Validate` reads; every source maps its own names to these."""

MAX_RECORD: Final = 1 << 20
"""Bytes that one input record may have."""
KEPT_OF_LONG_RECORD: Final = 64 << 10
"""Bytes that a dead letter keeps of a longer one."""


class Record(NamedTuple):
    """One entry of a collection, unjudged.

    Attributes:
        fields: canonical field name to raw value, see `CANONICAL_FIELDS`.
        raw: the bytes that it was parsed from, so that a dead letter can be run again.
        location: `file:line`, or what a source has in its place.
        source: name of the input; a record's own `source` field goes before it.
        format: how `raw` is to be parsed: `jsonl`, `csv`, `text`.
        mapping: JSON text of what parsing `raw` needs besides the format, for example the CSV columns.
    """

    fields: Mapping[str, Any]
    raw: bytes
    location: str
    source: str
    format: str
    mapping: str


class ReadReport(NamedTuple):
    """What one input gave: a file, a page range.

    Attributes:
        location: the input's name.
        entries: entries seen in the input, before expansion.
        records: records emitted, those rejected by the source included.
        complete: False when the input broke off; then nothing may be withdrawn.
        error: what broke it off, else empty.
        unused_fields: names in the input that map to no field of ours, at most 20.
    """

    location: str
    entries: int
    records: int
    complete: bool
    error: str = ""
    unused_fields: tuple[str, ...] = ()
