"""Running a sightings job from a command and showing what it found."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from iocbeam.model.summary import EXIT_COULD_NOT_RUN

from ..options.option import with_defaults
from ..options.tables import SIGHTINGS
from ..views.console import make_console, progress
from ..views.handover_view import show_handover
from ..views.sightings_view import show_sightings
from .job import new_run_id
from .run_directory import with_run_directory
from .sightings_job import sightings_job


def look_and_show(values: Mapping[str, Any], beam_args: Sequence[str]) -> int:
    """Make the job, run it, print what was seen; the exit status.

    Args:
        values: by option name; defaults are filled in.
        beam_args: options for Beam.
    """
    now = int(time.time())
    run_id = new_run_id(now)
    values = with_run_directory(values, SIGHTINGS.all, run_id)
    job = sightings_job(values, now=now, run_id=run_id)
    source = job.intake.source
    verified = source is None or source.network.verify_tls
    if not (verified and all(tenant.connection.verify_tls for tenant in job.tenants)):
        sys.stderr.write("iocbeam: WARNING: --no_tls_verify: whoever is on the way can read the credentials.\n")
    runner = with_defaults(values, SIGHTINGS.all)["runner"]
    with progress(f"Looking for {job.run.collection} ({job.run.run_id})"):
        summary: dict[str, Any] = import_module("iocbeam.pipelines.sightings").run(job, list(beam_args), runner)
    if summary.get("handed_over"):
        return show_handover(summary, make_console())
    show_sightings(summary, job.output, make_console())
    return int(summary.get("exit_code", EXIT_COULD_NOT_RUN))
