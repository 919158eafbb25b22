"""Creating something exactly once, whatever becomes of the answer. Names need not be unique: a second one is made
without a word, and then stops every later run until a person has decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from iocbeam.model.errors import IocbeamError, Refused, Unanswered

SHOWS_WITHIN: Final = 60.0
"""Seconds in which something that was made shows in the list."""

_PAUSE: Final = 4.0

Row = dict[str, Any]


def there_already(
    rows: Iterable[Row], name: str, is_it: Callable[[Row], bool], known: frozenset[str] = frozenset()
) -> str:
    """The id of what is about to be made, if it is there after all; empty if it is not.

    A plan that names something new is tried again as a whole when a worker is lost, and the first try may have got
    as far as making it.

    Args:
        rows: the list as it is now.
        is_it: whether a row is what would be made.
        known: ids that the plan knew of.

    Raises:
        Refused: something else has this name since the plan was made.
    """
    found = [row for row in rows if row["displayName"] == name and row["id"] not in known]
    for row in found:
        if is_it(row):
            return str(row["id"])
    if found:
        raise Refused(f"another one of this name ({found[0]['id']}) was made meanwhile.", status=409)
    return ""


def create_once(
    create: Callable[[Mapping[str, Any]], Row],
    look: Callable[[], Iterable[Row]],
    body: Mapping[str, Any],
    clock: Callable[[], float],
    wait: Callable[[float], None],
    known: frozenset[str] = frozenset(),
) -> str:
    """The id of what was made.

    When the answer is lost, the list is asked by name until it shows, for a minute. It is never made twice.

    Args:
        look: reads the list.
        known: ids that were there before.

    Raises:
        Unanswered: whether it was made is not known; the next run looks again.
        Stop, RetryLater, Refused: as `create`; nothing was made.
    """
    try:
        return str(create(body)["id"])
    except Unanswered as error:
        lost = error
    name, why = body["displayName"], "it does not show"
    deadline = clock() + SHOWS_WITHIN
    try:
        while True:
            for row in look():
                if row["displayName"] == name and row["id"] not in known:
                    return str(row["id"])
            if clock() + _PAUSE > deadline:
                break
            wait(_PAUSE)
    except IocbeamError as error:
        why = f"it could not be looked up. {error}".removesuffix(".")
    raise Unanswered(
        f"{lost.message} Whether {name!r} was made is not known: {why}. The next run looks again.",
        status=lost.status,
        attempts=lost.attempts,
    )
