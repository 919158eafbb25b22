"""Which named locations count as ours: nothing marks them, so that a name alone must not be enough."""

from __future__ import annotations

from typing import Any

import pytest
from entra_plan_help import APP, Graph, desired, evens, guid, ip_set, settings, told

from iocbeam.model.intake import Intake
from iocbeam.model.settings.entra import PolicySettings

TEN = evens(10)
RANGES = [f"{one}/32" for one in TEN]


def adopting(*ids: str, **more: Any) -> Any:
    return settings(adopt=ids, **more)


def test_a_location_that_our_policy_names_is_ours_whatever_it_loses() -> None:
    graph = Graph()
    graph.policy(include=[graph.location("IOC", *RANGES)])
    graph.run(desired("9.9.9.1"))
    assert graph.cover() == ip_set("9.9.9.1")


def test_the_guard_keeps_what_a_location_of_ours_would_lose_in_bulk() -> None:
    graph = Graph()
    graph.policy(include=[graph.location("IOC", *(f"{one}/32" for one in evens(100)))])
    made = graph.run(desired("9.9.9.1"))
    assert graph.cover() == ip_set("9.9.9.1", *evens(100))
    assert "100 of 100 ranges" in made.refusals[0]


@pytest.mark.parametrize(("lost", "taken"), [(2, True), (3, False)])
def test_one_that_no_policy_names_is_taken_if_it_loses_little_without_a_floor(lost: int, taken: bool) -> None:
    graph = Graph()
    found = graph.location("IOC", *RANGES)
    made = graph.plan(desired(*TEN[lost:], "9.9.9.1"))
    if taken:
        graph.apply(made)
        assert graph.names() == ["IOC"]
        assert graph.cover() == ip_set(*TEN[lost:], "9.9.9.1")
    else:
        assert "would lose 3 of its 10 ranges" in made.stopped
        assert f"--adopt_location {found}" in made.stopped
        graph.apply(graph.plan(desired(*TEN[lost:], "9.9.9.1"), adopting(found.upper())))
        assert graph.cover() == ip_set(*TEN[lost:], "9.9.9.1")


def test_a_range_that_loses_a_part_counts_as_lost() -> None:
    graph = Graph()
    graph.location("IOC", "45.9.0.0/16")
    made = graph.plan(desired("45.9.0.0/17"))
    assert "would lose 1 of its 1 ranges" in made.stopped


def test_what_goes_at_once_counts_as_lost_too() -> None:
    graph = Graph()
    graph.location("IOC", *RANGES)
    assert "would lose 5 of its 10" in graph.plan(desired(*TEN[5:], ended=TEN[:5])).stopped


def test_a_bad_read_does_not_make_a_location_ours() -> None:
    graph = Graph()
    graph.location("IOC", *RANGES)
    broken = desired("9.9.9.1", intake=Intake(inputs=2, incomplete=1, records=1))
    assert "would lose 10 of its 10" in graph.plan(broken).stopped
    # Without a policy it is no more ours afterwards than before, and nothing goes.
    graph.run(broken, settings(policy=None))
    assert graph.cover() == ip_set("9.9.9.1", *TEN)
    assert "would lose 10" in graph.plan(desired("9.9.9.1"), settings(policy=None)).stopped


def test_a_trusted_one_is_not_taken_unless_ours_are_to_be_trusted() -> None:
    graph = Graph()
    found = graph.location("IOC", *RANGES, trusted=True)
    made = graph.plan(desired(*TEN))
    assert "marked trusted" in made.stopped
    assert f"--adopt_location {found}" in made.stopped
    assert made.locations == ()
    assert graph.plan(desired(*TEN), settings(trusted=True)).stopped == ""


def test_adopting_a_trusted_one_takes_a_word_on_whether_it_stays_so() -> None:
    """What is written to it would be let through by every policy that spares trusted locations."""
    graph = Graph()
    found = graph.location("IOC", *RANGES, trusted=True)
    made = graph.plan(desired(*TEN), adopting(found))
    assert "--location_trusted=false" in made.stopped
    assert made.locations == ()
    for trusted in (False, True):
        assert graph.plan(desired(*TEN), adopting(found, trusted=trusted)).stopped == ""


def test_one_of_countries_is_never_taken() -> None:
    graph = Graph()
    found = graph.country("IOC")
    for tenant in (settings(), adopting(found)):
        made = graph.plan(desired(*TEN), tenant)
        assert "holds no IP ranges" in made.stopped
        assert found in made.stopped
    assert graph.plan(desired(*TEN), settings(name="Other")).stopped == ""


@pytest.mark.parametrize("state", ["enabled", "disabled"])
def test_one_that_another_policy_names_is_not_taken(state: str) -> None:
    graph = Graph()
    found = graph.location("IOC", *RANGES)
    graph.policy("theirs", exclude=[found], include=["All"], state=state)
    made = graph.plan(desired(*TEN))
    assert "'theirs', which is not this job's policy" in made.stopped
    assert f"--adopt_location {found}" in made.stopped
    taken = graph.run(desired(*TEN), adopting(found))
    assert any("also named by the policy 'theirs'" in one for one in taken.conflicts)
    # Since our policy names it now, the option is needed no longer.
    assert told(graph.plan(desired(*TEN))) == []


def test_one_with_a_range_of_an_unknown_form_is_not_taken() -> None:
    graph = Graph()
    found = graph.location("IOC", *RANGES, "10.0.0.1-10.0.0.9")
    assert f"--adopt_location {found}" in graph.plan(desired(*TEN)).stopped
    assert graph.plan(desired(*TEN), adopting(found)).stopped == ""


@pytest.mark.parametrize("name", ["IOC", "IOC (2)"])
def test_of_two_of_one_name_none_is_taken_and_both_are_listed(name: str) -> None:
    graph = Graph()
    ids = [graph.location(name, *RANGES), graph.location(name, "9.9.9.0/24")]
    graph.policy(include=ids[:1])
    for tenant in (settings(), adopting(ids[0])):
        made = graph.plan(desired(*TEN), tenant)
        assert all(one in made.stopped for one in ids)
        assert repr(name) in made.stopped


@pytest.mark.parametrize(
    "name", ["IOC (1)", "IOC (02)", "IOC (2) ", "IOC(2)", "ioc", "IOC (2000)", "IOC (x)", "IOC (2)x", "xIOC"]
)
def test_only_the_name_and_its_numbers_are_ours(name: str) -> None:
    graph = Graph()
    graph.location(name, "9.9.9.0/24", trusted=True)
    graph.run(desired(*TEN))
    assert graph.names() == [name, "IOC"]
    assert graph.texts(name) == ["9.9.9.0/24"]


@pytest.mark.parametrize("name", ["a+b (x)", "[.*]", "^IOC$", "a\\d (2)", "IOC (2)", "\u00fcber (3)"])
def test_names_are_compared_letter_by_letter(name: str) -> None:
    graph, tenant = Graph(), settings(name=name)
    graph.location("aab (x)", "9.9.9.0/24", trusted=True)
    graph.run(desired(*evens(2_001)), tenant)
    assert graph.names()[1:] == [name, f"{name} (2)"]
    assert told(graph.plan(desired(*evens(2_001)), tenant)) == []


def test_an_id_to_adopt_that_is_under_another_name_stops_and_one_that_is_gone_is_told() -> None:
    graph = Graph()
    other = graph.location("IOC list", *RANGES)
    made = graph.plan(desired(*TEN), adopting(other))
    assert "'IOC list'" in made.stopped
    assert "--location_name" in made.stopped
    made = graph.run(desired(*TEN), adopting(guid(77)))
    assert any(guid(77) in one for one in made.notices)
    assert "IOC" in graph.names()


def test_a_location_that_was_adopted_and_is_gone_does_not_stop_later_runs() -> None:
    graph = Graph()
    first, second = graph.location("IOC", "9.9.9.0/24"), graph.location("IOC (2)", "9.9.8.0/24")
    graph.run(desired("9.9.9.0/24"), adopting(first, second))
    assert graph.names() == ["IOC"]
    assert graph.plan(desired("9.9.9.0/24"), adopting(first, second)).stopped == ""


def test_an_id_in_another_case_is_the_same_id() -> None:
    graph = Graph()
    found = graph.location("IOC", *RANGES, id=guid(5, "abcd"))
    graph.policy(include=[found.upper()])
    made = graph.plan(desired("9.9.9.1"))
    assert made.stopped == ""
    assert [one.name for one in made.locations] == ["IOC"]
    assert made.policy is None
    assert made.conflicts == ()
    stranger = Graph()
    stranger.policy("theirs", include=[stranger.location("IOC", *RANGES, id=guid(5, "abcd")).upper()])
    assert "'theirs'" in stranger.plan(desired(*TEN)).stopped


def test_what_others_have_is_never_in_a_plan() -> None:
    graph = Graph()
    office = graph.location("Office", "9.9.9.0/24", trusted=True)
    country = graph.country("Somewhere")
    graph.policy("theirs", include=[country], exclude=[office])
    made = graph.run(desired(*evens(2_001)), settings(PolicySettings(name="Block IOC", include_apps=(APP,))))
    assert {office, country}.isdisjoint([one.id for one in made.locations] + [one.id for one in made.surplus])
    assert graph.texts("Office") == ["9.9.9.0/24"]


def test_of_many_strangers_a_few_are_named() -> None:
    graph = Graph()
    found = graph.location("IOC", *RANGES)
    for number in range(7):
        graph.policy(f"theirs {number}", include=[found])
    assert "'theirs 4' and 2 more" in graph.plan(desired(*TEN)).stopped
