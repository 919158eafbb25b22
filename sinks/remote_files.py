"""How a worker that only writes opens what options name on other filesystems: `transforms` has the same."""

from __future__ import annotations

from typing import BinaryIO

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from iocbeam.model.files import open_remote_with


def open_by_beam(path: str) -> BinaryIO:
    """The bytes of a file on any filesystem that Beam knows, as they are stored."""
    return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)


open_remote_with(open_by_beam)
