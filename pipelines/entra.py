"""The Entra job: a collection's ranges into named locations, and a policy that blocks what comes from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import apache_beam as beam

from iocbeam.model.entra_settings import EntraJob
from iocbeam.sinks import (
    Target,
    WriteLocations,
    WritePlans,
    WritePolicy,
    WriteSummary,
    write_locations,
    write_policy,
)
from iocbeam.transforms import ReadAccess, read_conditional_access

from .beam_run import engine_of, prepared, run_pipeline
from .entra_target import bring_entra_in_step
from .intake import read_intake
from .run_ends import RunEnds

Writes = tuple[WriteLocations, WritePolicy]


def run(
    job: EntraJob,
    beam_args: Sequence[str] = (),
    runner: str = "direct",
    read: ReadAccess = read_conditional_access,
    writes: Writes = (write_locations, write_policy),
) -> dict[str, Any]:
    """Runs the job and gives the content of its `summary.json`.

    Args:
        beam_args: options for Beam itself.
        runner: `direct`, or the name of a Beam runner.
        read, writes: read a tenant and apply the two halves of a plan to it; tests put shorter deadlines in their
            place.

    Raises:
        Stop, RetryLater: a file, an option or the tenant is not usable; as far as is known nothing was written.
    """
    engine = engine_of(runner, job.output)
    job = replace(job, tenants=tuple(map(prepared(job), job.tenants)))
    return run_pipeline(job, beam_args, engine, partial(build, job=job, read=read, writes=writes))


def build(
    pipeline: beam.Pipeline,
    job: EntraJob,
    read: ReadAccess = read_conditional_access,
    writes: Writes = (write_locations, write_policy),
) -> None:
    """Wires the job onto a pipeline: source | stages | sinks."""
    with RunEnds(pipeline, job.output) as ends:
        intake = read_intake(pipeline, job.run, job.intake, ends)
        entra = bring_entra_in_step(pipeline, job, intake, ends, read, writes, alone=True)
        if job.run.dry_run:
            _ = entra.documents | "Write plan" >> WritePlans(job.run, job.output)
        targets = [Target(ends.tallies("All tallies"), entra.reports)]
        _ = pipeline | "Summary" >> WriteSummary(job.run, job.output, intake.reads, targets, most_rejected(job))


def most_rejected(job: EntraJob) -> int:
    """Above this percentage of rejected records a read counts as bad for the whole run."""
    # Replayed records were rejected once already: that many are again says nothing of the reading.
    return 100 if job.run.replay else min(tenant.limits.max_rejected_percent for tenant in job.tenants)


if __name__ == "__main__":
    import sys

    from iocbeam.cli import main

    sys.exit(main(["entra", *sys.argv[1:]]))
