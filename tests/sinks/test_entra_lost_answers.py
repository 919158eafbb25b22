"""Answers that are lost: nothing is made twice, and what may have been made is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from entra_write_help import (
    LOCATION,
    LOCATIONS,
    NAME,
    POLICIES,
    POLICY,
    POLICY_NAME,
    EntraSite,
    addresses,
    no_change,
)

from iocbeam.local_tenant import Answer, CutOff, DropAfter, DropBefore, Fault, Meanwhile
from iocbeam.model.errors import RetryLater

Start = Callable[..., EntraSite]

LOST = {
    "dropped": DropAfter(),
    "cut_off": CutOff(12),
    "bad_gateway": Answer(502, after_commit=True),
    "service_unavailable": Answer(503, after_commit=True, retry_after=3),
    "timed_out": Answer(408, after_commit=True),
    "no_json": Answer(201, "<html>", after_commit=True),
    "no_id": Answer(201, {"displayName": NAME}, after_commit=True),
}
SPREADING: dict[str, dict[str, Any]] = {
    "turns": {"stale_reads": 5},
    "after_forty_seconds": {"stale_seconds": 40.0, "stale_pattern": ("old",)},
}


CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    **{f"{name}-at_once": (lost, {}) for name, lost in LOST.items()},
    **{f"dropped-{name}": (LOST["dropped"], switches) for name, switches in SPREADING.items()},
}


@pytest.mark.parametrize(("lost", "switches"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("what", [LOCATIONS, POLICIES], ids=["location", "policy"])
def test_a_lost_answer_to_a_create_never_makes_a_second_one(
    entra: Start, what: str, lost: Any, switches: dict[str, Any]
) -> None:
    here = entra(**switches)
    here.tenant.faults.add(Fault(what, lost, method="POST", nth=1))
    result = here.bring("45.1.1.7")
    assert len([call for call in here.writes() if call.startswith("POST")]) == 2
    assert (len(here.tenant.locations()), len(here.tenant.policies())) == (1, 1)
    assert (result.report.stopped, result.report.difference_count) == ("", 0)
    assert here.named() == [here.ids()[NAME]]
    assert no_change(here.plan("45.1.1.7"))


def test_a_location_that_was_never_made_is_not_made_twice_and_is_told(entra: Start) -> None:
    here = entra()
    here.tenant.faults.add(Fault(LOCATIONS, DropBefore(), method="POST"))
    started = here.time.now
    result = here.bring("45.1.1.7")
    assert [call for call in here.calls() if call.startswith("POST")] == ["POST namedLocations 0"]
    assert 55 < here.time.now - started < 80
    assert result.outcomes == {"failed not_delivered": 1}
    assert f"Whether {NAME!r} was made is not known: it does not show" in result.report.stopped
    assert (result.report.unreachable, result.report.policy_written) == (True, False)
    assert (here.tenant.locations(), here.tenant.policies()) == ([], [])
    here.tenant.faults.clear()
    assert here.bring("45.1.1.7").outcomes == {"created": 1}
    assert (len(here.tenant.locations()), len(here.tenant.policies())) == (1, 1)


def test_a_policy_that_was_never_made_is_not_made_twice_and_is_told(entra: Start) -> None:
    here = entra()
    here.seed_location(NAME, "45.1.1.7")
    here.tenant.faults.add(Fault(POLICIES, DropBefore(), method="POST"))
    # No location was written, so an error could be raised; but then nobody would hear of what may be there.
    result = here.bring("45.1.1.7")
    assert here.writes() == ["POST policies 0"]
    assert f"Whether {POLICY_NAME!r} was made is not known" in result.report.stopped
    here.tenant.faults.clear()
    here.bring("45.1.1.7")
    assert len(here.tenant.policies()) == 1


@pytest.mark.parametrize("what", [LOCATIONS, POLICIES], ids=["location", "policy"])
def test_what_shows_only_later_is_found_by_the_next_run(entra: Start, what: str) -> None:
    here = entra(stale_seconds=100.0, stale_pattern=("old",))
    here.tenant.faults.add(Fault(what, DropAfter(), method="POST", nth=1))
    result = here.bring("45.1.1.7")
    assert "is not known" in result.report.stopped
    here.time.now += 100
    here.bring("45.1.1.7")
    assert (len(here.tenant.locations()), len(here.tenant.policies())) == (1, 1)
    assert no_change(here.plan("45.1.1.7"))


def test_that_it_may_be_there_is_told_even_if_nobody_can_look(entra: Start) -> None:
    here = entra()
    here.tenant.faults.add(Fault(LOCATIONS, DropAfter(), method="POST"))
    here.tenant.faults.add(Fault(LOCATIONS, Answer(403), method="GET", nth=2))
    result = here.bring("45.1.1.7")
    assert "was made is not known: it could not be looked up" in result.report.stopped
    assert len(here.tenant.locations()) == 1


def test_a_plan_that_is_applied_a_second_time_makes_nothing_twice(entra: Start) -> None:
    here = entra()
    plan = here.plan("45.1.1.7")
    here.write(plan)
    again = here.write(plan)
    assert here.writes() == []
    assert again.outcomes == {"created": 1}
    assert again.report.difference_count == 0
    assert (len(here.tenant.locations()), len(here.tenant.policies())) == (1, 1)


def test_a_recreation_that_is_applied_a_second_time_keeps_the_copy(entra: Start) -> None:
    here = entra()
    changing(here)
    here.given(here.with_policy(recreate=True))
    plan = here.plan(*addresses(4), "45.70.1.7")
    here.write(plan)
    made = here.only_policy()["id"]
    again = here.write(plan)
    assert here.only_policy()["id"] == made
    assert (again.report.stopped, again.report.difference_count) == ("", 0)
    assert "POST policies 201" not in here.writes()


@pytest.mark.parametrize("kind", ["location", "policy"])
def test_something_else_that_took_the_name_meanwhile_is_not_taken_for_ours(entra: Start, kind: str) -> None:
    here = entra()
    plan = here.plan("45.1.1.7")
    other = here.seed_location(NAME, "45.50.0.0/16") if kind == "location" else here.seed_policy("All")
    result = here.write(plan)
    assert other in result.told
    assert f"POST {'namedLocations' if kind == 'location' else 'policies'} 201" not in here.writes()
    if kind == "location":
        assert result.outcomes == {"failed refused": 1}
        assert here.held() == {NAME: ["45.50.0.0/16"]}
        assert here.tenant.policies() == []
    else:
        assert here.named() == ["All"]


def changing(here: EntraSite) -> tuple[str, str]:
    big = here.seed_location(NAME, *addresses(5))
    small = here.seed_location(f"{NAME} (2)", "45.70.1.7", trusted=True)
    here.seed_policy(big, small)
    return big, small


@pytest.mark.parametrize("lost", [DropBefore(), *list(LOST.values())[:5]], ids=["never_sent", *list(LOST)[:5]])
@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", LOCATION), ("PATCH", POLICY), ("DELETE", LOCATION)],
    ids=["change_of_a_location", "change_of_a_policy", "deletion"],
)
def test_a_lost_answer_to_what_can_be_repeated_is_repeated(
    entra: Start, method: str, path: str, lost: Any
) -> None:
    here = entra()
    big, _ = changing(here)
    here.tenant.faults.add(Fault(path, lost, method=method, nth=1))
    values = [*addresses(4), "45.70.1.7"]
    report = here.bring(*values).report
    assert (report.stopped, report.difference_count, report.withdrawn) == ("", 0, 1)
    assert here.ids() == {NAME: big}
    assert no_change(here.plan(*values))


def test_a_service_that_does_not_answer_the_first_write_raises(entra: Start) -> None:
    here = entra()
    changing(here)
    here.tenant.faults.add(Fault(LOCATION, DropBefore(), method="PATCH"))
    with pytest.raises(RetryLater):
        here.bring(*addresses(4))
    assert len(here.tenant.locations()) == 2


def test_a_service_that_stops_answering_later_is_told(entra: Start) -> None:
    here = entra()
    one, other = addresses(210, net=1), addresses(210, net=61)
    here.seed_policy(here.seed_location(NAME, *one), here.seed_location(f"{NAME} (2)", *other))
    here.tenant.faults.add(Fault(LOCATION, Answer(503), method="PATCH", nth=2, times=1_000))
    result = here.bring(*one[1:], "45.1.0.6", *other[1:], "45.61.1.6")
    assert result.report.unreachable
    assert result.report.stopped
    assert result.outcomes == {"created": 1, "failed not_delivered": 1}
    assert result.report.withdrawn == 1


def test_a_recreated_policy_whose_answer_is_lost_is_not_the_old_one(entra: Start) -> None:
    here = entra(stale_reads=3)
    old = here.seed_policy(here.seed_location(NAME, "45.1.1.7"), state="disabled")
    here.given(here.with_policy(state="enabledForReportingButNotEnforced", recreate=True))
    here.tenant.faults.add(Fault(POLICIES, DropAfter(), method="POST", nth=1))
    report = here.bring("45.1.1.7").report
    assert (report.stopped, report.difference_count) == ("", 0)
    assert here.only_policy()["id"] != old
    assert here.writes() == ["POST policies 0", "DELETE policies/{id} 204"]


def test_a_stranger_that_appears_while_an_answer_is_lost_is_not_verified_as_ours(entra: Start) -> None:
    here = entra()
    # The create is lost before it takes effect, and at that moment somebody makes one of the same name.
    stranger = Meanwhile(lambda: here.seed_location(NAME, "45.50.0.0/16"))
    here.tenant.faults.add(
        Fault(LOCATIONS, stranger, method="POST"), Fault(LOCATIONS, DropBefore(), method="POST")
    )
    result = here.bring("45.1.1.7")
    assert here.held() == {NAME: ["45.50.0.0/16"]}
    assert result.report.difference_count
    assert here.tenant.policies() == []
