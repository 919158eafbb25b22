"""The Defender job: a collection into the indicators of one or several tenants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import apache_beam as beam

from iocbeam.model.settings import DefenderJob
from iocbeam.sinks import Target, Write, WritePlans, WriteSummary, write_plan
from iocbeam.transforms import Read, Step, read_tenant

from .beam_run import engine_of, prepared, run_pipeline
from .defender_target import bring_defender_in_step
from .intake import read_intake
from .run_ends import RunEnds, fail_if_asked


def run(
    job: DefenderJob,
    beam_args: Sequence[str] = (),
    runner: str = "direct",
    read: Read = read_tenant,
    write: Write = write_plan,
    steps: Sequence[Step] = (),
) -> dict[str, Any]:
    """Runs the job and gives the content of its `summary.json`.

    Args:
        beam_args: options for Beam itself.
        runner: `direct`, or the name of a Beam runner.
        read: lists a tenant; tests put a shorter deadline in its place.
        write: applies a plan to a tenant; likewise.
        steps: transforms of the user's own between `Expire` and the targets, behind those that the settings name.

    Raises:
        Stop, RetryLater: a file, an option or the tenant is not usable; as far as is known nothing was written.
    """
    engine = engine_of(runner, job, beam_args)
    job = replace(job, tenants=tuple(map(prepared(job, engine), job.tenants)))
    return run_pipeline(job, beam_args, engine, partial(build, job=job, read=read, write=write, steps=steps))


def build(
    pipeline: beam.Pipeline,
    job: DefenderJob,
    read: Read = read_tenant,
    write: Write = write_plan,
    steps: Sequence[Step] = (),
) -> None:
    """Wires the job onto a pipeline: source | stages | sinks. Arguments as those of `run`."""
    files: list[Any] = []
    with RunEnds(pipeline, job.output) as ends:
        intake = read_intake(pipeline, job.run, job.intake, ends, steps)
        defender = bring_defender_in_step(pipeline, job, intake, ends, read, write, alone=True)
        if job.run.dry_run:
            files.append(defender.documents | "Write plan" >> WritePlans(job.run, job.output))
        targets = [Target(ends.tallies("All tallies"), defender.reports)]
        most = most_rejected(job)
        summary = pipeline | "Summary" >> WriteSummary(job.run, job.output, intake.reads, targets, most)
    fail_if_asked(pipeline, job.run, summary, [*files, *ends.files])


def most_rejected(job: DefenderJob) -> int:
    """Above this percentage of rejected records a read counts as bad for the whole run."""
    # Replayed records were rejected once already: that many are again says nothing of the reading.
    return 100 if job.run.replay else min(tenant.policy.max_rejected_percent for tenant in job.tenants)


if __name__ == "__main__":
    import sys

    from iocbeam.cli import main

    sys.exit(main(["defender", *sys.argv[1:]]))
