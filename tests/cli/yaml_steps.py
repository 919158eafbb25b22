"""Steps of a user's own, found by name."""

from __future__ import annotations

from iocbeam.transforms import Keep

STEPS = Keep("not_five", lambda indicator: not indicator.value.startswith("n5."))
