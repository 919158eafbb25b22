"""What is withdrawn from named locations, what is not, and what has no room there."""

from __future__ import annotations

from typing import Any

import pytest
from entra_plan_help import Graph, desired, ended, evens, ip_set, settings, told

from iocbeam.model.entra_plan import EntraPlan
from iocbeam.model.intake import Intake
from iocbeam.planning.entra import plan as entra

BAD = [
    pytest.param(Intake(inputs=3, incomplete=1, records=100), "1 of 3 inputs", id="incomplete"),
    pytest.param(Intake(records=100, lost=1), "do not balance", id="unbalanced"),
    pytest.param(Intake(records=0), "empty", id="empty"),
    pytest.param(Intake(records=100, rejected=51), "--max_rejected_percent 50", id="mostly rejected"),
]


def holding(*values: str, **limits: Any) -> Graph:
    graph = Graph()
    graph.run(desired(*values), settings(**limits))
    return graph


def vanish(gone: int, owned: int, **limits: Any) -> tuple[Graph, EntraPlan]:
    """What a run makes of a collection that has lost some of what it brought, and brings one new address."""
    graph = holding(*evens(owned))
    made = graph.run(desired(*evens(owned - gone, gone), "9.9.9.1"), settings(**limits))
    return graph, made


@pytest.mark.parametrize(("gone", "goes"), [(60, True), (61, False)])
def test_up_to_the_percentage_ranges_go_and_above_it_none(gone: int, goes: bool) -> None:
    graph, made = vanish(gone, 300)
    assert made.withdrawn == (gone if goes else 0)
    assert bool(made.refusals) is not goes
    assert graph.cover() == ip_set(*evens(300 - gone, gone), "9.9.9.1", *([] if goes else evens(gone)))
    assert ended(made)["9.9.9.1"] == "created"


@pytest.mark.parametrize(("gone", "goes"), [(50, True), (51, False)])
def test_up_to_the_floor_the_percentage_does_not_matter(gone: int, goes: bool) -> None:
    assert vanish(gone, 60)[1].withdrawn == (gone if goes else 0)


def test_a_refusal_names_the_numbers_and_the_option_that_would_allow_it() -> None:
    [refusal] = vanish(61, 300)[1].refusals
    for words in ("61 of 300 ranges", "--max_withdraw_percent 20", "--withdraw_floor 50", "percent 21"):
        assert words in refusal
    assert vanish(61, 300, max_withdraw_percent=21)[1].withdrawn == 61


def test_everything_goes_only_when_that_is_said_even_in_more_pieces_than_it_was() -> None:
    graph = holding("45.0.0.0/16", *evens(80, 40_000))
    # The /16 goes but for one address: that is more ranges than there are.
    kept = desired("45.0.9.9")
    assert graph.plan(kept, settings(max_withdraw_percent=99, withdraw_floor=0)).withdrawn == 0
    assert graph.plan(kept, settings(max_withdraw_percent=100)).withdrawn > 80


@pytest.mark.parametrize(("intake", "words"), BAD)
def test_after_a_bad_read_nothing_absent_goes_and_what_is_new_is_written(intake: Intake, words: str) -> None:
    graph = holding("45.9.1.2", "45.9.3.2", "45.9.5.0/24")
    made = graph.run(desired("45.9.1.2", "9.9.9.1", intake=intake, ended=["45.9.3.2"]))
    assert graph.cover() == ip_set("45.9.1.2", "45.9.3.2", "45.9.5.0/24", "9.9.9.1")
    assert made.withdrawn == 0
    assert words in made.refusals[0]
    assert "2 of 3 ranges" in made.refusals[0]


@pytest.mark.parametrize(("intake", "words"), BAD)
def test_after_a_bad_read_what_is_protected_goes_all_the_same(intake: Intake, words: str) -> None:
    graph = holding("45.9.1.2", "45.9.3.2", "45.9.5.0/24")
    made = graph.run(
        desired("45.9.1.2", intake=intake, whitelisted=["45.9.3.2"], listed=["45.9.5.64/26"]), settings()
    )
    assert graph.cover() == ip_set("45.9.1.2", "45.9.5.0/26", "45.9.5.128/25")
    assert made.withdrawn == 2
    assert words in made.refusals[0]


def test_a_bad_read_that_withdraws_nothing_is_no_refusal() -> None:
    graph = holding("45.9.1.2")
    assert graph.plan(desired("45.9.1.2", intake=Intake(inputs=2, incomplete=1, records=1))).refusals == ()


def test_inactive_and_expired_go_at_once_and_are_not_counted() -> None:
    graph = holding(*evens(200))
    made = graph.run(
        desired(*evens(80, 120), ended=evens(100)), settings(max_withdraw_percent=10, withdraw_floor=0)
    )
    assert (made.withdrawn, made.refusals) == (120, ())
    assert graph.cover() == ip_set(*evens(80, 120))


def test_what_another_record_still_brings_does_not_go_with_one_that_ended() -> None:
    graph = holding("45.9.1.0/24", "45.9.7.7")
    made = graph.run(desired("45.9.1.0/25", "45.9.7.7", ended=["45.9.1.0/24", "45.9.7.7"]))
    assert graph.cover() == ip_set("45.9.1.0/25", "45.9.7.7")
    assert ended(made) == {"45.9.1.0/25": "unchanged", "45.9.7.7": "unchanged"}


def test_what_is_absent_beside_ended_records_is_still_counted() -> None:
    graph = holding(*evens(100))
    made = graph.run(desired(*evens(30, 70), ended=evens(10)), settings(withdraw_floor=0))
    assert made.withdrawn == 10
    assert "60 of 100" in made.refusals[0]


@pytest.mark.parametrize("mode", [{"mode": "merge"}, {"withdraw": False}], ids=["merge", "no withdraw"])
def test_where_nothing_is_withdrawn_what_is_protected_is_taken_out_still(mode: dict[str, Any]) -> None:
    graph = holding("45.9.1.2", "45.9.3.0/24")
    graph.run(desired(listed=["45.9.3.3"], ended=["45.9.1.2"]), settings(**mode))
    assert graph.cover() == ip_set("45.9.1.2", "45.9.3.0/24") - ip_set("45.9.3.3")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Ranges that a location holds."""
    monkeypatch.setattr(entra, "MAX_RANGES", 4)
    return 4


def test_over_capacity_the_last_by_rank_are_left_out(small: int) -> None:
    graph, few = Graph(), settings(max_locations=2)
    made = graph.run(desired(*evens(10)), few)
    assert [ended(made)[value] for value in evens(10)] == ["created"] * 8 + ["left_out over_capacity"] * 2
    assert graph.cover() == ip_set(*evens(8))
    assert told(graph.plan(desired(*evens(10)), few)) == []


def test_better_records_push_out_worse_ones_as_far_as_the_guard_allows(small: int) -> None:
    few = settings(max_locations=2)
    graph = holding(*evens(8), max_locations=2)
    better = desired("9.9.9.1", "9.9.9.3", *evens(8))
    made = graph.run(better, few)
    assert graph.cover() == ip_set("9.9.9.1", "9.9.9.3", *evens(6))
    assert [end.outcome for end in made.ends] == ["unchanged"] * 6 + ["left_out"] * 2
    assert made.withdrawn == 2


def test_what_the_guard_keeps_takes_the_room_of_what_is_new(small: int) -> None:
    graph = holding(*evens(8), max_locations=2)
    tight = settings(max_locations=2, withdraw_floor=1, max_withdraw_percent=0)
    made = graph.run(desired("9.9.9.1", "9.9.9.3", *evens(8)), tight)
    assert graph.cover() == ip_set(*evens(8))
    assert sorted(ended(made).values()) == ["left_out over_capacity"] * 2 + ["unchanged"] * 8
    assert "2 of 8" in made.refusals[0]
    assert made.withdrawn == 0


def test_absent_ranges_and_those_pushed_out_are_counted_together(small: int) -> None:
    graph = holding(*evens(8), max_locations=2)
    tight = settings(max_locations=2, withdraw_floor=2, max_withdraw_percent=0)
    # Two are absent, which is allowed. Two more would be pushed out, which is not.
    made = graph.run(desired(*evens(4, 100), *evens(6)), tight)
    assert graph.cover() == ip_set(*evens(8))
    assert "4 of 8" in made.refusals[0]
    assert made.withdrawn == 0


def test_in_merge_mode_a_full_tenant_takes_nothing_new(small: int) -> None:
    graph = holding(*evens(8), max_locations=2)
    made = graph.run(desired("9.9.9.1"), settings(max_locations=2, mode="merge"))
    assert ended(made) == {"9.9.9.1": "left_out over_capacity"}
    assert graph.cover() == ip_set(*evens(8))


def test_a_record_without_a_place_of_its_own_may_lie_in_what_better_ones_bring(small: int) -> None:
    made = Graph().plan(desired("45.9.0.0/24", *evens(4), "45.9.0.7"), settings(max_locations=1))
    assert ended(made)["45.9.0.7"] == "created"
    assert ended(made)[evens(4)[3]] == "left_out over_capacity"


def test_fewer_locations_than_there_are_free_the_others(small: int) -> None:
    graph = holding(*evens(8), max_locations=3)
    first = desired(*evens(4))
    made = graph.run(first, settings(max_locations=1))
    assert [one.name for one in made.surplus] == ["IOC (2)"]
    assert graph.cover() == ip_set(*evens(4))
    assert told(graph.plan(first, settings(max_locations=1))) == []


def test_when_what_must_stay_does_not_fit_the_run_stops_and_names_the_option(small: int) -> None:
    graph = holding(*evens(8), max_locations=2)
    made = graph.plan(desired(), settings(max_locations=1, mode="merge"))
    assert "4 ranges that must stay do not fit" in made.stopped
    assert "--max_locations" in made.stopped


@pytest.mark.parametrize(("others", "left_out"), [(193, 0), (194, 4), (195, 8), (200, 8)])
def test_locations_of_others_leave_less_room(small: int, others: int, left_out: int) -> None:
    graph = Graph()
    for number in range(others):
        graph.location(f"Office {number}", "9.0.0.0/24")
    made = graph.plan(desired(*evens(8)))
    assert made.stopped == ""
    assert list(ended(made).values()).count("left_out over_capacity") == left_out
    assert any("no room for ours" in one for one in made.notices) is (others >= 195)


def test_our_locations_keep_their_places_in_a_tenant_that_is_over_full(small: int) -> None:
    graph = holding(*evens(8))
    for number in range(200):
        graph.location(f"Office {number}", "9.0.0.0/24")
    made = graph.run(desired(*evens(7), "9.9.9.1", "9.9.9.5"))
    assert ended(made) == {
        **dict.fromkeys(evens(7), "unchanged"),
        "9.9.9.1": "created",
        "9.9.9.5": "left_out over_capacity",
    }
    assert graph.cover() == ip_set(*evens(7), "9.9.9.1")
