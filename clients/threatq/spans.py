"""Reading a data collection of ThreatQ by offsets, in stretches that can be read side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from iocbeam.model.errors import RetryLater

from .paging import Objects, Page, check_total

_MOST_STEPS_BACK: Final = 10
"""Readings in a row that find a list shifted before it is taken for one that never settles."""
_MOST_REPEATS: Final = 10
"""Pages that only repeat what came before, until ThreatQ is taken to ignore the offset."""
_PAGES_IN_SPAN: Final = 20
_MOST_SPANS: Final = 64


class Span(NamedTuple):
    """A stretch of a collection that is read on its own: the objects with `low <= id < high`.

    Attributes:
        offset: where it began when it was looked for; a hint.
        sort: the order to ask for: `id`, or empty where ThreatQ does not keep that order. Then there is but
            one span, the whole.
        total: how many objects the whole collection had when the span was looked for.
    """

    offset: int = 0
    low: int | None = None
    high: int | None = None
    sort: str = "id"
    total: int = 0


Read = Callable[[int, int, str], Page]
"""Gets a page by offset, limit and sort."""


def spans(read: Read, page_size: int) -> list[Span]:
    """Stretches of a list of about 20 pages each, which can be read side by side.

    Asks for the first page, and for one object at each seam. That a list can be sorted by `id` is not
    documented; where the answers show that it is not, the list is one span.

    Raises:
        What `read` raises.
    """
    first = read(0, page_size, "id")
    ids = _ids(first.objects)
    whole = Span(sort="", total=first.total)
    if ids is None:
        return [whole]
    size = max(_PAGES_IN_SPAN * page_size, -(-first.total // _MOST_SPANS))
    seams: list[tuple[int, int]] = []
    last = max([-1, *(number for number in ids if number is not None)])
    for offset in range(size, first.total, size):
        (found,) = _ids(read(offset, 1, "id").objects[:1]) or (None,)
        # Nothing there, or null: the stretch before goes on.
        if found is None:
            continue
        if found <= last:
            return [whole]
        seams.append((offset, found))
        last = found
    starts: list[tuple[int, int | None]] = [(0, None), *seams]
    highs = [*(low for _, low in seams), None]
    return [Span(offset, low, high, total=first.total) for (offset, low), high in zip(starts, highs, strict=True)]


def span_pages(read: Read, span: Span, page_size: int) -> Iterator[Objects]:
    """The pages of a span, without nulls, each object once.

    Objects that go while the list is read make those behind them slide to the left, and one that slides over
    the seam between two pages would be missed. So a page begins with an object that was received already. In the
    order of ids, what slid is found again by stepping back; without it, the reading ends there.

    Raises:
        RetryLater: the list keeps changing or loses much of what it had, is not in order, its pages end before it
            does, or they repeat. What was given before is good.
    """
    # One place of a page is for the overlap.
    limit = max(2, page_size)
    return _in_order(read, span, limit) if span.sort else _by_place(read, limit, span.total)


def _in_order(read: Read, span: Span, limit: int) -> Iterator[Objects]:
    last = -1 if span.low is None else span.low - 1
    offset = max(0, span.offset - 1)
    overlap = offset > 0
    steps_back = repeats = 0
    rewound = False
    most, before = span.total, -1
    while True:
        page = read(offset, limit, span.sort)
        most = max(most, page.total)
        check_total(most, page.total, limit)
        ids = _ids(page.objects)
        if ids is None:
            raise RetryLater("The collection is not in the order of ids that was asked for.")
        first = ids[0] if ids else None
        if overlap and (first is None or first > last):
            steps_back += 1
            if steps_back > _MOST_STEPS_BACK:
                raise RetryLater("The collection keeps changing while it is read.")
            offset = max(0, offset - (limit << steps_back) // 4)
            overlap = offset > 0
            rewound, before = rewound or not overlap, -1
            continue
        fresh = _fresh(page.objects, ids, span, last)
        if fresh:
            steps_back = 0
            yield fresh
        known = [number for number in ids if number is not None]
        top = max(known, default=-1)
        # It adds nothing, and holds more than the one object that it was to begin with.
        repeated = offset > 0 and top <= last and len(known) > overlap
        if top > last:
            repeats, rewound = 0, False
        elif repeated and top <= before:
            repeats += 1
            if repeats > _MOST_REPEATS:
                raise RetryLater("The collection does not go on: its pages repeat, whatever the offset.")
        before = top
        last = max(last, top)
        if span.high is not None and last >= span.high:
            return
        if _is_end(page, offset) and not repeated:
            if rewound and top < last:
                raise RetryLater("The collection is incomplete: it ends before what it listed already.")
            return
        step, overlap = _step(ids)
        offset += step


def _fresh(objects: Objects, ids: Sequence[int | None], span: Span, last: int) -> Objects:
    """What a page adds to a span. What has no id goes with the one before it: rather twice than never."""
    low, high = span.low or 0, span.high
    fresh: Objects = []
    inside = span.low is None or last >= span.low
    for number, one in zip(ids, objects, strict=True):
        if number is not None:
            inside = number >= low and (high is None or number < high)
        if inside and one is not None and (number is None or number > last):
            fresh.append(one)
    return fresh


def _by_place(read: Read, limit: int, most: int) -> Iterator[Objects]:
    offset, overlap, last = 0, False, None
    before: list[Any] = []
    while True:
        page = read(offset, limit, "")
        most = max(most, page.total)
        check_total(most, page.total, limit)
        ids = [_id(one) for one in page.objects]
        if not overlap and ids == before and any(one is not None for one in ids):
            raise RetryLater("The collection does not go on: its pages repeat, whatever the offset.")
        before = ids
        if overlap and (not ids or ids[0] != last):
            raise RetryLater(
                "The collection has changed while it was read, and ThreatQ does not list it in the order of ids."
                " Name it by its hash instead."
            )
        fresh = [one for one in page.objects[int(overlap) :] if one is not None]
        if fresh:
            yield fresh
        if _is_end(page, offset):
            return
        step, overlap = _step(ids)
        last = ids[step] if overlap else None
        offset += step


def _is_end(page: Page, offset: int) -> bool:
    if offset + len(page.objects) >= page.total:
        return True
    if not page.objects:
        raise RetryLater(f"The collection has {page.total} objects, but its pages end after {offset}.")
    return False


def _step(ids: Sequence[Any]) -> tuple[int, bool]:
    """How far to go on, and whether the next page begins with an object that is known."""
    step = max((place for place, number in enumerate(ids) if number is not None), default=0)
    return (step, True) if step else (len(ids), False)


def _id(one: Any) -> Any:
    return one.get("id") if isinstance(one, dict) else None


def _ids(objects: Objects) -> list[int | None] | None:
    """The ids of a page, None for null and for what has no number as its id. None unless they ascend."""
    ids: list[int | None] = []
    last = -1
    for one in objects:
        number = _id(one)
        if isinstance(number, str) and number.isdecimal() and len(number) < 19:
            number = int(number)
        if isinstance(number, bool) or not isinstance(number, int):
            ids.append(None)
            continue
        if number <= last:
            return None
        ids.append(number)
        last = number
    return ids
