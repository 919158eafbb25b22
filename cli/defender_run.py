"""Running a Defender job from a command and showing what it did."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.settings import DefenderJob
from iocbeam.model.summary import EXIT_COULD_NOT_RUN

from .console import make_console, progress
from .job import defender_job, new_run_id
from .option import with_defaults
from .options import DEFENDER
from .parse import Parsed
from .plan_view import show_plan
from .terminal import show_summary


def run_and_show(values: Mapping[str, Any], beam_args: Sequence[str], dead_letters: Sequence[str] = ()) -> int:
    """Make the job, run it, print the tables.

    Args:
        values: by option name; defaults are filled in.
        beam_args: options for Beam.
        dead_letters: what a replay reads.

    Returns:
        The run's exit status.
    """
    now = int(time.time())
    job = defender_job(values, now=now, run_id=new_run_id(now), dead_letters=dead_letters)
    summary = execute(job, beam_args, with_defaults(values, DEFENDER)["runner"])
    return show(job, summary)


def beside(values: dict[str, Any], parsed: Parsed, name: str) -> None:
    """Let a run that is not the real one write beside it, unless the command line names its output."""
    if "output" not in parsed.values:
        output = values.get("output", with_defaults({}, DEFENDER)["output"])
        values["output"] = f"{output.rstrip('/')}/{name}"


def execute(job: DefenderJob, beam_args: Sequence[str], runner: str) -> dict[str, Any]:
    """Run a job; its summary."""
    if not all(tenant.connection.verify_tls for tenant in job.tenants):
        sys.stderr.write("iocbeam: WARNING: --no_tls_verify: whoever is on the way can read the credentials.\n")
    what = "Planning" if job.run.dry_run else "Running"
    with progress(f"{what} {job.run.collection} ({job.run.run_id})"):
        from iocbeam.pipelines.defender import run

        return dict(run(job, list(beam_args), runner))


def show(job: DefenderJob, summary: Mapping[str, Any]) -> int:
    """Print the plan of a dry run and the outcomes; the exit status."""
    console = make_console()
    if job.run.dry_run:
        show_plan(_read_plan(job.output), console)
    show_summary(summary, job.output, console)
    return int(summary.get("exit_code", EXIT_COULD_NOT_RUN))


def _read_plan(output: str) -> dict[str, Any]:
    path = f"{output.rstrip('/')}/plan.json"
    try:
        if "://" in path:
            from apache_beam.io.filesystems import FileSystems

            with FileSystems.open(path) as stream:
                return dict(json.loads(stream.read()))
        with open(path, encoding="utf-8") as file:
            return dict(json.load(file))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the plan cannot be read back from {path}: {error}.", option="--output"
        ) from None
