"""The part of the Graph client that the Entra writer needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from iocbeam.model.plan import Requests

Row = dict[str, Any]


class AccessClient(Protocol):
    """Named locations and policies of one tenant; see `clients.GraphClient`."""

    @property
    def requests(self) -> Requests:
        """Calls by operation and status."""

    @property
    def throttled_seconds(self) -> float:
        """Seconds waited for budgets and for the service."""

    def locations(self) -> list[Row]:
        """All of them."""

    def policies(self) -> list[Row]:
        """All of them."""

    def location(self, location_id: str) -> Row | None:
        """One, or None when it is not there."""

    def policy(self, policy_id: str) -> Row | None:
        """One, or None when it is not there."""

    def create_location(self, body: Mapping[str, Any]) -> Row:
        """A new one; raises `Unanswered` when it is not known whether it was made."""

    def create_policy(self, body: Mapping[str, Any]) -> Row:
        """A new one; raises `Unanswered` when it is not known whether it was made."""

    def update_location(self, location_id: str, body: Mapping[str, Any]) -> None:
        """Raises `Gone` when it is not there."""

    def update_policy(self, policy_id: str, body: Mapping[str, Any]) -> None:
        """Raises `Gone` when it is not there."""

    def delete_location(self, location_id: str) -> bool:
        """False when it was gone."""

    def delete_policy(self, policy_id: str) -> bool:
        """False when it was gone."""
