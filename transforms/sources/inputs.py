"""Inputs as the user names them, and the files that they stand for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from iocbeam.model.errors import ConfigurationError


def open_raw(path: str) -> Any:
    """The bytes of a file as they are stored.

    Raises:
        OSError, and whatever else the path's filesystem raises.
    """
    return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)


def match_files(patterns: Iterable[str]) -> list[str]:
    """The files that these patterns stand for, each once, sorted within a pattern.

    A pattern that matches nothing stands for itself, so that whoever opens it finds out and says so.

    Raises:
        ValueError, OSError, and whatever else a filesystem raises.
    """
    files: dict[str, None] = {}
    for pattern in patterns:
        files.update(dict.fromkeys(_matches(pattern) or [pattern]))
    return list(files)


def check_inputs(patterns: Iterable[str]) -> None:
    """Make sure, before a pipeline is built, that every pattern stands for files and local ones can be read.

    Args:
        patterns: paths and globs, on any filesystem that Beam knows.

    Raises:
        ConfigurationError: for `--input`, naming the first that does not.
    """
    for pattern in patterns:
        try:
            pattern.encode()
            files = _matches(pattern)
            for path in files:
                path.encode()
        except UnicodeEncodeError as error:
            shown = pattern.encode("utf-8", "backslashreplace").decode()
            raise ConfigurationError(
                f"{shown}: a file name that is not UTF-8.", option="--input", advice="Rename the file."
            ) from error
        except Exception as error:
            raise ConfigurationError(f"{pattern}: {error}", option="--input") from error
        if not files:
            raise ConfigurationError(
                f"{pattern}: no such file.",
                option="--input",
                advice="Quote a pattern that holds * so that the shell leaves it alone."
                if "*" in pattern
                else f"Paths start from {os.getcwd()}."
                if _is_local(pattern) and not os.path.isabs(pattern)
                else None,
            )
        for path in files:
            if _is_local(path):
                _check_readable(path)


def _check_readable(path: str) -> None:
    if os.path.isdir(path):
        raise ConfigurationError(
            f"{path}: a directory.", option="--input", advice=f"Name its files: {os.path.join(path, '*')}"
        )
    try:
        with closing(open_raw(path)) as file:
            file.read(1)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}.", option="--input") from error


def _matches(pattern: str) -> list[str]:
    if not pattern:
        return []
    if _is_local(pattern) and os.path.isfile(pattern):
        return [pattern]  # its name may hold characters that a pattern would interpret
    # Beam lists the directory part of a local pattern and finds nothing when there is none.
    here = _is_local(pattern) and not os.path.dirname(pattern)
    found = FileSystems.match([f"./{pattern}" if here else pattern])[0].metadata_list
    return sorted(match.path.removeprefix("./") if here else match.path for match in found)


def _is_local(path: str) -> bool:
    return FileSystems.get_scheme(path) is None
