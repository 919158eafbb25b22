"""Reading a list to its end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iocbeam.clients.http.paging import Page, Row, read_all
from iocbeam.model.errors import RetryLater

Change = Callable[[list[int]], None]


def rows(*numbers: int) -> list[Row]:
    return [{"id": str(number)} for number in numbers]


class Service:
    """`size` rows to a page, with a link while rows remain or without. `changes` holds what is done to the
    rows before a call, by the number of the call from 1."""

    def __init__(
        self, total: int, size: int, links: bool = False, changes: dict[int, Change] | None = None
    ) -> None:
        self.ids, self.size, self.links = list(range(total)), size, links
        self.changes = changes or {}
        self.asked: list[tuple[str, int]] = []

    def read(self, link: str, skip: int) -> Page:
        self.asked.append((link, skip))
        self.changes.get(len(self.asked), lambda ids: None)(self.ids)
        start = int(link) if link else skip
        end = start + self.size
        return Page(rows(*self.ids[start:end]), str(end) if self.links and end < len(self.ids) else "")

    @property
    def skips(self) -> list[int]:
        return [skip for _, skip in self.asked]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 100])
@pytest.mark.parametrize("total", [0, 1, 2, 3, 7, 9, 10, 11, 18, 19, 20, 21, 25, 30, 100])
def test_every_row_is_read_once(total: int, size: int, links: bool) -> None:
    assert read_all(Service(total, size, links).read, dict) == rows(*range(total))


@pytest.mark.parametrize(
    ("total", "size", "skips"),
    [
        (0, 10, [0]),
        (1, 10, [0, 1]),
        (2, 10, [0, 1]),
        (10, 10, [0, 9]),
        (11, 10, [0, 9]),
        (18, 10, [0, 9]),
        (20, 10, [0, 9, 18]),
        (25, 10, [0, 9, 18]),
        (30, 10, [0, 9, 18, 27]),
        (1, 1, [0, 1]),
        (3, 1, [0, 1, 2, 3]),
        (2, 2, [0, 1]),
    ],
)
def test_a_page_by_number_begins_with_the_last_row_received(total: int, size: int, skips: list[int]) -> None:
    """The same number of calls as without the overlap."""
    service = Service(total, size)
    read_all(service.read, dict)
    assert service.skips == skips
    assert len(skips) == calls_without_overlap(total, size)


def calls_without_overlap(total: int, size: int) -> int:
    """A list ends with an empty page, or with one that is shorter than the largest, so not the first."""
    return max(2, total // size + 1) if total else 1


@pytest.mark.parametrize("size", [2, 3, 10, 11])
def test_the_overlap_costs_the_calls_that_are_stated(size: int) -> None:
    for total in range(1, 150):
        service = Service(total, size)
        read_all(service.read, dict)
        more = (total - size) // (size - 1) - (total - size) // size
        assert len(service.asked) == calls_without_overlap(total, size) + more
        assert more == 0 or total > 2 * size - 2


@pytest.mark.parametrize("total", [0, 1, 9_999, 10_000, 10_001, 14_999, 15_000])
def test_a_tenant_in_the_largest_pages_takes_two_calls_at_most(total: int) -> None:
    service = Service(total, 10_000)
    assert len(read_all(service.read, dict)) == total
    assert len(service.asked) == min(total, 1) + 1


@pytest.mark.parametrize("total", [0, 1, 10, 11, 20, 25])
def test_pages_by_link_are_as_many_as_the_service_gives(total: int) -> None:
    """A first page without a link may be short of the service's own page size, so one more is asked for."""
    service = Service(total, 10, links=True)
    read_all(service.read, dict)
    expected = {0: 1, 1: 2, 10: 2, 11: 2, 20: 3, 25: 3}
    assert len(service.asked) == expected[total]


def test_a_first_page_below_the_maximum_does_not_end_the_list() -> None:
    """The service's own page size is not known, so nothing is short until another page was longer."""
    assert len(read_all(Service(15, 4).read, dict)) == 15


def test_a_short_page_with_a_link_does_not_end_the_list() -> None:
    pages = {"": Page(rows(1, 2, 3), "a"), "a": Page(rows(4), "b"), "b": Page([], "c"), "c": Page(rows(5), "")}
    assert read_all(lambda link, skip: pages[link], dict) == rows(1, 2, 3, 4, 5)


def test_a_link_that_stops_halfway_goes_on_by_the_rows_received() -> None:
    pages = {("", 0): Page(rows(1, 2), "a"), ("a", 2): Page(rows(3, 4), ""), ("", 3): Page(rows(4, 5), "")}
    pages["", 4] = Page(rows(5), "")
    assert read_all(lambda link, skip: pages[link, skip], dict) == rows(1, 2, 3, 4, 5)


def test_an_empty_page_with_a_link_does_not_hide_the_seam() -> None:
    pages = {("", 0): Page(rows(1, 2, 3), "a"), ("a", 3): Page([], "b"), ("b", 3): Page(rows(4, 5, 6), "")}
    pages["", 5] = Page(rows(6), "")
    assert read_all(lambda link, skip: pages[link, skip], dict) == rows(1, 2, 3, 4, 5, 6)


def delete(*numbers: int) -> Change:
    def change(ids: list[int]) -> None:
        for number in numbers:
            ids.remove(number)

    return change


def insert(at: int, *numbers: int) -> Change:
    def change(ids: list[int]) -> None:
        ids[at:at] = numbers

    return change


SHIFTS: dict[str, tuple[dict[int, Change], list[int]]] = {
    # 25 rows in pages of 10: without a change the pages begin at 0, 9 and 18.
    "none": ({}, [0, 9, 18]),
    "deleted before the seam": ({2: delete(3)}, [0, 9, 0, 9, 18]),
    "the last row received deleted": ({2: delete(9)}, [0, 9, 0, 9, 18]),
    "deleted behind the seam": ({2: delete(10)}, [0, 9, 18]),
    "deleted at a later seam": ({3: delete(0)}, [0, 9, 18, 0, 9, 18]),
    "nearly all deleted": ({2: delete(*range(24))}, [0, 9, 0, 1]),
    "all deleted": ({2: delete(*range(25))}, [0, 9, 0]),
    "inserted before the seam": ({2: insert(0, 100)}, [0, 9, 0, 9, 18]),
    "inserted at the seam": ({2: insert(10, 100)}, [0, 9, 18]),
    "appended": ({2: insert(25, 100)}, [0, 9, 18]),
    "appended until the last page is full": ({3: insert(25, 100, 101, 102)}, [0, 9, 18, 27]),
    "shifted in two readings": ({2: delete(3), 4: delete(4)}, [0, 9, 0, 9, 0, 9, 18]),
    "shifted in three readings": ({n: delete(n) for n in (2, 4, 6)}, [0, 9, 0, 9, 0, 9, 0, 9, 18]),
}


@pytest.mark.parametrize(("changes", "skips"), SHIFTS.values(), ids=SHIFTS)
def test_a_list_that_shifts_is_read_anew_and_no_row_is_missed(
    changes: dict[int, Change], skips: list[int]
) -> None:
    service = Service(25, 10, changes=changes)
    read = {row["id"] for row in read_all(service.read, dict)}
    assert read >= {row["id"] for row in rows(*service.ids)}
    assert service.skips == skips


@pytest.mark.parametrize("calls", [8, 12])
def test_a_list_that_shifts_at_every_reading_is_an_error(calls: int) -> None:
    """At the first seam, or at the second."""
    step = calls // 4
    service = Service(60, 10, changes={call: delete(call) for call in range(step, 40, step)})
    with pytest.raises(RetryLater, match="keeps changing"):
        read_all(service.read, dict)
    assert len(service.asked) == calls


def test_nothing_of_a_reading_that_was_given_up_is_kept() -> None:
    """A row that is gone at the second reading is not in the list."""
    service = Service(25, 10, changes={2: delete(3)})
    assert read_all(service.read, dict) == rows(*(n for n in range(25) if n != 3))


def test_a_page_by_link_that_repeats_rows_is_taken_as_it_is() -> None:
    pages = {"": Page(rows(1, 2), "a"), "a": Page(rows(2, 3), "b"), "b": Page(rows(4), "")}
    assert read_all(lambda link, skip: pages[link], dict) == rows(1, 2, 3, 4)


def test_a_shift_between_pages_by_link_is_not_seen() -> None:
    """A limit that is stated; should it fall, the statement has to go."""
    service = Service(25, 10, links=True, changes={2: delete(3)})
    assert rows(10)[0] not in read_all(service.read, dict)
    assert len(service.asked) == 3


def test_of_two_rows_with_one_id_the_later_counts() -> None:
    first, second = {"id": "1", "action": "Block"}, {"id": "1", "action": "Allowed"}
    pages = {"": Page([first, *rows(2), second], "a"), "a": Page(rows(3), "")}
    assert read_all(lambda link, skip: pages[link], dict) == [second, *rows(2, 3)]


def test_pages_that_go_in_circles_are_an_error() -> None:
    pages = {"": Page(rows(1), "a"), "a": Page(rows(2), "b"), "b": Page(rows(3), "a")}
    asked = []

    def read(link: str, skip: int) -> Page:
        asked.append(link)
        return pages[link]

    with pytest.raises(RetryLater, match="circles"):
        read_all(read, dict)
    assert asked == ["", "a", "b"], "seen at the link, not after many more pages"


@pytest.mark.parametrize("page", [rows(1), rows(1, 2), rows(*range(10))])
def test_a_service_that_ignores_skip_is_an_error(page: list[Row]) -> None:
    asked = []

    def read(link: str, skip: int) -> Page:
        asked.append(skip)
        return Page(page, "")

    with pytest.raises(RetryLater, match=r"circles|do not follow"):
        read_all(read, dict)
    assert len(asked) < 20


def test_empty_pages_with_ever_new_links_are_an_error() -> None:
    with pytest.raises(RetryLater, match="circles"):
        read_all(lambda link, skip: Page([], f"{link}x"), dict)
