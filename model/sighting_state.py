"""What a run knows of the reading of one tenant, and what that says of an indicator that was not found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from .alert_files import AlertFiles
from .indicator import FILE_NAME, MD5, Indicator
from .key_filter import KeyFilter
from .outcome import Ended, ended

_BY_ALERTS_ONLY: Final = frozenset((MD5, FILE_NAME))

NOT_FOUND: Final = ended("not_found")


@dataclass
class TenantSeen:
    """What was read of one tenant.

    Attributes:
        keys: of all entities of its objects.
        complete: whether all of it was read to the end.
        has_alerts: whether Defender's alerts were among what was asked for.
        lacking: types of indicators that the files of some alerts may be and their evidence does not show.
        blind: alerts that came without evidence, though it was asked for.
    """

    keys: KeyFilter = field(default_factory=KeyFilter)
    complete: bool = True
    has_alerts: bool = True
    lacking: frozenset[str] = frozenset()
    blind: int = 0


def end_of_unseen(indicator: Indicator, seen: TenantSeen, files: AlertFiles | None = None) -> Ended:
    """How an indicator ends that nothing shows: `not_sighted` only where everything was looked at that could.

    Args:
        files: None before they were asked for; then nothing is said of them.
    """
    kind = indicator.type
    if kind in _BY_ALERTS_ONLY and not seen.has_alerts:
        return ended("not_shown", f"{kind}: alerts of Defender were not asked for")
    if files is not None and kind in seen.lacking:
        if files.error:
            return ended("files_not_read", files.error)
        if files.open[kind]:
            return ended("files_not_read", f"of the files of {files.open[kind]:,} alerts this is not known")
    if not seen.complete:
        return ended("read_incomplete")
    if seen.blind:
        return ended("read_incomplete", f"{seen.blind:,} alerts came without their evidence")
    return NOT_FOUND
