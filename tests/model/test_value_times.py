"""Times as collections write them."""

from __future__ import annotations

import gzip
import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.values import TIME_FORMATS, read_time

NEW_YEAR = 1_704_067_200
"""2024-01-01T00:00:00Z"""
MOMENT = NEW_YEAR + 45_296
"""2024-01-01T12:34:56Z"""

EXAMPLES: dict[str, list[tuple[Any, int]]] = {
    "sql": [
        ("2024-01-01 12:34:56", MOMENT),
        ("2024-01-01 12:34:56 UTC", MOMENT),
        ("2024-01-01 12:34", MOMENT - 56),
        ("2024-01-01 12:34:56.789", MOMENT),
    ],
    "iso": [
        ("2024-01-01T12:34:56Z", MOMENT),
        ("2024-01-01t12:34:56z", MOMENT),
        ("2024-01-01T12:34:56", MOMENT),
        ("2024-01-01T12:34:56.1234567Z", MOMENT),
        ("2024-01-01T12:34:56,5+00:00", MOMENT),
        ("2024-01-01T14:34:56+02:00", MOMENT),
        ("2024-01-01T07:04:56-0530", MOMENT),
        (" 2024-01-01T12:34:56Z ", MOMENT),
    ],
    "date": [("2024-01-01", NEW_YEAR), (date(2024, 1, 1), NEW_YEAR)],
    "us_short": [
        ("1/1/24 12:34", MOMENT - 56),
        ("01/01/2024 12:34:56", MOMENT),
        ("1/1/2024", NEW_YEAR),
        ("2/3/2024", NEW_YEAR + 33 * 86_400),
        ("1/1/74", 126_230_400),
    ],
    "epoch": [
        (MOMENT, MOMENT),
        (MOMENT + 0.9, MOMENT),
        (MOMENT * 1_000 + 999, MOMENT),
        (str(MOMENT), MOMENT),
        (f"{MOMENT}.5", MOMENT),
        (str(MOMENT * 1_000), MOMENT),
    ],
}


@pytest.mark.parametrize("name", TIME_FORMATS)
def test_every_named_format_is_read(name: str) -> None:
    for value, seconds in EXAMPLES[name]:
        assert read_time(value) == seconds, value


@pytest.mark.parametrize(
    "value",
    [
        *("", "-", "never", "2024", "2024-13-01", "2024-02-30", "2024-01-01T25:00:00Z", "2024-01-01T12:34:56+99"),
        *("13/1/2024", "1/32/2024", "1/1/24 25:00", "1.1.2024", "Mon, 01 Jan 2024 00:00:00 GMT", "2024-1-1"),
        *("\uff12\uff10\uff12\uff14-01-01", "\u0661\u0662/1/24", "\uff11" * 10),
        *(True, False, None, [], {}, b"2024-01-01", float("nan"), float("inf"), -float("inf"), -1, 10**400),
        # What programs write for "no time", and a date that is no number of seconds.
        *("0001-01-01T00:00:00", "1900-01-01", "1970-01-01 00:00:00", 0, "0", 20261231, "20261231"),
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(value: Any) -> None:
    assert read_time(value) is None


def test_the_end_of_time_stays_within_what_a_datetime_holds() -> None:
    last = 253_402_300_799
    for value in ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-05:00", last, last * 1_000, datetime.max):  # noqa: DTZ901
        assert read_time(value) == last
    assert read_time(last * 1_000 + 1_000) is None


@given(
    st.datetimes(datetime(1974, 1, 1), datetime(9998, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_a_moment_is_the_same_in_every_zone(moment: datetime, zone: timezone) -> None:
    aware = moment.replace(tzinfo=timezone.utc)
    seconds = int(aware.replace(microsecond=0).timestamp())
    assert read_time(aware.astimezone(zone)) == seconds
    assert read_time(moment) == seconds
    offset = aware.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
    assert read_time(offset.isoformat()) == seconds
    assert read_time(offset.strftime("%Y-%m-%dT%H:%M:%S%z")) == seconds


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.dates())
def test_reading_a_time_never_raises_and_gives_a_time_that_can_be_written(value: Any) -> None:
    seconds = read_time(value)
    if seconds is not None:
        assert datetime.fromtimestamp(seconds, tz=timezone.utc).year >= 1973


def test_every_date_of_the_real_collection_is_read(shared: Path) -> None:
    unread = set()
    with gzip.open(shared / "data" / "collection.jsonl.gz") as lines:
        for line in lines:
            record = json.loads(line)
            for name in ("created_at", "expires_at"):
                if record.get(name) and read_time(record[name]) is None:
                    unread.add(record[name])
    assert unread == set()
