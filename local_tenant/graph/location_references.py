"""The named locations that a policy refers to, and when a location can be referred to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..profile import TenantProfile
from .errors import bad_request
from .object_collection import ObjectCollection

_TRUSTED_ADDRESSES = "00000000-0000-0000-0000-000000000000"
_WORDS = {
    "includeLocations": ("All", "AllTrusted", _TRUSTED_ADDRESSES),
    "excludeLocations": ("AllTrusted", _TRUSTED_ADDRESSES),
}
"""What stands for more than one location, in its exact case (documented). The id of zeros stands for the
trusted addresses of multifactor authentication: observed, and no location that can be read."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


class LocationReferences:
    """Holds back new locations for a while, as the profile says. Not thread-safe."""

    def __init__(self, profile: TenantProfile, locations: ObjectCollection) -> None:
        self._profile = profile
        self._locations = locations
        self._created_at: dict[str, float] = {}
        self._tries: dict[str, int] = {}

    def created(self, location_id: str) -> None:
        self._created_at[location_id] = self._profile.clock()

    def check(self, body: Mapping[str, Any]) -> None:
        """Raise `GraphError` with the observed number 1040 when the body of a policy names a location that
        is not there, or not yet.

        Our choice: a PATCH without locations is not checked; an id that is no GUID, such as a whole path or
        a word in another case, is one that is not there.
        """
        refused = [location_id for location_id in set(referred(body)) if not self._can_be_referred(location_id)]
        if refused:
            raise bad_request(f"NamedLocation with id {min(refused)} does not exist in the directory.", 1040)

    def _can_be_referred(self, location_id: str) -> bool:
        graph = self._profile.graph
        if graph.unknown_location == "accept" and _GUID.fullmatch(location_id):
            return True
        if self._locations.newest(location_id) is None:
            return False
        created_at = self._created_at.get(location_id)
        if created_at is None:
            return True
        tries = self._tries.get(location_id, 0)
        if tries >= graph.new_location_tries and self._profile.clock() >= created_at + graph.new_location_seconds:
            return True
        self._tries[location_id] = tries + 1
        return False


def referred(policy: Mapping[str, Any]) -> Iterator[str]:
    """The ids in a policy's locations, without the words that stand for more than one."""
    locations = (policy.get("conditions") or {}).get("locations") or {}
    for name, words in _WORDS.items():
        yield from (entry for entry in locations.get(name) or () if entry not in words)
