"""What a search reads of a tenant once, for all values that are looked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from iocbeam.model.errors import IocbeamError
from iocbeam.planning.sightings.file_lookups import FileAlert

Objects = list[dict[str, Any]]


@dataclass(slots=True)
class ListedMachines:
    """What the list of machines shows of the names and addresses that are looked for.

    Attributes:
        read: machines looked at.
        shown: those that show one of them. No others are kept: a list may be long.
    """

    read: int = 0
    shown: Objects = field(default_factory=list)


@dataclass(slots=True)
class NamedFiles:
    """What the alerts of the window show of the file names that are looked for.

    Attributes:
        read: alerts looked at.
        shown: the alerts that show a name, by name.
        with_files: the alerts with files in their evidence.
        problem: why not all alerts were read.
    """

    read: int = 0
    shown: dict[str, Objects] = field(default_factory=dict)
    with_files: list[FileAlert] = field(default_factory=list)
    problem: IocbeamError | None = None


@dataclass(slots=True)
class Products:
    """What the files of single alerts show of the same names, as names of products.

    Attributes:
        asked: alerts whose files were asked for.
        left_out: alerts with other files that were not asked.
        shown: of each name the files that show it, by alert.
        problem: why not all of them could be asked.
    """

    asked: int = 0
    left_out: int = 0
    shown: dict[str, dict[str, Objects]] = field(default_factory=dict)
    problem: IocbeamError | None = None
