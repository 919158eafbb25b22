"""Times as collections write them."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone
from typing import Any, Final

TIME_FORMATS: Final[dict[str, str]] = {
    "sql": "YYYY-MM-DD HH:MM:SS, read as UTC; `UTC` may follow",
    "iso": "ISO 8601 with T, Z or an offset, any number of fraction digits; without an offset, UTC",
    "date": "YYYY-MM-DD, midnight UTC",
    "us_short": "M/D/YY H:MM or M/D/YYYY H:MM[:SS], month first, read as UTC",
    "epoch": "seconds since 1970 as a number, or milliseconds when above 100,000,000,000",
}
"""The formats that are read, by name."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_is_iso = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?", re.I
).fullmatch
_is_us = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?").fullmatch
_is_number = re.compile(r"\d{1,14}(?:\.\d+)?").fullmatch


def read_time(value: Any) -> int | None:
    """Epoch seconds, UTC, or None when the value is no time in one of `TIME_FORMATS`."""
    if isinstance(value, str):
        text = value.strip()
        return _iso(text) if text[4:5] == "-" else _us(text) if "/" in text else _number(text)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return int((aware - _EPOCH).total_seconds())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(value)
    return None


def _iso(text: str) -> int | None:
    match = _is_iso(text)
    if not match:
        return None
    day, minutes, seconds, zone = match.groups()
    offset = "+00:00" if not zone or zone.upper() in ("Z", "UTC") else zone
    if len(offset) == 5:
        offset = f"{offset[:3]}:{offset[3:]}"
    try:
        moment = datetime.fromisoformat(f"{day}T{minutes or '00:00'}:{seconds or '00'}{offset}")
    except ValueError:
        return None
    return int((moment - _EPOCH).total_seconds())


def _us(text: str) -> int | None:
    match = _is_us(text)
    if not match:
        return None
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups())
    if year < 100:
        year += 2000 if year < 70 else 1900
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None
    return int((moment - _EPOCH).total_seconds())


def _number(text: str) -> int | None:
    return _epoch(float(text)) if _is_number(text) else None


def _epoch(number: float) -> int | None:
    if math.isnan(number) or number < 0:
        return None
    seconds = number / 1000 if number > 100_000_000_000 else number
    # The last second that a datetime can hold.
    return int(seconds) if seconds <= 253_402_300_799 else None
