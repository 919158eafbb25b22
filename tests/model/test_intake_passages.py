"""What the intake says of transforms of the user's own: of those that lose, double or fail on records."""

from __future__ import annotations

import pytest

from iocbeam.model.intake import Intake, intake_of
from iocbeam.model.outcome import FILTERED, INTO, INTO_MARKS, OUT_OF, OUT_OF_MARKS, PASSAGE, REJECTED, Tally
from iocbeam.model.record import ReadReport

READS = [ReadReport("a.jsonl", 10, 10, True, "")]


def passage(name: str, *numbers: int) -> list[Tally]:
    """What a transform counts in one bundle: in, out, and the sums of marks of both."""
    reasons = (INTO, OUT_OF, INTO_MARKS, OUT_OF_MARKS)
    return [Tally("", name, PASSAGE, reason, "", count) for reason, count in zip(reasons, numbers, strict=True)]


@pytest.mark.parametrize(
    ("tallies", "gaps"),
    [
        pytest.param(passage("a", 10, 10, 7, 7), (), id="whole"),
        pytest.param(passage("a", 6, 4, 3, 9) + passage("a", 4, 6, 9, 3), (), id="bundles"),
        pytest.param(passage("a", 10, 9, 7, 6), ("into the transform a went 10, out of it came 9",), id="lost"),
        pytest.param(
            passage("b", 10, 11, 7, 8) + passage("a", 10, 0, 7, 0),
            ("into the transform a went 10, out of it came 0", "into the transform b went 10, out of it came 11"),
            id="two",
        ),
        pytest.param(
            passage("a", 10, 10, 7, 8),
            ("out of the transform a came as many as went in, but by their locations not the same records",),
            id="swapped",
        ),
    ],
)
def test_what_goes_in_must_come_out(tallies: list[Tally], gaps: tuple[str, ...]) -> None:
    found = intake_of(READS, [*tallies, Tally("", "x", FILTERED, "custom:x", "FQDN", 1)], passed=9)
    assert (found.gaps, found.lost, found.unbalanced) == (gaps, 0, bool(gaps))
    assert bool(found.problem()) == bool(gaps)
    assert all(gap in found.problem() for gap in gaps)


@pytest.mark.parametrize(
    ("intake", "words"),
    [
        (Intake(records=10, lost=3), "the sums do not balance: of 10 records 3 are not accounted for"),
        (Intake(records=10, lost=-2), "the sums do not balance: 2 more came out than the 10 records read"),
        (Intake(records=10, gaps=("here",)), "the sums do not balance; here"),
        (Intake(records=10, failed=1, rejected=1), "a transform of your own failed on 1 of 10 records"),
    ],
    ids=["lost", "more", "gap", "failed"],
)
def test_a_problem_in_words(intake: Intake, words: str) -> None:
    assert words in intake.problem()


def test_records_on_which_a_transform_failed_are_counted_among_the_rejected() -> None:
    tallies = [
        Tally("", "a", REJECTED, "transform_failed", "FQDN", 2),
        Tally("", "v", REJECTED, "wildcard", "", 1),
    ]
    found = intake_of(READS, tallies)
    assert (found.rejected, found.failed) == (3, 2)
