"""What a Microsoft Sentinel workspace holds, read back through Azure Resource Manager."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from iocbeam.model.errors import Gone, RetryLater
from iocbeam.model.permissions import SENTINEL_CONTRIBUTOR, SENTINEL_READER
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sentinel import SentinelWorkspace

from ..connect import open_edge
from ..http.budget import Budget
from ..http.edge import Edge, NotDocumented
from ..http.paging import Page, Row
from ..http.retry import RetryPolicy
from ..http.service_client import ServiceClient
from ..http.waiting import Clock, Sleep
from ..login.clouds import endpoints
from .upload import no_workspace

PAGE_SIZE: Final = 1_000
"""Indicators that are asked for in a page; how many come is the service's to say. None is documented."""

ARM_VERSION: Final = "2024-09-01"

NEEDED_TO_READ: Final = f"the Azure role {SENTINEL_READER} or {SENTINEL_CONTRIBUTOR} on the workspace"
"""Documented. Nothing of them shows in a token."""

_INTELLIGENCE: Final = "/providers/Microsoft.SecurityInsights/threatIntelligence/main"
_QUERY_COUNTED_AS: Final = "/{workspace}/threatIntelligence/main/queryIndicators"
_METRICS_COUNTED_AS: Final = "/{workspace}/threatIntelligence/main/metrics"
_MOST_BARREN: Final = 10
"""Pages in a row that bring nothing new before the list is taken for endless."""


class SentinelReader(ServiceClient):
    """Reads what one workspace holds, through Azure Resource Manager. Thread-safe; does not pickle.

    Args:
        edge: of Resource Manager's host.
        workspace: with subscription, resource group and name.
        budget: of all reads; none by default, since Resource Manager names no rate that a list comes near.
    """

    def __init__(self, edge: Edge, workspace: SentinelWorkspace, budget: Budget | None = None) -> None:
        super().__init__(edge)
        self._path = workspace.resource + _INTELLIGENCE
        self._budget = budget
        self._other_sources = 0

    @property
    def other_sources(self) -> int:
        """Indicators of other sources that came, and were left out, although some sources only were asked for."""
        return self._other_sources

    def metrics(self) -> Any:
        """How many indicators there are by type and source: the cheap read that shows whether the app may read."""
        return self._ask("GET", f"{self._path}/metrics", {"api-version": ARM_VERSION}, None, _METRICS_COUNTED_AS)

    def pages(self, sources: Sequence[str] = (), page_size: int = PAGE_SIZE) -> Iterator[list[Row]]:
        """The indicators of some sources, or of all, a page at a time and each once.

        Whether the next page comes for a body with the link's `skipToken` or by the link itself is not documented;
        the first is tried, and the second when it brings the same page again.

        Raises:
            ConfigurationError: there is no such workspace.
            RetryLater: a page did not come, or the list does not end. What was given is good, and is not all.
            Stop, Refused: as `Edge.request`.
        """
        criteria: dict[str, Any] = {"pageSize": page_size, "includeDisabled": True}
        if sources:
            criteria["sources"] = list(sources)
        query, wanted = f"{self._path}/queryIndicators", frozenset(map(str.casefold, sources))
        seen: set[str] = set()
        links: set[str] = set()
        link, by_link, barren = "", False, 0
        while True:
            token = "" if by_link else skip_token(link)
            if link and not token:
                page = self._ask("GET", link, None, None, _QUERY_COUNTED_AS)
            else:
                body = {**criteria, "skipToken": token} if token else criteria
                page = self._ask("POST", query, {"api-version": ARM_VERSION}, body, _QUERY_COUNTED_AS)
            fresh = [row for row in page.rows if row["name"] not in seen]
            if not fresh and page.rows and token:
                by_link = True
                continue
            seen.update(row["name"] for row in fresh)
            # A service that did not heed the filter would have others' indicators taken for ours.
            kept = [row for row in fresh if not wanted or source_of(row).casefold() in wanted]
            self._other_sources += len(fresh) - len(kept)
            if kept:
                yield kept
            barren = 0 if fresh else barren + 1
            if not page.next_link:
                return
            if page.next_link in links or barren > _MOST_BARREN:
                raise RetryLater(f"The list does not end: its pages go in circles after {len(seen):,} indicators.")
            link = page.next_link
            links.add(link)

    def _ask(self, method: str, path: str, params: Mapping[str, str] | None, body: object, name: str) -> Any:
        try:
            return self._edge.request(
                method,
                path,
                params=params,
                json=body,
                budget=self._budget,
                shape=None if name is _METRICS_COUNTED_AS else indicators_page,
                gone=True,
                counted_as=name,
            )
        except Gone as error:
            raise no_workspace(error, "--sentinel_workspace") from error


def indicators_page(body: Any) -> Page:
    """A page of a query, `{"value": [{"name": …, "properties": {…}}], "nextLink": …}` (documented).

    Raises:
        NotDocumented: it is anything else, such as an indicator without a name.
    """
    rows = body.get("value") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise NotDocumented("the body has no list of indicators")
    for row in rows:
        name = row.get("name") if isinstance(row, dict) else None
        if not (isinstance(name, str) and name):
            raise NotDocumented("an indicator has no name")
    link = body.get("nextLink") or ""
    if not isinstance(link, str):
        raise NotDocumented("the link to the next page is no text")
    return Page(rows, link)


def source_of(row: Mapping[str, Any]) -> str:
    """The source of an indicator as Resource Manager shows it; empty where it shows none."""
    properties = row.get("properties")
    source = properties.get("source") if isinstance(properties, dict) else None
    return source if isinstance(source, str) else ""


def skip_token(link: str) -> str:
    """The `$skipToken` in a link, however it is spelt; empty without one."""
    options = parse_qsl(urlsplit(link).query)
    return next((value for name, value in options if name.lstrip("$").lower() == "skiptoken"), "")


def connect_sentinel_reader(
    connection: ConnectionSettings,
    workspace: SentinelWorkspace,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
) -> SentinelReader:
    """A client that reads a workspace, and cannot write whatever it is asked.

    Args, Raises: as `connect_defender`.
    """
    workspace.require_query()
    points = endpoints(connection)
    edge = open_edge(
        connection,
        points.arm_url,
        points.arm_scope,
        NEEDED_TO_READ,
        dry_run=True,
        clock=clock,
        sleep=sleep,
        retry=retry,
        cancel=cancel,
        queries=(f"{workspace.resource}{_INTELLIGENCE}/queryIndicators",),
    )
    return SentinelReader(edge, workspace)
