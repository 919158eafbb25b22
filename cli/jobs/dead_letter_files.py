"""Reading dead-letter files, a row at a time."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from iocbeam.model.dead_letter import DEAD_LETTER_SCHEMA
from iocbeam.model.errors import ConfigurationError
from iocbeam.model.files import is_remote

PATTERN: Final = "deadletters-*.avro"
"""Names of the files in a run's output directory."""

_ADVICE: Final = "Give the run's output directory, or files named deadletters-*.avro."

OTHERS: Final = ("…", "…")
_MOST_PAIRS: Final = 1_000
"""A run has few stages and reasons; a file of somebody else's may have as many as it has rows."""

Row = dict[str, Any]


@dataclass(slots=True)
class Findings:
    """What was found in dead-letter files.

    Attributes:
        files: those that were read.
        total: rows in them.
        counts: matching rows by stage and reason.
        retriable: matching rows that running again unchanged can help.
        page: some of the matching rows.
        broken: files that could not be read to their end, and why.
    """

    files: list[str]
    total: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    retriable: int = 0
    page: list[Row] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def matching(self) -> int:
        """Rows that the filters let through."""
        return sum(self.counts.values())


def find_files(paths: Sequence[str]) -> list[str]:
    """The dead-letter files that these paths stand for; a directory stands for its files named `PATTERN`.

    Args:
        paths: local, or on any filesystem that Beam knows, where what is neither a pattern nor a name that ends in
            `.avro` is a directory.

    Raises:
        ConfigurationError: a path stands for nothing.
    """
    files: dict[str, None] = {}
    for path in paths:
        if is_remote(path):
            found = _find_remote(path)
        elif os.path.isdir(path):
            found = sorted(glob.glob(os.path.join(glob.escape(path), PATTERN)))
        elif os.path.isfile(path):
            found = [path]
        else:
            found = sorted(name for name in glob.glob(path) if os.path.isfile(name))
            if not found:
                raise ConfigurationError(
                    f"{path}: no such file or directory.",
                    advice=_ADVICE,
                )
        files.update(dict.fromkeys(found))
    return list(files)


def _find_remote(path: str) -> list[str]:
    from iocbeam.transforms.sources import dead_letter_inputs

    from ..remote_files import find_remote

    try:
        (pattern,) = dead_letter_inputs([path])
        found = find_remote(pattern)
        # A bucket knows no directories: one without dead letters is one that holds anything else.
        if found or (pattern != path and find_remote(pattern.replace(PATTERN, "*"))):
            return found
    except Exception as error:  # Beam's filesystems raise types of their own
        raise ConfigurationError(
            f"{path} cannot be read: {error}.",
            advice="Check the path, and that what Beam needs for this filesystem is installed.",
        ) from error
    raise ConfigurationError(f"{path}: no such file or directory.", advice=_ADVICE)


def open_file(path: str) -> IO[bytes]:
    """The bytes of a dead-letter file."""
    if not is_remote(path):
        return open(path, "rb")
    from ..remote_files import open_remote

    return open_remote(path)


def examine(files: Sequence[str], *, reason: str | None, stage: str | None, offset: int, limit: int) -> Findings:
    """Counts, and the rows from `offset` on, at most `limit`. No more than these rows are held at a time.

    Args:
        reason, stage: only rows with these, compared without case.
    """
    findings = Findings(list(files))
    matching = 0
    for row in _rows(files, findings.broken):
        findings.total += 1
        if not (_same(row["reason"], reason) and _same(row["stage"], stage)):
            continue
        pair = (row["stage"], row["reason"])
        if pair not in findings.counts and len(findings.counts) >= _MOST_PAIRS:
            pair = OTHERS
        findings.counts[pair] += 1
        findings.retriable += row["retriable"]
        matching += 1
        if matching > offset and len(findings.page) < limit:
            findings.page.append(row)
    return findings


def _same(given: str, wanted: str | None) -> bool:
    return wanted is None or given.lower() == wanted.lower()


def _rows(files: Iterable[str], broken: dict[str, str]) -> Iterator[Row]:
    import fastavro
    from fastavro.read import SchemaResolutionError

    for path in files:
        try:
            with open_file(path) as stream:
                yield from fastavro.reader(stream, reader_schema=DEAD_LETTER_SCHEMA)  # type: ignore[misc]
        except SchemaResolutionError:
            broken[path] = "an Avro file, but not of dead letters"
        except OSError as error:
            broken[path] = error.strerror or str(error)
        except Exception as error:  # noqa: BLE001 - a damaged file makes fastavro raise nearly anything
            broken[path] = f"not a whole Avro file ({type(error).__name__})"
