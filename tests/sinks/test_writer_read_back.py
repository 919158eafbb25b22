"""Read-back: what the tenant shows afterwards, and how long it may take to show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sinks_help import BATCH_DELETE, IMPORT, LIST, Site, blocking, domain_rows, outcomes

from iocbeam.local_tenant import Answer, EditAnswer, Fault, Meanwhile
from iocbeam.sinks import Written

Start = Callable[..., Site]
both_key_models = pytest.mark.parametrize("key_model", ["value", "value_action_scope"])


class Time:
    """A clock that moves on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def write(self, here: Site, *arguments: Any, **more: Any) -> Written:
        return here.write(*arguments, clock=self.clock, sleep=self.sleep, **more)


def showing(before: list[dict[str, Any]]) -> EditAnswer:
    """The list as it was: rows that are new do not show, the others as they were."""
    old = {row["id"]: row for row in before}
    return EditAnswer(
        lambda answer: {**answer, "value": [old[row["id"]] for row in answer["value"] if row["id"] in old]}
    )


def edited(here: Site, number: int, **fields: Any) -> Meanwhile:
    """Somebody changes a row before the list is read."""
    return Meanwhile(lambda: here.tenant.edit(here.ids()[f"n{number}.malware-test.example"], **fields))


def test_what_shows_at_once_takes_no_waiting(site: Start) -> None:
    here, time = site(), Time()
    here.seed(domain_rows(5))
    report = time.write(here, here.plan([*blocking(2), *domain_rows(range(8, 11))])).report
    assert (report.present, report.withdrawn, report.difference_count) == (5, 3, 0)
    assert time.now == 0
    assert here.listings() == 1


def test_rows_that_do_not_show_count_as_a_difference_after_60_seconds(site: Start) -> None:
    here, time = site(), Time()
    here.seed(domain_rows(2))
    here.tenant.faults.add(Fault(LIST, showing(here.tenant.rows()), method="GET"))
    report = time.write(here, here.plan(domain_rows(5))).report
    assert 55 <= time.now <= 60
    assert (report.accepted, report.present, report.difference_count) == (3, 0, 3)
    assert report.differences == tuple(row.value for row in domain_rows(range(2, 5)))


@both_key_models
@pytest.mark.parametrize("told", [True, False], ids=["ids are told", "no ids are told"])
def test_a_list_that_shows_the_old_state_for_some_seconds_is_no_difference(
    site: Start, key_model: str, told: bool
) -> None:
    here, time = site(key_model=key_model), Time()
    here.seed([*domain_rows(4), *domain_rows(range(20, 22))])
    late = Fault(LIST, showing(here.tenant.rows()), method="GET", times=6)
    here.tenant.faults.add(late)
    if not told:
        blank = EditAnswer(lambda answer: {"value": [{**one, "id": None} for one in answer["value"]]})
        here.tenant.faults.add(Fault(IMPORT, blank))
    wanted = [*blocking(2), *domain_rows(range(2, 4), title="another title"), *domain_rows(range(20, 24))]
    written = time.write(here, here.plan(wanted))
    assert outcomes(written) == {"updated": 4, "created": 2}
    report = written.report
    assert (report.present, report.difference_count, report.notices) == (6, 0, ())
    assert here.tenant.faults.struck(late) == 6
    assert 0 < time.now < 60
    assert len(here.ids()) == 8


def test_an_update_that_shows_late_is_not_taken_for_a_field_that_the_service_rewrites(site: Start) -> None:
    here, time = site(), Time()
    here.seed(domain_rows(3))
    here.tenant.faults.add(Fault(LIST, showing(here.tenant.rows()), method="GET", times=4))
    report = time.write(here, here.plan(domain_rows(3, title="another title"))).report
    assert (report.present, report.difference_count, report.notices) == (3, 0, ())
    assert 0 < time.now < 60


def test_withdrawn_rows_that_show_for_some_seconds_are_no_difference(site: Start) -> None:
    here, time = site(), Time()
    ids = here.seed(domain_rows(5))
    here.tenant.faults.add(
        Fault(BATCH_DELETE, Answer(204, b"")),
        Fault(LIST, Meanwhile(lambda: here.tenant.remove(ids)), method="GET", nth=5),
    )
    report = time.write(here, here.plan([])).report
    assert (report.withdrawn, report.difference_count) == (5, 0)
    assert 0 < time.now < 60


def test_withdrawn_rows_that_are_still_listed_after_60_seconds_are_a_difference(site: Start) -> None:
    here, time = site(), Time()
    here.seed(domain_rows(2))
    here.tenant.faults.add(Fault(BATCH_DELETE, Answer(204, b"")))
    report = time.write(here, here.plan([])).report
    assert 55 <= time.now <= 60
    assert report.difference_count == 2
    assert report.differences == tuple(f"{row.value} (still there)" for row in domain_rows(2))


@both_key_models
@pytest.mark.parametrize(
    "fields",
    [{"action": "Allowed"}, {"externalId": None}, {"externalId": "iocbeam:drill-2:00"}],
    ids=["another action", "no mark", "another collection's mark"],
)
def test_a_row_counts_as_present_with_our_mark_and_the_action_that_was_sent(
    site: Start, key_model: str, fields: dict[str, Any]
) -> None:
    here = site(key_model=key_model)
    plan = here.plan(domain_rows(3))
    assert not plan.mark_seen
    # The first GET looks for the mark.
    here.tenant.faults.add(Fault(LIST, edited(here, 1, **fields), method="GET", nth=2))
    report = here.write(plan).report
    assert (report.accepted, report.present, report.difference_count) == (3, 2, 1)
    assert report.differences == ("n1.malware-test.example",)


def test_a_row_of_another_owner_with_the_same_value_is_not_taken_for_ours(site: Start) -> None:
    here = site()
    plan = here.plan(domain_rows(3))
    swapped = Meanwhile(lambda: (here.tenant.remove(list(here.ids().values())), here.seed_others(domain_rows(3))))
    here.tenant.faults.add(Fault(LIST, swapped, method="GET", nth=2))
    report = here.write(plan).report
    assert (report.present, report.difference_count) == (0, 3)


def test_a_field_that_the_service_stores_otherwise_is_named_and_is_no_difference(site: Start) -> None:
    here, time = site(stored_as={"description": lambda text: text[:4], "severity": lambda _: "Low"}), Time()
    report = time.write(here, here.plan(domain_rows(12))).report
    assert (report.present, report.difference_count) == (12, 0)
    assert time.now == 0
    assert len(report.notices) == 2
    assert any("description of 12 rows" in notice and "n0.malware-test" in notice for notice in report.notices)
    assert any("severity of 12 rows" in notice for notice in report.notices)


def test_20_differences_are_named_and_all_are_counted(site: Start) -> None:
    here, time = site(), Time()
    here.tenant.faults.add(Fault(LIST, showing([]), method="GET"))
    report = time.write(here, here.plan(domain_rows(30))).report
    assert report.difference_count == 30
    assert len(report.differences) == 20


def test_a_list_that_fails_when_it_is_read_back_loses_no_outcome(site: Start) -> None:
    here = site()
    here.seed(domain_rows(3))
    here.tenant.faults.add(Fault(LIST, Answer(403), method="GET"))
    written = here.write(here.plan(domain_rows(range(3, 6))))
    assert outcomes(written) == {"created": 3}
    assert written.report.present is None
    assert written.report.withdrawn == 3
    assert "the read-back failed" in written.report.stopped
