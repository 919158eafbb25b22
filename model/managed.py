"""What is different where a run's workers are on other machines than the command that started it."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from .settings import RunInfo

LONGEST_NAME: Final = 63
"""Characters of a job's name on Dataflow."""

_is_name = re.compile(rf"[a-z](?:[-a-z0-9]{{0,{LONGEST_NAME - 2}}}[a-z0-9])?").fullmatch
_other_than_name = re.compile(r"[^a-z0-9]+")
_DIGITS: Final = 12


def is_managed(runner: str) -> bool:
    """Whether a runner of this name starts workers of its own elsewhere and keeps track of jobs by their names."""
    return "dataflow" in runner.lower()


def run_directory(output: str, run_id: str) -> str:
    """The directory of one run below the one that was named.

    Two runs then never write into the same one, and no run has to clear away what another one may still be
    writing: whether the runner takes a job is known only after everything that could be cleared is gone.
    """
    return f"{output.rstrip('/')}/{run_id}"


def job_name(run: RunInfo) -> str:
    """The name under which a runner knows the job: the same for every run of the job and the collection, so that a
    second one is refused while one is active, and unlike that of any other collection.

    A collection whose name cannot stand in a job's keeps what can, behind two dashes and before a part of its
    hash; no name of the other form has two dashes there. A replay writes where the run writes and is called like
    it; a dry run writes nothing and has a name of its own.

    Returns:
        At most 63 of a-z, 0-9 and '-', a letter first and no dash last.
    """
    what = f"iocbeam-plan-{run.job}" if run.dry_run else f"iocbeam-{run.job}"
    plain = f"{what}-{run.collection}"
    if _is_name(plain):
        return plain
    digest = sha256(run.collection.encode()).hexdigest()[:_DIGITS]
    room = LONGEST_NAME - len(what) - len(digest) - 3
    readable = _other_than_name.sub("-", run.collection)[:room].strip("-")
    return f"{what}--{readable}-{digest}"
