"""`iocbeam replay`: dead letters through the same stages once more."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from iocbeam.model.errors import UsageError

from ..command import Command
from ..config import with_config
from ..defender_run import beside, run_and_show
from ..option import by_name
from ..options import DEFENDER, REPLAY
from ..parse import Parsed

_OUTPUT = by_name(REPLAY)["output"]
_OPTIONS = tuple(
    replace(option, default_text=f"{_OUTPUT.default}/replay") if option is _OUTPUT else option for option in REPLAY
)


def run(parsed: Parsed) -> int:
    """Run the dead letters as a job that never withdraws."""
    if not parsed.paths:
        raise UsageError("name the dead letters to run again.", advice="A run's output directory will do.")
    # A configuration file of the first run may be used as it is, its input included.
    values = with_config(parsed.values, DEFENDER)
    beside(values, parsed, "replay")
    _check_output(values["output"], parsed.paths)
    return run_and_show(values, parsed.beam_args, parsed.paths)


def _check_output(output: str, paths: Sequence[str]) -> None:
    """Refuse to write dead letters over the ones that are being read."""
    for path in paths:
        directory = path if os.path.isdir(path) else os.path.dirname(path) or "."
        if os.path.realpath(directory) == os.path.realpath(output):
            raise UsageError(
                f"{output} is where the dead letters are that this replay reads.",
                option="--output",
                advice="Name another directory.",
            )


COMMAND = Command(
    "replay",
    "run dead letters again through the same stages; never withdraws",
    "PATH... --collection NAME [options]",
    "Runs dead letters of an earlier run through the same stages again, after what was wrong has been put right. "
    "PATH is the run's output directory, a file or a pattern. Give the options of that run; rows that the dead "
    "letters do not name are left as they are.",
    _OPTIONS,
    run,
    paths=True,
    beam=True,
    examples=("iocbeam replay iocbeam-out --config defender.yaml",),
)
