"""Withdrawals: in few calls, whether the rows are still there or not, and nothing is lost silently."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from math import ceil

import pytest
from sinks_help import BATCH_DELETE, DELETE, IMPORT, LIST, QUICK, Site, blocking, domain_rows, outcomes

from iocbeam.local_tenant import Answer, DropAfter, DropBefore, Fault, Meanwhile
from iocbeam.model.errors import IocbeamError, PermissionDenied, Refused, RetryLater

Start = Callable[..., Site]
BRIEF = replace(QUICK, deadline=0.3)
both_readings_of_404 = pytest.mark.parametrize("batch_delete_missing", ["atomic", "partial"])


@pytest.mark.parametrize("count", [1, 500, 501, 1_200])
def test_withdrawals_take_one_call_for_500_rows(site: Start, count: int) -> None:
    here = site()
    here.seed(domain_rows(count))
    written = here.write(here.plan([]))
    assert here.calls(BATCH_DELETE) == [204] * ceil(count / 500)
    assert written.report.withdrawn == count
    assert here.tenant.rows() == []


def test_only_what_is_to_go_goes(site: Start) -> None:
    here = site()
    here.seed(domain_rows(6))
    here.seed_others(domain_rows(range(6, 9)))
    here.write(here.plan(domain_rows(4)))
    assert set(here.ids()) == {row.value for row in domain_rows(4)}
    assert len(here.others()) == 3


def test_withdrawals_come_after_changes_and_before_one_listing(site: Start) -> None:
    here = site()
    here.seed(domain_rows(3))
    here.write(here.plan(domain_rows(range(3, 6))))
    steps = [one.path for one in here.tenant.requests if one.path in (IMPORT, BATCH_DELETE, LIST)]
    # The list's end shows by a second page.
    assert steps == [IMPORT, BATCH_DELETE, LIST, LIST]
    assert here.listings() == 1


@both_readings_of_404
def test_rows_that_vanished_do_not_keep_the_others(site: Start, batch_delete_missing: str) -> None:
    here = site(batch_delete_missing=batch_delete_missing)
    ids = here.seed(domain_rows(1_200))
    plan = here.plan([])
    here.tenant.remove([ids[3], ids[700], ids[1_199]])
    written = here.write(plan)
    assert here.tenant.rows() == []
    assert (written.report.withdrawn, written.report.stopped) == (1_200, "")
    # One 404; the list that is then read tells what is missing from the other batches too.
    again = 1 if batch_delete_missing == "atomic" else 0
    assert here.calls(BATCH_DELETE) == [404] + [204] * (again + 2)
    assert here.listings() == 2
    assert here.single_deletes() == []


@both_readings_of_404
def test_rows_that_expired_do_not_keep_the_others(site: Start, batch_delete_missing: str) -> None:
    present = 1_800_000_000.0
    here = site(batch_delete_missing=batch_delete_missing, clock=lambda: present)
    here.seed(domain_rows(5), expirationTime="2027-01-15T08:01:00Z")
    here.seed(domain_rows(range(5, 10)))
    plan = here.plan([])
    assert len(plan.withdraw) == 10
    present += 120
    written = here.write(plan)
    assert here.tenant.rows() == []
    assert (written.report.withdrawn, written.report.difference_count) == (10, 0)


def test_a_lost_answer_to_a_deletion_is_no_failure(site: Start) -> None:
    here = site()
    here.seed(domain_rows(10))
    here.tenant.faults.add(Fault(BATCH_DELETE, DropAfter(), times=1))
    written = here.write(here.plan([]))
    assert here.calls(BATCH_DELETE) == [0, 404]
    assert (written.report.withdrawn, written.report.stopped) == (10, "")


def test_a_batch_deletion_that_never_finds_its_rows_gives_way_to_single_ones(site: Start) -> None:
    here = site()
    here.seed(domain_rows(7))
    here.tenant.faults.add(Fault(BATCH_DELETE, Answer(404)))
    written = here.write(here.plan([]))
    assert here.calls(BATCH_DELETE) == [404, 404]
    assert here.single_deletes() == [204] * 7
    assert (written.report.withdrawn, written.report.stopped) == (7, "")


REFUSALS: dict[str, tuple[object, type[IocbeamError]]] = {
    "400": (Answer(400), Refused),
    "403": (Answer(403), PermissionDenied),
    "500": (Answer(500), RetryLater),
    "no answer": (DropBefore(), RetryLater),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_deletion_that_fails_in_mid_run_is_told_with_what_was_done(site: Start, refusal: str) -> None:
    here = site()
    here.seed(domain_rows(1_200))
    here.tenant.faults.add(Fault(BATCH_DELETE, REFUSALS[refusal][0], nth=2, times=100))
    written = here.write(here.plan(domain_rows(range(2_000, 2_003))), retry=BRIEF)
    assert outcomes(written) == {"created": 3}
    report = written.report
    assert "rows could not be deleted" in report.stopped
    assert (report.accepted, report.withdrawn) == (3, 500)
    assert any("700 rows" in notice for notice in report.notices)
    assert len(here.tenant.rows()) == 703
    # Nobody reads back from a service that is not there.
    assert report.present == (None if report.unreachable else 3)
    assert report.unreachable == (REFUSALS[refusal][1] is RetryLater)


def test_a_plan_of_withdrawals_only_that_fails_in_mid_run_does_not_raise(site: Start) -> None:
    here = site()
    here.seed(domain_rows(30))
    here.tenant.faults.add(Fault(BATCH_DELETE, Answer(403), nth=2, times=100))
    report = here.write(here.plan([]), batch=10).report
    assert "rows could not be deleted" in report.stopped
    assert report.withdrawn == 10
    assert len(here.tenant.rows()) == 20


def test_second_rows_that_could_not_be_deleted_are_told(site: Start) -> None:
    here = site(key_model="value_action_scope")
    here.seed(domain_rows(5))
    here.tenant.faults.add(Fault(BATCH_DELETE, Answer(403)))
    written = here.write(here.plan(blocking(3)))
    assert outcomes(written) == {"updated": 3}
    # Two that were to be withdrawn and three that had another action.
    assert "5 rows that were to be deleted are still there." in written.report.notices
    assert written.report.withdrawn == 0


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_first_deletion_that_fails_raises(site: Start, refusal: str) -> None:
    here = site()
    here.seed(domain_rows(10))
    fault, error = REFUSALS[refusal]
    here.tenant.faults.add(Fault(BATCH_DELETE, fault))
    with pytest.raises(error):
        here.write(here.plan([]), retry=BRIEF)
    assert len(here.tenant.rows()) == 10


def test_single_deletions_that_fail_midway_do_not_raise(site: Start) -> None:
    here = site()
    here.seed(domain_rows(7))
    here.tenant.faults.add(Fault(BATCH_DELETE, Answer(404)), Fault(DELETE, Answer(403), nth=3, times=100))
    report = here.write(here.plan([])).report
    assert "rows could not be deleted" in report.stopped
    assert report.withdrawn == 2
    assert len(here.tenant.rows()) == 5


def test_an_id_that_cannot_be_sent_loses_no_outcome(site: Start) -> None:
    here = site()
    here.seed(domain_rows(2))
    plan = here.plan(domain_rows(range(5, 8)))
    odd = plan.withdraw[0]._replace(id="no such/id")
    plan = type(plan)(plan.tenant_id, plan.alias, plan.changes, withdraw=(odd,), mark_seen=True)
    written = here.write(plan)
    assert outcomes(written) == {"created": 3}
    assert "rows could not be deleted" in written.report.stopped


def test_a_run_that_is_cancelled_between_deletions_says_what_was_done(site: Start) -> None:
    here = site()
    here.seed(domain_rows(1_700))
    cancel = threading.Event()
    here.tenant.faults.add(Fault(BATCH_DELETE, Meanwhile(cancel.set), nth=2))
    written = here.write(here.plan(domain_rows(range(2_000, 2_003))), cancel=cancel)
    assert here.calls(BATCH_DELETE) == [204, 204]
    assert outcomes(written) == {"created": 3}
    assert written.report.stopped == "the run was cancelled"
    assert written.report.withdrawn == 1_000
    assert len(here.tenant.rows()) == 703
    assert here.listings() == 0


def test_a_stop_before_the_withdrawals_keeps_them_and_says_so(site: Start) -> None:
    here = site()
    here.seed(domain_rows(10))
    here.tenant.faults.add(Fault(IMPORT, Answer(403), nth=2, times=100))
    report = here.write(here.plan(domain_rows(range(20, 40))), batch=10).report
    assert here.calls(BATCH_DELETE) == []
    assert report.withdrawn == 0
    assert "10 rows that were to be deleted are still there." in report.notices
