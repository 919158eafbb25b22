"""When a run starts, as the transforms of a Beam YAML pipeline are told."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Final

from iocbeam.pipelines.flow import RunStart

from ..jobs.job import new_run_id

RUN_START: Final[ContextVar[RunStart | None]] = ContextVar("iocbeam_run_start", default=None)
"""Set by `iocbeam yaml run`. Where Beam's own command builds the pipeline, its first transform asks the clock."""


def run_start() -> RunStart:
    """The start of the run whose pipeline is being built."""
    fixed = RUN_START.get()
    if fixed is not None:
        return fixed
    now = int(time.time())
    return RunStart(new_run_id(now), now)
