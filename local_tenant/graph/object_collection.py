"""The objects of one kind in one tenant: named locations, or policies. No HTTP and no rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..profile import TenantProfile
from ..server.journal import Journal
from .object_versions import Entity, ObjectVersions


class ObjectCollection:
    """In order of creation (our choice). Not thread-safe. `kind` names it in the journal.

    What the journal brings back has spread.
    """

    def __init__(self, kind: str, profile: TenantProfile, journal: Journal) -> None:
        self._kind = kind
        self._profile = profile
        self._journal = journal
        self._objects: dict[str, ObjectVersions] = {}
        self._sequence = 0
        for entity in journal.load_objects(profile.tenant_id, kind):
            self._next(entity["id"], entity)

    def put(self, entity: Entity, *, settled: bool = False) -> None:
        """Store a new object or another version of one. `settled`: every read sees it at once."""
        versions = self._objects.get(entity["id"]) or self._next(entity["id"], None)
        versions.change(entity, None if settled else self._profile.clock())
        self._journal.save_object(self._profile.tenant_id, self._kind, entity)

    def remove(self, object_id: str, *, settled: bool = False) -> None:
        """Raises `KeyError` when it is not there."""
        versions = self._objects[object_id]
        if versions.newest is None:
            raise KeyError(object_id)
        versions.change(None, None if settled else self._profile.clock())
        self._journal.remove_object(self._profile.tenant_id, self._kind, object_id)

    def newest(self, object_id: str) -> Entity | None:
        versions = self._objects.get(object_id)
        return None if versions is None else versions.newest

    def all_newest(self) -> list[Entity]:
        return [versions.newest for versions in self._objects.values() if versions.newest is not None]

    def visible(self) -> Iterator[Entity]:
        """Every version of every object that a reader may still see. This counts as a read of all."""
        now, graph = self._profile.clock(), self._profile.graph
        for versions in self._objects.values():
            yield from versions.visible(now, graph)

    def visible_of(self, object_id: str) -> list[Entity]:
        """The same of one object, the newest first."""
        versions = self._objects.get(object_id)
        return [] if versions is None else versions.visible(self._profile.clock(), self._profile.graph)

    def read(self, object_id: str) -> Entity | None:
        """What a read shows; it counts while a change spreads."""
        versions = self._objects.get(object_id)
        return None if versions is None else versions.read(self._profile.clock(), self._profile.graph)

    def page(
        self, after: int, skip: int, size: int, matches: Callable[[Entity], bool]
    ) -> tuple[list[Entity], int | None]:
        """At most `size` matching objects after the place `after`, less the first `skip`, and the place from
        which to go on, `None` at the end. Every object up to there counts as read."""
        now, graph = self._profile.clock(), self._profile.graph
        self._drop_gone(now)
        shown: list[Entity] = []
        place = after
        for versions in self._objects.values():
            if versions.sequence <= after:
                continue
            if len(shown) >= size:
                entity = versions.glance(now, graph)
                if entity is not None and matches(entity):
                    return shown, place
                continue
            entity = versions.read(now, graph)
            place = versions.sequence
            if entity is None or not matches(entity):
                continue
            if skip:
                skip -= 1
            else:
                shown.append(entity)
        return shown, None

    def _next(self, object_id: str, entity: Entity | None) -> ObjectVersions:
        self._sequence += 1
        versions = self._objects[object_id] = ObjectVersions(self._sequence, entity)
        return versions

    def _drop_gone(self, now: float) -> None:
        graph = self._profile.graph
        for object_id, versions in list(self._objects.items()):
            if versions.newest is None and not versions.is_spreading(now, graph):
                del self._objects[object_id]
