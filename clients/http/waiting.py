"""Waiting that a cancelled run can end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from iocbeam.model.errors import RetryLater

Clock = Callable[[], float]
"""Seconds, monotonic."""

Sleep = Callable[[float], None]
"""Waits the given seconds."""


class Waiting:
    """A sleep that raises as soon as the run is cancelled.

    Args:
        sleep: how to wait. The real one is interrupted by `cancel`; another one is asked before and after.
        cancel: set when the run is cancelled.
    """

    def __init__(self, sleep: Sleep, cancel: threading.Event | None) -> None:
        self._sleep = sleep
        self._cancel = cancel

    def check(self) -> None:
        """Raise `RetryLater` if the run was cancelled: nothing is wrong with the call itself."""
        if self._cancel is not None and self._cancel.is_set():
            raise RetryLater("The run was cancelled.", attempts=0)

    def __call__(self, seconds: float) -> None:
        """Wait, at most `seconds`.

        Raises:
            RetryLater: the run was cancelled before or meanwhile.
        """
        self.check()
        if self._cancel is not None and self._sleep is time.sleep:
            self._cancel.wait(seconds)
        else:
            self._sleep(seconds)
        self.check()
