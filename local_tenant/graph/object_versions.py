"""One object of Graph and how a change of it spreads: for a while some reads show what was before."""

from __future__ import annotations

from typing import Any

from .profile import GraphProfile

Entity = dict[str, Any]
"""An object in Graph's form. Never changed in place, so that it can be written out while others write."""


class ObjectVersions:
    """The newest version of one object, and the one before as long as readers may see it. `None` stands for
    an object that is not there, so that creating and deleting spread like any change.

    Not thread-safe. Our choice: a change made while another spreads starts anew, and the one before is
    then the version that it replaced.
    """

    def __init__(self, sequence: int, newest: Entity | None) -> None:
        self.sequence = sequence
        self.newest = newest
        self._older: Entity | None = None
        self._changed_at: float | None = None
        self._reads = 0

    def change(self, newest: Entity | None, changed_at: float | None) -> None:
        """Put another version. `changed_at` is `None` when everyone is to see it at once."""
        self._older, self.newest = self.newest, newest
        self._changed_at = changed_at
        self._reads = 0

    def is_spreading(self, now: float, profile: GraphProfile) -> bool:
        if self._changed_at is None:
            return False
        if self._reads < profile.stale_reads or now < self._changed_at + profile.stale_seconds:
            return True
        self._changed_at = None
        self._older = None
        return False

    def glance(self, now: float, profile: GraphProfile) -> Entity | None:
        """What the next read shows."""
        if not self.is_spreading(now, profile):
            return self.newest
        shows_old = profile.stale_pattern[self._reads % len(profile.stale_pattern)] == "old"
        return self._older if shows_old else self.newest

    def read(self, now: float, profile: GraphProfile) -> Entity | None:
        """What this read shows; it counts."""
        shown = self.glance(now, profile)
        self._reads += 1
        return shown

    def visible(self, now: float, profile: GraphProfile) -> list[Entity]:
        """Every version that a reader may still see, the newest first. This counts as a read."""
        versions = [self.newest, self._older] if self.is_spreading(now, profile) else [self.newest]
        self._reads += 1
        return [version for version in versions if version is not None]
