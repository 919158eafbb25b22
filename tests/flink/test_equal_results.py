"""A job on Flink ends as it does on the in-process runner: outcomes, calls, files, and what tenants then hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from typing import Any

import pytest
from flink_site import Side, comparable


def both(*sides: Side, job: str, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Runs a job on each side at the same time: most of it is waiting for tenants."""
    with ThreadPoolExecutor(len(sides)) as pool:
        return list(pool.map(lambda side: side.run(job, *options), sides))


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert [*unified_diff(comparable(expected), comparable(found), "here", "flink", n=0)] == []


def assert_alike(here: Side, flink: Side) -> None:
    assert_same(flink.summary(), here.summary())
    assert flink.files() == here.files()
    assert flink.left_over() == []
    assert flink.held() == here.held()
    assert flink.calls() == here.calls()


@pytest.mark.parametrize("job", ["defender", "entra"])
def test_a_job_and_the_run_after_it(side: Callable[..., Side], embedded: list[str], job: str) -> None:
    here, flink = side("here"), side("flink", embedded)

    planned, _ = both(here, flink, job=job, options=("--dry_run",))
    assert planned["balanced"]
    assert_same(flink.summary(), here.summary())
    plans = [json.loads((one.output / "plan.json").read_bytes()) for one in (here, flink)]
    assert_same(plans[1], plans[0])
    assert flink.calls() == here.calls() == []

    both(here, flink, job=job)
    assert_alike(here, flink)
    first = flink.summary()
    assert first["balanced"]
    assert first["records_read"] == 1_269
    assert [bool(tenant["accepted"]) for tenant in first["tenants"]] == [True, True]
    assert flink.files()["deadletters-validate"]

    for one in (here, flink):
        one.tenant.clear_requests()
    both(here, flink, job=job)
    assert_alike(here, flink)
    assert flink.calls() == []
    assert not any("created" in tenant["outcomes"] for tenant in flink.summary()["tenants"])
