"""`ReadStix`: the indicators of STIX bundles in files."""

from __future__ import annotations

from collections.abc import Sequence

from iocbeam.model.settings import RunInfo

from .files import FileReader
from .source import ReadFrom
from .stix_record import FORMAT


class ReadStix(ReadFrom):
    """The indicators of STIX 2.0 and 2.1 bundles in files. Applied to a pipeline, it gives a `Read`.

    Each file is a collection of its own: what its objects refer to is looked up in the same file. Compression is
    told by content.

    Args:
        inputs: files or patterns.
        run: for the dead letters.
    """

    def __init__(self, inputs: Sequence[str], run: RunInfo) -> None:
        super().__init__(FileReader(inputs, FORMAT), run)
