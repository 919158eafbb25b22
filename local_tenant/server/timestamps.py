"""Times as the indicator API writes and reads them (DateTimeOffset)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_OFFSET_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parse_time(text: str) -> float:
    """Epoch seconds of a DateTimeOffset; the offset is required.

    Observed: a `+00:00` offset and microseconds are taken. Raises `ValueError` for anything else.
    """
    match = _OFFSET_TIME.fullmatch(text)
    if match is None:
        raise ValueError("not a date and time with an offset")
    minutes, seconds, fraction, offset = match.groups()
    moment = datetime.fromisoformat(f"{minutes}:{seconds or '00'}{'+00:00' if offset == 'Z' else offset}")
    return (moment - _EPOCH).total_seconds() + (float(f"0.{fraction}") if fraction else 0.0)


def format_time(epoch: float) -> str:
    """UTC with seven fractional digits and `Z`, as documented samples show creation times."""
    moment = _EPOCH + timedelta(seconds=epoch)
    return f"{moment.isoformat(timespec='microseconds')[:26]}0Z"


def format_expiry(epoch: float) -> str:
    """UTC; a whole second is written without a fraction, as documented samples show expiry times."""
    text = format_time(epoch)
    return text.replace(".0000000Z", "Z")
