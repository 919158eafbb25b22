"""The writer of a Sentinel workspace, against the local tenant over TLS."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sentinel_sink_help import QUERY, STARTED, UPLOAD, SentinelSite, ends_of, sentinel_row, sentinel_rows

from iocbeam.local_tenant import (
    Answer,
    DropAfter,
    EditAnswer,
    FailItems,
    Fault,
    Poison,
)
from iocbeam.model.errors import AuthenticationError, ConfigurationError, RetryLater
from iocbeam.model.indicator import MD5, SHA1, SHA256, Indicator
from iocbeam.model.sentinel_plan import SentinelRow
from iocbeam.model.settings import DAY
from iocbeam.sinks import SentinelWritten


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


@pytest.mark.parametrize("count", [90, 500], ids=["one upload", "several uploads"])
@pytest.mark.parametrize("bad", [3, 8, 80])
def test_bad_objects_at_the_head_do_not_stop_the_others(
    sentinel: Callable[..., SentinelSite], bad: int, count: int
) -> None:
    here = sentinel()
    names = {f"n{number}.malware-test.example" for number in range(bad)}
    here.tenant.faults.add(Fault(UPLOAD, Poison(lambda item: item["name"] in names)))
    written = here.write(here.plan(sentinel_rows(count)))
    ends = ends_of(written)
    # Halves are looked through up to a number of uploads; what is left then is told as refused together.
    assert ends["created"] >= count - 100
    assert ends["failed refused"] >= 3
    assert sum(ends.values()) == count
    assert ends["created"] == len(here.tenant.sentinel_objects())
    assert written.report.stopped == ""
    if bad < 10:
        assert ends == {"created": count - bad, "failed refused": bad}


def test_withdrawals_at_the_head_that_are_bad_do_not_stop_the_others(
    sentinel: Callable[..., SentinelSite],
) -> None:
    here = sentinel()
    here.write(here.plan(sentinel_rows(10)))
    bad = ("n0.", "n1.", "n2.")
    here.tenant.faults.add(Fault(UPLOAD, Poison(lambda item: item["revoked"] and item["name"].startswith(bad))))
    report = here.write(here.plan([])).report
    assert (report.withdrawn, len(here.values())) == (7, 3)
    assert "3 indicators could not be withdrawn" in report.stopped


def outranking(here: SentinelSite, bad: tuple[str, ...]) -> tuple[SentinelWritten, list[str]]:
    """Three indicators that give way to better ones, of which some are refused."""
    here.write(here.plan(sentinel_rows(3)))
    here.tenant.faults.add(Fault(UPLOAD, FailItems(lambda item: item["name"].startswith(bad), "no")))
    plan = here.plan(sentinel_rows([7, 8, 9]), outranked=sentinel_rows(3), capacity=3)
    assert [one.reason for one in plan.withdraw] == ["outranked"] * 3
    return here.write(plan), [name.partition(".")[0] for name in here.values()]


@pytest.mark.parametrize(
    ("bad", "values", "withdrawn"),
    [
        (("n7.", "n8.", "n9."), ["n0", "n1", "n2"], 0),
        (("n8.",), ["n0", "n7", "n9"], 2),
        (("none",), ["n7", "n8", "n9"], 3),
    ],
    ids=["all refused", "one refused", "none refused"],
)
def test_what_is_outranked_keeps_its_place_until_its_replacement_is_taken(
    sentinel: Callable[..., SentinelSite], bad: tuple[str, ...], values: list[str], withdrawn: int
) -> None:
    written, shown = outranking(sentinel(), bad)
    assert (shown, written.report.withdrawn) == (values, withdrawn)
    assert any("they stay" in notice for notice in written.report.notices) is (withdrawn < 3)


def test_a_first_withdrawal_that_fails_keeps_the_results_of_the_changes(
    sentinel: Callable[..., SentinelSite],
) -> None:
    here = sentinel()
    here.write(here.plan(sentinel_rows(3)))
    here.tenant.faults.add(Fault(UPLOAD, FailItems(lambda item: item["name"].startswith("n9."), "bad name")))
    here.tenant.faults.add(Fault(UPLOAD, Answer(503), nth=2, times=10_000))
    written = here.write(here.plan(sentinel_rows([0, 1, 9])))
    assert ends_of(written) == {"failed refused": 1}
    assert written.report.withdrawn == 0
    assert "1 indicators could not be withdrawn" in written.report.stopped


def test_a_first_withdrawal_of_a_plan_without_changes_raises(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    here.write(here.plan(sentinel_rows(3)))
    here.tenant.faults.add(Fault(UPLOAD, Answer(503)))
    with pytest.raises(RetryLater):
        here.write(here.plan(sentinel_rows(2)))


def test_an_object_that_is_no_json_ends_alone(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel()
    rows = [sentinel_row(number, description="\ud800" if number in (0, 50) else "x") for number in range(120)]
    written = here.write(here.plan(rows))
    assert ends_of(written) == {"created": 118, "failed refused": 2}
    assert "cannot be written as JSON" in written.results[50].end.message


def hashes(count: int) -> list[SentinelRow]:
    """Hashes of each kind."""
    kinds = {MD5: 32, SHA1: 40, SHA256: 64}
    values = [(kind, f"{number:0{size}x}") for number in range(1, count + 1) for kind, size in kinds.items()]
    return [
        SentinelRow(kind, value, "Medium", 50, value, "a hash", (), None, Indicator(kind, value))
        for kind, value in values
    ]


@pytest.mark.parametrize("switch", ["any", "without_dash"])
def test_hashes_are_taken_as_public_clients_spell_them(sentinel: Callable[..., SentinelSite], switch: str) -> None:
    here = sentinel(hash_names=switch)
    wanted = [*hashes(2), *sentinel_rows(1)]
    written = here.write(here.plan(wanted))
    assert (ends_of(written), written.report.present) == ({"created": 7}, 7)
    again = here.plan(wanted)
    assert (again.changes, again.withdraw) == ((), ())


def test_where_another_spelling_of_hashes_is_wanted_it_is_told(sentinel: Callable[..., SentinelSite]) -> None:
    here = sentinel(hash_names="with_dash")
    written = here.write(here.plan([*hashes(2), *sentinel_rows(1)]))
    assert ends_of(written) == {"created": 3, "failed refused": 4}
    refused = {one.end.message for one in written.results if not one.taken}
    assert all("hash algorithm" in message for message in refused)
    (conflict,) = written.report.conflicts
    assert conflict.startswith("All 4 SHA-1 and SHA-256 were refused")


@pytest.mark.parametrize(("count", "conflicts"), [(9, 0), (10, 1)])
def test_a_workspace_that_shows_nothing_of_many_is_for_a_person(
    sentinel: Callable[..., SentinelSite], count: int, conflicts: int
) -> None:
    here = sentinel(shows_after=3_600)
    report = here.write(here.plan(sentinel_rows(count))).report
    assert len(report.conflicts) == conflicts
    assert all("--sentinel_workspace_id" in conflict for conflict in report.conflicts)


def test_an_end_that_the_service_takes_back_is_sent_once_more_and_left(
    sentinel: Callable[..., SentinelSite],
) -> None:
    here = sentinel()
    wanted = [row._replace(expires_at=STARTED + 90 * DAY) for row in sentinel_rows(3)]
    wanted = [row._replace(indicator=replace(row.indicator, expires_at=row.expires_at)) for row in wanted]

    def without_end(body: dict[str, Any]) -> dict[str, Any]:
        for one in body["value"]:
            one["properties"].pop("validUntil", None)
        return body

    here.write(here.plan(wanted))
    here.tenant.faults.add(Fault(QUERY, EditAnswer(without_end)))
    once = here.plan(wanted)
    assert [one.fields for one in once.changes] == [("valid_until",)] * 3
    here.write(once)
    assert here.plan(wanted).changes == ()


@pytest.mark.parametrize("case", [str.title, str.upper], ids=["title", "upper"])
def test_a_source_that_shows_in_other_letters_is_ours(
    sentinel: Callable[..., SentinelSite], case: Callable[[str], str]
) -> None:
    here = sentinel()

    def other_letters(body: dict[str, Any]) -> dict[str, Any]:
        for one in body["value"]:
            one["properties"]["source"] = case(one["properties"]["source"])
        return body

    here.tenant.faults.add(Fault(QUERY, EditAnswer(other_letters)))
    assert here.write(here.plan(sentinel_rows(3))).report.present == 3
    plan = here.plan(sentinel_rows(2))
    assert (len(plan.changes), len(plan.withdraw)) == (0, 1)


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
