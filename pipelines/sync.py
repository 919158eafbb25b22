"""The sync job: one read of a collection into several targets: Defender, Entra, Sentinel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import apache_beam as beam

from iocbeam.model.settings import DefenderJob
from iocbeam.model.settings.entra import EntraJob
from iocbeam.model.settings.sync import SyncJob, TargetJob
from iocbeam.sinks import (
    Target,
    Write,
    WritePlans,
    WriteSentinel,
    WriteSummary,
    write_locations,
    write_plan,
    write_policy,
    write_sentinel,
)
from iocbeam.transforms import (
    Read,
    ReadAccess,
    ReadWorkspace,
    Step,
    read_conditional_access,
    read_tenant,
    read_workspace,
)

from . import defender, entra, sentinel_target
from .beam_run import engine_of, prepared, run_pipeline
from .defender_target import bring_defender_in_step
from .entra import Writes
from .entra_target import bring_entra_in_step
from .intake import read_intake
from .run_ends import RunEnds, fail_if_asked
from .sentinel_target import bring_sentinel_in_step
from .target import Written

Reads = tuple[Read, ReadAccess]
Workspaces = tuple[ReadWorkspace, WriteSentinel]


def run(
    job: SyncJob,
    beam_args: Sequence[str] = (),
    runner: str = "direct",
    reads: Reads = (read_tenant, read_conditional_access),
    writes: tuple[Write, Writes] = (write_plan, (write_locations, write_policy)),
    workspaces: Workspaces = (read_workspace, write_sentinel),
    steps: Sequence[Step] = (),
) -> dict[str, Any]:
    """Runs the job and gives the content of its `summary.json`.

    A target that cannot be read or written ends by itself; the others go on.

    Args:
        beam_args: options for Beam itself.
        runner: `direct`, or the name of a Beam runner.
        reads: of Defender and of Entra; tests put shorter deadlines in their place.
        writes: of Defender and of Entra, likewise.
        workspaces: read and write Sentinel, likewise.
        steps: transforms of the user's own between `Expire` and the targets, behind those that the settings name.

    Raises:
        Stop, RetryLater: a file or an option is not usable; nothing was written.
    """
    engine = engine_of(runner, job, beam_args)
    job = SyncJob(*(_ready(target, engine) for target in (job.defender, job.entra, job.sentinel)))
    wire = partial(build, job=job, reads=reads, writes=writes, workspaces=workspaces, steps=steps)
    return run_pipeline(job, beam_args, engine, wire)


def _ready(job: Any, engine: str) -> Any:
    """A target's job with its tenants ready to run."""
    return job and replace(job, tenants=tuple(map(prepared(job, engine), job.tenants)))


def build(
    pipeline: beam.Pipeline,
    job: SyncJob,
    reads: Reads = (read_tenant, read_conditional_access),
    writes: tuple[Write, Writes] = (write_plan, (write_locations, write_policy)),
    workspaces: Workspaces = (read_workspace, write_sentinel),
    steps: Sequence[Step] = (),
) -> None:
    """Wires the job onto a pipeline: source | stages | the targets. Arguments as those of `run`."""
    info, output = job.run, job.output
    files: list[Any] = []
    with RunEnds(pipeline, output) as ends:
        intake = read_intake(pipeline, info, job.intake, ends, steps)
        wired: list[tuple[str, RunEnds, Written]] = []
        if job.defender is not None:
            own = ends.branch()
            written = bring_defender_in_step(pipeline, job.defender, intake, own, reads[0], writes[0], alone=False)
            wired.append(("Defender", own, written))
        if job.entra is not None:
            own = ends.branch()
            written = bring_entra_in_step(pipeline, job.entra, intake, own, reads[1], writes[1], alone=False)
            wired.append(("Entra", own, written))
        if job.sentinel is not None:
            own = ends.branch()
            written = bring_sentinel_in_step(pipeline, job.sentinel, intake, own, *workspaces, alone=False)
            wired.append(("Sentinel", own, written))
        if info.dry_run:
            documents = [written.documents for _, _, written in wired] | "Documents" >> beam.Flatten()
            files.append(documents | "Write plan" >> WritePlans(info, output))
        targets = [Target(own.tallies(f"Tallies of {name}"), written.reports) for name, own, written in wired]
        most = min(map(most_rejected, job.targets))
        summary = pipeline | "Summary" >> WriteSummary(info, output, intake.reads, targets, most)
    fail_if_asked(pipeline, info, summary, [*files, *ends.files])


def most_rejected(job: TargetJob) -> int:
    """Above this percentage of rejected records a read counts as bad for one target."""
    if isinstance(job, DefenderJob):
        return defender.most_rejected(job)
    return entra.most_rejected(job) if isinstance(job, EntraJob) else sentinel_target.most_rejected(job)


if __name__ == "__main__":
    import sys

    from iocbeam.cli import main

    sys.exit(main(["sync", *sys.argv[1:]]))
