"""Reading a moving set to its end, where a page is named by its number and its size alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from iocbeam.model.errors import RetryLater

Attribute = dict[str, Any]
"""One attribute as MISP shows it, with its `Tag` and its `Event`."""

EMPTY_AT_END: Final = 3
"""Empty pages in a row that are the end of the list."""

_MOST_RESTARTS: Final = 3
"""How often a set that shifted is read again from its first page."""


class Window(NamedTuple):
    """A page as it is asked for: the rows from `start` up to `end`."""

    page: int
    size: int

    @property
    def start(self) -> int:
        """Rows before it."""
        return (self.page - 1) * self.size

    @property
    def end(self) -> int:
        """Rows before what follows it."""
        return self.page * self.size


def next_window(offset: int, limit: int) -> Window:
    """The page that goes on behind the first `offset` rows and begins at least one row before.

    A page begins at a multiple of its size, so pages of one size never overlap. A size somewhat below `limit` has
    a multiple just before `offset`: after 1,000 rows, the second page of 999 begins with row 999. Of all sizes the
    one that brings the most new rows is taken. Where no size will do (a `limit` of a few rows), it may be one that
    begins at `offset`.
    """
    if offset == 0:
        return Window(1, limit)
    best, gain = None, 0
    for size in range(limit, 0, -1):
        if size <= gain:
            break
        overlap = offset % size
        if overlap and size - overlap > gain:
            best, gain = size, size - overlap
    if best is None:
        best = next(size for size in range(limit, 0, -1) if offset % size == 0)
    return Window(offset // best + 1, best)


def read_pages(search: Callable[[int, int], list[Attribute]], limit: int) -> Iterator[list[Attribute]]:
    """All rows; those at the seams, and all of them after a restart, come more than once.

    Rows that leave the set while it is read make those behind them slide to the left, and one that slides over
    the seam between two pages would be missed. So each page begins before the end of the last one: when it does
    not hold the last row received, the set has shifted and is read anew.

    A page that is not full is not the last for that, and neither is an empty one: MISP cuts a page first and takes
    out of it what is on its allowed list. So several empty pages in a row end the list, and behind a page that is
    not full the seam is not checked, since nobody knows which row was its last.

    Args:
        search: gets a page by its number, counted from 1, and its size.
        limit: the largest size.

    Raises:
        RetryLater: the set still shifts at the fourth reading, or its pages repeat. What `search` raises.
    """
    for _ in range(1 + _MOST_RESTARTS):
        offset, last, checked, empty = 0, list[tuple[object, object]](), False, 0
        while True:
            window = next_window(offset, limit)
            page = search(window.page, window.size)
            names = list(map(_name, page))
            if checked and window.start < offset and last[-1] not in names:
                break
            if not page:
                empty += 1
                if empty >= EMPTY_AT_END:
                    return
                offset, checked = max(offset, window.end), False
                continue
            empty = 0
            if names == last:
                raise RetryLater(f"The list does not end: page {window.page} is the same as the one before.")
            yield page
            offset, last, checked = window.end, names, len(page) == window.size
    raise RetryLater(f"The attributes keep shifting while they are read: {1 + _MOST_RESTARTS} readings.")


def _name(attribute: Attribute) -> tuple[object, object]:
    return attribute.get("uuid"), attribute.get("id")
