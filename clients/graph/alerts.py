"""Alerts in Microsoft Graph, of all services that report to the Defender portal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

from iocbeam.model.permissions import APIS, GRAPH
from iocbeam.model.settings.sightings import TimeWindow

from ..http.budget import Budget, Rate
from ..http.edge import Edge
from ..http.odata import in_pieces
from ..http.service_client import ServiceClient
from ..http.streaming import Given, ListPage, Objects, objects_page, stream_pages
from ..http.waiting import Clock, Sleep

NEEDED_ROLES: Final = f"the application role SecurityAlert.Read.All of {APIS[GRAPH]}, with admin consent"
"""Documented."""

# The older /security/alerts was to be shut down in 2026 (documented) and is not used.
_ALERTS: Final = "/v1.0/security/alerts_v2"

MAX_PAGE: Final = 1_000
"""Alerts asked for in a page at most. Our choice: what the service allows is not documented."""


def modest_budget(
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    cancel: threading.Event | None = None,
) -> Budget:
    """100 calls a minute. Our choice: Graph documents no rate for these calls; a 429 is kept to anyway."""
    return Budget(Rate(100, 60.0), clock=clock, sleep=sleep, cancel=cancel)


class GraphSecurityClient(ServiceClient):
    """Alerts of one tenant. Thread-safe; does not pickle, so build it where it is used.

    Args:
        edge: of the Graph host; one that can only read.
        budget: default: a modest one, by the real clock.
    """

    def __init__(self, edge: Edge, budget: Budget | None = None) -> None:
        super().__init__(edge)
        self._budget = budget or modest_budget()

    def alerts(self, window: TimeWindow, top: int = MAX_PAGE) -> Iterator[Objects]:
        """Alerts that were last updated in a window or after it, with their evidence, page by page.

        Read in pieces of a day or more, oldest first, as `DefenderDataClient.alerts` does it and with what can be
        missed there. Its pages come by link, so what shows that a list has shifted between two of them is Graph's
        count of it; in the last piece, which an alert does not leave by being updated, the count stays the same.

        Args:
            window: its `until` should be the run's start.
            top: alerts in a page, 1 to 1,000.

        Raises:
            IocbeamError: as `Edge.request` raises it; what was given before is good, and not all.
        """
        if not 1 <= top <= MAX_PAGE:
            raise ValueError(f"top must be from 1 to {MAX_PAGE}")
        given = Given()
        return in_pieces("lastUpdateDateTime", window, lambda condition: self._pages(condition, top, given))

    def _pages(self, condition: str, top: int, given: Given) -> Iterator[Objects]:
        def read(link: str, skip: int) -> ListPage:
            params = {"$filter": condition, "$top": str(top), "$count": "true"}
            if skip > 0:
                params["$skip"] = str(skip)
            page: ListPage = self._edge.request(
                "GET",
                link or _ALERTS,
                params=None if link else params,
                budget=self._budget,
                shape=objects_page,
                counted_as=_ALERTS,
            )
            return page

        return stream_pages(read, given)
