"""Which jobs a tenant's options are for."""

from __future__ import annotations

from typing import Any

import pytest

from iocbeam.cli.jobs.check_jobs import jobs_to_check
from iocbeam.cli.options.check_options import CHECK
from iocbeam.cli.options.option import with_defaults
from iocbeam.model.permissions import JOB_ROLES


def jobs(asked: tuple[str, ...] = (), **values: Any) -> dict[str, tuple[str, ...]]:
    return jobs_to_check(asked, with_defaults(values, CHECK.all), values)


@pytest.mark.parametrize(
    ("values", "implied"),
    [
        ({}, ["defender"]),
        ({"action": "Block"}, ["defender"]),
        ({"defender_url": "https://x.example"}, ["defender"]),
        ({"proxy": "http://proxy.example"}, ["defender"]),
        ({"location_name": "Feed"}, ["entra"]),
        ({"policy_id": "x"}, ["entra"]),
        ({"location_name": "Feed", "capacity": 100}, ["defender", "entra"]),
        ({"location_name": "Feed", "capacity": 15_000}, ["entra"]),
        ({"location_name": "Feed", "defender_url": "https://x.example"}, ["defender", "entra"]),
        ({"sentinel_workspace": "siem"}, ["sentinel"]),
        ({"location_name": "Feed", "sentinel_workspace_id": "x"}, ["entra", "sentinel"]),
        ({"targets": ("entra", "sentinel")}, ["entra", "sentinel"]),
        ({"days": 7}, ["sightings"]),
        ({"read": ("graph_alerts",)}, ["sightings"]),
        ({"hunting": "defender"}, ["search"]),
        ({"days": 7, "lookups": 3}, ["search"]),
    ],
)
def test_options_tell_the_jobs(values: dict[str, Any], implied: list[str]) -> None:
    assert list(jobs(**values)) == implied


def test_sync_is_its_targets() -> None:
    assert list(jobs(("sync",), targets=("entra", "sentinel"))) == ["entra", "sentinel"]
    assert list(jobs(("sync",))) == ["sync"]


def test_jobs_that_are_asked_for_go_before_those_that_options_imply() -> None:
    assert list(jobs(("search", "sync"), location_name="Feed")) == ["search", "sync"]


@pytest.mark.parametrize(
    ("job", "values", "stages"),
    [
        ("sightings", {}, ("machines", "alerts", "files")),
        ("sightings", {"read": ("machines",)}, ("machines",)),
        ("sightings", {"read": ("graph_alerts",)}, ("graph_alerts",)),
        ("sightings", {"file_lookups": 0}, ("machines", "alerts")),
        ("entra", {"location_name": "Feed"}, ("locations",)),
        ("entra", {"location_name": "Feed", "policy_name": "Block"}, ()),
        ("entra", {}, ()),
        ("sync", {"location_name": "Feed"}, ("indicators", "locations")),
        ("sync", {"location_name": "Feed", "policy_id": "x"}, ()),
        ("defender", {}, ()),
        ("search", {}, ("machines", "alerts", "files", "addresses", "domains", "hunting")),
        (
            "search",
            {"hunting": "defender"},
            ("machines", "alerts", "files", "addresses", "domains", "defender_hunting"),
        ),
        ("search", {"hunting": "off"}, ("machines", "alerts", "files", "addresses", "domains")),
    ],
)
def test_stages_are_those_that_the_options_need(job: str, values: dict[str, Any], stages: tuple[str, ...]) -> None:
    assert jobs((job,), **values) == {job: stages}
    known = {need.stage for need in JOB_ROLES[job]}
    assert set(stages) <= known
