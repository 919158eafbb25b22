"""`ReadHunting`: the rows that an advanced hunting query finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iocbeam.clients import HuntingClient, HuntingDialect, RetryPolicy, connect_hunting
from iocbeam.model.settings.sightings import ReadTenant
from iocbeam.model.sighting import HUNTING_ROW, Fetched

from .fetch import FetchFrom, Fetching, FetchPart, FetchReader


class HuntingReader(FetchReader):
    """Asks each tenant the same query. The answer of one tenant is in memory as a whole: at most 124 MB of JSON.

    Args:
        tenants: to ask.
        query: in KQL; a value in it belongs into `kql_text`.
        days: how far to look back, see `HuntingClient.ask`.
        dialect: which API to ask.
        retry: waits and deadline of every request.
    """

    def __init__(
        self,
        tenants: Sequence[ReadTenant],
        query: str,
        days: int = 30,
        dialect: HuntingDialect = "graph",
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    ) -> None:
        self._tenants = tuple(tenants)
        self._query = query
        self._days = days
        self._dialect: HuntingDialect = dialect
        self._retry = retry

    def parts(self) -> Iterator[FetchPart]:
        """One for each tenant."""
        for tenant in self._tenants:
            yield FetchPart(f"hunting rows of {tenant.alias}", tenant.tenant_id, HUNTING_ROW, tenant)

    def fetch(self, part: FetchPart, reading: Fetching) -> Iterator[Fetched]:
        """The rows. An answer that the service has cut off is given, and is incomplete."""
        tenant: ReadTenant = part.details
        client: HuntingClient = connect_hunting(tenant.connection, self._dialect, retry=self._retry)
        try:
            answer = client.ask(self._query, self._days)
        finally:
            reading.count(client)
            client.close()
        for row in answer.rows:
            yield Fetched(HUNTING_ROW, tenant.tenant_id, tenant.alias, row)
        if answer.cut_off:
            reading.stop(
                f"{part.name}: the service gave {len(answer.rows)} rows and no more. Narrow the query down, or"
                " summarize in it."
            )


class ReadHunting(FetchFrom):
    """The rows that a query finds in tenants. Applied to a pipeline, it gives `FetchedObjects`.

    Args:
        tenants: to ask.
        query: in KQL; a value in it belongs into `kql_text`.
        days: how far to look back, 1 to 30; only the dialect `graph` sends it.
        dialect: `graph` or `defender`.
    """

    def __init__(
        self, tenants: Sequence[ReadTenant], query: str, days: int = 30, dialect: HuntingDialect = "graph"
    ) -> None:
        super().__init__(HuntingReader(tenants, query, days, dialect))
