"""`ReadDefenderIndicators`: the indicators that tenants have in Defender for Endpoint, of every owner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from iocbeam.clients import DefenderDataClient, RetryPolicy, connect_defender_data
from iocbeam.model.settings.sightings import ReadTenant
from iocbeam.model.sighting import INDICATOR_ROW

from .fetch import FetchFrom
from .fetch_tenants import TenantReader


class DefenderIndicatorReader(TenantReader[DefenderDataClient]):
    """Active indicators that the app may see, by a client that cannot write.

    Args:
        tenants: to read.
        retry: waits and deadline of every request.
    """

    kind = INDICATOR_ROW
    called = "indicators"

    def __init__(self, tenants: Sequence[ReadTenant], retry: RetryPolicy = RetryPolicy()) -> None:  # noqa: B008 - frozen
        super().__init__(tenants)
        self._retry = retry

    def connect(self, tenant: ReadTenant) -> DefenderDataClient:
        """See `TenantReader`."""
        return connect_defender_data(tenant.connection, retry=self._retry)

    def pages(self, client: DefenderDataClient) -> Iterator[list[dict[str, Any]]]:
        """See `TenantReader`."""
        return client.indicators()


class ReadDefenderIndicators(FetchFrom):
    """Active indicators of tenants, as Defender gives them. Applied to a pipeline, it gives `FetchedObjects`.

    Args:
        tenants: to read.
    """

    def __init__(self, tenants: Sequence[ReadTenant]) -> None:
        super().__init__(DefenderIndicatorReader(tenants))
