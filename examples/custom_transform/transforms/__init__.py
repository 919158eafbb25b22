"""What Acme does to its indicators. The folder is called as such folders are; that of iocbeam is another one."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from iocbeam.model import RunInfo
from iocbeam.transforms import Change, Keep, Step, Through

from .noise import MostOfSource
from .owners import owners_in, with_owner
from .scores import rescored
from .tags import is_meant_for_us

OWNERS = str(Path(__file__).with_name("owners.csv"))


def steps(run: RunInfo) -> list[Step]:
    """Acme's steps, in order. ACME_OWNERS names another list of owners, on any filesystem that Beam knows."""
    path = os.environ.get("ACME_OWNERS", OWNERS)
    return [
        Change("owners", with_owner, side=partial(owners_in, path)),
        Change("scores", rescored),
        Keep("not_for_us", is_meant_for_us),
        Through("noise", MostOfSource(3)),
    ]
