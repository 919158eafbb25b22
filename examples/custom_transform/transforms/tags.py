"""Drop: what others tagged as none of our business."""

from __future__ import annotations

from iocbeam.model import Indicator


def is_meant_for_us(indicator: Indicator) -> bool:
    """False for what is tagged as an exercise or as meant for others."""
    return not {"exercise", "other-sector"}.intersection(indicator.tags)
