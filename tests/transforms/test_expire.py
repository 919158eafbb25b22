"""expire: the bounds of an expiry."""

from __future__ import annotations

import pytest
from made_records import NOW, indicator

from iocbeam.model.outcome import Ended
from iocbeam.transforms import expire


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (-365 * 86_400, "expired"),
        (-1, "expired"),
        (0, "expired"),
        (1, "expires_soon"),
        (3_599, "expires_soon"),
        (3_600, None),
        (3_601, None),
    ],
)
def test_an_expiry_that_has_passed_or_is_less_than_an_hour_away_ends_the_record(
    after: int, reason: str | None
) -> None:
    one = indicator(expires_at=NOW + after)
    found = expire(one, NOW)
    if reason is None:
        assert found is one
    else:
        assert isinstance(found, Ended)
        assert (found.outcome, found.reason) == ("expired", reason)


def test_a_record_without_an_expiry_passes_as_it_is() -> None:
    one = indicator()
    assert expire(one, NOW) is one
