"""Times of the services as OCSF's milliseconds."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.ocsf.times import milliseconds

AT = 1_789_891_262_000  # 2026-09-20T08:01:02Z


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-09-20T08:01:02.1234567Z", AT + 123, id="seven-digits"),
        pytest.param("2026-09-20T08:01:02.123456Z", AT + 123, id="six-digits"),
        pytest.param("2026-09-20T08:01:02.12Z", AT + 120, id="two-digits"),
        pytest.param("2026-09-20T08:01:02.5Z", AT + 500, id="one-digit"),
        pytest.param("2026-09-20T08:01:02Z", AT, id="no-fraction"),
        pytest.param("2026-09-20T08:01:02", AT, id="no-zone"),
        pytest.param("2026-09-20T08:01:02.1234567", AT + 123, id="fraction-without-zone"),
        pytest.param("2026-09-20T10:01:02.1+02:00", AT + 100, id="offset"),
        pytest.param("2026-09-20T03:01:02-0500", AT, id="offset-without-colon"),
        pytest.param("2026-09-20 08:01:02Z", AT, id="a-space-for-T"),
        pytest.param("2026-09-20T08:01Z", AT - 2_000, id="no-seconds"),
        pytest.param("1970-01-01T00:00:00Z", 0, id="the-epoch"),
        pytest.param("9999-12-31T23:59:59.9999999Z", 253_402_300_799_999, id="the-last"),
    ],
)
def test_every_form_that_the_services_write_is_read(text: str, expected: int) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("0001-01-01T00:00:00", id="never"),
        pytest.param("1969-12-31T23:59:59.9Z", id="before-the-epoch"),
        pytest.param("2026-02-30T00:00:00Z", id="no-such-day"),
        pytest.param("2026-09-20T24:00:00Z", id="no-such-hour"),
        pytest.param("2026-09-20T08:61:00Z", id="no-such-minute"),
        pytest.param("2026-09-20T08:01:61Z", id="no-such-second"),
        pytest.param("2026-09-20T08:01:02.Z", id="a-dot-without-digits"),
        pytest.param("2026-09-20T08:01:02.1x", id="more-after-it"),
        pytest.param("2026-09-20", id="a-date"),
        pytest.param("yesterday", id="words"),
        pytest.param("", id="empty"),
        pytest.param("\ud800" * 20, id="surrogates"),
        pytest.param(1_789_891_262, id="a-number"),
        pytest.param(None, id="null"),
        pytest.param({"at": 1}, id="an-object"),
    ],
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert milliseconds(value) is None


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)), st.integers(0, 7))  # noqa: DTZ001  UTC is added
def test_a_time_is_the_one_that_datetime_says(moment: datetime, digits: int) -> None:
    fraction = f".{moment.microsecond:06d}0"[: digits + 1] if digits else ""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + f"{fraction}Z"
    kept = int(f"{fraction[1:4]:0<3}") if digits else 0
    whole = moment.replace(microsecond=0, tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert milliseconds(text) == whole // timedelta(milliseconds=1) + kept
