"""Steps of a user's own, found by name."""

from __future__ import annotations

from iocbeam.model import ended
from iocbeam.transforms import Change, Keep

STEPS = Keep("not_five", lambda indicator: not indicator.value.startswith("n5."))

ALL_OVER = Change("all_over", lambda _: ended("expired", "a mistake"))
