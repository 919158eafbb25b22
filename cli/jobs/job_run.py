"""Running a job from a command and showing what it did."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.files import read_file
from iocbeam.model.summary import EXIT_COULD_NOT_RUN

from ..options.option import with_defaults
from ..values.command_line import Parsed
from ..values.config import with_config
from ..views.console import make_console, progress, without_worker_tracebacks
from ..views.handover_view import show_handover
from ..views.plan_view import show_plan
from ..views.summary_view import show_summary
from .job import new_run_id
from .kinds import Job, JobKind, targets_of
from .run_directory import with_run_directory


def run_command(kind: JobKind, parsed: Parsed) -> int:
    """Run the job that a command line describes; the exit status."""
    values = with_config(parsed.values, kind.options.all)
    if values.get("dry_run"):
        # It must not clear away the dead letters of the last real run.
        beside(values, parsed, kind, "dry_run")
    return run_and_show(kind, values, parsed.beam_args)


def run_and_show(
    kind: JobKind, values: Mapping[str, Any], beam_args: Sequence[str], dead_letters: Sequence[str] = ()
) -> int:
    """Make the job, run it, print the tables.

    Args:
        values: by option name; defaults are filled in.
        beam_args: options for Beam.
        dead_letters: what a replay reads.

    Returns:
        The run's exit status.
    """
    now = int(time.time())
    run_id = new_run_id(now)
    values = with_run_directory(values, kind.options.all, run_id)
    job = kind.make(values, now=now, run_id=run_id, dead_letters=dead_letters)
    summary = execute(kind, job, beam_args, with_defaults(values, kind.options.all)["runner"])
    return show(job, summary)


def beside(values: dict[str, Any], parsed: Parsed, kind: JobKind, name: str) -> None:
    """Let a run that is not the real one write beside it, unless the command line names its output."""
    if "output" not in parsed.values:
        output = values.get("output", with_defaults({}, kind.options.all)["output"])
        values["output"] = f"{output.rstrip('/')}/{name}"


def execute(kind: JobKind, job: Job, beam_args: Sequence[str], runner: str) -> dict[str, Any]:
    """Run a job; its summary."""
    first, *_ = targets_of(job)
    source = first.intake.source
    verified = source is None or source.network.verify_tls
    if not (verified and all(tenant.connection.verify_tls for tenant in first.tenants)):
        sys.stderr.write("iocbeam: WARNING: --no_tls_verify: whoever is on the way can read the credentials.\n")
    what = "Planning" if first.run.dry_run else "Running"
    with progress(f"{what} {first.run.collection} ({first.run.run_id})"), without_worker_tracebacks():
        return kind.run(job, beam_args, runner)


def show(job: Job, summary: Mapping[str, Any]) -> int:
    """Print the plan of a dry run and the outcomes; the exit status."""
    first, *_ = targets_of(job)
    console = make_console()
    if summary.get("handed_over"):
        return show_handover(summary, console)
    if first.run.dry_run:
        show_plan(_read_plan(first.output), console)
    show_summary(summary, first.output, console)
    return int(summary.get("exit_code", EXIT_COULD_NOT_RUN))


def _read_plan(output: str) -> dict[str, Any]:
    path = f"{output.rstrip('/')}/plan.json"
    try:
        return dict(json.loads(read_file(path, "--output")))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the plan cannot be read back from {path}: {error}.", option="--output"
        ) from None
