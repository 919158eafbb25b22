"""What a tenant holds, as the plan needs to know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .plan import Requests
from .settings import TenantSettings


class ActualRow(NamedTuple):
    """A row that the tenant holds. What the service leaves out or sends as null is empty, None or False.

    Attributes:
        id: the service's id.
        type, value: `indicatorType` and `indicatorValue` as the service shows them.
        key: (our type, canonical value), whatever the spelling; see `values.key_of_row`.
        action, severity, title, description: as the service shows them.
        expires_at: epoch seconds, UTC; None is never, or no time that can be read.
        generate_alert: whether the row raises alerts.
        recommended_actions: text for the analyst.
        device_groups: names, in alphabetical order.
        owner: who made it, for a person: display name, sign-in name or application id, or
            `iocbeam:COLLECTION`.
        owner_names: everything by which `--adopt` may call its owner, in lower case.
        collection: the collection whose mark the row carries, else None.
        sent: digest of what that collection sent, from the mark.
        seen: digest of how the service showed it when that was put right once, from the mark; mostly empty.
        updated_at: epoch seconds of the last update; None when that is not known.
    """

    id: str
    type: str
    value: str
    key: tuple[str, str]
    action: str = ""
    severity: str = ""
    title: str = ""
    description: str = ""
    expires_at: int | None = None
    generate_alert: bool = False
    recommended_actions: str = ""
    device_groups: tuple[str, ...] = ()
    owner: str = ""
    owner_names: tuple[str, ...] = ()
    collection: str | None = None
    sent: str = ""
    seen: str = ""
    updated_at: int | None = None


@dataclass(frozen=True, slots=True)
class TenantRows:
    """One tenant and all rows of it that may be seen.

    Attributes:
        tenant: its settings.
        rows: of all owners, or of our own application only.
        sees_all: whether the token's role shows the rows of other owners.
        read: whether the tenant was asked at all; a dry run without a login asks nobody.
        error: why it could not be read, else empty.
        requests, throttled_seconds: what the reading took.
    """

    tenant: TenantSettings
    rows: tuple[ActualRow, ...] = ()
    sees_all: bool = True
    read: bool = True
    error: str = ""
    requests: Requests = field(default_factory=dict)
    throttled_seconds: float = 0.0

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return self.tenant.tenant_id

    def owned(self) -> Iterator[ActualRow]:
        """The rows that carry the mark of the job's collection."""
        collection = self.tenant.policy.collection
        return (row for row in self.rows if row.collection == collection)
