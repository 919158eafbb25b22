"""Files that options name, local or on a filesystem that somebody else knows how to open.

Only Beam opens `gs://` and its like, and only sinks, transforms and commands know Beam. They say here how it is
done when they are imported, on every worker; whoever reads a file asks here and need not know.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from typing import BinaryIO

from .errors import ConfigurationError

Opener = Callable[[str], BinaryIO]
"""From a path with a scheme to the bytes as they are stored."""


class _Remote:
    """How this process reaches other filesystems, and what it has fetched from there."""

    def __init__(self) -> None:
        self.opener: Opener | None = None
        self.lock = threading.Lock()
        self.directory: tempfile.TemporaryDirectory[str] | None = None
        self.copies: dict[str, str] = {}


_remote = _Remote()


def is_remote(path: str) -> bool:
    """Whether a path names another filesystem than this machine's: `gs://bucket/name`."""
    return "://" in path


def open_remote_with(opener: Opener) -> None:
    """Say how paths with a scheme are opened in this process."""
    _remote.opener = opener


def read_file(path: str, option: str) -> bytes:
    """The content of a file.

    Args:
        path: local, or with a scheme.
        option: the option that names it, for messages.

    Raises:
        OSError: a local file cannot be read.
        ConfigurationError: a remote one cannot, and why.
    """
    if not is_remote(path):
        with open(path, "rb") as file:
            return file.read()
    if _remote.opener is None:
        raise ConfigurationError(
            f"{path} is on a filesystem that nothing here can open.",
            option=option,
            advice="Import iocbeam.transforms first: with it Beam opens such files.",
        )
    try:
        with _remote.opener(path) as stream:
            return bytes(stream.read())
    except Exception as error:  # filesystems raise types of their own
        raise ConfigurationError(
            f"{path} cannot be read: {str(error)[:300]}.",
            option=option,
            advice="Check the path, that this account may read it, and that what Beam needs for this filesystem "
            "is installed.",
        ) from error


def local_file(path: str, option: str) -> str:
    """A path on this machine for libraries that want one: the same, or that of a private copy.

    A file is copied once in the life of a process, and the copies are removed at its end.

    Args, Raises: as `read_file`.
    """
    if not is_remote(path):
        return path
    with _remote.lock:
        copy = _remote.copies.get(path)
        if copy is None:
            content = read_file(path, option)
            if _remote.directory is None:
                _remote.directory = tempfile.TemporaryDirectory(prefix="iocbeam-")
            copy = os.path.join(_remote.directory.name, f"{len(_remote.copies)}-{os.path.basename(path)[-80:]}")
            with open(copy, "wb") as file:
                file.write(content)
            _remote.copies[path] = copy
        return copy
