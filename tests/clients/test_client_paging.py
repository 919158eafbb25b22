"""Reading a list to its end."""

from __future__ import annotations

import pytest

from iocbeam.clients.paging import Page, Row, read_all
from iocbeam.model.errors import RetryLater


def rows(*numbers: int) -> list[Row]:
    return [{"id": str(number)} for number in numbers]


class Service:
    """`size` rows to a page, with a link while rows remain or without."""

    def __init__(self, total: int, size: int, links: bool) -> None:
        self.total, self.size, self.links = total, size, links
        self.asked: list[tuple[str, int]] = []

    def read(self, link: str, skip: int) -> Page:
        self.asked.append((link, skip))
        start = int(link) if link else skip
        end = start + self.size
        return Page(rows(*range(start, min(end, self.total))), str(end) if self.links and end < self.total else "")


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("total", [0, 1, 9, 10, 11, 20, 25, 30])
def test_every_row_is_read_once(total: int, links: bool) -> None:
    assert read_all(Service(total, 10, links).read) == rows(*range(total))


def test_a_full_page_without_a_link_does_not_end_the_list() -> None:
    service = Service(20, 10, links=False)
    read_all(service.read)
    assert service.asked == [("", 0), ("", 10), ("", 20)]


def test_a_first_page_below_the_maximum_does_not_end_the_list() -> None:
    """The service's own page size is not known, so nothing is short until another page was longer."""
    assert len(read_all(Service(15, 4, links=False).read)) == 15


def test_a_short_page_with_a_link_does_not_end_the_list() -> None:
    pages = {"": Page(rows(1, 2, 3), "a"), "a": Page(rows(4), "b"), "b": Page([], "c"), "c": Page(rows(5), "")}
    assert read_all(lambda link, skip: pages[link]) == rows(1, 2, 3, 4, 5)


def test_a_link_that_stops_halfway_goes_on_by_the_rows_received() -> None:
    pages = {("", 0): Page(rows(1, 2), "a"), ("a", 2): Page(rows(3, 4), ""), ("", 4): Page(rows(5), "")}
    assert read_all(lambda link, skip: pages[link, skip]) == rows(1, 2, 3, 4, 5)


def test_a_row_that_moved_between_pages_is_there_once() -> None:
    pages = {0: Page(rows(1, 2), ""), 2: Page(rows(2, 3), ""), 4: Page([], "")}
    assert read_all(lambda link, skip: pages[skip]) == rows(1, 2, 3)


def test_pages_that_go_in_circles_are_an_error() -> None:
    pages = {"": Page(rows(1), "a"), "a": Page(rows(2), "b"), "b": Page(rows(3), "a")}
    asked = []

    def read(link: str, skip: int) -> Page:
        asked.append(link)
        return pages[link]

    with pytest.raises(RetryLater, match="circles"):
        read_all(read)
    assert asked == ["", "a", "b"], "seen at the link, not after many more pages"


def test_a_service_that_ignores_skip_is_an_error() -> None:
    asked = []

    def read(link: str, skip: int) -> Page:
        asked.append(skip)
        return Page(rows(1, 2), "")

    with pytest.raises(RetryLater, match="circles"):
        read_all(read)
    assert len(asked) < 20


def test_empty_pages_with_ever_new_links_are_an_error() -> None:
    with pytest.raises(RetryLater, match="circles"):
        read_all(lambda link, skip: Page([], f"{link}x"))
