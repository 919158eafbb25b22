"""Rows of any kind as JSON text."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from typing import Any

import orjson

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z


def row_json(row: Any) -> bytes:
    """A row as one line of JSON; what JSON does not have stands there as text."""
    return orjson.dumps(fields_of(row), default=_plain, option=_OPTIONS)


def fields_of(row: Any) -> Any:
    """Name to value of a row's fields; what has no fields as it is."""
    if isinstance(row, dict):
        return row
    if hasattr(row, "_asdict"):
        return row._asdict()
    return asdict(row) if is_dataclass(row) and not isinstance(row, type) else row


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    if hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if hasattr(value, "to_utc_datetime"):  # Beam's own timestamps
        return value.to_utc_datetime().isoformat() + "Z"
    return str(value)
