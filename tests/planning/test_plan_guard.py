"""The withdrawal guard, each limit from both sides."""

from __future__ import annotations

import pytest
from plan_help import RUN, digest, ours, row, tenant, told

from iocbeam.model.intake import Intake, intake_of
from iocbeam.model.outcome import Tally
from iocbeam.model.plan import DefenderPlan
from iocbeam.model.record import ReadReport
from iocbeam.planning import Desired, plan


def vanish(gone: int, owned: int, intake: Intake | None = None, **policy: int | bool) -> DefenderPlan:
    """A plan for a collection that has lost `gone` of its `owned` rows, and brings one new row."""
    rows = [ours(row(number)) for number in range(owned)]
    desired = [row(number) for number in range(gone, owned)]
    return plan(
        Desired([*desired, row("new.example")], intake=intake or Intake(records=owned)),
        tenant(*rows, **policy),
        RUN,
    )


def withdrawn(made: DefenderPlan) -> int:
    return len(made.withdraw)


def created(made: DefenderPlan) -> list[str]:
    return [change.row.value for change in made.changes if change.kind == "created"]


@pytest.mark.parametrize(("gone", "goes"), [(60, True), (61, False)])
def test_up_to_the_percentage_rows_go_and_above_it_none(gone: int, goes: bool) -> None:
    made = vanish(gone, 300, max_withdraw_percent=20, withdraw_floor=50)
    assert withdrawn(made) == (gone if goes else 0)
    assert bool(made.refusals) is not goes
    assert created(made) == ["new.example"]


@pytest.mark.parametrize(("gone", "goes"), [(50, True), (51, False)])
def test_up_to_the_floor_the_percentage_does_not_matter(gone: int, goes: bool) -> None:
    made = vanish(gone, 60, max_withdraw_percent=20, withdraw_floor=50)
    assert withdrawn(made) == (gone if goes else 0)


def test_a_refusal_names_the_numbers_and_the_option_that_would_allow_it() -> None:
    [refusal] = vanish(61, 300).refusals
    for words in ("61 of 300", "--max_withdraw_percent 20", "--withdraw_floor 50", "--max_withdraw_percent 21"):
        assert words in refusal
    assert withdrawn(vanish(61, 300, max_withdraw_percent=21)) == 61


def test_the_whole_collection_goes_only_when_that_is_said() -> None:
    assert withdrawn(vanish(200, 200, max_withdraw_percent=99)) == 0
    assert withdrawn(vanish(200, 200, max_withdraw_percent=100)) == 200


@pytest.mark.parametrize(
    ("intake", "words"),
    [
        (Intake(inputs=3, incomplete=1, records=100), "1 of 3 inputs"),
        (Intake(records=100, lost=1), "do not balance"),
        (Intake(records=0), "empty"),
        (Intake(records=100, rejected=51), "--max_rejected_percent 50"),
    ],
)
def test_after_a_bad_read_nothing_that_is_absent_goes_and_creates_still_happen(intake: Intake, words: str) -> None:
    made = vanish(1, 100, intake)
    assert withdrawn(made) == 0
    assert words in made.refusals[0]
    assert "1 of 100 rows" in made.refusals[0]
    assert created(made) == ["new.example"]


def test_after_an_incomplete_read_it_is_said_that_whitelisted_records_may_be_missing() -> None:
    incomplete = Intake(inputs=2, incomplete=1, records=5)
    [notice] = plan(Desired([row(0)], intake=incomplete), tenant(), RUN).notices
    assert "blocked now (1)" in notice
    assert "Whitelisted" in notice
    watched = row(0, action="Audit")
    assert plan(Desired([watched], intake=incomplete), tenant(), RUN).notices == ()
    assert plan(Desired([row(0)], intake=Intake(records=5)), tenant(), RUN).notices == ()


@pytest.mark.parametrize(
    "intake",
    [Intake(inputs=3, records=100), Intake(records=1), Intake(records=100, rejected=50)],
)
def test_just_inside_each_limit_of_a_good_read_rows_go(intake: Intake) -> None:
    made = vanish(1, 100, intake)
    assert withdrawn(made) == 1
    assert made.refusals == ()


def test_a_bad_read_that_withdraws_nothing_is_no_refusal() -> None:
    assert vanish(0, 100, Intake(inputs=1, incomplete=1, records=5)).refusals == ()


@pytest.mark.parametrize(
    ("intake", "expected"),
    [
        (Intake(records=9), ["protected", "inactive", "expired"]),
        (Intake(inputs=2, incomplete=1, records=9), ["protected"]),
        (Intake(records=9, rejected=5), ["protected"]),
        (Intake(records=10, rejected=5), ["protected", "inactive", "expired"]),
        (Intake(records=9, lost=1), []),
    ],
)
def test_what_goes_at_once_depends_on_what_is_certain(intake: Intake, expected: list[str]) -> None:
    """Another record of the value may be among those that could not be read; none could want what is protected."""
    ended = {digest(0): "inactive", digest(1): "expired", digest(2): "protected"}
    rows = [ours(row(number)) for number in range(3)]
    made = plan(Desired([], ended=ended, intake=intake), tenant(*rows, max_withdraw_percent=0), RUN)
    assert [one.reason for one in made.withdraw] == expected


def test_what_goes_at_once_is_not_counted() -> None:
    ended = {digest(number): "inactive" for number in range(100)}
    rows = [ours(row(number)) for number in range(200)]
    desired = [row(number) for number in range(120, 200)]
    made = plan(
        Desired(desired, ended=ended, intake=Intake(records=200)),
        tenant(*rows, max_withdraw_percent=10, withdraw_floor=0),
        RUN,
    )
    assert withdrawn(made) == 120
    assert [one.reason for one in made.withdraw].count("absent") == 20


@pytest.mark.parametrize(("floor", "goes"), [(2, True), (1, False)])
def test_rows_that_make_room_for_better_ones_count_like_absent_ones(floor: int, goes: bool) -> None:
    rows = [ours(row(number)) for number in range(4)]
    new = [row("a.example"), row("b.example")]
    made = plan(
        Desired([*new, row(0), row(1)], outranked=[row(2), row(3)], intake=Intake(records=6)),
        tenant(*rows, capacity=4, withdraw_floor=floor, max_withdraw_percent=0),
        RUN,
    )
    if goes:
        assert [(one.id, one.reason) for one in made.withdraw] == [
            ("n3.example", "outranked"),
            ("n2.example", "outranked"),
        ]
        assert created(made) == ["a.example", "b.example"]
    else:
        assert withdrawn(made) == 0
        assert sorted(told(made)) == [
            "left_out over_capacity a.example",
            "left_out over_capacity b.example",
            *(f"unchanged n{number}.example" for number in range(4)),
        ]


def test_creates_that_needed_the_room_of_refused_withdrawals_are_left_out() -> None:
    rows = [ours(row(number)) for number in range(100)]
    desired = [row(f"new{number}.example") for number in range(80)]
    made = plan(Desired(desired, intake=Intake(records=80)), tenant(*rows, capacity=110), RUN)
    assert len(created(made)) == 10
    assert [end.outcome for end in made.ends] == ["left_out"] * 70
    assert "100 of 100" in made.refusals[0]


def test_no_withdraw_keeps_everything_and_says_how_many() -> None:
    made = vanish(7, 100, withdraw=False)
    assert withdrawn(made) == 0
    assert made.refusals == ()
    assert "7 rows stay" in made.notices[0]


def test_the_intake_is_balanced_when_all_records_ended_or_reached_the_plan() -> None:
    reads = [ReadReport("a", 10, 10, True), ReadReport("b", 3, 3, False)]
    tallies = [
        Tally("", "Validate", "rejected", "wildcard", "URL", 4),
        Tally("", "Validate", "notice", "refanged", "", 9),
        Tally("t1", "Protect", "protected", "built_in", "FQDN", 2),
        Tally("t2", "Protect", "protected", "built_in", "FQDN", 5),
    ]
    assert intake_of(reads, tallies, "t1", 7) == Intake(inputs=2, incomplete=1, records=13, rejected=4, lost=0)
    assert intake_of(reads, tallies, "t1", 6).lost == 1
    assert "1 of 2 inputs" in intake_of(reads, tallies).problem()
