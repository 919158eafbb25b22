"""Lists page by page: to their end, nothing lost, nothing twice, and never for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from iocbeam.clients.http.edge import NotDocumented
from iocbeam.clients.http.streaming import Given, ListPage, objects_page, stream_pages
from iocbeam.model.errors import RetryLater

Read = Callable[[str, int], ListPage]


def row(number: int) -> dict[str, Any]:
    return {"id": f"r{number}"}


class Listed:
    """A list that a service gives in pages; `meanwhile` is called before each call after the first."""

    def __init__(
        self, rows: list[dict[str, Any]], size: int, *, links: bool = False, counted: bool = False
    ) -> None:
        self.rows = rows
        self.size = size
        self.links = links
        self.counted = counted
        self.asked: list[tuple[str, int]] = []
        self.meanwhile: Callable[[Listed], None] = lambda listed: None

    def __call__(self, link: str, skip: int) -> ListPage:
        if self.asked:
            self.meanwhile(self)
        self.asked.append((link, skip))
        start = int(link) if link else skip
        end = start + self.size
        more = self.links and end < len(self.rows)
        return ListPage(self.rows[start:end], str(end) if more else "", len(self.rows) if self.counted else None)


def take(pages: Iterator[list[dict[str, Any]]], found: list[str]) -> None:
    """Ids into `found`, which keeps them when the reading breaks off."""
    for page in pages:
        assert page, "a page without objects was given"
        found += [one["id"] for one in page]


def ids(pages: Iterator[list[dict[str, Any]]]) -> list[str]:
    found: list[str] = []
    take(pages, found)
    return found


@pytest.mark.parametrize("links", [True, False], ids=["by_link", "by_number"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 100])
@pytest.mark.parametrize("number", [0, 1, 2, 3, 9, 10, 11, 30])
def test_a_list_is_given_to_its_end(number: int, size: int, links: bool) -> None:
    listed = Listed([row(n) for n in range(number)], size, links=links)
    assert ids(stream_pages(listed, Given())) == [f"r{n}" for n in range(number)]


def test_no_more_than_a_page_is_read_ahead() -> None:
    listed = Listed([row(n) for n in range(100)], 10)
    pages = stream_pages(listed, Given())
    assert len(next(pages)) == 10
    assert len(listed.asked) == 1


def test_an_empty_list_takes_one_call() -> None:
    listed = Listed([], 10)
    assert ids(stream_pages(listed, Given())) == []
    assert listed.asked == [("", 0)]


def test_a_page_with_a_link_is_not_the_end_however_short_it_is() -> None:
    pages = {
        ("", 0): ListPage([row(1), row(2)], "a"),
        ("a", 2): ListPage([], "b"),
        ("b", 2): ListPage([row(3)], ""),
    }
    assert ids(stream_pages(lambda link, skip: pages[link, skip], Given())) == ["r1", "r2", "r3"]


def test_what_was_given_before_is_not_given_again() -> None:
    given = Given()
    assert ids(stream_pages(Listed([row(1), row(2)], 10), given)) == ["r1", "r2"]
    assert ids(stream_pages(Listed([row(2), row(3)], 10), given)) == ["r3"]


def test_a_list_that_shifts_is_read_again_for_what_is_left() -> None:
    listed = Listed([row(n) for n in range(30)], 10)

    def remove_once(listed: Listed) -> None:
        if len(listed.asked) == 1:
            del listed.rows[4]

    listed.meanwhile = remove_once
    assert ids(stream_pages(listed, Given())) == [f"r{n}" for n in range(30)]
    assert [skip for _, skip in listed.asked] == [0, 9, 0, 9, 18, 27]


def test_a_list_that_shifts_between_links_shows_by_its_count() -> None:
    listed = Listed([row(n) for n in range(30)], 10, links=True, counted=True)

    def remove_once(listed: Listed) -> None:
        if len(listed.asked) == 1:
            del listed.rows[4]

    listed.meanwhile = remove_once
    assert sorted(ids(stream_pages(listed, Given()))) == sorted(f"r{n}" for n in range(30))


def test_a_list_that_keeps_shifting_breaks_off_and_what_was_given_stays() -> None:
    listed = Listed([row(n) for n in range(200)], 10)

    def remove_first(listed: Listed) -> None:
        del listed.rows[0]

    listed.meanwhile = remove_first
    found: list[str] = []
    with pytest.raises(RetryLater, match=r"keeps changing.*4 readings"):
        take(stream_pages(listed, Given()), found)
    assert len(found) == len(set(found)) > 0


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda link, skip: ListPage([row(1), row(2)], "same"), id="a_link_to_itself"),
        pytest.param(
            lambda link, skip: ListPage([row(1), row(2)], f"next {link}"), id="the_same_page_by_new_links"
        ),
        pytest.param(lambda link, skip: ListPage([], f"next {link}"), id="empty_pages_by_new_links"),
        pytest.param(lambda link, skip: ListPage([row(1), row(2)], ""), id="the_number_to_skip_is_ignored"),
        pytest.param(lambda link, skip: ListPage([row(1)], ""), id="pages_of_one_row_for_ever"),
        pytest.param(
            lambda link, skip: ListPage([row(len(link) % 3), row(len(link) % 3 + 9)], link + "x"),
            id="a_long_circle",
        ),
    ],
)
def test_pages_that_go_in_circles_end_with_an_error(read: Read) -> None:
    found: list[str] = []
    with pytest.raises(RetryLater, match=r"does not end|keeps changing"):
        take(stream_pages(read, Given()), found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "odd",
    [{}, {"id": None}, {"id": ""}, {"id": ["a"]}, {"value": "text"}, {"id": True}],
    ids=["none", "null", "empty", "list", "no_object", "boolean"],
)
def test_a_row_without_an_id_is_given_every_time(odd: dict[str, Any]) -> None:
    listed = Listed([odd, row(1), odd, row(2)], 10)
    (page,) = stream_pages(listed, Given())
    assert page == [odd, row(1), odd, row(2)]


def test_a_row_without_an_id_at_the_seam_is_given_once() -> None:
    listed = Listed([row(1), {"name": "odd"}, row(2)], 2)
    assert [one for page in stream_pages(listed, Given()) for one in page] == [row(1), {"name": "odd"}, row(2)]


def test_ids_that_are_numbers_are_ids() -> None:
    (page,) = stream_pages(Listed([{"id": 7}, {"id": 7}, {"id": 8}], 10), Given())
    assert page == [{"id": 7}, {"id": 8}]


@settings(deadline=None)
@examples(
    number=st.integers(0, 40),
    size=st.integers(2, 12),
    goes=st.lists(st.one_of(st.none(), st.integers(0, 39)), max_size=3),
)
def test_nothing_that_stays_in_the_list_is_lost_while_others_leave_it(
    number: int, size: int, goes: list[int | None]
) -> None:
    """Rows leave between calls, as alerts leave a time window when they are updated."""
    listed = Listed([row(n) for n in range(number)], size)
    left = list(goes)

    def leave(listed: Listed) -> None:
        if left and (gone := left.pop(0)) is not None:
            listed.rows = [one for one in listed.rows if one["id"] != f"r{gone}"]

    listed.meanwhile = leave
    found = ids(stream_pages(listed, Given()))
    assert len(found) == len(set(found))
    assert {one["id"] for one in listed.rows} <= set(found) <= {f"r{n}" for n in range(number)}


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"value": None}, {"value": {}}, {"value": [], "@odata.nextLink": 7}]
)
def test_a_body_without_a_list_of_rows_is_not_documented(body: Any) -> None:
    with pytest.raises(NotDocumented):
        objects_page(body)


def test_rows_are_left_as_they_came_and_what_is_no_object_is_kept() -> None:
    page = objects_page({"value": [{"id": "1", "odd": None}, None, "text", 7, []], "@odata.count": 5})
    assert page.rows == [{"id": "1", "odd": None}, {"value": None}, {"value": "text"}, {"value": 7}, {"value": []}]
    assert (page.next_link, page.total) == ("", 5)
