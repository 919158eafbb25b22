"""The owner mark: nothing is deleted in a tenant that does not return it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sinks_help import BATCH_DELETE, LIST, Site, domain_rows, outcomes, plan_of

from iocbeam.local_tenant import Answer, EditAnswer, Fault
from iocbeam.model.plan import DefenderPlan, Withdrawal

Start = Callable[..., Site]


def unproven(here: Site, creates: int, free: int | None) -> DefenderPlan:
    """Rows to withdraw of which no mark was seen: the planner makes no such plan, and it must do no harm."""
    rows = here.seed(domain_rows(range(500, 505)))
    going = tuple(Withdrawal(one, "DomainName", "x.example", "absent") for one in rows)
    return replace(plan_of(creates), withdraw=going, free=free)


@pytest.mark.parametrize("spelling", ["externalId", "externalID"])
def test_a_mark_is_known_in_both_spellings(site: Start, spelling: str) -> None:
    assert site(mark_spelling=spelling).write(plan_of(3)).report.mark == "kept"


def test_a_mark_that_the_list_showed_is_not_looked_for(site: Start) -> None:
    here = site()
    here.seed(domain_rows(1))
    report = here.write(here.plan(domain_rows(3))).report
    assert report.mark == ""
    # One reading, whose end shows by a second page.
    assert here.calls(LIST, "GET") == [200, 200]


def test_a_tenant_that_does_not_return_the_mark_is_noticed(site: Start) -> None:
    report = site(mark="not_returned").write(plan_of(3)).report
    assert report.mark == "not_returned"
    assert any("externalId" in notice for notice in report.notices)


@pytest.mark.parametrize("creates", [0, 3])
@pytest.mark.parametrize("free", [None, 2], ids=["with room", "full"])
def test_nothing_is_withdrawn_where_the_mark_is_not_returned(site: Start, creates: int, free: int | None) -> None:
    here = site(mark="not_returned")
    report = here.write(unproven(here, creates, free)).report
    assert here.calls(BATCH_DELETE) == []
    assert len(here.tenant.rows()) == 5 + creates
    assert "5 rows that were to be deleted are still there." in report.notices
    assert report.mark == ("not_returned" if creates else "")


def test_rows_are_withdrawn_once_a_new_row_showed_the_mark(site: Start) -> None:
    here = site()
    report = here.write(unproven(here, 3, None)).report
    assert (report.mark, report.withdrawn, len(here.tenant.rows())) == ("kept", 5, 3)


def test_a_tenant_that_keeps_the_mark_of_the_creation_is_written_as_any_other(site: Start) -> None:
    here = site(mark="create_only")
    here.seed(domain_rows(6))
    written = here.write(here.plan([*domain_rows(2, title="another title"), *domain_rows(range(8, 10))]))
    assert outcomes(written) == {"updated": 2, "created": 2}
    report = written.report
    assert (report.withdrawn, report.present, report.difference_count, report.notices) == (4, 4, 0, ())
    after = here.plan([*domain_rows(2, title="another title"), *domain_rows(range(8, 10))])
    assert (after.changes, after.withdraw) == ((), ())


def test_a_mark_that_cannot_be_read_is_looked_for_again_and_nothing_else_is_harmed(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(LIST, Answer(400), method="GET", times=1))
    written = here.write(plan_of(30), batch=10)
    assert outcomes(written) == {"created": 30}
    assert written.report.mark == "kept"
    assert any("could not be read back" in notice for notice in written.report.notices)


@pytest.mark.parametrize("rows", [[], [{"id": "1", "indicatorValue": "x.example", "indicatorType": "DomainName"}]])
def test_a_new_row_that_does_not_show_yet_says_nothing_of_the_mark(site: Start, rows: list[Any]) -> None:
    here = site()
    here.tenant.faults.add(Fault(LIST, EditAnswer(lambda answer: {"value": rows}), method="GET", times=1))
    waits: list[float] = []
    report = here.write(plan_of(30), batch=10, sleep=waits.append).report
    assert (report.mark, report.present, report.notices) == ("kept", 30, ())
    assert waits == []
