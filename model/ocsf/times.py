"""Times as Microsoft's services write them, as the milliseconds of OCSF."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_is_time = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?",
    re.I | re.ASCII,
).fullmatch


def milliseconds(value: Any) -> int | None:
    """Epoch milliseconds, UTC, or None when the value is no time or one before 1970 (`0001-01-01` is "never").

    ISO 8601 with any number of fraction digits, of which three count; without a zone, UTC.
    """
    if type(value) is not str:
        return None
    # What the services send: no zone but Z. Days, minutes and seconds repeat: looking up is cheaper than parsing.
    day, minute, second = _day(value[:10]), _minute(value[10:16]), _second(value[16:19])
    if day is not None and minute is not None and second is not None:
        whole = day + minute + second
        tail = value[19:]
        if tail == "Z" or not tail:
            return whole
        if tail[0] == ".":
            digits = tail[1:-1] if tail[-1] == "Z" else tail[1:]
            if digits.isdecimal():
                return whole + int(digits[:3] if len(digits) > 2 else digits.ljust(3, "0"))
    return _any_iso(value)


@lru_cache(maxsize=4_096)
def _day(text: str) -> int | None:
    return _any_iso(f"{text}T00:00:00Z") if len(text) == 10 else None


@lru_cache(maxsize=4_096)
def _minute(text: str) -> int | None:
    return _any_iso(f"1970-01-01{text}:00Z") if len(text) == 6 and text[0] == "T" else None


@lru_cache(maxsize=4_096)
def _second(text: str) -> int | None:
    return _any_iso(f"1970-01-01T00:00{text}Z") if len(text) == 3 and text[0] == ":" else None


def _any_iso(text: str) -> int | None:
    match = _is_time(text.strip())
    if not match:
        return None
    day, minute, second, fraction, zone = match.groups()
    offset = "+00:00" if not zone or zone.upper() in ("Z", "UTC") else zone
    if len(offset) == 5:
        offset = f"{offset[:3]}:{offset[3:]}"
    try:
        since = datetime.fromisoformat(f"{day}T{minute}:{second or '00'}{offset}") - _EPOCH
    except ValueError:
        return None
    whole = (since.days * 86_400 + since.seconds) * 1_000 + int(f"{(fraction or '')[:3]:0<3}")
    return whole if whole >= 0 else None
