"""Which job wrote dead letters: they say so themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, Any

from iocbeam.model.dead_letter import DEAD_LETTER_SCHEMA
from iocbeam.model.errors import ConfigurationError, UsageError

from .console import safe
from .dead_letter_files import PATTERN, find_files
from .jobs import JOBS, JobKind
from .tenant_names import named

_OPTION = "--job"


def job_of_letters(paths: Sequence[str]) -> JobKind:
    """The job that wrote the dead letters, by the first one of each file.

    Args:
        paths: files, patterns or directories, local or on any filesystem that Beam knows.

    Raises:
        ConfigurationError: a path stands for nothing, or there is no dead letter.
        UsageError: they are of several jobs, or of one that no command runs.
    """
    jobs = list(dict.fromkeys(job for path in paths for job in _jobs(path)))
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


def _jobs(path: str) -> Iterator[str]:
    """The job of the first dead letter of each file; nothing of a file that cannot be read."""
    if "://" in path:
        yield from _remote_jobs(path)
        return
    for file in find_files([path]):
        with suppress(OSError), open(file, "rb") as stream:
            yield from _first_job(stream)


def _remote_jobs(path: str) -> list[str]:
    from apache_beam.io.filesystems import FileSystems

    jobs: list[str] = []
    try:
        for match in FileSystems.match([path + PATTERN if path.endswith("/") else path]):
            for file in match.metadata_list:
                with FileSystems.open(file.path) as stream:
                    jobs += _first_job(stream)
    except Exception as error:  # Beam's filesystems raise types of their own
        raise ConfigurationError(
            f"{path} cannot be read: {error}.",
            advice="Check the path, and that what Beam needs for this filesystem is installed.",
        ) from error
    return jobs


def _first_job(stream: IO[bytes]) -> Iterator[str]:
    import fastavro

    with suppress(Exception):  # a damaged file makes fastavro raise nearly anything
        first: Any = next(iter(fastavro.reader(stream, reader_schema=DEAD_LETTER_SCHEMA)), None)
        if first is not None:
            yield str(first["job"])
