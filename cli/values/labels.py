"""Labels as people write them: compared without case, spaces, `_` and `-`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

_SEPARATORS = str.maketrans("", "", " _-")


def fold(label: str) -> str:
    """What two spellings of one label have in common: `BlockAndRemediate` and `Block and Remediate`."""
    return label.translate(_SEPARATORS).lower()


def match_label(given: str, labels: Iterable[str], aliases: Mapping[str, str] | None = None) -> str | None:
    """The canonical label that `given` stands for, or None.

    Args:
        aliases: other names to canonical labels.
    """
    wanted = fold(given)
    for label in labels:
        if fold(label) == wanted:
            return label
    for alias, label in (aliases or {}).items():
        if fold(alias) == wanted:
            return label
    return None


def nearest(given: str, names: Iterable[str], likeness: float = 0.6) -> str | None:
    """The name that was probably meant, or None when no name is near.

    Args:
        likeness: from 0 to 1, below which a name is not near.
    """
    found = difflib.get_close_matches(given, list(names), n=1, cutoff=likeness)
    return found[0] if found else None
