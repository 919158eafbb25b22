"""Adoption: rows of other owners that are to become ours, if they take our mark at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from iocbeam.model.outcome import HELD, Ended
from iocbeam.model.plan import Change

from .delivery import Delivered
from .work import Work

TRIES: Final = 8
"""Rows that the service may refuse before adoption is given up; each costs a request of its own."""

_WHY: Final = {
    False: "A row of another owner did not take our mark (externalId) when it was updated: --adopt cannot work in "
    "this tenant.",
    None: "Whether a row of another owner takes our mark (externalId) could not be read: --adopt did not go on.",
}


def try_adoption(
    adoptions: Sequence[Change],
    work: Work,
    send: Callable[[Sequence[Change]], None],
    shows_mark: Callable[[Change], bool | None],
) -> list[Change]:
    """Takes over one row to see whether it then carries our mark, which is not documented.

    Args:
        adoptions: changes of rows that belong to others.
        send: sends changes; what became of them is then in `work`.
        shows_mark: whether a row that was sent carries our mark; None when that cannot be read.

    Returns:
        The changes that are to be sent as well. When there are none, they have ended as held.
    """
    # One whose action changes may become a row of its own, which proves nothing for the others.
    waiting = sorted(adoptions, key=lambda change: bool(change.replaces))
    why = f"{TRIES} rows of other owners were refused when they were updated: --adopt did not go on."
    for _ in range(min(TRIES, len(waiting))):
        first = waiting.pop(0)
        send([first])
        if work.report.stopped:
            return waiting
        if work.results[-1].accepted:
            shown = shows_mark(first)
            if shown:
                work.mark_seen = True
                return waiting
            why = _WHY[shown]
            break
    else:
        if not waiting:
            return []
    left = "rows of other owners are left as they are, since --adopt did not work with the first"
    work.take([Delivered(change, Ended(HELD, change.held, left), 0, None, False) for change in waiting])
    work.note(f"{why} The other {len(waiting):,} rows were left as they are." if waiting else why)
    return []
