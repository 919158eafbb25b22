"""What a tenant's conditional access holds, as the plan needs to know it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from iocbeam.model.plan import Requests
from iocbeam.model.settings.entra import EntraTenantSettings

from .range_texts import read_range
from .ranges import RangeSet

IP_LOCATION: Final = "#microsoft.graph.ipNamedLocation"
SENTINEL: Final = "192.0.2.1/32"
"""Stands in a location for which nothing is left, since it must hold a range: a documentation address (RFC 5737),
from which nobody ever signs in."""

_SENTINEL: Final = RangeSet.of([SENTINEL])


class ActualLocation(NamedTuple):
    """A named location.

    Attributes:
        id, name: as the service shows them.
        is_ip: whether it holds IP ranges, rather than countries.
        trusted: whether it is marked trusted.
        stored: its addresses as they are.
        unreadable: ranges of forms that we do not know.
    """

    id: str
    name: str
    is_ip: bool
    trusted: bool
    stored: RangeSet
    unreadable: tuple[str, ...] = ()

    @property
    def ranges(self) -> RangeSet:
        """Its addresses without the sentinel, as long as that is no part of a wider range."""
        (first,) = _SENTINEL.firsts
        at = bisect_left(self.stored.firsts, first)
        is_there = self.stored.firsts[at : at + 1] == self.stored.lasts[at : at + 1] == (first,)
        return self.stored - _SENTINEL if is_there else self.stored

    @property
    def is_emptied(self) -> bool:
        """Whether it holds the sentinel and nothing else."""
        return self.stored == _SENTINEL and not self.unreadable


class ActualPolicy(NamedTuple):
    """A conditional access policy.

    Attributes:
        id, name: as the service shows them.
        created_at: as the service shows it, empty when it does not.
        body: the whole policy as it came.
    """

    id: str
    name: str
    created_at: str
    body: Mapping[str, Any]

    @property
    def locations(self) -> Mapping[str, Any]:
        """Its condition on locations; empty when it has none."""
        conditions = self.body.get("conditions") or {}
        return conditions.get("locations") or {}

    @property
    def included(self) -> tuple[str, ...]:
        """Ids and words of the locations that it is about."""
        return tuple(self.locations.get("includeLocations") or ())

    @property
    def excluded(self) -> tuple[str, ...]:
        """Ids and words of the locations that it leaves out."""
        return tuple(self.locations.get("excludeLocations") or ())

    def names_any(self, ids: Iterable[str]) -> bool:
        """Whether it names one of these locations."""
        return not folded((*self.included, *self.excluded)).isdisjoint(folded(ids))


@dataclass(frozen=True, slots=True)
class TenantAccess:
    """One tenant, its named locations and its policies.

    Attributes:
        tenant: its settings.
        locations, policies: all of them, whoever made them.
        roles: of the token, in lower case; empty when they are not known.
        read: whether the tenant was asked at all; a dry run without a login asks nobody.
        error: why it could not be read, else empty.
        requests, throttled_seconds: what the reading took.
    """

    tenant: EntraTenantSettings
    locations: tuple[ActualLocation, ...] = ()
    policies: tuple[ActualPolicy, ...] = ()
    roles: frozenset[str] = frozenset()
    read: bool = True
    error: str = ""
    requests: Requests = field(default_factory=dict)
    throttled_seconds: float = 0.0

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return self.tenant.tenant_id

    def naming(self, location_id: str) -> Iterator[ActualPolicy]:
        """The policies that name a location."""
        return (policy for policy in self.policies if policy.names_any((location_id,)))


def folded(ids: Iterable[str]) -> frozenset[str]:
    """Ids to compare: a policy may spell an id in another case than the list of locations does."""
    return frozenset(one.lower() for one in ids)


def read_location(row: Mapping[str, Any]) -> ActualLocation:
    """A location as the list shows it, ranges in any order and spelling, host bits set or not."""
    texts: list[str] = []
    unreadable: list[str] = []
    for item in row.get("ipRanges") or ():
        _read_item(item, texts, unreadable)
    return ActualLocation(
        row["id"],
        row.get("displayName") or "",
        row.get("@odata.type") == IP_LOCATION,
        row.get("isTrusted") is True,
        RangeSet.of(texts),
        tuple(unreadable),
    )


def _read_item(item: Any, texts: list[str], unreadable: list[str]) -> None:
    text = item.get("cidrAddress") if isinstance(item, Mapping) else None
    try:
        if not isinstance(text, str):
            raise ValueError(text)
        read_range(text)
    except ValueError:
        # The schema also knows ranges from a lower to an upper address, which no documentation shows in use.
        unreadable.append(str(item)[:120])
    else:
        texts.append(text)


def read_policy(row: Mapping[str, Any]) -> ActualPolicy:
    """A policy as the list shows it."""
    created_at = row.get("createdDateTime")
    name = row.get("displayName") or ""
    return ActualPolicy(row["id"], name, created_at if isinstance(created_at, str) else "", row)


def read_access(
    tenant: EntraTenantSettings, locations: Sequence[Mapping[str, Any]], policies: Sequence[Mapping[str, Any]]
) -> TenantAccess:
    """A tenant by its two lists."""
    return TenantAccess(tenant, tuple(map(read_location, locations)), tuple(map(read_policy, policies)))
