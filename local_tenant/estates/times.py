"""Times as the services write them: with seven digits of a second mostly, and with six, two or none."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DIGITS = (7, 7, 6, 7, 2, 7, 0)


def stamp(epoch: float, number: int) -> str:
    """A time in UTC; `number` decides on the digits and on the fraction."""
    digits = _DIGITS[number % len(_DIGITS)]
    text = (_EPOCH + timedelta(seconds=int(epoch))).isoformat()[:19]
    if not digits:
        return f"{text}Z"
    fraction = f"{number * 2_654_435_761 % 10_000_000:07}"
    return f"{text}.{fraction[:digits]}Z"
