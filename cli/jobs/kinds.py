"""The jobs that the command line knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from iocbeam.model.settings import DefenderJob
from iocbeam.model.settings.entra import EntraJob
from iocbeam.model.settings.sync import SyncJob, TargetJob

from ..options.tables import DEFENDER, ENTRA, SYNC, JobOptions
from .job import defender_job, entra_job, sync_job

Job = DefenderJob | EntraJob | SyncJob


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job.

    Attributes:
        name: of its command, of its pipeline, and of the job in what a run writes.
        options: what its command takes.
        make: from values to a job, as `job.defender_job`.
    """

    name: str
    options: JobOptions
    make: Callable[..., Job]

    def run(self, job: Job, beam_args: Sequence[str], runner: str) -> dict[str, Any]:
        """Run the job's pipeline; its summary. Imports Beam."""
        pipeline = import_module(f"iocbeam.pipelines.{self.name}")
        return dict(pipeline.run(job, list(beam_args), runner))


DEFENDER_JOB: Final = JobKind("defender", DEFENDER, defender_job)
ENTRA_JOB: Final = JobKind("entra", ENTRA, entra_job)
SYNC_JOB: Final = JobKind("sync", SYNC, sync_job)

JOBS: Final[Mapping[str, JobKind]] = {kind.name: kind for kind in (DEFENDER_JOB, ENTRA_JOB, SYNC_JOB)}
"""By their names."""


def targets_of(job: Job) -> tuple[TargetJob, ...]:
    """The job for each of the services that it writes to; run, intake and output are the same."""
    return job.targets if isinstance(job, SyncJob) else (job,)
