"""Machines, alerts and indicators of Defender for Endpoint, to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from iocbeam.model.settings.sightings import TimeWindow

from ..http.odata import in_pieces, odata_time
from ..http.streaming import Given, Objects
from .indicators import MAX_PAGE
from .lookups import DefenderLookups

MACHINES_PAGE: Final = 5_000
"""Machines asked for in a page: about 8 MB of JSON. Our choice, as the next; the service allows 10,000."""

ALERTS_PAGE: Final = 2_000
"""Alerts asked for in a page, since each brings its evidence."""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_EVIDENCE: Final[Mapping[str, str]] = MappingProxyType({"$expand": "evidence"})


class DefenderDataClient(DefenderLookups):
    """What Defender for Endpoint shows of one tenant: lists here, single questions in `DefenderLookups`.

    Lists come page by page with no more than a page in memory, each object once by its id; one without an id may
    come twice. A page ends a list as `stream_pages` tells, and a list that shifts while it is read is read again
    for what was not given yet. What is raised in the middle leaves what was given good, and not all.

    Thread-safe; does not pickle, so build it where it is used.
    """

    def machines(self, since: int, top: int = MACHINES_PAGE) -> Iterator[Objects]:
        """Machines that reported at or after a time.

        No machine at all is a 404 (documented), which is an empty list here. A machine's `lastSeen` is its last
        full report, which is a day old at times (documented), so one that was seen since may be missing.

        Args:
            since: epoch seconds.
            top: machines in a page, 1 to 10,000.
        """
        filters = {"$filter": f"lastSeen ge {odata_time(since)}"}
        return self._pages("/api/machines", filters, top, Given(), gone_is_empty=True)

    def alerts(self, window: TimeWindow, top: int = ALERTS_PAGE) -> Iterator[Objects]:
        """Alerts that were last updated in a window or after it, with their evidence.

        They are read by the time of their last update, oldest first, a day or more at a time, so that few rows are
        skipped in each list. An alert that is updated while it is read leaves the piece that it was in; the last
        piece begins at the end of the window and has no end of its own, so it is met there. It is given once, as
        it was when it was first met.

        Missed can be: an alert that is updated during the last piece, after the page that it would have moved to
        was read and before its own was, when the row at the seam stays in its place; and one that is deleted.

        Args:
            window: its `until` should be the run's start.
            top: alerts in a page, 1 to 10,000.
        """
        given = Given()
        return in_pieces(
            "lastUpdateTime",
            window,
            lambda condition: self._pages("/api/alerts", {"$filter": condition, **_EVIDENCE}, top, given),
        )

    def indicators(self, top: int = MAX_PAGE) -> Iterator[Objects]:
        """All active indicators that the app may see.

        Args:
            top: indicators in a page, 1 to 10,000.
        """
        return self._pages("/api/indicators", _NOTHING, top, Given())
