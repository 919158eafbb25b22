"""`ReadSentinelIndicators`: the indicators that Sentinel workspaces hold, of every source or of some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iocbeam.clients import RetryPolicy, SentinelReader, connect_sentinel_reader
from iocbeam.model.errors import UsageError
from iocbeam.model.settings.sentinel import SentinelWorkspace
from iocbeam.model.settings.sightings import ReadTenant
from iocbeam.model.sighting import SENTINEL_ROW

from .fetch import FetchFrom
from .fetch_tenants import TenantReader


class SentinelIndicatorReader(TenantReader[SentinelReader]):
    """Indicators as Azure Resource Manager shows them, by a client that cannot write.

    Args:
        tenants: to read.
        workspaces: the workspace of each, by tenant id.
        sources: whose indicators; of all sources when none is named.
        retry: waits and deadline of every request.

    Raises:
        UsageError: a tenant has no workspace, or its place in Azure is not known.
    """

    kind = SENTINEL_ROW
    called = "Sentinel indicators"

    def __init__(
        self,
        tenants: Sequence[ReadTenant],
        workspaces: Mapping[str, SentinelWorkspace],
        sources: Sequence[str] = (),
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(tenants)
        for tenant in tenants:
            if tenant.tenant_id not in workspaces:
                raise UsageError(f"tenant {tenant.alias} has no Sentinel workspace.")
            workspaces[tenant.tenant_id].require_query()
        self._workspaces = dict(workspaces)
        self._sources = tuple(sources)
        self._retry = retry

    def connect(self, tenant: ReadTenant) -> SentinelReader:
        """See `TenantReader`."""
        return connect_sentinel_reader(tenant.connection, self._workspaces[tenant.tenant_id], retry=self._retry)

    def pages(self, client: SentinelReader) -> Iterator[list[dict[str, Any]]]:
        """See `TenantReader`."""
        return client.pages(self._sources)


class ReadSentinelIndicators(FetchFrom):
    """Indicators of Sentinel workspaces, as Azure Resource Manager gives them. Applied to a pipeline, it gives
    `FetchedObjects`.

    Args:
        tenants: to read.
        workspaces: the workspace of each, by tenant id.
        sources: whose indicators; of all sources when none is named.

    Raises:
        UsageError: a tenant has no workspace, or its place in Azure is not known.
    """

    def __init__(
        self,
        tenants: Sequence[ReadTenant],
        workspaces: Mapping[str, SentinelWorkspace],
        sources: Sequence[str] = (),
    ) -> None:
        super().__init__(SentinelIndicatorReader(tenants, workspaces, sources))
