"""Data collections of ThreatQ."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from iocbeam.model.errors import Refused, RetryLater
from iocbeam.model.settings.source import ThreatQSettings

from ..http.edge import Edge, NotDocumented
from ..http.retry import RetryPolicy
from ..http.service_transport import ServiceTransport
from ..http.session import HttpSettings
from ..http.transport import HttpTransport
from ..http.user_agent import USER_AGENT
from ..http.waiting import Clock, Sleep
from .login import ThreatQLogin
from .paging import Objects, Page, cursor_pages
from .searches import saved_query
from .spans import Span, span_pages, spans
from .words import said_errors

_BY_HASH: Final = "/api/indicators/query/hash/"
_BY_QUERY: Final = "/api/indicators/query"
_SEARCHES: Final = "/api/search/query"
_TYPES: Final = "/api/indicator/types"
_STATUSES: Final = "/api/indicator/statuses"

_OPTION: Final = "--threatq_collection"
_HASH: Final = re.compile(r"[0-9a-f]{32,128}", re.IGNORECASE)
_MOST_LISTINGS: Final = 100


class HashStretch(NamedTuple):
    """A whole collection, by its hash, and how many objects it had when it was looked for."""

    hash: str
    total: int = 0


class QueryStretch(NamedTuple):
    """A stretch of a collection, by the query of its saved search."""

    query: dict[str, Any]
    span: Span


Stretch = HashStretch | QueryStretch
"""What can be read on its own; it pickles."""


class ThreatQClient:
    """Reads the data collections of one ThreatQ. Does not pickle, so build it where it is used.

    Every method may raise what `Edge.request` raises. ThreatQ's refusals have its own words, also those that
    come with status 200 (`Refused`).

    Args:
        edge: of the ThreatQ, by a `ServiceTransport`.
        page_size: objects in a page. Observed: 100, 500 and 1,000; no limit is documented.
    """

    def __init__(self, edge: Edge, page_size: int = 500) -> None:
        self._edge = edge
        self._page_size = page_size

    @property
    def requests(self) -> dict[str, dict[str, int]]:
        """See `Edge.requests`."""
        return self._edge.requests

    def close(self) -> None:
        """Give up the connections."""
        self._edge.close()

    def collection_pages(self, collection: str) -> Iterator[Objects]:
        """The objects of a collection, page by page, without nulls; see `stretches` and `pages`."""
        for stretch in self.stretches(collection):
            yield from self.pages(stretch)

    def stretches(self, collection: str) -> list[Stretch]:
        """What to read for a collection; asks ThreatQ whether it is there.

        A hash is read as a whole by its cursor. A name is that of a saved search, whose query is read in
        stretches by offset.

        Args:
            collection: 32 or more hexadecimal digits are a hash, all else is a name.

        Raises:
            ConfigurationError: no saved search has that name, several have, or its query is not understood.
        """
        if _HASH.fullmatch(collection):
            # A whole page, so that a page size which is refused shows here.
            first = self._hash_page(collection, "*", self._page_size)
            return [HashStretch(collection, first.total)]
        query = saved_query(self._list(_SEARCHES), collection, _OPTION)
        try:
            found = spans(lambda *place: self._query_page(query, *place), self._page_size)
        except Refused:
            # It may be the order that is refused, which is not documented.
            first = self._query_page(query, 0, self._page_size, "")
            found = [Span(sort="", total=first.total)]
        return [QueryStretch(query, span) for span in found]

    def pages(self, stretch: Stretch) -> Iterator[Objects]:
        """The objects of a stretch, page by page, without nulls. An object may have any form.

        Raises:
            RetryLater: the list broke off, does not end or keeps changing. What was given before is good.
        """
        if isinstance(stretch, HashStretch):
            return cursor_pages(lambda mark: self._hash_page(stretch.hash, mark, self._page_size), stretch.total)
        return span_pages(lambda *place: self._query_page(stretch.query, *place), stretch.span, self._page_size)

    @cached_property
    def type_names(self) -> Mapping[int, str]:
        """Names of the indicator types by their ids, which differ from one ThreatQ to the next (observed)."""
        return self._names(_TYPES)

    @cached_property
    def status_names(self) -> Mapping[int, str]:
        """Names of the indicator statuses in the same way.

        Raises:
            RetryLater: ThreatQ lists none.
        """
        names = self._names(_STATUSES)
        if not names:
            raise RetryLater("ThreatQ lists no names of statuses, but gives statuses by id.")
        return names

    def _hash_page(self, hash_: str, mark: str, limit: int) -> Page:
        # Observed with the sort by time alone. The order needs no tie-break: a cursor cannot be without one.
        params = {"sort": "updated_at", "limit": str(limit), "cursorMark": mark}
        answer = self._ask("GET", _BY_HASH + quote(hash_, safe=""), params)
        next_mark = answer.get("nextCursorMark")
        return Page(answer["data"], answer["total"], next_mark if isinstance(next_mark, str) else "")

    def _query_page(self, query: Mapping[str, Any], offset: int, limit: int, sort: str) -> Page:
        params = {"limit": str(limit), "offset": str(offset)} | ({"sort": sort} if sort else {})
        answer = self._ask("POST", _BY_QUERY, params, query)
        return Page(answer["data"], answer["total"])

    def _names(self, path: str) -> dict[int, str]:
        names: dict[int, str] = {}
        for one in self._list(path):
            number, name = (one.get("id"), one.get("name")) if isinstance(one, dict) else (None, None)
            if isinstance(number, str) and number.isdecimal() and len(number) < 19:
                number = int(number)
            if isinstance(number, int) and not isinstance(number, bool) and isinstance(name, str) and name:
                names[number] = name
        return names

    def _list(self, path: str) -> Objects:
        """A list that comes whole, or, when its `total` says that it does not, by offset."""
        rows: Objects = []
        for _ in range(_MOST_LISTINGS):
            answer = self._ask("GET", path, {"offset": str(len(rows))} if rows else {}, counted=False)
            rows += answer["data"]
            total = answer.get("total")
            if not answer["data"] or not isinstance(total, int) or len(rows) >= total:
                break
        return rows

    def _ask(
        self, method: str, path: str, params: Mapping[str, str], body: object = None, *, counted: bool = True
    ) -> dict[str, Any]:
        """An answer with a list `data`, and a number `total` when it is `counted`."""

        def shape(answer: Any) -> Any:
            if not isinstance(answer, dict):
                raise NotDocumented("the body is no object")
            words = said_errors(answer)
            if words:
                words = words.replace(self._edge.access_token(), "[token]")
                raise Refused(words, code="ThreatQ", status=200)
            if not isinstance(answer.get("data"), list):
                raise NotDocumented("the body has no list `data`")
            total = answer.get("total")
            if counted and (isinstance(total, bool) or not isinstance(total, int)):
                raise NotDocumented("the body has no number `total`")
            return answer

        answer: dict[str, Any] = self._edge.request(method, path, params=params, json=body, shape=shape)
        return answer


_WHICH_URL: Final = "Give the address of the ThreatQ itself, which no other login stands before."


def connect_threatq(
    settings: ThreatQSettings,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
) -> ThreatQClient:
    """A client for a ThreatQ. Secrets are read here; nothing is sent before the first call.

    Args:
        clock: seconds from any beginning, for retries and for the life of tokens.
        sleep: waits so many seconds.
        retry: of every request, and of every login.
        cancel: once set, whatever waits ends with `RetryLater`.

    Raises:
        UsageError, ConfigurationError: a reference is none or leads to no secret, or the CA bundle is not usable.
    """
    transport = HttpTransport(HttpSettings.of(settings.network), settings.host)
    login = ThreatQLogin(settings, transport, clock=clock, sleep=sleep, retry=retry, cancel=cancel)
    edge = Edge(
        settings.host,
        login.token,
        transport=ServiceTransport(transport, "ThreatQ", _words, "--threatq_url", _WHICH_URL),
        clock=clock,
        sleep=sleep,
        retry=retry,
        user_agent=USER_AGENT,
        needs="that these credentials may read the threat library and this data collection",
        cancel=cancel,
        advice="Check that the credentials may use the API of this ThreatQ.",
    )
    return ThreatQClient(edge, settings.page_size)


def _words(status: int, answer: Any) -> str:
    return said_errors(answer)
