"""`ReadGraphAlerts`: alerts of all services that report to the Defender portal, by Microsoft Graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from iocbeam.clients import GraphSecurityClient, RetryPolicy, connect_graph_security
from iocbeam.model.settings.sightings import ReadTenant, TimeWindow
from iocbeam.model.sighting import GRAPH_ALERT

from .fetch import FetchFrom
from .fetch_tenants import TenantReader


class GraphAlertReader(TenantReader[GraphSecurityClient]):
    """Alerts that were updated from the beginning of the window on, by a client that cannot write.

    Args:
        tenants: to read.
        window: of the alerts; fixed when the run is constructed.
        retry: waits and deadline of every request.
    """

    kind = GRAPH_ALERT
    called = "Graph alerts"

    def __init__(
        self,
        tenants: Sequence[ReadTenant],
        window: TimeWindow,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(tenants)
        self._window = window
        self._retry = retry

    def connect(self, tenant: ReadTenant) -> GraphSecurityClient:
        """See `TenantReader`."""
        return connect_graph_security(tenant.connection, retry=self._retry)

    def pages(self, client: GraphSecurityClient) -> Iterator[list[dict[str, Any]]]:
        """See `TenantReader`."""
        return client.alerts(self._window)


class ReadGraphAlerts(FetchFrom):
    """Alerts of tenants with their evidence, as Graph's alerts_v2 gives them. Applied to a pipeline, it gives
    `FetchedObjects`.

    Args:
        tenants: to read.
        window: alerts that were updated from its beginning on are read.
    """

    def __init__(self, tenants: Sequence[ReadTenant], window: TimeWindow) -> None:
        super().__init__(GraphAlertReader(tenants, window))
