"""What the name of a file says of its content when the content itself does not."""

from __future__ import annotations

import re
from typing import Final

from iocbeam.model.errors import ConfigurationError

_HARMLESS: Final = re.compile(
    r"(?<![a-z])(?:false[ _-]?positives?|(?:white|allow|safe)[ _-]?list(?:s|ed)?)(?![a-z])", re.IGNORECASE
)
_FOLDERS: Final = 2
"""Feeds keep such lists as `falsepositives/permanent/domains.list`, too."""


def check_name(name: str) -> None:
    """Make sure that a file whose format nobody named is no list of what is known to be good.

    Feeds publish beside what they block what they must never block, in the very same form: a pattern such as
    `feed/**` takes both. Read by mistake, that list would block just what harms most; refused by mistake, it
    costs one option.

    Args:
        name: a path. Of the file the name must hold the words; of the two folders above it one must have them
            for a name, since a longer one (`whitelisted-tests`) tells of anything.

    Raises:
        ConfigurationError: the name says so.
    """
    *folders, file = re.split(r"[/\\]", name)
    found = next(filter(None, map(_HARMLESS.fullmatch, folders[-_FOLDERS:])), None) or _HARMLESS.search(file)
    if found:
        raise ConfigurationError(
            f"{name}:0: named {found[0]!r}: a list of what is known to be good.",
            option="--input_format",
            advice="Give it to --never_block. If its entries are threats all the same, name its format.",
        )
