"""Reading a data collection of ThreatQ to its end by a cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from iocbeam.model.errors import RetryLater

Objects = list[Any]
"""As ThreatQ lists them: objects, and null for what has gone meanwhile (observed)."""

_MOST_BARREN: Final = 10
"""Empty pages in a row before a list is taken for endless."""
_FEW: Final = 100


class Page(NamedTuple):
    """One page: its objects, how many there are in all, and the mark of the next page where there are marks."""

    objects: Objects
    total: int
    mark: str = ""


def check_total(most: int, left: int, page_size: int) -> None:
    """Our choice: what may go while a list is read is a page or 100 objects, but no more than a quarter.

    Raises:
        RetryLater: of the `most` objects that the list was said to have, too few are left.
    """
    if left < most - min(max(page_size, _FEW), most // 4):
        raise RetryLater(f"The collection is incomplete: of {most} objects only {left} are left.")


def cursor_pages(read: Callable[[str], Page], total: int = 0) -> Iterator[Objects]:
    """The pages of a list that is read by marks, without their nulls.

    Documented: the first mark is `*`, and the list ends when the mark no longer changes.

    Args:
        total: how many objects there were when the list was first seen.

    Raises:
        RetryLater: the marks go in circles, the pages do not end, or fewer objects came than there are. What was
            given before is good.
    """
    mark, marks, received, barren, longest = "*", {"*"}, 0, 0, 0
    while True:
        page = read(mark)
        received += len(page.objects)
        total, longest = max(total, page.total), max(longest, len(page.objects))
        barren = 0 if page.objects else barren + 1
        if page.objects:
            yield [one for one in page.objects if one is not None]
        if not page.mark or page.mark == mark:
            break
        if page.mark in marks:
            raise RetryLater(f"The collection does not end: its pages go in circles after {received} objects.")
        # An object that changes while we read moves to the end and comes twice; not so often.
        if received > 2 * page.total + len(page.objects) or barren > _MOST_BARREN:
            raise RetryLater(
                f"The collection does not end: of {page.total} objects {received} have come, and its mark goes on."
            )
        mark = page.mark
        marks.add(mark)
    if received < page.total:
        raise RetryLater(f"The collection has {page.total} objects, but its pages end after {received}.")
    check_total(total, received, longest)
