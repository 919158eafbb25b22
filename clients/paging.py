"""Reading a list to its end, when nothing says for sure where that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from iocbeam.model.errors import RetryLater

Row = dict[str, Any]

_MOST_BARREN: Final = 10
"""Pages in a row that bring nothing new before the list is taken for endless."""


class Page(NamedTuple):
    """One page: its rows, each with an `id`, and the link to the next one or empty."""

    rows: list[Row]
    next_link: str


def read_all(read: Callable[[str, int], Page]) -> list[Row]:
    """All rows, one per id, in the order in which they came.

    How many rows a page holds when there are more is not documented, nor whether a link to the next page
    comes with it. So a page ends the list only if it has no link, and is empty or shorter than the largest
    page seen. Rows move between pages while the list is read, hence the ids.

    Args:
        read: gets a page: by its link, or, if that is empty, by the number of rows to skip.

    Raises:
        RetryLater: the pages go in circles. Part of a list is never returned as the list.
    """
    rows: dict[str, Row] = {}
    links: set[str] = set()
    link, received, largest, barren = "", 0, 0, 0
    while True:
        page = read(link, received)
        received += len(page.rows)
        largest = max(largest, len(page.rows))
        known = len(rows)
        for row in page.rows:
            rows[row["id"]] = row
        barren = 0 if len(rows) > known else barren + 1
        if not page.next_link and (not page.rows or len(page.rows) < largest):
            return list(rows.values())
        if page.next_link in links or barren > _MOST_BARREN:
            raise RetryLater(f"The list does not end: its pages go in circles after {len(rows)} rows.")
        link = page.next_link
        if link:
            links.add(link)
