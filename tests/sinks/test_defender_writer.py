"""The writer of one tenant, against the local tenant over TLS."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sinks_help import IMPORT, LIST, QUICK, Site, outcomes, plan_of

from iocbeam.local_tenant import (
    Answer,
    Delay,
    DropAfter,
    DropBefore,
    FailItems,
    Fault,
    Meanwhile,
    OmitResults,
    Poison,
    TokenLifetime,
)
from iocbeam.model.errors import AuthenticationError, ConfigurationError, PermissionDenied, RetryLater

TOKEN = "/*/oauth2/v2.0/token"
Start = Callable[..., Site]


def test_new_indicators_take_one_token_the_fewest_imports_and_the_read_backs(site: Start) -> None:
    here = site()
    written = here.write(plan_of(1_201))
    assert outcomes(written) == {"created": 1_201}
    assert here.calls(IMPORT) == [200, 200, 200]
    # One filtered read for the mark; the list, whose end is known by a page that is shorter than another.
    assert here.calls(LIST, "GET") == [200, 200, 200]
    token = here.tenant.profiles[0].tenant_id
    assert here.calls(f"/{token}/oauth2/v2.0/token") == [200]
    assert len(here.tenant.rows()) == 1_201


def test_sent_accepted_and_present_are_told(site: Start) -> None:
    report = site().write(plan_of(700)).report
    assert (report.sent, report.accepted, report.present, report.difference_count) == (700, 700, 700, 0)
    assert report.requests["POST /api/indicators/import"] == {"200": 2}
    assert report.mark == "kept"


def test_an_empty_plan_makes_no_call(site: Start) -> None:
    here = site()
    written = here.write(plan_of(0))
    assert written.results == []
    assert here.tenant.requests == []


def test_results_are_matched_by_value_whatever_their_order(site: Start) -> None:
    here = site(shuffle_results=True)
    here.tenant.faults.add(
        Fault(IMPORT, FailItems(lambda item: item["indicatorValue"].startswith("n7."), reason="because"))
    )
    written = here.write(plan_of(20))
    failed = [one for one in written.results if one.end.outcome == "failed"]
    assert [(one.change.row.value, one.end.reason, one.end.message) for one in failed] == [
        ("n7.malware-test.example", "refused", "because")
    ]


def test_one_poisonous_item_fails_alone_with_the_services_words(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, Poison(lambda item: item["indicatorValue"].startswith("n321."))))
    written = here.write(plan_of(500))
    assert outcomes(written) == {"created": 499, "failed refused": 1}
    bad = next(one for one in written.results if one.end.outcome == "failed")
    assert bad.change.row.value == "n321.malware-test.example"
    assert bad.status == 400
    assert bad.end.message
    assert len(here.tenant.rows()) == 499
    # Halving 500 down to one takes at most two requests a level.
    assert len(here.calls(IMPORT)) <= 1 + 2 * 9


@pytest.mark.parametrize("poisonous", [3, 10])
def test_some_poisonous_items_take_no_innocent_with_them(site: Start, poisonous: int) -> None:
    here = site()
    bad = {f"n{number}.malware-test.example" for number in random.Random(poisonous).sample(range(500), poisonous)}
    here.tenant.faults.add(Fault(IMPORT, Poison(lambda item: item["indicatorValue"] in bad)))
    written = here.write(plan_of(500))
    assert outcomes(written) == {"created": 500 - poisonous, "failed refused": poisonous}
    assert {one.change.row.value for one in written.results if one.end.reason == "refused"} == bad


def test_a_service_that_refuses_every_row_stops_the_run_after_few_requests(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, Poison(lambda item: True)))
    with pytest.raises(ConfigurationError, match="refuses every row"):
        here.write(plan_of(15_000))
    assert len(here.calls(IMPORT)) <= 40
    assert here.tenant.rows() == []


def test_a_refusal_for_another_limit_is_not_taken_for_a_full_tenant(site: Start) -> None:
    here = site()
    words = "The field Description exceeds the maximum length limit of 99."
    here.tenant.faults.add(Fault(IMPORT, FailItems(lambda item: True, reason=words)))
    assert outcomes(here.write(plan_of(3))) == {"failed refused": 3}


def test_429_is_waited_out_and_nothing_is_lost(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, Answer(429, retry_after=1), nth=2))
    written = here.write(plan_of(1_500))
    assert outcomes(written) == {"created": 1_500}
    assert sorted(here.calls(IMPORT)) == [200, 200, 200, 429]
    assert written.report.throttled_seconds >= 1


def test_500_is_retried_and_nothing_is_lost(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, Answer(500), times=3))
    assert outcomes(here.write(plan_of(1_500))) == {"created": 1_500}


@pytest.mark.parametrize("drop", [DropBefore(), DropAfter()], ids=["before the commit", "after the commit"])
def test_a_dropped_connection_is_retried_and_nothing_is_doubled(site: Start, drop: object) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, drop, nth=2))
    assert outcomes(here.write(plan_of(1_200))) == {"created": 1_200}
    assert len(here.tenant.rows()) == 1_200


def test_a_200_with_an_html_page_counts_as_a_fault(site: Start) -> None:
    here = site()
    page = Answer(200, "<html>maintenance</html>", headers={"Content-Type": "text/html"})
    here.tenant.faults.add(Fault(IMPORT, page, times=1))
    assert outcomes(here.write(plan_of(10))) == {"created": 10}
    assert here.calls(IMPORT) == [200, 200]


def test_items_without_a_result_are_sent_again(site: Start) -> None:
    here = site()
    here.tenant.faults.add(
        Fault(IMPORT, OmitResults(lambda item: item["indicatorValue"].startswith("n3.")), times=1)
    )
    written = here.write(plan_of(10))
    assert outcomes(written) == {"created": 10}
    assert [one.attempts for one in written.results if one.change.row.value.startswith("n3.")] == [2]


def test_items_that_never_get_a_result_end_as_failed(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, OmitResults(lambda item: item["indicatorValue"].startswith("n3."))))
    assert outcomes(here.write(plan_of(10))) == {"created": 9, "failed no_result": 1}


def test_a_token_that_expires_in_mid_run_is_renewed(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(TOKEN, TokenLifetime(-1), times=1))
    assert outcomes(here.write(plan_of(1_200))) == {"created": 1_200}
    assert 401 in here.calls(IMPORT)


def test_a_service_that_goes_away_in_mid_run_fails_the_rest_and_says_so(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, Delay(0.1)))

    def outage() -> None:
        while here.calls(IMPORT).count(200) < 2:
            time.sleep(0.01)
        here.tenant.stop()

    stopper = threading.Thread(target=outage)
    stopper.start()
    written = here.write(plan_of(15_000))
    stopper.join()
    counts = outcomes(written)
    assert counts["created"] >= 500
    assert sum(counts.values()) == 15_000
    assert counts["failed not_delivered"] + counts["failed stopped"] == 15_000 - counts["created"]
    assert counts["failed stopped"] > 0
    assert written.report.stopped


def test_a_service_that_is_not_there_stops_the_run_before_anything_is_written(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, Answer(503)))
    with pytest.raises(RetryLater):
        here.write(plan_of(600))
    assert here.tenant.rows() == []


def test_a_wrong_secret_stops_the_run_before_anything_is_written(site: Start, tmp_path: Path) -> None:
    here = site()
    (tmp_path / "secret").write_text("not the secret")
    with pytest.raises(AuthenticationError, match="7000215"):
        here.write(plan_of(5))
    assert here.calls(IMPORT) == []


def test_a_missing_role_stops_the_run_before_anything_is_written(site: Start) -> None:
    with pytest.raises(PermissionDenied, match=r"Ti\.ReadWrite"):
        site(roles=()).write(plan_of(5))


def test_a_permission_lost_in_mid_run_fails_the_rest_as_stopped(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, Answer(403), nth=2, times=100))
    written = here.write(plan_of(1_600))
    assert outcomes(written) == {"created": 500, "failed stopped": 1_100}
    assert "Ti.ReadWrite" in written.report.stopped


def test_what_does_not_fit_the_tenant_is_left_out(site: Start) -> None:
    written = site(capacity=7).write(plan_of(10))
    assert outcomes(written) == {"created": 7, "left_out over_capacity": 3}


def test_a_cancelled_run_sends_nothing_more_and_leaves_no_thread(site: Start) -> None:
    here = site()
    cancel = threading.Event()
    here.tenant.faults.add(Fault(IMPORT, Meanwhile(cancel.set), nth=5))
    written = here.write(plan_of(20_000), cancel=cancel)
    counts = outcomes(written)
    assert counts["created"] >= 500
    assert counts["failed stopped"] > 0
    assert sum(counts.values()) == 20_000
    # What was under way when it was cancelled, by eight workers.
    assert len(here.calls(IMPORT)) <= 5 + 8
    assert written.report.stopped == "the run was cancelled"


def test_a_run_that_is_cancelled_at_its_first_request_sends_no_other(site: Start) -> None:
    here = site()
    cancel = threading.Event()
    here.tenant.faults.add(Fault(IMPORT, Meanwhile(cancel.set), nth=1))
    written = here.write(plan_of(1_200), cancel=cancel)
    assert outcomes(written) == {"created": 500, "failed stopped": 700}
    assert here.calls(IMPORT) == [200]
    assert here.calls(LIST, "GET") == []


def test_a_run_that_was_cancelled_before_its_first_request_raises(site: Start) -> None:
    here = site()
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(RetryLater, match="cancelled"):
        here.write(plan_of(5), cancel=cancel)
    assert here.tenant.requests == []


def test_a_wait_after_two_unanswered_batches_is_not_repeated_for_every_batch(site: Start) -> None:
    here = site()
    here.tenant.faults.add(Fault(IMPORT, Answer(500), nth=2, times=10_000))
    started = time.monotonic()
    written = here.write(plan_of(15_000))
    assert time.monotonic() - started < 4 * QUICK.deadline
    assert outcomes(written)["created"] == 500
