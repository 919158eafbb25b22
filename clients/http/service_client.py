"""What every client of a Microsoft service has: an edge, and what that has counted."""

from __future__ import annotations

from ..login.login import roles
from .edge import Edge


class ServiceClient:
    """Calls of one tenant by one edge. Thread-safe; does not pickle, so build it where it is used.

    Args:
        edge: of the service's host.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    @property
    def requests(self) -> dict[str, dict[str, int]]:
        """See `Edge.requests`."""
        return self._edge.requests

    @property
    def throttled_seconds(self) -> float:
        """See `Edge.throttled_seconds`."""
        return self._edge.throttled_seconds

    def roles(self) -> frozenset[str]:
        """The application roles that our token names; empty if it cannot be read."""
        return roles(self._edge.access_token())

    def close(self) -> None:
        """Give up the connections."""
        self._edge.close()
