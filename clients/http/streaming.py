"""Reading a list page by page, with no more than one page in memory."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from iocbeam.model.errors import RetryLater

from .edge import NotDocumented

Objects = list[dict[str, Any]]
"""Objects as they came. A row that is no object is `{"value": row}`."""


class ListPage(NamedTuple):
    """One page of a list.

    Attributes:
        next_link: to the next one, or empty.
        total: rows of the whole list, where the service counts them.
    """

    rows: Objects
    next_link: str
    total: int | None = None


_MOST_BARREN: Final = 10
"""Pages in a row that came before in the same reading, or are empty, before the list is taken for endless."""

_MOST_RESTARTS: Final = 3
"""How often a list that shifted is read again from its start."""


class Given:
    """Which objects were given already. It remembers eight bytes of each id's digest, whatever the id's length:
    that any two of a million objects are taken for one has a chance of 1 in 37 million."""

    def __init__(self) -> None:
        self._digests: set[int] = set()

    def first_time(self, row: dict[str, Any], digest: int) -> bool:
        """Whether the object was not given before. One without an id cannot be known again, so it always counts
        as new."""
        if _id(row) is None:
            return True
        if digest in self._digests:
            return False
        self._digests.add(digest)
        return True


def stream_pages(read: Callable[[str, int], ListPage], given: Given) -> Iterator[Objects]:
    """The objects of a list that were not given yet, a page at a time and never an empty one.

    A page ends the list only if it has no link to a next one, and is empty or shorter than the largest page seen.
    A page that is asked for by number begins with the last row of the one before. When it does not, or when the
    service counts other rows than before, the list has shifted, and is read again from its start for what was not
    given yet.

    Not seen is a shift that leaves that row and the count as they are. Between pages that are asked for by link,
    and between pages of a single row, there is the count only; see `paging.read_all`.

    Args:
        read: gets a page: by its link, or, if that is empty, by the number of rows to skip.
        given: what was given, of this list and of others that may hold the same objects. It is added to.

    Raises:
        RetryLater: the pages go in circles, or the list still shifts at the fourth reading. What was given is
            good, and is not all.
    """
    for _ in range(1 + _MOST_RESTARTS):
        if (yield from _stream_once(read, given)):
            return
    raise RetryLater(
        "The list keeps changing while it is read, or its pages do not follow on one another:"
        f" {1 + _MOST_RESTARTS} readings found rows out of their place."
    )


def _stream_once(read: Callable[[str, int], ListPage], given: Given) -> Generator[Objects, None, bool]:
    """Whether the list was read to its end; False when it shifted between two pages."""
    links: set[str] = set()
    pages: set[int] = set()
    link, last = "", 0
    total: int | None = None
    received, largest, barren = 0, 0, 0
    while True:
        overlap = 1 if not link and largest > 1 else 0
        page = read(link, received - overlap)
        digests = [_digest(row) for row in page.rows]
        if overlap and (not digests or digests[0] != last):
            return False
        if total is not None and page.total is not None and page.total != total:
            return False
        total = page.total if total is None else total
        received += len(digests) - overlap
        largest = max(largest, len(digests))
        rows = zip(page.rows[overlap:], digests[overlap:], strict=True)
        if fresh := [row for row, digest in rows if given.first_time(row, digest)]:
            yield fresh
        if not page.next_link and len(digests) < max(largest, 1):
            return True
        content = hash(tuple(digests))
        barren = barren + 1 if content in pages or not digests else 0
        pages.add(content)
        if page.next_link in links or barren > _MOST_BARREN:
            raise RetryLater(f"The list does not end: its pages go in circles after {received} rows.")
        link = page.next_link
        if link:
            links.add(link)
        if digests:
            last = digests[-1]


def objects_page(body: Any) -> ListPage:
    """A page of a list, `{"value": [...], "@odata.nextLink": ..., "@odata.count": ...}`. Documented; the link of
    Defender observed, the count of Graph only if it was asked for.

    Rows are left as they came, whether they have an id or not.

    Raises:
        NotDocumented: there is no list of rows, or the link is no text.
    """
    rows = body.get("value") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise NotDocumented("the body has no list of rows")
    link = body.get("@odata.nextLink") or ""
    if not isinstance(link, str):
        raise NotDocumented("the link to the next page is no text")
    total = body.get("@odata.count")
    return ListPage(as_objects(rows), link, total if type(total) is int else None)


def as_objects(rows: list[Any]) -> Objects:
    """Rows as objects: one that is none, which is not documented, is kept under `value` (our choice)."""
    return [row if isinstance(row, dict) else {"value": row} for row in rows]


def _id(row: dict[str, Any]) -> str | None:
    known_as = row.get("id")
    if isinstance(known_as, str) and known_as:
        return known_as
    return str(known_as) if type(known_as) is int else None


def _digest(row: dict[str, Any]) -> int:
    known_as = _id(row)
    text = known_as.encode() if known_as is not None else orjson.dumps(row)
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")
