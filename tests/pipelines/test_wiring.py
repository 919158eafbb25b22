"""How the pipelines are wired, looked at without running them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2
from sighting_help import STARTED

from iocbeam.cli.jobs.job import sync_job
from iocbeam.model.settings import (
    ClassifySettings,
    ConnectionSettings,
    DefenderJob,
    IntakeSettings,
    PlanPolicy,
    RunInfo,
    TenantSettings,
)
from iocbeam.model.settings.sightings import READS, ReadTenant, SightingsJob
from iocbeam.pipelines import defender, sightings, sync

Steps = dict[str, tuple[set[str], set[str], set[str]]]
"""By step: its main inputs, its side inputs, its outputs."""

OWN = ("own_step_help:SEVERAL", "own_step_help:OWNERS", "own_step_help:ONE_PER_TAG")
"""Steps of a user's own, one with a side input and one that groups."""


def steps_of(pipeline: beam.Pipeline) -> Steps:
    """The steps that do something themselves; composites are only names."""
    found: Steps = {}
    for name, step in pipeline.to_runner_api().components.transforms.items():
        if step.subtransforms:
            continue
        sides: set[str] = set()
        if step.spec.urn == common_urns.primitives.PAR_DO.urn:
            payload = beam_runner_api_pb2.ParDoPayload.FromString(step.spec.payload)
            sides = {step.inputs[tag] for tag in payload.side_inputs}
        found[name] = (set(step.inputs.values()) - sides, sides, set(step.outputs.values()))
    return found


def fed_by(steps: Steps, name: str) -> set[str]:
    """Every step that gets something of what this one gives, through however many others."""
    readers: defaultdict[str, set[str]] = defaultdict(set)
    for step, (main, sides, _) in steps.items():
        for collection in main | sides:
            readers[collection].add(step)
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for collection in steps[waiting.pop()][2]:
            fresh = readers[collection] - found
            found |= fresh
            waiting += fresh
    return found


def triangles(steps: Steps) -> list[tuple[str, str]]:
    """Steps A and B such that a collection is main input of A and side input of B, and B feeds A."""
    main_of: defaultdict[str, set[str]] = defaultdict(set)
    for step, (main, _, _) in steps.items():
        for collection in main:
            main_of[collection].add(step)
    return [
        (reader, step)
        for step, (_, sides, _) in steps.items()
        for collection in sides
        for reader in main_of[collection] & fed_by(steps, step)
    ]


def connection(number: int) -> ConnectionSettings:
    return ConnectionSettings(f"{number:08}-1111-4111-8111-111111111111", "c", "env:S")


def sightings_job(tmp_path: Path) -> Any:
    tenants = tuple(ReadTenant(name, connection(number)) for number, name in enumerate(("Contoso", "Fabrikam")))
    run = RunInfo("r", STARTED, "sightings", "test")
    return SightingsJob(run, IntakeSettings(("c.jsonl",), transforms=OWN), tenants, str(tmp_path), reads=READS)


def defender_job(tmp_path: Path) -> Any:
    tenants = tuple(
        TenantSettings(name, connection(number), ClassifySettings(collection="test"), PlanPolicy("test"))
        for number, name in enumerate(("Contoso", "Fabrikam"))
    )
    return DefenderJob(
        RunInfo("r", STARTED, "defender", "test"),
        IntakeSettings(("c.jsonl",), transforms=OWN),
        tenants,
        str(tmp_path),
    )


def job_for_all_targets(tmp_path: Path) -> Any:
    values = {
        "collection": "test",
        "input": ("c.jsonl",),
        "output": str(tmp_path),
        "transforms": OWN,
        "targets": ("defender", "entra", "sentinel"),
        "tenant_id": "00000001-1111-4111-8111-111111111111",
        "client_id": "c",
        "client_secret": "env:S",
        "location_name": "Test",
        "policy_name": "Test",
        "include_apps": ("All",),
        "sentinel_workspace_id": "00000002-1111-4111-8111-111111111111",
        "sentinel_subscription": "00000003-1111-4111-8111-111111111111",
        "sentinel_resource_group": "security",
        "sentinel_workspace": "siem",
    }
    return sync_job(values, now=STARTED, run_id="r")


@pytest.mark.parametrize(
    ("build", "job"),
    [(sightings.build, sightings_job), (defender.build, defender_job), (sync.build, job_for_all_targets)],
    ids=["sightings", "defender", "sync"],
)
def test_no_collection_is_main_input_of_a_step_and_side_input_of_one_that_feeds_it(
    build: Any, job: Any, tmp_path: Path
) -> None:
    """There the in-process runner may take the wrong step for the producer, and the side input is empty."""
    pipeline = beam.Pipeline(runner="FnApiRunner")
    build(pipeline, job(tmp_path))
    steps = steps_of(pipeline)
    assert len(steps) > 50
    assert triangles(steps) == []


def test_a_triangle_is_found_where_there_is_one() -> None:
    pipeline = beam.Pipeline(runner="FnApiRunner")
    selection = pipeline | "Selection" >> beam.Create([1])
    matched = (
        pipeline
        | "Objects" >> beam.Create([2])
        | "Match" >> beam.Map(lambda one, other: one + other, beam.pvalue.AsSingleton(selection))
    )
    _ = selection | "Settle" >> beam.Map(lambda one, others: (one, others), beam.pvalue.AsList(matched))
    assert len(triangles(steps_of(pipeline))) == 1
