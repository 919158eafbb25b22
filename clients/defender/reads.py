"""What the calls that read Defender's data share: budgets, roles, and paths made of values."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from iocbeam.model.errors import Gone, PermissionDenied, RetryLater
from iocbeam.model.permissions import APIS, CALLS, DEFENDER

from ..http.budget import Budget, Rate
from ..http.edge import Edge, NotDocumented
from ..http.service_client import ServiceClient
from ..http.streaming import Given, ListPage, Objects, objects_page, stream_pages
from ..http.waiting import Clock, Sleep
from .indicators import MAX_PAGE

_NEEDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {call.path: call.needs for call in CALLS if call.api == DEFENDER and call.method == "GET"}
)

_MOST_LINKS: Final = 100
"""Links to more that one answer is followed by, before it is taken for endless."""


class ReadBudgets:
    """A budget for each family of paths, such as `/api/machines` and everything below it. Thread-safe.

    Documented: 100 calls a minute and 1,500 an hour, named on the page of each call. Whether calls of a family are
    counted together is not; that they are is the careful reading.
    """

    def __init__(
        self,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        cancel: threading.Event | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._cancel = cancel
        self._lock = threading.Lock()
        self._budgets: dict[str, Budget] = {}

    def of(self, path: str) -> Budget:
        """The budget of a path such as `/api/machines/{id}/alerts`."""
        family = path.split("/")[2].casefold()
        with self._lock:
            if family not in self._budgets:
                self._budgets[family] = Budget(
                    Rate(100, 60.0), Rate(1500, 3600.0), clock=self._clock, sleep=self._sleep, cancel=self._cancel
                )
            return self._budgets[family]


class DefenderReads(ServiceClient):
    """Calls of one tenant that read. Thread-safe; does not pickle, so build it where it is used.

    Every method that asks may raise what `Edge.request` raises. A 403 names the role that the call needs.

    Args:
        edge: of the Defender host; one that can only read.
        budgets: default: the documented rates, by the real clock.
    """

    def __init__(self, edge: Edge, budgets: ReadBudgets | None = None) -> None:
        super().__init__(edge)
        self._budgets = budgets or ReadBudgets()

    def _get(
        self,
        template: str,
        shape: Callable[[Any], Any],
        *,
        params: Mapping[str, str] | None = None,
        link: str = "",
        **values: str,
    ) -> Any:
        """One call.

        Args:
            template: path with a name in braces for each value, which is how calls are counted.
            params: the query.
            link: asked instead, as it is.
            values: for the path, safe in it already.

        Raises:
            Gone: 404.
        """
        try:
            return self._edge.request(
                "GET",
                link or template.format(**values),
                params=None if link else params,
                budget=self._budgets.of(template),
                shape=shape,
                gone=True,
                counted_as=template,
            )
        except PermissionDenied as error:
            needs = " and ".join(_NEEDS.get(template, ()))
            if not needs:
                raise
            raise PermissionDenied(
                error.message,
                advice=f"Needed: the application role {needs} of {APIS[DEFENDER]}, with admin consent.",
            ) from None

    def _pages(
        self, path: str, params: Mapping[str, str], top: int, given: Given, *, gone_is_empty: bool = False
    ) -> Iterator[Objects]:
        """The pages of a list, see `stream_pages`.

        Args:
            params: the query without `$top` and `$skip`.
            top: rows in a page, 1 to 10,000.
            gone_is_empty: whether a 404 is a page without rows.
        """
        if not 1 <= top <= MAX_PAGE:
            raise ValueError(f"top must be from 1 to {MAX_PAGE}")

        def read(link: str, skip: int) -> ListPage:
            query = {**params, "$top": str(top), "$skip": str(skip)}
            try:
                page: ListPage = self._get(path, objects_page, params=query, link=link)
            except Gone:
                if not gone_is_empty:
                    raise
                if link:
                    raise RetryLater(f"A page of {path} is gone: not all of it could be read.") from None
                return ListPage([], "")
            return page

        return stream_pages(read, given)

    def _one(self, template: str, params: Mapping[str, str] | None = None, **values: str) -> dict[str, Any] | None:
        """An object, or None for a 404."""
        try:
            found: dict[str, Any] = self._get(template, _object, params=params, **values)
        except Gone:
            return None
        return found

    def _several(self, template: str, params: Mapping[str, str] | None = None, **values: str) -> Objects:
        """All objects of an answer; none for a 404."""
        return self._several_or_none(template, params, **values) or []

    def _several_or_none(
        self, template: str, params: Mapping[str, str] | None = None, **values: str
    ) -> Objects | None:
        """All objects of an answer; None for a 404. A link to more is followed, though none is documented here."""
        found: Objects = []
        link = ""
        links: set[str] = set()
        while True:
            try:
                page: ListPage = self._get(template, objects_page, params=params, link=link, **values)
            except Gone:
                if link:
                    raise RetryLater(f"A page of {template} is gone: not all of it could be read.") from None
                return None
            found += page.rows
            link = page.next_link
            if not link:
                return found
            if link in links or len(links) >= _MOST_LINKS:
                raise RetryLater(f"The answer of {template} does not end: {len(links) + 1} links to more.")
            links.add(link)


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or not body:
        raise NotDocumented("the body is no object")
    return body
