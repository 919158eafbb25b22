"""What the intake says of records whose status nobody asked for."""

from __future__ import annotations

import pytest

from iocbeam.model.intake import intake_of
from iocbeam.model.outcome import EXPIRED, INACTIVE, REJECTED, Tally
from iocbeam.model.record import ReadReport

READS = [ReadReport("a.jsonl", 10, 10, True, "")]


def ends(outcome: str, reason: str, records: int) -> Tally:
    """So many records that ended so."""
    return Tally("", "Validate", outcome, reason, "FQDN", records)


@pytest.mark.parametrize(
    ("tallies", "few"),
    [
        pytest.param([ends(INACTIVE, "status_excluded", 10)], True, id="all-of-them"),
        pytest.param(
            [ends(INACTIVE, "status_excluded", 5), ends(REJECTED, "wildcard", 2)], True, id="most-that-are-records"
        ),
        pytest.param(
            [ends(INACTIVE, "status_excluded", 9), ends(EXPIRED, "expired", 1)], True, id="one-had-the-status"
        ),
        pytest.param([ends(INACTIVE, "status_excluded", 5)], False, id="half-of-them-go-on"),
        pytest.param([ends(INACTIVE, "revoked", 10)], False, id="revoked-is-no-matter-of-options"),
        pytest.param([], False, id="nothing-ended"),
    ],
)
def test_statuses_that_few_records_have_are_noticed(tallies: list[Tally], few: bool) -> None:
    assert intake_of(READS, tallies).few_wanted is few
