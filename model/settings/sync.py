"""Settings of the sync job: the jobs for several targets, with one run, one intake and one output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..errors import UsageError
from .defender import DefenderJob
from .entra import EntraJob
from .run import IntakeSettings, RunInfo
from .sentinel import SentinelJob

DEFENDER: Final = "defender"
ENTRA: Final = "entra"
SENTINEL: Final = "sentinel"
TARGETS: Final = (DEFENDER, ENTRA, SENTINEL)
"""What a collection can be written to."""

DEFAULT_TARGETS: Final = (DEFENDER, ENTRA)

TargetJob = DefenderJob | EntraJob | SentinelJob


@dataclass(frozen=True, slots=True)
class SyncJob:
    """Everything that `pipelines.sync` needs: a job for each target, with one run, one intake and one output.

    Attributes:
        defender, entra, sentinel: None for what is no target. Their tenants are the same ones, one by one, by id
            and alias.
    """

    defender: DefenderJob | None = None
    entra: EntraJob | None = None
    sentinel: SentinelJob | None = None

    def __post_init__(self) -> None:
        if not self.targets:
            raise UsageError("names no target.", option="--targets")

    @property
    def targets(self) -> tuple[TargetJob, ...]:
        """The jobs that there are."""
        return tuple(job for job in (self.defender, self.entra, self.sentinel) if job is not None)

    @property
    def run(self) -> RunInfo:
        """What is fixed when the run is constructed."""
        return self.targets[0].run

    @property
    def intake(self) -> IntakeSettings:
        """How the collection is read."""
        return self.targets[0].intake

    @property
    def output(self) -> str:
        """Directory for dead letters, outcomes, plan and summary."""
        return self.targets[0].output
