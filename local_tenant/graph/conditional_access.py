"""Named locations and policies of one tenant: what exists, what refers to what, how much fits. No HTTP."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import orjson

from ..profile import TenantProfile
from ..server.journal import Journal
from ..server.timestamps import format_time
from .errors import bad_request, not_found
from .json_shapes import merged
from .location_references import LocationReferences, referred
from .location_rules import LocationRules
from .object_collection import ObjectCollection
from .object_versions import Entity
from .policy_rules import PolicyRules

Kind = Literal["namedLocations", "policies"]

_TYPE_NAMES: Mapping[Kind, str] = {"namedLocations": "NamedLocation", "policies": "ConditionalAccessPolicy"}

_SEEDED_POLICY: Mapping[str, Any] = {
    "state": "disabled",
    "conditions": {
        "applications": {"includeApplications": ["None"]},
        "users": {"includeUsers": ["None"]},
        "clientAppTypes": ["all"],
    },
    "grantControls": {"operator": "OR", "builtInControls": ["block"]},
}
"""What a seeded policy is where nothing is said: one that does nothing to anyone."""


class ConditionalAccess:
    """Thread-safe. Our choice: a write finds the newest version of what it changes, however much of it has
    spread to readers."""

    def __init__(self, profile: TenantProfile, journal: Journal) -> None:
        self._profile = profile
        self._graph = profile.graph
        self._lock = threading.Lock()
        self._rules: Mapping[Kind, LocationRules | PolicyRules] = {
            "namedLocations": LocationRules(profile.graph),
            "policies": PolicyRules(profile.graph),
        }
        self._objects: Mapping[Kind, ObjectCollection] = {
            kind: ObjectCollection(kind, profile, journal) for kind in self._rules
        }
        self._references = LocationReferences(profile, self._objects["namedLocations"])

    def create(self, kind: Kind, body: Mapping[str, Any]) -> Entity:
        """The new object. Documented: names need not be unique, and each kind has a limit of its own. How
        a tenant that is full refuses is our choice. Raises `GraphError`."""
        entity = self._rules[kind].created(body, str(uuid.uuid4()), self._profile.clock())
        with self._lock:
            if kind == "policies":
                self._references.check(body)
            limit = self._graph.max_locations if kind == "namedLocations" else self._graph.max_policies
            if len(self._objects[kind].all_newest()) >= limit:
                raise bad_request(f"The tenant has {limit} {kind}; no more are allowed.")
            self._objects[kind].put(entity)
            if kind == "namedLocations":
                self._references.created(entity["id"])
        return entity

    def update(self, kind: Kind, object_id: str, body: Mapping[str, Any]) -> None:
        """Raises `GraphError`."""
        with self._lock:
            old = self._objects[kind].newest(object_id)
            if old is None:
                raise not_found(_TYPE_NAMES[kind], object_id)
            entity = self._rules[kind].updated(old, body, self._profile.clock())
            if kind == "policies":
                self._references.check(body)
            self._objects[kind].put(entity)

    def delete(self, kind: Kind, object_id: str) -> None:
        """Documented: a trusted location cannot be deleted. One that a policy names: a switch. Deleted is
        gone: that it can be restored for a while (documented) is not modelled. Raises `GraphError`."""
        with self._lock:
            if self._objects[kind].newest(object_id) is None:
                raise not_found(_TYPE_NAMES[kind], object_id)
            if kind == "namedLocations":
                self._check_deletable(object_id)
            self._objects[kind].remove(object_id)

    def read(self, kind: Kind, object_id: str) -> Entity:
        """The object as this read shows it. Raises `GraphError`."""
        with self._lock:
            entity = self._objects[kind].read(object_id)
        if entity is None:
            raise not_found(_TYPE_NAMES[kind], object_id)
        return entity

    def page(
        self, kind: Kind, after: int, skip: int, size: int, matches: Callable[[Entity], bool]
    ) -> tuple[list[Entity], int | None]:
        """A page of the list, as this read shows it, and the place from which to go on."""
        with self._lock:
            return self._objects[kind].page(after, skip, size, matches)

    def newest(self, kind: Kind) -> list[Entity]:
        """Everything that exists, as the last write left it. The stored entities: read only."""
        with self._lock:
            return self._objects[kind].all_newest()

    def seed(self, kind: Kind, objects: Iterable[Mapping[str, Any]]) -> list[str]:
        """Store objects unchecked, seen by every read at once; returns their ids."""
        ids = []
        with self._lock:
            for given in map(_copy, objects):
                self._check_names(kind, given)
                if "displayName" not in given:
                    raise ValueError("a displayName is needed")
                object_id = given.get("id") or str(uuid.uuid4())
                if self._objects[kind].newest(object_id) is not None:
                    raise ValueError(f"{object_id} is there already")
                whole = merged(_SEEDED_POLICY, given) if kind == "policies" else given
                entity = self._rules[kind].entity({**whole, "id": object_id}, self._profile.clock())
                self._objects[kind].put(entity, settled=True)
                ids.append(object_id)
        return ids

    def edit(self, kind: Kind, object_id: str, fields: Mapping[str, Any]) -> None:
        """Change properties unchecked, seen by every read at once. Raises `KeyError`."""
        self._check_names(kind, fields)
        if "id" in fields:
            raise ValueError("the id cannot be changed")
        with self._lock:
            old = self._objects[kind].newest(object_id)
            if old is None:
                raise KeyError(object_id)
            now = self._profile.clock()
            changed = {**old, "modifiedDateTime": format_time(now), **_copy(fields)}
            entity = self._rules[kind].entity(changed, now)
            self._objects[kind].put(entity, settled=True)

    def remove(self, kind: Kind, object_id: str) -> None:
        """Delete unchecked, seen by every read at once. Raises `KeyError`."""
        with self._lock:
            self._objects[kind].remove(object_id, settled=True)

    def _check_names(self, kind: Kind, fields: Mapping[str, Any]) -> None:
        """What is seeded and edited is not checked, but a name that no object has is a slip in a test."""
        for name in fields:
            if name not in self._rules[kind].names():
                raise ValueError(f"{name} is no property that can be given")

    def _check_deletable(self, object_id: str) -> None:
        locations, policies = self._objects["namedLocations"], self._objects["policies"]
        if self._graph.deletes_see == "newest":
            versions, users = locations.visible_of(object_id)[:1], policies.all_newest()
        else:
            versions, users = locations.visible_of(object_id), list(policies.visible())
        if any(version.get("isTrusted") for version in versions):
            raise bad_request("A trusted named location cannot be deleted.")
        if self._graph.delete_in_use == "reject" and any(object_id in referred(user) for user in users):
            raise bad_request("The named location is used by a policy.")


def _copy(fields: Mapping[str, Any]) -> Entity:
    """What a test gives, apart from what it does with it later."""
    copied: Entity = orjson.loads(orjson.dumps(dict(fields)))
    return copied
