"""Names of jobs and directories of runs where workers are elsewhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.managed import is_managed, job_name, run_directory
from iocbeam.model.settings import RunInfo

collections = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,39}", fullmatch=True)
jobs = st.sampled_from(["defender", "entra", "sync", "sightings"])


def run(collection: str, job: str = "defender", dry_run: bool = False, run_id: str = "r", now: int = 1) -> RunInfo:
    return RunInfo(run_id, now, job, collection, dry_run)


@pytest.mark.parametrize(
    ("collection", "name"),
    [
        ("drill", "iocbeam-defender-drill"),
        ("a-b-1", "iocbeam-defender-a-b-1"),
        ("a.b", "iocbeam-defender--a-b-"),
        ("a_b", "iocbeam-defender--a-b-"),
        ("a-", "iocbeam-defender--a-"),
        ("x" * 40, "iocbeam-defender-" + "x" * 40),
    ],
)
def test_a_name_tells_job_and_collection(collection: str, name: str) -> None:
    found = job_name(run(collection))
    assert found == name if not name.endswith("-") else re.fullmatch(name + "[0-9a-f]{12}", found)


@given(collections, jobs, st.booleans())
def test_every_name_is_one_that_dataflow_takes(collection: str, job: str, dry_run: bool) -> None:
    name = job_name(run(collection, job, dry_run))
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name)
    assert len(name) <= 63


@given(collections, collections, jobs, jobs, st.booleans(), st.booleans())
def test_no_two_collections_jobs_or_kinds_of_run_share_a_name(
    one: str, other: str, job: str, second: str, dry: bool, wet: bool
) -> None:
    same = (one, job, dry) == (other, second, wet)
    assert (job_name(run(one, job, dry)) == job_name(run(other, second, wet))) is same


@pytest.mark.parametrize("separator", [".", "_"])
def test_a_name_that_looks_like_one_with_a_hash_is_another(separator: str) -> None:
    awkward = job_name(run(f"a{separator}b"))
    lookalike = awkward.removeprefix("iocbeam-defender-").lstrip("-")
    assert job_name(run(lookalike)) != awkward


def test_a_name_is_the_same_for_every_run_and_a_replay() -> None:
    first = job_name(run("a.b"))
    assert job_name(run("a.b", run_id="other", now=2)) == first
    assert job_name(RunInfo("r", 1, "defender", "a.b", replay=True)) == first


@pytest.mark.parametrize("runner", ["DataflowRunner", "dataflow", "TestDataflowRunner"])
def test_dataflow_is_managed(runner: str) -> None:
    assert is_managed(runner)


@pytest.mark.parametrize("runner", ["direct", "FnApiRunner", "FlinkRunner", "PortableRunner"])
def test_what_this_machine_waits_for_is_not(runner: str) -> None:
    assert not is_managed(runner)


def test_runs_have_directories_of_their_own() -> None:
    assert (
        run_directory("gs://bucket/out/", "20261122T011500Z-a1b2c3") == "gs://bucket/out/20261122T011500Z-a1b2c3"
    )
