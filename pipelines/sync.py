"""The sync job: one read of a collection into both targets, Defender and Entra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import apache_beam as beam

from iocbeam.model.entra_settings import SyncJob
from iocbeam.sinks import Target, Write, WritePlans, WriteSummary, write_locations, write_plan, write_policy
from iocbeam.transforms import Read, ReadAccess, read_conditional_access, read_tenant

from . import defender, entra
from .beam_run import engine_of, prepared, run_pipeline
from .defender_target import bring_defender_in_step
from .entra import Writes
from .entra_target import bring_entra_in_step
from .intake import read_intake
from .run_ends import RunEnds


def run(
    job: SyncJob,
    beam_args: Sequence[str] = (),
    runner: str = "direct",
    reads: tuple[Read, ReadAccess] = (read_tenant, read_conditional_access),
    writes: tuple[Write, Writes] = (write_plan, (write_locations, write_policy)),
) -> dict[str, Any]:
    """Runs the job and gives the content of its `summary.json`.

    A target that cannot be read or written ends by itself; the other one goes on.

    Args:
        beam_args: options for Beam itself.
        runner: `direct`, or the name of a Beam runner.
        reads, writes: of Defender and of Entra; tests put shorter deadlines in their place.

    Raises:
        Stop, RetryLater: a file or an option is not usable; nothing was written.
    """
    engine = engine_of(runner, job.output)
    in_defender, in_entra = job.defender, job.entra
    defender_ready, entra_ready = prepared(in_defender), prepared(in_entra)
    job = SyncJob(
        replace(in_defender, tenants=tuple(map(defender_ready, in_defender.tenants))),
        replace(in_entra, tenants=tuple(map(entra_ready, in_entra.tenants))),
    )
    return run_pipeline(job, beam_args, engine, partial(build, job=job, reads=reads, writes=writes))


def build(
    pipeline: beam.Pipeline,
    job: SyncJob,
    reads: tuple[Read, ReadAccess] = (read_tenant, read_conditional_access),
    writes: tuple[Write, Writes] = (write_plan, (write_locations, write_policy)),
) -> None:
    """Wires the job onto a pipeline: source | stages | the two targets."""
    info, output = job.run, job.output
    with RunEnds(pipeline, output) as ends:
        intake = read_intake(pipeline, info, job.defender.intake, ends)
        ends_of_defender, ends_of_entra = ends.branch(), ends.branch()
        in_defender = bring_defender_in_step(
            pipeline, job.defender, intake, ends_of_defender, reads[0], writes[0], alone=False
        )
        in_entra = bring_entra_in_step(
            pipeline, job.entra, intake, ends_of_entra, reads[1], writes[1], alone=False
        )
        if info.dry_run:
            documents = (in_defender.documents, in_entra.documents) | "Documents" >> beam.Flatten()
            _ = documents | "Write plan" >> WritePlans(info, output)
        targets = [
            Target(ends_of_defender.tallies("Tallies of Defender"), in_defender.reports),
            Target(ends_of_entra.tallies("Tallies of Entra"), in_entra.reports),
        ]
        most = min(defender.most_rejected(job.defender), entra.most_rejected(job.entra))
        _ = pipeline | "Summary" >> WriteSummary(info, output, intake.reads, targets, most)


if __name__ == "__main__":
    import sys

    from iocbeam.cli import main

    sys.exit(main(["sync", *sys.argv[1:]]))
