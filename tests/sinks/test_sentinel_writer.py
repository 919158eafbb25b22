"""The writer of a Sentinel workspace, against the local tenant over TLS."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sentinel_sink_help import QUERY, UPLOAD, SentinelSite, ends_of, sentinel_row, sentinel_rows

from iocbeam.local_tenant import (
    Answer,
    DropAfter,
    EditAnswer,
    FailItems,
    Fault,
    Poison,
)
from iocbeam.model.errors import AuthenticationError, ConfigurationError, RetryLater


def test_a_plan_is_applied_and_read_back(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    written = here.write(here.plan(sentinel_rows(3)))
    assert ends_of(written) == {"created": 3}
    report = written.report
    assert (report.target, report.sent, report.accepted, report.present, report.stopped) == (
        "sentinel",
        3,
        3,
        3,
        "",
    )
    assert {one["x_source"] for one in here.tenant.sentinel_objects()} == {"iocbeam:drill"}


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"labels_shown_as": "threatIntelligenceTags"},
        {"labels_shown_as": "nowhere"},
        {"external_id": "nothing"},
        {"sources_filter": "ignored"},
        {"max_page_size": 2, "next_page": "body"},
        {"max_page_size": 2, "next_page": "link"},
        {"revoked_rows": "hidden"},
        {"hash_names": "without_dash"},
    ],
    ids=str,
)
def test_whatever_the_service_shows_a_second_run_sends_nothing(
    sentinel: Callable[..., SentinelSite], switches: dict[str, Any]
) -> None:
    here = sentinel(**switches)
    here.write(here.plan(sentinel_rows(5)))
    here.tenant.clear_requests()
    plan = here.plan(sentinel_rows(5))
    assert (plan.changes, plan.withdraw) == ((), ())
    changed = here.plan([sentinel_row(0, description="new"), *sentinel_rows([1, 2, 3])])
    assert [one.kind for one in changed.changes] == ["updated"]
    assert [one.reason for one in changed.withdraw] == ["absent"]
    report = here.write(changed).report
    assert (report.accepted, report.withdrawn, report.present) == (1, 1, 1)
    assert here.values() == [f"n{number}.malware-test.example" for number in range(4)]
    again = here.plan([sentinel_row(0, description="new"), *sentinel_rows([1, 2, 3])])
    assert (again.changes, again.withdraw) == ((), ())


def test_nothing_to_do_is_no_call(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    plan = here.plan([])
    here.tenant.clear_requests()
    assert here.write(plan).results == []
    assert here.tenant.requests == []


def test_uploads_hold_100_objects_and_the_first_goes_alone(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    written = here.write(here.plan(sentinel_rows(450)))
    assert ends_of(written) == {"created": 450}
    assert sorted(here.uploads(), reverse=True) == [(200, 100)] * 4 + [(200, 50)]
    assert here.uploads()[0] == (200, 100)


def test_an_object_that_is_refused_is_told_alone(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    bad = "n1.malware-test.example"
    here.tenant.faults.add(
        Fault(UPLOAD, FailItems(lambda item: item["name"] == bad, "Error for Property=name: bad."))
    )
    written = here.write(here.plan(sentinel_rows(3)))
    assert ends_of(written) == {"created": 2, "failed refused": 1}
    refused = next(one for one in written.results if not one.taken)
    assert (refused.end.message, refused.status, refused.attempts) == ("Error for Property=name: bad.", 200, 1)


def test_the_object_at_fault_for_a_refused_upload_is_found_by_halves(
    sentinel: Callable[..., SentinelSite],
) -> None:
    here = sentinel()
    here.tenant.faults.add(Fault(UPLOAD, Poison(lambda item: item["name"].startswith("n37."))))
    written = here.write(here.plan(sentinel_rows(100)))
    assert ends_of(written) == {"created": 99, "failed refused": 1}
    assert len(here.uploads()) <= 15


def test_where_every_object_is_refused_it_stops_early(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    here.tenant.faults.add(Fault(UPLOAD, Poison(lambda item: True, message="Unsupported.")))
    with pytest.raises(ConfigurationError, match="refuses every object"):
        here.write(here.plan(sentinel_rows(100)))
    assert len(here.uploads()) < 20


def test_a_lost_answer_makes_no_second_object(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    here.tenant.faults.add(Fault(UPLOAD, DropAfter(), nth=1))
    assert ends_of(here.write(here.plan(sentinel_rows(2)))) == {"created": 2}
    assert len(here.tenant.sentinel_objects()) == 2


def test_without_the_role_nothing_is_written_and_it_raises(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel(role="reader")
    with pytest.raises(AuthenticationError, match="Contributor"):
        here.write(here.plan(sentinel_rows(2)))


def test_a_service_that_is_away_from_the_beginning_raises(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    here.tenant.faults.add(Fault(UPLOAD, Answer(503)))
    with pytest.raises(RetryLater):
        here.write(here.plan(sentinel_rows(2)))


def test_a_service_that_goes_away_leaves_the_rest_as_failed(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    plan = here.plan(sentinel_rows(500))
    here.tenant.faults.add(Fault(UPLOAD, Answer(503), nth=2, times=10_000))
    written = here.write(plan)
    ends = ends_of(written)
    assert ends["created"] == 100
    assert ends["failed not_delivered"] + ends["failed stopped"] == 400
    assert written.report.stopped
    assert written.report.unreachable


def test_what_could_not_be_withdrawn_is_told(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    here.write(here.plan(sentinel_rows(3)))
    here.tenant.faults.add(Fault(UPLOAD, FailItems(lambda item: item["revoked"], "no")))
    report = here.write(here.plan(sentinel_rows(2))).report
    assert (report.withdrawn, "could not be withdrawn" in report.stopped) == (0, True)


def test_what_does_not_show_yet_is_told_and_no_fault(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel(shows_after=3_600)
    written = here.write(here.plan(sentinel_rows(2)))
    report = written.report
    assert ends_of(written) == {"created": 2}
    assert (report.present, report.difference_count, report.stopped) == (0, 0, "")
    assert "2 indicators that were taken do not show yet" in report.notices[-1]
    # Sent again as the same objects by the next run, which cannot see them.
    here.write(here.plan(sentinel_rows(2)))
    assert len(here.tenant.sentinel_objects()) == 2


def test_the_read_back_waits_for_what_shows_late(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    plan = here.plan(sentinel_rows(2))
    here.tenant.faults.add(Fault(QUERY, EditAnswer(lambda body: {"value": []}), times=3))
    assert here.write(plan).report.present == 2


def test_a_read_back_that_fails_is_told_after_the_outcomes(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    plan = here.plan(sentinel_rows(2))
    here.tenant.faults.add(Fault(QUERY, Answer(403)))
    written = here.write(plan)
    assert ends_of(written) == {"created": 2}
    assert "the read-back failed" in written.report.stopped


def test_a_cancelled_run_sends_nothing(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(RetryLater, match="cancelled"):
        here.write(here.plan(sentinel_rows(2)), cancel=cancel)
    assert here.uploads() == []
