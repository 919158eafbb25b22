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
    ("tallies", "none"),
    [
        pytest.param([ends(INACTIVE, "status_excluded", 10)], True, id="all-of-them"),
        pytest.param(
            [
                ends(INACTIVE, "status_excluded", 1),
                ends(INACTIVE, "whitelisted", 7),
                ends(REJECTED, "wildcard", 2),
            ],
            True,
            id="what-is-left-could-not-be-wanted",
        ),
        pytest.param([ends(INACTIVE, "status_excluded", 9)], False, id="one-goes-on"),
        pytest.param(
            [ends(INACTIVE, "status_excluded", 9), ends(EXPIRED, "expired", 1)], False, id="one-had-the-status"
        ),
        pytest.param([ends(INACTIVE, "revoked", 10)], False, id="revoked-is-no-matter-of-options"),
        pytest.param([], False, id="nothing-ended"),
    ],
)
def test_statuses_that_no_record_has_are_noticed(tallies: list[Tally], none: bool) -> None:
    assert intake_of(READS, tallies).none_wanted is none
