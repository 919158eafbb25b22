"""`iocbeam replay`: dead letters through the same stages once more."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from iocbeam.model.errors import UsageError
from iocbeam.model.files import is_remote
from iocbeam.model.settings import CLOUDS

from ..command import Command
from ..jobs.dead_letter_job import job_of_letters, targets_of_letters
from ..jobs.job_run import beside, run_and_show
from ..jobs.kinds import JOBS, SYNC_JOB, JobKind
from ..options.option import Kind, Option, by_name
from ..values.command_line import Parsed
from ..values.config import with_config

_JOB: Final = Option(
    "job",
    Kind.CHOICE,
    "Job through whose stages the dead letters go; it takes the options that its command takes.",
    "Run",
    "|".join(JOBS),
    default_text="the one that wrote them",
    choices=tuple(JOBS),
)


def _of_a_replay(option: Option) -> Option:
    """An option as a replay shows it, whose job is known only when it has seen the dead letters."""
    if option.name == "output":
        return replace(option, default_text=f"{option.default}/replay")
    if option.name == "targets":
        return replace(option, default_text="those that the dead letters were for, where they tell")
    if option.name == "location_name":
        return replace(option, required=False, default_text="none; needed for Entra")
    if option.name == "cloud":
        return replace(option, metavar="|".join(CLOUDS))
    return option


# Every option of every job is one of sync's.
_OPTIONS: Final = (*(_of_a_replay(option) for option in SYNC_JOB.options.replay), _JOB)


def run(parsed: Parsed) -> int:
    """Run the dead letters as a job that never withdraws."""
    if not parsed.paths:
        raise UsageError("name the dead letters to run again.", advice="A run's output directory will do.")
    named = parsed.values.pop("job", None)
    kind = JOBS[named] if named else job_of_letters(parsed.paths)
    _check_options(parsed, kind)
    # A configuration file of the first run may be used as it is, its source included.
    values = with_config(parsed.values, kind.options.all)
    if kind is SYNC_JOB and "targets" not in values:
        # Else records would go to targets that the run never had.
        values["targets"] = targets_of_letters(parsed.paths)
    beside(values, parsed, kind, "replay")
    _check_output(values["output"], parsed.paths)
    return run_and_show(kind, values, parsed.beam_args, parsed.paths)


def _check_options(parsed: Parsed, kind: JobKind) -> None:
    """Refuse options that belong to another job."""
    known = by_name(kind.options.replay)
    for name in parsed.values:
        if name not in known:
            raise UsageError(
                f"is not an option of the {kind.name} job, to which these dead letters go.",
                option=f"--{name}",
                advice="Leave it out, or name another job with --job.",
            )


def _check_output(output: str, paths: Sequence[str]) -> None:
    """Refuse to write dead letters over the ones that are being read."""
    for path in paths:
        if _is_in(path, output):
            raise UsageError(
                f"{output} is where the dead letters are that this replay reads.",
                option="--output",
                advice="Name another directory.",
            )


def _is_in(path: str, output: str) -> bool:
    """Whether the dead letters that a path stands for are in this directory."""
    if is_remote(path) or is_remote(output):
        named = path.rstrip("/")
        return output.rstrip("/") in (named, os.path.dirname(named))
    directory = path if os.path.isdir(path) else os.path.dirname(path) or "."
    return os.path.realpath(directory) == os.path.realpath(output)


COMMAND = Command(
    "replay",
    "run dead letters again through the same stages; never withdraws",
    "PATH... --collection NAME [options]",
    "Runs dead letters of an earlier run through the same stages again, after what was wrong has been put right. "
    "PATH is the run's output directory, a file or a pattern. Give the options of that run, without those of "
    "its files; its source is not read again. What the tenant holds and the dead letters do not name is left "
    "as it is.",
    _OPTIONS,
    run,
    paths=True,
    beam=True,
    examples=(
        "iocbeam replay iocbeam-out --config defender.yaml",
        "iocbeam replay iocbeam-out --config entra.yaml --job entra",
    ),
)
