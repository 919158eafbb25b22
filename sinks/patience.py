"""Patience: how long a tenant may take to show what was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

SHOWS_WITHIN: Final = 60.0
"""Seconds that rows may take to show in the list before a difference counts."""

PAUSE: Final = 5.0
"""Seconds between two readings."""


class Patience:
    """Counts from when it is made.

    Args:
        clock: seconds.
        wait: waits so many seconds, or raises when the run was cancelled.
    """

    def __init__(self, clock: Callable[[], float], wait: Callable[[float], None]) -> None:
        self._clock = clock
        self._wait = wait
        self._deadline = clock() + SHOWS_WITHIN

    def again(self) -> bool:
        """Waits for another reading; False, at once, when there is no time for one.

        Raises:
            RetryLater: the run was cancelled.
        """
        if self._clock() + PAUSE > self._deadline:
            return False
        self._wait(PAUSE)
        return True
