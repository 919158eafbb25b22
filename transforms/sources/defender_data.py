"""`ReadDefenderMachines` and `ReadDefenderAlerts`: what Defender for Endpoint knows of the tenants' machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from iocbeam.clients import DefenderDataClient, RetryPolicy, connect_defender_data
from iocbeam.model.settings.sightings import ReadTenant, TimeWindow
from iocbeam.model.sighting import ALERT, MACHINE

from .fetch import FetchFrom
from .fetch_tenants import TenantReader


class DefenderDataReader(TenantReader[DefenderDataClient]):
    """Reads by a client that cannot write.

    Args:
        tenants: to read.
        window: of the objects; fixed when the run is constructed.
        retry: waits and deadline of every request.
    """

    def __init__(
        self,
        tenants: Sequence[ReadTenant],
        window: TimeWindow,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(tenants)
        self._window = window
        self._retry = retry

    def connect(self, tenant: ReadTenant) -> DefenderDataClient:
        """See `TenantReader`."""
        return connect_defender_data(tenant.connection, retry=self._retry)


class MachineReader(DefenderDataReader):
    """Machines that were seen from the beginning of the window on."""

    kind = MACHINE
    called = "machines"

    def pages(self, client: DefenderDataClient) -> Iterator[list[dict[str, Any]]]:
        """See `TenantReader`."""
        return client.machines(self._window.since)


class AlertReader(DefenderDataReader):
    """Alerts that were updated from the beginning of the window on, with their evidence."""

    kind = ALERT
    called = "alerts"

    def pages(self, client: DefenderDataClient) -> Iterator[list[dict[str, Any]]]:
        """See `TenantReader`."""
        return client.alerts(self._window)


class ReadDefenderMachines(FetchFrom):
    """Machines of tenants, as Defender for Endpoint gives them. Applied to a pipeline, it gives `FetchedObjects`.

    Args:
        tenants: to read.
        window: machines that were seen from its beginning on are read.
    """

    def __init__(self, tenants: Sequence[ReadTenant], window: TimeWindow) -> None:
        super().__init__(MachineReader(tenants, window))


class ReadDefenderAlerts(FetchFrom):
    """Alerts of tenants with their evidence, as Defender for Endpoint gives them. Applied to a pipeline, it gives
    `FetchedObjects`.

    Args:
        tenants: to read.
        window: alerts that were updated from its beginning on are read; see `DefenderDataClient.alerts`.
    """

    def __init__(self, tenants: Sequence[ReadTenant], window: TimeWindow) -> None:
        super().__init__(AlertReader(tenants, window))
