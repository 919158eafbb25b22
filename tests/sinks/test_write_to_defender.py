"""WriteToDefender with several tenants: one that cannot be written does not keep the others from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that
from letters_help import Letters
from sinks_help import connection_to, plan_of

from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.plan import WriteReport
from iocbeam.model.settings import ClassifySettings, PlanPolicy, RunInfo, TenantSettings
from iocbeam.sinks import WriteToDefender

Pipeline = Callable[..., Any]
TENANTS = [f"{digit * 8}-0000-4000-8000-000000000000" for digit in "123"]
RUN = RunInfo("run-1", 1_790_000_000, "defender", "drill")


@pytest.fixture
def three() -> Iterator[LocalTenant]:
    with LocalTenant(*(TenantProfile(tenant_id=one, rate_limits=None) for one in TENANTS)) as tenant:
        yield tenant


@pytest.fixture
def settings(three: LocalTenant, tmp_path: Path) -> list[TenantSettings]:
    secret = tmp_path / "secret"
    secret.write_text(three.profiles[0].client_secret or "")
    connections = (connection_to(three, profile, secret) for profile in three.profiles)
    return [
        TenantSettings(one.tenant_id, one, ClassifySettings(collection="drill"), PlanPolicy("drill"))
        for one in connections
    ]


def test_a_tenant_that_could_not_be_read_is_not_called_and_the_others_are_written(
    three: LocalTenant, settings: list[TenantSettings], test_pipeline: Pipeline
) -> None:
    plans = [plan_of(count, tenant_id) for count, tenant_id in enumerate(TENANTS, start=3)]
    plans[1] = replace(plans[1], unreadable="the list was refused")

    def check_reports(found: list[WriteReport]) -> None:
        by_tenant = {report.tenant_id: report for report in found}
        assert [by_tenant[one].accepted for one in TENANTS] == [3, 0, 5]
        assert [by_tenant[one].could_not_start for one in TENANTS] == [False, True, False]
        assert [by_tenant[one].stopped for one in TENANTS] == ["", "the list was refused", ""]

    def check_letters(found: list[DeadLetter]) -> None:
        assert {letter.tenant_id for letter in found} == {TENANTS[1]}
        assert [(letter.reason, letter.message) for letter in found] == [("stopped", "the list was refused")] * 4

    with test_pipeline() as pipeline, Letters(check_letters) as handler:
        sink = WriteToDefender(RUN, settings).with_error_handler(handler)
        assert_that(pipeline | beam.Create(plans) | sink, check_reports)
    assert [len(three.rows(one)) for one in TENANTS] == [3, 0, 5]
    assert {one.tenant_id for one in three.requests} == {TENANTS[0], TENANTS[2]}


def test_a_dry_run_makes_no_call(
    three: LocalTenant, settings: list[TenantSettings], test_pipeline: Pipeline
) -> None:
    def check(found: list[WriteReport]) -> None:
        assert [report.accepted for report in found] == [0]

    with test_pipeline() as pipeline:
        sink = WriteToDefender(replace(RUN, dry_run=True), settings)
        assert_that(pipeline | beam.Create([plan_of(3, TENANTS[0])]) | sink, check)
    assert three.requests == []
