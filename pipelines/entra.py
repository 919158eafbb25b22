"""The Entra job: a collection's ranges into named locations, and a policy that blocks what comes from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import apache_beam as beam

from iocbeam.model.settings.entra import EntraJob
from iocbeam.sinks import (
    Target,
    WriteLocations,
    WritePlans,
    WritePolicy,
    WriteSummary,
    write_locations,
    write_policy,
)
from iocbeam.transforms import ReadAccess, Step, read_conditional_access

from .beam_run import engine_of, prepared, run_pipeline
from .entra_target import bring_entra_in_step
from .intake import read_intake
from .run_ends import RunEnds, fail_if_asked

Writes = tuple[WriteLocations, WritePolicy]


def run(
    job: EntraJob,
    beam_args: Sequence[str] = (),
    runner: str = "direct",
    read: ReadAccess = read_conditional_access,
    writes: Writes = (write_locations, write_policy),
    steps: Sequence[Step] = (),
) -> dict[str, Any]:
    """Runs the job and gives the content of its `summary.json`.

    Args:
        beam_args: options for Beam itself.
        runner: `direct`, or the name of a Beam runner.
        read: reads a tenant; tests put a shorter deadline in its place.
        writes: apply the two halves of a plan, locations and policy; likewise.
        steps: transforms of the user's own between `Expire` and the targets, behind those that the settings name.

    Raises:
        Stop, RetryLater: a file, an option or the tenant is not usable; as far as is known nothing was written.
    """
    engine = engine_of(runner, job, beam_args)
    job = replace(job, tenants=tuple(map(prepared(job, engine), job.tenants)))
    return run_pipeline(job, beam_args, engine, partial(build, job=job, read=read, writes=writes, steps=steps))


def build(
    pipeline: beam.Pipeline,
    job: EntraJob,
    read: ReadAccess = read_conditional_access,
    writes: Writes = (write_locations, write_policy),
    steps: Sequence[Step] = (),
) -> None:
    """Wires the job onto a pipeline: source | stages | sinks. Arguments as those of `run`."""
    files: list[Any] = []
    with RunEnds(pipeline, job.output) as ends:
        intake = read_intake(pipeline, job.run, job.intake, ends, steps)
        entra = bring_entra_in_step(pipeline, job, intake, ends, read, writes, alone=True)
        if job.run.dry_run:
            files.append(entra.documents | "Write plan" >> WritePlans(job.run, job.output))
        targets = [Target(ends.tallies("All tallies"), entra.reports)]
        most = most_rejected(job)
        summary = pipeline | "Summary" >> WriteSummary(job.run, job.output, intake.reads, targets, most)
    fail_if_asked(pipeline, job.run, summary, [*files, *ends.files])


def most_rejected(job: EntraJob) -> int:
    """Above this percentage of rejected records a read counts as bad for the whole run."""
    # Replayed records were rejected once already: that many are again says nothing of the reading.
    return 100 if job.run.replay else min(tenant.limits.max_rejected_percent for tenant in job.tenants)


if __name__ == "__main__":
    import sys

    from iocbeam.cli import main

    sys.exit(main(["entra", *sys.argv[1:]]))
