"""Which job wrote dead letters, and for which targets: they say so themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, Final

from iocbeam.model.dead_letter import DEAD_LETTER_SCHEMA
from iocbeam.model.errors import ConfigurationError, UsageError
from iocbeam.model.settings.sync import DEFENDER, ENTRA, SENTINEL, TARGETS

from ..views.console import safe
from ..views.tenant_names import named
from .dead_letter_files import find_files, open_file
from .kinds import JOBS, JobKind

_OPTION = "--job"

TARGET_OF_STAGE: Final[Mapping[str, str]] = {
    "WriteToDefender": DEFENDER,
    "WriteToNamedLocations": ENTRA,
    "WriteConditionalAccessPolicy": ENTRA,
    "WriteToSentinel": SENTINEL,
}
"""The stages whose dead letters are of one target. What ends before them was for every target of its run."""


def job_of_letters(paths: Sequence[str]) -> JobKind:
    """The job that wrote the dead letters, by the first one of each file.

    Args:
        paths: files, patterns or directories, local or on any filesystem that Beam knows.

    Raises:
        ConfigurationError: a path stands for nothing, or there is no dead letter.
        UsageError: they are of several jobs, or of one that no command runs.
    """
    jobs = list(dict.fromkeys(job for path in paths for job in _firsts(path, "job")))
    if not jobs:
        raise ConfigurationError(
            f"no dead letter could be read in {named([safe(path) for path in paths])}.",
            advice=f"Look at what is there with iocbeam deadletters; if it is right, name the job with {_OPTION}.",
        )
    known = [job for job in jobs if job in JOBS]
    if len(jobs) == 1 and known:
        return JOBS[known[0]]
    what = f"of several jobs, {named([safe(job) for job in jobs])}" if len(jobs) > 1 else f"of {safe(jobs[0])!r}"
    raise UsageError(
        f"the dead letters are {what}.",
        option=_OPTION,
        advice=f"Name the one through whose stages they are to go: {', '.join(JOBS)}.",
    )


def targets_of_letters(paths: Sequence[str]) -> tuple[str, ...]:
    """The targets that dead letters of a sync were written for, by the first one of each file.

    Raises:
        ConfigurationError: a path stands for nothing.
        UsageError: some ended before it was known which targets there are.
    """
    stages = list(dict.fromkeys(stage for path in paths for stage in _firsts(path, "stage")))
    shared = [stage for stage in stages if stage not in TARGET_OF_STAGE]
    if shared or not stages:
        what = f"are of {named([safe(stage) for stage in shared])}" if shared else "cannot be read"
        raise UsageError(
            f"is missing, and dead letters {what}: which targets they were for is not known.",
            option="--targets",
            advice=f"Name those of the run that wrote them: {', '.join(TARGETS)}.",
        )
    found = {TARGET_OF_STAGE[stage] for stage in stages}
    return tuple(target for target in TARGETS if target in found)


def _firsts(path: str, field: str) -> Iterator[str]:
    """A field of the first dead letter of each file; nothing of a file that cannot be read."""
    for file in find_files([path]):
        with suppress(OSError), open_file(file) as stream:
            yield from _first(stream, field)


def _first(stream: IO[bytes], field: str) -> Iterator[str]:
    import fastavro

    with suppress(Exception):  # a damaged file makes fastavro raise nearly anything
        first: Any = next(iter(fastavro.reader(stream, reader_schema=DEAD_LETTER_SCHEMA)), None)
        if first is not None:
            yield str(first[field])
