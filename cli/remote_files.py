"""Files of other filesystems. Beam opens them, and is imported when there is one."""

from __future__ import annotations

from typing import BinaryIO

from iocbeam.model.files import open_remote_with


def open_remote(path: str) -> BinaryIO:
    """The bytes of a file on a filesystem that Beam knows, as they are stored."""
    from iocbeam.transforms.remote_files import open_by_beam

    return open_by_beam(path)


def find_remote(pattern: str) -> list[str]:
    """The files that a pattern on a filesystem that Beam knows stands for, sorted."""
    from apache_beam.io.filesystems import FileSystems

    return sorted(file.path for match in FileSystems.match([pattern]) for file in match.metadata_list)


# Whatever reads a file in this process can then read those of other filesystems too.
open_remote_with(open_remote)
