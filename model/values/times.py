"""Times as collections write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Any, Final

TIME_FORMATS: Final[dict[str, str]] = {
    "sql": "YYYY-MM-DD HH:MM:SS, read as UTC; `UTC` may follow",
    "iso": "ISO 8601 with T, Z or an offset, any number of fraction digits; without an offset, UTC",
    "date": "YYYY-MM-DD, midnight UTC",
    "us_short": "M/D/YY H:MM or M/D/YYYY H:MM[:SS], month first, read as UTC",
    "epoch": "seconds since 1970 as a number, or milliseconds when above 253,402,300,799",
}
"""The formats that are read, by name. What they give before 3 March 1973 is no time."""

# 0001-01-01, 1900-01-01 and 1970-01-01 are what programs write for "no time"; and 20261231 is a date, not a
# number of seconds.
_EARLIEST: Final = 100_000_000
_LATEST: Final = 253_402_300_799
"""The last second that a datetime can hold."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_is_iso = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?",
    re.I | re.ASCII,
).fullmatch
_is_us = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII).fullmatch
_is_number = re.compile(r"\d{1,14}(?:\.\d+)?", re.ASCII).fullmatch


def read_time(value: Any) -> int | None:
    """Epoch seconds, UTC, or None when the value is no time in one of `TIME_FORMATS`."""
    if isinstance(value, str):
        text = value.strip()
        return _iso(text) if text[4:5] == "-" else _us(text) if "/" in text else _number(text)
    if isinstance(value, date):
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
        return _seconds(value if value.tzinfo else value.replace(tzinfo=timezone.utc))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(value)
    return None


def _seconds(moment: datetime) -> int | None:
    since = moment - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    return min(seconds, _LATEST) if seconds >= _EARLIEST else None


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
    return _seconds(moment)


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
    return _seconds(moment)


def _number(text: str) -> int | None:
    return _epoch(float(text)) if _is_number(text) else None


def _epoch(number: float) -> int | None:
    # Nothing else than an order is certain of NaN, the infinities and integers that no float can hold.
    if not _EARLIEST <= number <= _LATEST * 1_000:
        return None
    # The last second of the year 9999 stands for "never"; no indicator is as old as 1978.
    return int(number if number <= _LATEST else number / 1_000)
