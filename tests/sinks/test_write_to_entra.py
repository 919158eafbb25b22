"""WriteToNamedLocations and WriteConditionalAccessPolicy in Beam, alone and in a row."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that
from entra_sink_help import plan_of, quick_locations, quick_policy, quick_written
from entra_write_help import LOCATIONS, NAME, POLICY_NAME, ROOT, RUN, settings_of
from letters_help import Letters

from iocbeam.local_tenant import Answer, Fault, GraphProfile, LocalTenant, TenantProfile
from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.entra_plan import EntraPlan
from iocbeam.model.errors import IocbeamError
from iocbeam.model.outcome import Tally
from iocbeam.model.plan import WriteReport
from iocbeam.model.settings.entra import EntraTenantSettings
from iocbeam.sinks import LocationsWritten, WriteConditionalAccessPolicy, WriteToNamedLocations
from iocbeam.transforms import OutcomeCollector

Pipeline = Callable[..., Any]
TENANTS = [f"{digit * 8}-0000-4000-8000-000000000000" for digit in "123"]


@pytest.fixture
def three() -> Iterator[LocalTenant]:
    graph = GraphProfile(rate_limit=None)
    with LocalTenant(*(TenantProfile(tenant_id=one, graph=graph) for one in TENANTS)) as tenant:
        yield tenant


@pytest.fixture
def settings(three: LocalTenant, tmp_path: Path) -> list[EntraTenantSettings]:
    secret = tmp_path / "secret"
    secret.write_text(three.profiles[0].client_secret or "")
    return [settings_of(three, profile, secret) for profile in three.profiles]


def plans_of(settings: Sequence[EntraTenantSettings]) -> list[EntraPlan]:
    """One address for the first tenant, two for the second ..."""
    return [
        plan_of(tenant, *(f"45.1.{number}.7" for number in range(count)))
        for count, tenant in enumerate(settings, start=1)
    ]


def locations_sink(tenants: Sequence[EntraTenantSettings], **changes: Any) -> WriteToNamedLocations:
    return WriteToNamedLocations(replace(RUN, **changes), tenants, quick_locations)


def policy_sink(tenants: Sequence[EntraTenantSettings], **changes: Any) -> WriteConditionalAccessPolicy:
    return WriteConditionalAccessPolicy(replace(RUN, **changes), tenants, quick_policy)


def asked(tenant: LocalTenant) -> list[str]:
    return [f"{one.method} {one.path}" for one in tenant.requests if one.path.startswith(ROOT)]


def test_locations_are_written_alone(
    three: LocalTenant, settings: list[EntraTenantSettings], test_pipeline: Pipeline
) -> None:
    def check(found: list[LocationsWritten]) -> None:
        (written,) = found
        assert list(written.ids) == [NAME]
        assert (written.report.accepted, written.report.present) == (2, 2)
        # What follows needs no rows.
        assert (written.plan.ranges, written.results) == ((), [])

    with test_pipeline() as pipeline:
        plans = pipeline | beam.Create([plan_of(settings[0], "45.1.1.7", "45.2.2.7")])
        assert_that(plans | locations_sink(settings[:1]), check)
    assert len(three.locations()) == 1
    assert three.policies() == []


def test_both_in_a_row_write_several_tenants_and_the_outcomes_add_up(
    three: LocalTenant, settings: list[EntraTenantSettings], test_pipeline: Pipeline
) -> None:
    def check_reports(found: list[WriteReport]) -> None:
        by_tenant = {report.tenant_id: report for report in found}
        assert [by_tenant[one].accepted for one in TENANTS] == [1, 2, 3]
        assert [by_tenant[one].policy_written for one in TENANTS] == [True] * 3
        assert all(sum(by_tenant[one].requests[f"POST {LOCATIONS}"].values()) == 1 for one in TENANTS)

    def check_tallies(found: list[Tally]) -> None:
        sums = Counter({(one.tenant_id, one.outcome, one.stage): one.records for one in found})
        stage = "WriteToNamedLocations"
        assert sums == {(one, "created", stage): count for count, one in enumerate(TENANTS, start=1)}

    collector = OutcomeCollector()
    with test_pipeline() as pipeline:
        written = pipeline | beam.Create(plans_of(settings)) | locations_sink(settings).with_outcomes(collector)
        assert_that(written | policy_sink(settings), check_reports)
        assert_that(collector.parts[0], check_tallies, label="tallies")
    assert [[one["displayName"] for one in three.policies(tenant)] for tenant in TENANTS] == [[POLICY_NAME]] * 3


def test_a_tenant_with_a_wrong_secret_is_told_and_the_others_are_written(
    three: LocalTenant, settings: list[EntraTenantSettings], test_pipeline: Pipeline, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    settings[1] = replace(settings[1], connection=replace(settings[1].connection, client_secret=f"file:{wrong}"))

    def check_reports(found: list[WriteReport]) -> None:
        by_tenant = {report.tenant_id: report for report in found}
        assert [by_tenant[one].could_not_start for one in TENANTS] == [False, True, False]
        assert "AADSTS7000215" in by_tenant[TENANTS[1]].stopped
        assert [by_tenant[one].accepted for one in TENANTS] == [1, 0, 3]

    def check_letters(found: list[DeadLetter]) -> None:
        assert [(letter.tenant_id, letter.reason) for letter in found] == [(TENANTS[1], "stopped")] * 2

    with test_pipeline() as pipeline, Letters(check_letters) as handler:
        written = pipeline | beam.Create(plans_of(settings)) | locations_sink(settings).with_error_handler(handler)
        assert_that(written | policy_sink(settings), check_reports)
    assert [len(three.policies(tenant)) for tenant in TENANTS] == [1, 0, 1]


def test_the_only_tenant_with_a_wrong_secret_ends_the_run(
    settings: list[EntraTenantSettings], test_pipeline: Pipeline, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    only = replace(settings[0], connection=replace(settings[0].connection, client_secret=f"file:{wrong}"))
    # Beam raises another kind of error, with the text of ours.
    with pytest.raises(RuntimeError, match="AuthenticationError"), test_pipeline() as pipeline:
        _ = pipeline | beam.Create([plan_of(only, "45.1.1.7")]) | locations_sink([only])


def test_a_plan_that_must_not_be_carried_out_calls_nobody(
    three: LocalTenant, settings: list[EntraTenantSettings], test_pipeline: Pipeline
) -> None:
    plans = plans_of(settings)
    plans[0] = replace(plans[0], unreadable="the list was refused")
    plans[1] = replace(plans[1], stopped="two locations have one name")

    def check_reports(found: list[WriteReport]) -> None:
        by_tenant = {report.tenant_id: report for report in found}
        assert [by_tenant[one].stopped for one in TENANTS] == [plans[0].unreadable, plans[1].stopped, ""]
        assert [by_tenant[one].could_not_start for one in TENANTS] == [True, True, False]

    def check_letters(found: list[DeadLetter]) -> None:
        assert Counter(letter.message for letter in found) == {plans[0].unreadable: 1, plans[1].stopped: 2}

    with test_pipeline() as pipeline, Letters(check_letters) as handler:
        written = pipeline | beam.Create(plans) | locations_sink(settings).with_error_handler(handler)
        assert_that(written | policy_sink(settings), check_reports)
    assert {one.tenant_id for one in three.requests} == {TENANTS[2]}


def test_a_dry_run_sends_nothing_and_counts_everything_as_done(
    three: LocalTenant, settings: list[EntraTenantSettings], test_pipeline: Pipeline
) -> None:
    def check(found: list[WriteReport]) -> None:
        (report,) = found
        assert (report.accepted, report.policy_written, report.stopped) == (0, False, "")

    def check_tallies(found: list[Tally]) -> None:
        assert [(one.outcome, one.records) for one in found] == [("created", 2)]

    collector = OutcomeCollector()
    with test_pipeline() as pipeline:
        plans = pipeline | beam.Create([plan_of(settings[0], "45.1.1.7", "45.2.2.7")])
        written = plans | locations_sink(settings, dry_run=True).with_outcomes(collector)
        assert_that(written | policy_sink(settings, dry_run=True), check)
        assert_that(collector.parts[0], check_tallies, label="tallies")
    assert three.requests == []


def test_what_could_not_be_delivered_leaves_as_a_dead_letter(
    three: LocalTenant, settings: list[EntraTenantSettings], test_pipeline: Pipeline
) -> None:
    body = {"error": {"code": "BadRequest", "message": "The range is odd."}}
    three.faults.add(Fault(LOCATIONS, Answer(400, body), method="POST"))

    def check(found: list[DeadLetter]) -> None:
        (letter,) = found
        assert (letter.reason, letter.http_status, letter.stage) == ("refused", 400, "WriteToNamedLocations")
        assert "The range is odd." in letter.message
        assert letter.location == "list:1"

    with test_pipeline() as pipeline, Letters(check) as handler:
        plans = pipeline | beam.Create([plan_of(settings[0], "45.1.1.7")])
        _ = plans | locations_sink(settings).with_error_handler(handler) | policy_sink(settings)


def test_without_a_handler_it_raises_after_the_last_write_and_no_policy_is_touched(
    three: LocalTenant, settings: list[EntraTenantSettings], test_pipeline: Pipeline
) -> None:
    three.faults.add(Fault(LOCATIONS, Answer(400), method="POST", tenant_id=TENANTS[0]))
    with (
        pytest.raises(IocbeamError, match="1 records could not be delivered"),
        test_pipeline() as pipeline,
    ):
        _ = pipeline | beam.Create(plans_of(settings)) | locations_sink(settings) | policy_sink(settings)
    assert [len(three.locations(tenant)) for tenant in TENANTS] == [0, 1, 1]
    assert not [one for one in asked(three) if "policies" in one]


def wait_for_the_end(
    written: LocationsWritten, tenant: EntraTenantSettings, cancel: threading.Event
) -> WriteReport:
    """A policy that takes its time."""
    if not cancel.wait(20):
        raise AssertionError("nobody has cancelled it")
    return written.report


def fail_for_the_last(written: LocationsWritten) -> LocationsWritten:
    if written.tenant_id == TENANTS[2]:
        raise LookupError("a step of the user's own fails")
    return written


def test_a_bundle_that_fails_in_another_step_leaves_nothing_running(
    settings: list[EntraTenantSettings], test_pipeline: Pipeline
) -> None:
    plans = [replace(plan, ranges=(), locations=(), policy=None) for plan in plans_of(settings)]
    started = time.monotonic()
    sink = WriteConditionalAccessPolicy(RUN, settings, wait_for_the_end)
    with pytest.raises(LookupError), test_pipeline() as pipeline:
        # In one bundle, and in the order of the tenants.
        _ = (
            pipeline
            | beam.Create([0])
            | beam.FlatMap(lambda _: map(quick_written, plans))
            | beam.Map(fail_for_the_last).with_output_types(LocationsWritten)
            | sink
        )
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("plans", ["of_a_stranger", "two_of_one_tenant"])
def test_plans_that_cannot_be_of_one_run_are_refused(
    settings: list[EntraTenantSettings], test_pipeline: Pipeline, three: LocalTenant, plans: str
) -> None:
    one = plan_of(settings[0], "45.1.1.7")
    given = {"of_a_stranger": [replace(one, tenant_id="somebody")], "two_of_one_tenant": [one, one]}
    with pytest.raises(ValueError, match=r"none of this sink's tenants|may have one"), test_pipeline() as pipeline:
        _ = pipeline | beam.Create(given[plans]) | locations_sink(settings)
    assert three.requests == []
