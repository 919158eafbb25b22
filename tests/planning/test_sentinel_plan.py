"""What is to be done in a Sentinel workspace, by table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentinel_plan_help import NOW, ends, planned, row, rows, shown

from iocbeam.model.indicator import FQDN, URL, key_digest
from iocbeam.model.intake import Intake
from iocbeam.model.outcome import INACTIVE
from iocbeam.model.sentinel_plan import SentinelRow
from iocbeam.model.settings import DAY
from iocbeam.planning.sentinel.objects import sent_digest

ONE = row()
OWN_EXPIRY = ONE._replace(
    expires_at=NOW + 40 * DAY,
    indicator=ONE.indicator.__class__(FQDN, ONE.value, expires_at=NOW + 40 * DAY),
)


@pytest.mark.parametrize(
    ("wanted", "there", "kind", "fields"),
    [
        pytest.param(ONE, None, "created", (), id="what is not there is created"),
        pytest.param(ONE, shown(ONE), "unchanged", (), id="what is as it was sent stays"),
        pytest.param(
            ONE._replace(description="another"),
            shown(ONE),
            "updated",
            ("description",),
            id="another description is sent",
        ),
        pytest.param(ONE._replace(labels=("x",)), shown(ONE), "updated", ("labels",), id="another label is sent"),
        pytest.param(
            ONE,
            shown(ONE, description="cut by the service"),
            "unchanged",
            (),
            id="what the workspace rewrote is not sent again and again",
        ),
        pytest.param(ONE, shown(ONE, sent=""), "unchanged", (), id="without labels the fields are compared"),
        pytest.param(
            ONE, shown(ONE, sent="", confidence=10), "updated", ("confidence",), id="and tell what differs"
        ),
        pytest.param(ONE, shown(ONE, revoked=True), "created", (), id="what was withdrawn comes back"),
        pytest.param(ONE, shown(ONE, expires_at=NOW - 1), "created", (), id="what is over comes back"),
        pytest.param(
            ONE,
            shown(ONE, expires_at=NOW + 5 * DAY),
            "updated",
            ("valid_until",),
            id="a default expiry is renewed",
        ),
        pytest.param(
            ONE, shown(ONE, expires_at=NOW + 80 * DAY), "unchanged", (), id="but not while most of it remains"
        ),
        pytest.param(
            OWN_EXPIRY,
            shown(OWN_EXPIRY, expires_at=NOW + 50 * DAY),
            "updated",
            ("valid_until",),
            id="an expiry of the record's own is kept to the day",
        ),
        pytest.param(ONE, shown(ONE, foreign=True), "created", (), id="an id that is not ours is somebody else's"),
    ],
)
def test_what_becomes_of_one_row(wanted: SentinelRow, there: Any, kind: str, fields: tuple[str, ...]) -> None:
    plan = planned([wanted], [] if there is None else [there])
    assert ends(plan) == {kind: 1}
    assert not plan.withdraw
    if kind == "updated":
        assert plan.changes[0].fields == fields


def test_what_comes_back_keeps_its_creation() -> None:
    (change,) = planned([ONE], [shown(ONE, revoked=True, created=NOW - 99)]).changes
    assert (change.kind, change.created) == ("created", NOW - 99)


def test_what_the_collection_no_longer_holds_is_withdrawn() -> None:
    plan = planned(rows(9), [shown(one) for one in rows(10)])
    assert [(one.actual.key[1], one.reason) for one in plan.withdraw] == [("n9.malware-test.example", "absent")]
    assert ends(plan) == {"unchanged": 9}


@pytest.mark.parametrize("over", [{"revoked": True}, {"expires_at": NOW - 1}], ids=["withdrawn", "over"])
def test_what_has_no_effect_is_not_withdrawn_again(over: dict[str, Any]) -> None:
    assert not planned([ONE], [shown(ONE), shown(row("gone.malware-test.example"), **over)]).withdraw


def test_a_foreign_indicator_of_our_source_is_told_and_never_withdrawn() -> None:
    plan = planned([ONE], [shown(row("theirs.malware-test.example"), foreign=True)])
    assert not plan.withdraw
    assert "an id that is not ours" in plan.conflicts[0]


@pytest.mark.parametrize(
    ("intake", "why"),
    [
        (Intake(inputs=1, incomplete=1, records=10), "could not be read to the end"),
        (Intake(records=0), "the collection came empty"),
        (Intake(records=10, lost=1), "do not balance"),
        (Intake(records=10, rejected=6), "were rejected"),
    ],
    ids=["incomplete", "empty", "unbalanced", "mostly rejected"],
)
def test_a_bad_read_withdraws_nothing(intake: Intake, why: str) -> None:
    plan = planned([ONE], [shown(one) for one in (ONE, *rows(3))], desired={"intake": intake})
    assert not plan.withdraw
    assert why in plan.refusals[0]


def test_more_than_the_percentage_needs_a_word() -> None:
    there = [shown(one) for one in rows(100)]
    held = planned(rows(70), there, withdraw_floor=0)
    assert (len(held.withdraw), len(held.refusals)) == (0, 1)
    assert "--max_withdraw_percent 30" in held.refusals[0]
    assert len(planned(rows(70), there, withdraw_floor=0, max_withdraw_percent=30).withdraw) == 30


def test_a_record_that_says_so_itself_goes_at_once() -> None:
    gone = row("inactive.malware-test.example")
    desired = {"ended": {key_digest(*gone.key): INACTIVE}, "intake": Intake(records=2)}
    plan = planned([ONE], [shown(ONE), shown(gone)], desired=desired, withdraw_floor=0, max_withdraw_percent=0)
    assert [one.reason for one in plan.withdraw] == [INACTIVE]
    assert not plan.refusals


def test_a_whitelisted_value_is_protected_and_withdrawn_first() -> None:
    desired = {"whitelisted": frozenset([key_digest(*ONE.key)])}
    plan = planned([ONE, row("b.malware-test.example")], [shown(ONE)], desired=desired)
    assert ends(plan) == {"created": 1, "protected": 1}
    assert [one.reason for one in plan.withdraw] == ["protected"]


@pytest.mark.parametrize("replay", [True, False])
def test_neither_a_replay_nor_no_withdraw_withdraws(replay: bool) -> None:
    plan = planned([ONE], [shown(one) for one in rows(2)], replay=replay, withdraw=replay)
    assert not plan.withdraw
    assert not plan.refusals
    assert any("--no_withdraw" in notice for notice in plan.notices) is not replay


def test_one_run_sends_so_many_and_the_rest_waits() -> None:
    plan = planned(rows(5), [shown(row("n0.malware-test.example", description="old"))], objects_per_run=2)
    assert ends(plan) == {"updated": 1, "created": 1, "deferred": 3}


def test_beyond_the_capacity_the_best_take_the_places_of_the_worst() -> None:
    there = [shown(one) for one in rows(3)]
    fresh = [row("new1.malware-test.example"), row("new2.malware-test.example")]
    plan = planned([*fresh, *rows(1)], there, outranked=rows(3)[1:], capacity=3)
    assert ends(plan) == {"created": 2, "unchanged": 1, "left_out": 2}
    assert [one.reason for one in plan.withdraw] == ["outranked", "outranked"]


def test_where_the_worst_may_not_go_the_best_are_left_out() -> None:
    there = [shown(one) for one in rows(3)]
    fresh = [row("new1.malware-test.example"), row("new2.malware-test.example")]
    plan = planned([*fresh, *rows(1)], there, outranked=rows(3)[1:], capacity=3, withdraw=False)
    assert ends(plan) == {"unchanged": 3, "left_out": 2}
    assert not plan.withdraw


def test_two_spellings_of_a_url_are_one_indicator() -> None:
    plan = planned([row("http://bad.example/", URL), row("http://bad.example", URL)], [])
    assert ends(plan) == {"created": 1, "duplicate": 1}


def test_a_workspace_that_could_not_be_read_is_not_written() -> None:
    plan = planned([ONE], [], outranked=[row("b.malware-test.example")], workspace={"error": "403"})
    assert (plan.unreadable, len(plan.changes)) == ("403", 2)


def test_every_row_ends_once_whatever_is_there() -> None:
    wanted, beyond = rows(8), [row(f"x{number}.malware-test.example") for number in range(4)]
    there = [shown(one) for one in (*wanted[:3], *beyond, row("absent.malware-test.example"))]
    for capacity in (1, 5, 8, 12, 100):
        for limits in ({}, {"objects_per_run": 2}, {"withdraw": False}, {"withdraw_floor": 0}):
            plan = planned(wanted, there, outranked=beyond, capacity=capacity, **limits)
            assert sum(ends(plan).values()) == 12
            stay = len(there) - len(plan.withdraw) + sum(change.kind == "created" for change in plan.changes)
            assert stay <= max(capacity, len(there))


_numbers = st.lists(st.integers(0, 14), unique=True, max_size=15)


@given(
    wanted=_numbers,
    there=_numbers,
    foreign=_numbers,
    over=_numbers,
    stale=_numbers,
    capacity=st.integers(1, 20),
    most=st.none() | st.integers(1, 20),
    percent=st.integers(0, 100),
    withdraw=st.booleans(),
    incomplete=st.integers(0, 1),
)
def test_no_plan_touches_what_is_not_ours_or_loses_a_record(
    wanted: list[int],
    there: list[int],
    foreign: list[int],
    over: list[int],
    stale: list[int],
    capacity: int,
    most: int | None,
    percent: int,
    withdraw: bool,
    incomplete: int,
) -> None:
    made = rows(15)
    held = [
        shown(
            made[number],
            foreign=number in foreign,
            revoked=number in over,
            sent="0" * 16 if number in stale else sent_digest(made[number]),
        )
        for number in there
    ]
    owned = {one.key for one in held if not one.foreign and not one.revoked}
    best = [made[number] for number in wanted]
    plan = planned(
        best[:capacity],
        held,
        outranked=[one for one in best[capacity:] if one.key in owned],
        capacity=capacity,
        objects_per_run=most,
        max_withdraw_percent=percent,
        withdraw_floor=0,
        withdraw=withdraw,
        desired={"intake": Intake(inputs=1, incomplete=incomplete, records=15)},
    )
    judged = [*(one.row.key for one in plan.changes), *(one.row.key for one in plan.ends)]
    desired = [one.key for number, one in enumerate(best) if number < capacity or one.key in owned]
    assert sorted(judged) == sorted(desired)
    gone = [one.actual.key for one in plan.withdraw]
    assert len(gone) == len(set(gone))
    assert set(gone) <= owned
    assert not {one.row.key for one in plan.changes}.intersection(gone)
    assert not (gone and (incomplete or not withdraw))
    assert len(gone) * 100 <= len(owned) * percent
    assert most is None or len(plan.changes) <= most
    created = sum(one.kind == "created" for one in plan.changes)
    assert len(owned) - len(gone) + created <= max(capacity, len(owned))
