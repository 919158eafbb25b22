"""Reading one kind of object of several tenants, by a client each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from iocbeam.model.settings.sightings import ReadTenant
from iocbeam.model.sighting import Fetched

from .fetch import Calls, Fetching, FetchPart, FetchReader


class Client(Calls, Protocol):
    """A client of one tenant."""

    def close(self) -> None:
        """Give up the connections."""
        ...


C = TypeVar("C", bound=Client)


class TenantReader(FetchReader, Generic[C]):
    """Reads one kind of object, with one part for each tenant. No more than a page is in memory.

    Args:
        tenants: to read.
    """

    kind: ClassVar[str]
    """One of `model.sighting.OBJECT_KINDS`."""
    called: ClassVar[str]
    """What a person calls these objects: `alerts`."""

    def __init__(self, tenants: Sequence[ReadTenant]) -> None:
        self._tenants = tuple(tenants)

    @abstractmethod
    def connect(self, tenant: ReadTenant) -> C:
        """A client; nothing is sent yet.

        Raises:
            Stop: a setting, a secret or a host cannot be used.
        """

    @abstractmethod
    def pages(self, client: C) -> Iterator[list[dict[str, Any]]]:
        """What the client gives."""

    def parts(self) -> Iterator[FetchPart]:
        """One for each tenant."""
        for tenant in self._tenants:
            yield FetchPart(f"{self.called} of {tenant.alias}", tenant.tenant_id, self.kind, tenant)

    def fetch(self, part: FetchPart, reading: Fetching) -> Iterator[Fetched]:
        """See `FetchReader`."""
        tenant: ReadTenant = part.details
        client = self.connect(tenant)
        given = False
        try:
            for page in self.pages(client):
                for one in page:
                    given = True
                    yield Fetched(self.kind, tenant.tenant_id, tenant.alias, one)
        except Exception as error:
            if not given:
                raise
            reading.stop(f"{part.name}: {error}")
        finally:
            reading.count(client)
            client.close()
