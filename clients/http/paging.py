"""Reading a list to its end, when nothing says for sure where that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from iocbeam.model.errors import RetryLater

Row = dict[str, Any]
Kept = TypeVar("Kept")

_MOST_BARREN: Final = 10
"""Pages in a row that bring nothing new before the list is taken for endless."""

_MOST_RESTARTS: Final = 3
"""How often a list that shifted is read again from its first page."""


class Page(NamedTuple):
    """One page: its rows, each with an `id`, and the link to the next one or empty."""

    rows: list[Row]
    next_link: str


def read_all(read: Callable[[str, int], Page], keep: Callable[[Row], Kept]) -> list[Kept]:
    """All rows, one per id, in the order in which they came; of two rows with one id, the later one.

    How many rows a page holds when there are more is not documented, nor whether a link to the next page
    comes with it. So a page ends the list only if it has no link, and is empty or shorter than the largest
    page seen.

    Rows that are deleted while the list is read make those behind them slide to the left, and one that slides
    over the seam between two pages would be missed. So a page that is asked for by number begins one row
    early: when it does not begin with the last row received, the list has shifted and is read anew.

    Not seen are a shift that leaves that row in its place (a deletion and an insertion before it), a shift
    between pages that are asked for by link, where the service alone decides on what comes next, and one
    between pages of a single row, which leave no room for an overlap.

    The overlap costs a row a page. A list of n rows in pages of p takes (n - p) // (p - 1) - (n - p) // p calls
    more than without: none up to 2p - 2 rows, hence none for a full tenant in the largest pages.

    Args:
        read: gets a page: by its link, or, if that is empty, by the number of rows to skip.
        keep: what is kept of a row. Of a full tenant the rows as they came take three times the memory of what a
            plan needs of them.

    Raises:
        RetryLater: the pages go in circles, or the list still shifts at the fourth reading. Part of a list is
            never returned as the list.
    """
    for _ in range(1 + _MOST_RESTARTS):
        rows = _read_once(read, keep)
        if rows is not None:
            return rows
    raise RetryLater(
        "The list keeps changing while it is read, or its pages do not follow on one another:"
        f" {1 + _MOST_RESTARTS} readings found rows out of their place."
    )


def _read_once(read: Callable[[str, int], Page], keep: Callable[[Row], Kept]) -> list[Kept] | None:
    """The rows, or None when the list shifted between two pages."""
    rows: dict[str, Kept] = {}
    links: set[str] = set()
    link, last_id = "", ""
    received, largest, barren = 0, 0, 0
    while True:
        overlap = 1 if not link and largest > 1 else 0
        page = read(link, received - overlap)
        if overlap and (not page.rows or page.rows[0]["id"] != last_id):
            return None
        received += len(page.rows) - overlap
        largest = max(largest, len(page.rows))
        known = len(rows)
        for row in page.rows:
            rows[row["id"]] = keep(row)
        barren = 0 if len(rows) > known else barren + 1
        if not page.next_link and (not page.rows or len(page.rows) < largest):
            return list(rows.values())
        if page.next_link in links or barren > _MOST_BARREN:
            raise RetryLater(f"The list does not end: its pages go in circles after {len(rows)} rows.")
        link = page.next_link
        if link:
            links.add(link)
        if page.rows:
            last_id = page.rows[-1]["id"]
