"""Waiting until a service that is eventually consistent shows what was written, several times in a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

EQUAL_ANSWERS: Final = 3
"""Old and new versions take turns while a change spreads (observed), so one right answer says little."""

SETTLES_WITHIN: Final = 300.0
"""Seconds that a change may take to spread."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 5.0


def settled(
    shows: Callable[[], bool],
    clock: Callable[[], float],
    wait: Callable[[float], None],
    within: float = SETTLES_WITHIN,
) -> bool:
    """Whether the service showed it `EQUAL_ANSWERS` times in a row before the time was up.

    Args:
        shows: reads once and tells whether the answer is as it should be.
        clock: seconds.
        wait: waits so many seconds, or raises when the run was cancelled. It is called after wrong answers only:
            between right ones the pace of the requests is pause enough.
    """
    deadline = clock() + within
    equal, pause = 0, _FIRST_PAUSE
    while True:
        if shows():
            equal += 1
            if equal >= EQUAL_ANSWERS:
                return True
        else:
            equal = 0
            if clock() + pause > deadline:
                return False
            wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
