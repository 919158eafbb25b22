"""A job that a runner took and that nobody here waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .console import safe
from .printer import Printer

if TYPE_CHECKING:
    from rich.console import Console


def show_handover(given: Mapping[str, Any], console: Console) -> int:
    """Print where the job is and where its files will be.

    Args:
        given: what `pipelines.managed.handover` says of it.

    Returns:
        The exit status: it was handed over, whatever becomes of it.
    """
    printer = Printer(console, "summary.json")
    output = safe(given["output"])
    kind = "Plan (dry run)" if given["dry_run"] else "Run"
    job_id = f" ({safe(given['job_id'])})" if given["job_id"] else ""
    # Only a managed runner knows jobs by their names.
    job = f"as the job {safe(given['job_name'])}{job_id}" if given["job_name"] else "to the runner"
    printer.heading(f"{kind} {safe(given['run_id'])}: collection {safe(given['collection'])}")
    printer.blank()
    printer.line(f"Handed over {job}; this command does not wait for it.")
    printer.line(f"Everything about this run will be in {output}/summary.json")
    return int(given["exit_code"])
