"""Locations for which nothing is left: untrusted first, waited for, deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from entra_write_help import LOCATION, LOCATIONS, NAME, EntraSite, addresses

from iocbeam.local_tenant import Answer, Fault, Meanwhile
from iocbeam.model.entra_plan import EntraPlan

Start = Callable[..., EntraSite]


def surplus(here: EntraSite, *, trusted: bool = True) -> tuple[EntraPlan, str]:
    """A plan that frees a location; its range moves into the other one."""
    big = here.seed_location(NAME, *addresses(5))
    small = here.seed_location(f"{NAME} (2)", "45.70.1.7", trusted=trusted)
    here.seed_policy(big, small)
    plan = here.plan(*addresses(4), "45.70.1.7")
    assert [one.id for one in plan.surplus] == [small]
    return plan, small


def test_a_trusted_location_is_untrusted_then_waited_for_then_deleted(entra: Start) -> None:
    here = entra()
    plan, small = surplus(here)
    report = here.write(plan).report
    assert (
        here.calls()[-10:]
        == [
            *["GET policies/{id} 200"] * 3,
            "PATCH namedLocations/{id} 204",
            *["GET namedLocations/{id} 200"] * 3,
            "DELETE namedLocations/{id} 204",
            *["GET namedLocations/{id} 404"] * 3,
        ][-10:]
    )
    assert here.paths("PATCH")[-1] == here.paths("DELETE")[-1] == small
    assert report.difference_count == 0


@pytest.mark.parametrize("times", [1, 4, 12])
def test_a_deletion_that_is_refused_for_a_while_is_sent_again(entra: Start, times: int) -> None:
    here = entra()
    plan, _ = surplus(here, trusted=False)
    here.tenant.faults.add(Fault(LOCATION, Answer(400), method="DELETE", times=times))
    report = here.write(plan).report
    assert (report.stopped, report.difference_count) == ("", 0)
    assert list(here.held()) == [NAME]


def test_a_deletion_that_is_refused_for_good_is_told_and_the_others_are_done(entra: Start) -> None:
    here = entra()
    big = here.seed_location(NAME, *addresses(5))
    others = [here.seed_location(f"{NAME} ({number})", f"45.7{number}.1.7") for number in (2, 3)]
    here.seed_policy(big, *others)
    plan = here.plan(*addresses(4))
    body = {"error": {"code": "BadRequest", "message": "The location is used somewhere else."}}
    here.tenant.faults.add(Fault(f"{LOCATIONS}/{others[0]}", Answer(400, body), method="DELETE"))
    started = here.time.now
    result = here.write(plan)
    report = result.report
    assert set(here.ids().values()) == {big, others[0]}
    assert report.differences == (f"the location '{NAME} (2)' (still there)",)
    assert "The location 'Feed (2)' could not be deleted: The location is used somewhere else." in result.told
    assert (result.plan.withdrawn, report.withdrawn) == (3, 2)
    assert 50 < here.time.now - started < 100
    assert here.named() == [big]


def test_it_is_deleted_by_the_next_run_when_nothing_names_it_any_more(entra: Start) -> None:
    here = entra()
    plan, small = surplus(here, trusted=False)
    here.tenant.faults.add(Fault(LOCATION, Answer(400), method="DELETE"))
    here.write(plan)
    here.tenant.faults.clear()
    here.bring(*addresses(4), "45.70.1.7")
    assert small not in here.ids().values()


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_one_that_somebody_else_deletes_first_is_as_it_should_be(entra: Start, method: str) -> None:
    here = entra()
    plan, small = surplus(here)
    delete = Meanwhile(lambda: here.tenant.remove_location(small))
    here.tenant.faults.add(Fault(f"{LOCATIONS}/{small}", delete, method=method, nth=1))
    report = here.write(plan).report
    assert (report.stopped, report.difference_count) == ("", 0)
    assert list(here.held()) == [NAME]


def test_what_was_deleted_is_told_when_it_stops_afterwards(entra: Start) -> None:
    here = entra().given(policy=None)
    for number in (2, 3):
        here.seed_location(f"{NAME} ({number})", f"45.7{number}.1.7")
    here.seed_location(NAME, *addresses(5))
    plan = here.plan(*addresses(5))
    assert [len(plan.surplus), len(plan.locations)] == [2, 0]
    here.tenant.faults.add(Fault(LOCATION, Answer(403), method="DELETE", nth=2))
    report = here.write(plan).report
    assert "403" in report.stopped
    assert report.withdrawn == 1
    assert len(here.tenant.locations()) == 2


def test_without_a_policy_of_ours_surplus_goes_after_the_locations(entra: Start) -> None:
    here = entra().given(policy=None)
    here.seed_location(NAME, *addresses(5)), here.seed_location(f"{NAME} (2)", "45.70.1.7")
    report = here.bring(*addresses(5), "45.70.1.7", "45.70.2.7").report
    assert report.difference_count == 0
    assert here.tenant.policies() == []
