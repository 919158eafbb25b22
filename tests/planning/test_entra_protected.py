"""What is never blocked, whatever the collection says."""

from __future__ import annotations

from typing import Any

import pytest
from entra_plan_help import Graph, desired, ended, ip_set, settings, told

KINDS: list[Any] = [
    pytest.param("built_in", {"built_in": ["45.9.1.0/24", "2a00:1450::/32"]}, {}, id="built in"),
    pytest.param("never_block", {"listed": ["45.9.1.0/24", "2a00:1450::/32"]}, {}, id="never-block list"),
    pytest.param("whitelisted_in_run", {"whitelisted": ["45.9.1.0/24", "2a00:1450::/32"]}, {}, id="Whitelisted"),
    pytest.param("my_address", {}, {"my_addresses": ("45.9.1.0/24", "2a00:1450::/32")}, id="my address"),
    pytest.param("trusted_location", {}, {}, id="trusted location"),
]


def office(reason: str) -> Graph:
    graph = Graph()
    if reason == "trusted_location":
        graph.location("Office", "45.9.1.77/24", "2A00:1450::/32", trusted=True)
    return graph


@pytest.mark.parametrize(("reason", "sets", "more"), KINDS)
def test_what_is_wholly_exempt_ends_as_protected(reason: str, sets: Any, more: Any) -> None:
    values = ("45.9.1.7", "45.9.1.128/25", "45.9.1.0/24", "2a00:1450:1::/48", "2a00:1450::7")
    made = office(reason).plan(desired(*values, **sets), settings(**more))
    assert ended(made) == dict.fromkeys(values, f"protected {reason}")
    assert told(made) == []


@pytest.mark.parametrize(("reason", "sets", "more"), KINDS)
def test_of_what_is_exempt_in_part_the_rest_is_written(reason: str, sets: Any, more: Any) -> None:
    graph = office(reason)
    whole = desired("45.9.0.0/23", "2a00::/16", "45.9.7.7", **sets)
    made = graph.run(whole, settings(**more))
    assert ended(made) == {
        "45.9.0.0/23": "created partly_protected",
        "2a00::/16": "created partly_protected",
        "45.9.7.7": "created",
    }
    assert made.subtracted == ("45.9.1.0/24", "2a00:1450::/32")
    assert graph.cover() == ip_set("45.9.0.0/23", "2a00::/16", "45.9.7.7") - ip_set(
        "45.9.1.0/24", "2a00:1450::/32"
    )
    again = graph.plan(whole, settings(**more))
    assert told(again) == []
    assert ended(again)["45.9.0.0/23"] == "unchanged partly_protected"


@pytest.mark.parametrize(("reason", "sets", "more"), KINDS)
def test_what_has_become_exempt_goes_without_being_counted(reason: str, sets: Any, more: Any) -> None:
    graph = Graph()
    graph.run(desired("45.9.0.0/23", "45.9.7.7"))
    if reason == "trusted_location":
        graph.location("Office", "45.9.1.0/24", trusted=True)
    made = graph.run(
        desired("45.9.0.0/23", "45.9.7.7", **sets), settings(withdraw_floor=0, max_withdraw_percent=0, **more)
    )
    assert graph.cover() == ip_set("45.9.0.0/24", "45.9.7.7")
    assert (made.withdrawn, made.refusals) == (1, ())


@pytest.mark.parametrize(("reason", "sets", "more"), KINDS)
def test_what_overlaps_is_listed(reason: str, sets: Any, more: Any) -> None:
    made = office(reason).plan(desired("45.9.0.0/23", "45.9.1.7", **sets), settings(**more))
    told_as = made.conflicts if reason in ("my_address", "trusted_location") else made.notices
    [line] = [one for one in told_as if "what they have in common is not blocked" in one]
    assert "2 records (45.9.0.0/23, 45.9.1.7)" in line
    assert "'Office'" in line or reason != "trusted_location"


def test_the_first_list_that_has_a_part_of_it_gives_the_reason() -> None:
    graph = Graph()
    graph.location("Office", "45.9.1.0/25", trusted=True)
    made = graph.plan(desired("45.9.1.0/24", listed=["45.9.1.128/26"]), settings(my_addresses=("45.9.1.192/26",)))
    assert ended(made) == {"45.9.1.0/24": "protected never_block"}


def test_a_location_that_is_not_trusted_protects_nothing_nor_does_one_of_ours() -> None:
    graph = Graph()
    graph.location("Guests", "45.9.1.0/24")
    graph.policy(include=[graph.location("IOC", "45.9.1.0/25", trusted=True)])
    made = graph.run(desired("45.9.1.0/24"))
    assert ended(made) == {"45.9.1.0/24": "created"}
    assert graph.cover() == ip_set("45.9.1.0/24")


def test_a_deferred_record_does_not_keep_what_has_become_exempt() -> None:
    graph = Graph()
    graph.run(desired("45.9.1.0/25"))
    graph.location("Office", "45.9.1.64/26", trusted=True)
    made = graph.run(desired("9.9.9.1", "45.9.1.0/24"), settings(objects_per_run=1))
    assert ended(made)["45.9.1.0/24"] == "deferred objects_per_run"
    assert graph.cover() == ip_set("9.9.9.1", "45.9.1.0/26")


def test_nothing_that_a_guard_keeps_is_exempt() -> None:
    graph = Graph()
    graph.run(desired("45.9.1.0/24", "45.9.4.0/24"))
    made = graph.run(desired("45.9.4.0/24", built_in=["45.9.1.0/25"]), settings(mode="merge"))
    assert graph.cover() == ip_set("45.9.1.128/25", "45.9.4.0/24")
    assert made.withdrawn == 1


def test_when_all_is_exempt_the_sentinel_stays_and_is_no_range_of_the_collection() -> None:
    graph = Graph()
    graph.run(desired("45.9.1.7"))
    graph.run(desired("45.9.1.7", listed=["45.9.0.0/16"]))
    assert graph.texts() == ["192.0.2.1/32"]
    graph.run(desired("192.0.2.0/24"))
    assert ended(graph.plan(desired("192.0.2.0/24"))) == {"192.0.2.0/24": "unchanged"}


def test_a_range_of_an_unknown_form_is_told_wherever_it_matters() -> None:
    graph = Graph()
    graph.location("Office", "10.0.0.1-10.0.0.9", "45.9.1.0/24", trusted=True)
    graph.location("Guests", "10.0.0.1-10.0.0.9")
    graph.policy(include=[graph.location("IOC", "45.9.7.7/32", "10.0.1.1-10.0.1.9")])
    made = graph.plan(desired("45.9.7.7", "45.9.1.7"))
    assert told(made) == []
    assert ended(made) == {"45.9.7.7": "unchanged", "45.9.1.7": "protected trusted_location"}
    [office] = [one for one in made.conflicts if "'Office' holds a range of a form" in one]
    [own] = [one for one in made.conflicts if "'IOC' holds a range of a form" in one]
    assert "10.0.0.1-10.0.0.9" in office
    assert "10.0.1.1-10.0.1.9" in own
    assert not any("'Guests'" in one for one in made.conflicts)


@pytest.mark.parametrize("excluded", [False, True])
def test_an_address_of_mine_that_is_none_stops(excluded: bool) -> None:
    made = Graph().plan(desired("45.9.7.7"), settings(my_addresses=("45.9.1.300",), excluded=excluded))
    assert "--my_address" in made.stopped
    assert "45.9.1.300" in made.stopped
