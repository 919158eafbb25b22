"""The summary: sums, balance and exit status."""

from __future__ import annotations

from typing import Any

import pytest

from iocbeam.model.outcome import NOTICE, Tally
from iocbeam.model.plan import WriteReport
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import RunInfo
from iocbeam.model.summary import TargetEnds, summarise

RUN = RunInfo("run-1", 1_790_000_000, "defender", "drill")
WHOLE = ReadReport("feed", 10, 10, True)


def summary(tallies: list[Tally], reads: list[ReadReport] | None = None, **report: Any) -> dict[str, Any]:
    writes = [WriteReport("one", "One", **report)]
    return summarise(RUN, [WHOLE] if reads is None else reads, [TargetEnds(tallies, writes)], 1_790_000_060)


def good(records: int) -> Tally:
    return Tally("one", "Write", "created", "", "FQDN", records)


def test_sums_that_add_up_are_balanced() -> None:
    made = summary([Tally("", "Validate", "rejected", "wildcard", "", 3), good(7)])
    assert made["balanced"] is True
    assert made["exit_code"] == 0
    assert made["outcomes"] == {"created": 7, "rejected": 3}
    assert made["reasons"] == {"rejected": {"wildcard": 3}}
    assert made["by_type"] == {"FQDN": {"created": 7}, "unknown": {"rejected": 3}}
    assert (made["started_at"], made["finished_at"]) == ("2026-09-21T14:13:20Z", "2026-09-21T14:14:20Z")


@pytest.mark.parametrize("lost", [-1, 1])
def test_a_lost_or_doubled_record_is_noticed(lost: int) -> None:
    made = summary([good(10 + lost)])
    assert made["balanced"] is False
    assert made["exit_code"] == 3


def test_every_tenant_must_balance() -> None:
    writes = [WriteReport("one", "One"), WriteReport("two", "Two")]
    tallies = [
        Tally("", "Expire", "expired", "expired", "FQDN", 4),
        Tally("one", "Write", "created", "", "FQDN", 6),
        Tally("two", "Write", "created", "", "FQDN", 5),
    ]
    made = summarise(RUN, [WHOLE], [TargetEnds(tallies, writes)], 1_790_000_060)
    assert [tenant["outcomes"] for tenant in made["tenants"]] == [
        {"created": 6, "expired": 4},
        {"created": 5, "expired": 4},
    ]
    assert made["balanced"] is False
    assert "outcomes" not in made


def test_notices_stand_beside_the_sum() -> None:
    made = summary([good(10), Tally("", "Validate", NOTICE, "refanged", "", 4)])
    assert made["balanced"] is True
    assert made["notices"] == {"refanged": 4}


@pytest.mark.parametrize(
    ("code", "tallies", "report", "reads"),
    [
        (0, [good(10)], {}, [WHOLE]),
        (3, [good(9), Tally("one", "Write", "failed", "refused", "FQDN", 1)], {}, [WHOLE]),
        (3, [good(10)], {"difference_count": 1}, [WHOLE]),
        (3, [good(10)], {"stopped": "gone"}, [WHOLE]),
        (3, [good(10)], {}, [WHOLE._replace(complete=False)]),
        (4, [good(10)], {"refusals": ("too many",)}, [WHOLE]),
        (3, [good(10)], {"refusals": ("too many",), "stopped": "gone"}, [WHOLE]),
    ],
)
def test_exit_status(code: int, tallies: list[Tally], report: dict[str, Any], reads: list[ReadReport]) -> None:
    assert summary(tallies, reads, **report)["exit_code"] == code


def test_incomplete_inputs_come_first_and_are_counted() -> None:
    reads = [ReadReport(f"feed-{number:03d}", 0, 0, number != 150) for number in range(200)]
    made = summary([], reads)
    assert made["inputs_incomplete"] == 1
    assert made["inputs"][0]["location"] == "feed-150"
    assert len(made["inputs"]) == 100


def test_a_collection_of_which_most_is_rejected_is_not_sound() -> None:
    tallies = [Tally("", "Validate", "rejected", "unknown_type", "", 6), good(4)]
    writes = [WriteReport("one", "One")]
    made = summarise(RUN, [WHOLE], [TargetEnds(tallies, writes)], 1_790_000_060, max_rejected_percent=50)
    assert made["exit_code"] == 3
    assert "6 of 10" in made["intake_problem"]
    assert (
        summarise(RUN, [WHOLE], [TargetEnds(tallies, writes)], 1_790_000_060, max_rejected_percent=60)["exit_code"]
        == 0
    )
