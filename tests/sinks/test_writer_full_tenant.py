"""A full tenant: slice by slice, each after the deletions that make room for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from math import ceil

import pytest
from sinks_help import BATCH_DELETE, IMPORT, LIST, QUICK, Site, blocking, domain_rows, outcomes

from iocbeam.local_tenant import Answer, Fault, Meanwhile

Start = Callable[..., Site]
both_key_models = pytest.mark.parametrize("key_model", ["value", "value_action_scope"])


def watch(here: Site) -> list[int]:
    """Counts the rows at each import and each deletion; the list grows while the tenant is written to."""
    counts: list[int] = []
    here.tenant.faults.add(
        *(
            Fault(path, Meanwhile(lambda: counts.append(len(here.tenant.rows()))))
            for path in (IMPORT, BATCH_DELETE)
        )
    )
    return counts


def test_swapping_1000_rows_takes_two_imports_and_two_deletions(site: Start) -> None:
    here = site(capacity=2_000)
    here.seed(domain_rows(1_500))
    here.seed_others(domain_rows(range(5_000, 5_500)))
    counts = watch(here)
    wanted = domain_rows(range(1_000, 2_500))
    written = here.write(here.plan(wanted))
    assert outcomes(written) == {"created": 1_000}
    assert set(here.ids()) == {row.value for row in wanted}
    assert len(here.others()) == 500
    assert counts == [2_000, 1_500, 2_000, 1_500]
    posts = [one.path for one in here.tenant.requests if one.path in (IMPORT, BATCH_DELETE)]
    assert posts == [BATCH_DELETE, IMPORT, BATCH_DELETE, IMPORT]
    assert here.listings() == 1
    report = written.report
    assert (report.withdrawn, report.present, report.difference_count) == (1_000, 1_000, 0)


@both_key_models
@pytest.mark.parametrize(
    ("capacity", "ours", "others", "creates", "withdrawals", "actions"),
    [
        pytest.param(40, 40, 0, 25, 25, 0, id="a swap"),
        pytest.param(40, 30, 10, 1, 1, 0, id="one row"),
        pytest.param(40, 33, 0, 20, 13, 0, id="some places are free"),
        pytest.param(40, 40, 0, 5, 23, 0, id="more goes than comes"),
        pytest.param(40, 40, 0, 0, 0, 25, id="new actions alone"),
        pytest.param(40, 40, 0, 0, 23, 15, id="new actions and withdrawals"),
        pytest.param(40, 38, 0, 9, 7, 21, id="everything at once"),
        pytest.param(40, 44, 0, 3, 9, 11, id="more rows than there may be"),
    ],
)
def test_never_a_row_too_many_and_the_calls_are_counted_beforehand(
    site: Start,
    key_model: str,
    capacity: int,
    ours: int,
    others: int,
    creates: int,
    withdrawals: int,
    actions: int,
) -> None:
    batch = 10
    here = site(key_model=key_model, capacity=capacity)
    here.seed(domain_rows(ours))
    here.seed_others(domain_rows(range(500, 500 + others)))
    counts = watch(here)
    wanted = [
        *blocking(actions),
        *domain_rows(range(actions, ours - withdrawals)),
        *domain_rows(range(100, 100 + creates)),
    ]
    written = here.write(here.plan(wanted), batch=batch)
    assert sum(outcomes(written).values()) == creates + actions
    assert set(outcomes(written)) <= {"created", "updated"}
    assert max(counts) <= max(capacity, ours + others)
    assert set(here.ids()) == {row.value for row in wanted}

    deletions = here.calls(BATCH_DELETE)
    assert here.calls(IMPORT) == [200] * ceil((creates + actions) / batch)
    assert set(deletions) <= {204}
    if not actions:
        assert len(deletions) == ceil(withdrawals / batch)
    else:
        # Each slice with new actions may cost one more, since the rows that it replaces are known by then only.
        most = ceil((withdrawals + actions) / batch) + ceil(actions / batch)
        assert ceil(withdrawals / batch) <= len(deletions) <= most
    assert here.listings() == 1


def test_what_another_owner_took_meanwhile_is_left_out(site: Start) -> None:
    here = site(capacity=30)
    here.seed(domain_rows(10))
    plan = here.plan(domain_rows(range(30)))
    here.seed_others(domain_rows(range(100, 108)))
    written = here.write(plan)
    assert outcomes(written) == {"created": 12, "left_out over_capacity": 8}
    assert len(here.tenant.rows()) == 30


def test_places_that_another_owner_took_in_a_full_tenant_are_made_anew(site: Start) -> None:
    here = site(capacity=40)
    here.seed(domain_rows(40))
    plan = here.plan(domain_rows(range(100, 120)) + domain_rows(20))
    taken = Meanwhile(lambda: here.seed_others(domain_rows(range(500, 510))))
    here.tenant.faults.add(Fault(IMPORT, taken, times=1))
    written = here.write(plan, batch=10)
    # The first ten had no place any more. The second ten got those of the second deletion.
    assert outcomes(written) == {"left_out over_capacity": 10, "created": 10}
    assert written.report.withdrawn == 20
    assert len(here.tenant.rows()) == 40


def test_an_import_that_fails_makes_no_more_room_than_it_needs(site: Start) -> None:
    here = site(capacity=100)
    here.seed(domain_rows(100))
    plan = here.plan(domain_rows(range(500, 600)))
    here.tenant.faults.add(Fault(IMPORT, Answer(500), nth=2, times=10_000))
    written = here.write(plan, batch=10, retry=replace(QUICK, deadline=0.2))
    assert outcomes(written) == {"created": 10, "failed not_delivered": 20, "failed stopped": 70}
    assert written.report.withdrawn == 20
    assert len(here.tenant.rows()) == 90


def test_a_deletion_that_fails_in_mid_swap_stops_it(site: Start) -> None:
    here = site(capacity=40)
    here.seed(domain_rows(40))
    here.tenant.faults.add(Fault(BATCH_DELETE, Answer(403), nth=2, times=10))
    written = here.write(here.plan(domain_rows(range(100, 140))), batch=10)
    assert outcomes(written) == {"created": 10, "failed stopped": 30}
    assert written.report.withdrawn == 10
    assert "rows could not be deleted" in written.report.stopped
    assert len(here.tenant.rows()) == 40


def test_a_run_that_is_cancelled_in_mid_swap_deletes_no_more(site: Start) -> None:
    here = site(capacity=40)
    here.seed(domain_rows(40))
    cancel = threading.Event()
    here.tenant.faults.add(Fault(IMPORT, Meanwhile(cancel.set), nth=2))
    written = here.write(here.plan(domain_rows(range(100, 140))), batch=10, cancel=cancel)
    assert outcomes(written) == {"created": 20, "failed stopped": 20}
    assert here.calls(BATCH_DELETE) == [204, 204]
    assert written.report.stopped == "the run was cancelled"
    assert "20 rows that were to be deleted are still there." in written.report.notices


def test_rows_that_vanished_in_mid_swap_cost_one_listing(site: Start) -> None:
    here = site(capacity=40)
    ids = here.seed(domain_rows(40))
    plan = here.plan(domain_rows(range(100, 140)))
    here.tenant.remove(ids[5])
    written = here.write(plan, batch=10)
    assert outcomes(written) == {"created": 40}
    assert here.calls(BATCH_DELETE).count(404) == 1
    assert written.report.withdrawn == 40
    assert [one for one in here.calls(LIST, "GET") if one != 200] == []
    assert here.listings() == 2
