"""Creating something exactly once, whatever becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from iocbeam.model.errors import RetryLater, Unanswered

SHOWS_WITHIN: Final = 60.0
"""Seconds in which something that was made shows in the list."""

_PAUSE: Final = 4.0

Row = dict[str, Any]


def create_once(
    create: Callable[[Mapping[str, Any]], Row],
    look: Callable[[], Iterable[Row]],
    body: Mapping[str, Any],
    known: frozenset[str],
    clock: Callable[[], float],
    wait: Callable[[float], None],
) -> str:
    """The id of what was made.

    When the answer is lost, the list is asked by name until it shows, for a minute. It is never made a second
    time: two of one name stop every later run until a person has decided.

    Args:
        look: reads the list.
        known: ids that were there before.

    Raises:
        RetryLater: whether it was made is not known; the next run looks again.
        Stop, Refused: as `create`.
    """
    try:
        return str(create(body)["id"])
    except Unanswered as lost:
        deadline = clock() + SHOWS_WITHIN
        while True:
            for row in look():
                if row.get("displayName") == body["displayName"] and row["id"] not in known:
                    return str(row["id"])
            if clock() + _PAUSE > deadline:
                raise RetryLater(
                    f"{lost.message} Whether {body['displayName']!r} was made is not known; it does not show. "
                    "The next run looks again.",
                    status=lost.status,
                ) from None
            wait(_PAUSE)
