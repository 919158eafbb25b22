"""The objects of one workspace, and how Resource Manager shows its indicators. No HTTP."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from typing import Any

import orjson

from ..profile import TenantProfile
from ..server.journal import Journal
from ..server.timestamps import format_time
from .rules import StixObject, observable

_KIND = "sentinelObjects"
_INDICATOR = "indicator"
_NAMES = uuid.UUID("1f0f4f2e-9b1a-4a87-8a59-3c6c1d7a2b90")

_PROPERTIES = {
    "name": "displayName",
    "description": "description",
    "pattern": "pattern",
    "valid_from": "validFrom",
    "valid_until": "validUntil",
    "confidence": "confidence",
    "indicator_types": "threatTypes",
    "created": "created",
    "revoked": "revoked",
    "kill_chain_phases": "killChainPhases",
    "object_marking_refs": "objectMarkingRefs",
    "lang": "language",
}
"""Documented names on both sides; that the one becomes the other is our reading."""

Entry = dict[str, Any]
"""An object with what the workspace knows of it: `id` (its own), `source`, `stix`, `shows_at`, `updated`."""


class SentinelStore:
    """Thread-safe. Our choice: an object is told from others by its source and its STIX id, and an upload of one
    that is there replaces it as a whole, whatever `modified` says."""

    def __init__(self, profile: TenantProfile, journal: Journal) -> None:
        self._profile = profile
        self._journal = journal
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._waiting: list[Entry] = []
        for entry in journal.load_objects(profile.tenant_id, _KIND):
            self._entries[entry["id"]] = entry

    def put(self, source: str, objects: Iterable[StixObject]) -> None:
        """Create or replace what a source says. Queries see it after the profile's `shows_after`."""
        now = self._profile.clock()
        delay = self._profile.sentinel.shows_after
        with self._lock:
            for stix in objects:
                entry = {
                    "id": str(uuid.uuid5(_NAMES, f"{source}\0{stix['id']}")),
                    "source": source,
                    "stix": orjson.loads(orjson.dumps(stix)),
                    "shows_at": now + delay,
                    "updated": now,
                }
                if delay:
                    self._waiting.append(entry)
                else:
                    self._entries[entry["id"]] = entry
                self._journal.save_object(self._profile.tenant_id, _KIND, entry)

    def remove(self, stix_ids: Iterable[str]) -> None:
        """Take objects out, whoever put them there, as an administrator does in the portal."""
        wanted = set(stix_ids)
        with self._lock:
            self._settle()
            for key in [key for key, entry in self._entries.items() if entry["stix"]["id"] in wanted]:
                del self._entries[key]
                self._journal.remove_object(self._profile.tenant_id, _KIND, key)

    def objects(self) -> list[StixObject]:
        """All objects as they were uploaded, those that do not show yet included: copies, each with its source
        as `x_source`."""
        with self._lock:
            newest = {entry["id"]: entry for entry in (*self._entries.values(), *self._waiting)}
        return [{**orjson.loads(orjson.dumps(one["stix"])), "x_source": one["source"]} for one in newest.values()]

    def indicators(self) -> list[Entry]:
        """What queries see now, in order of creation."""
        with self._lock:
            self._settle()
            found = [one for one in self._entries.values() if one["stix"]["type"] == _INDICATOR]
        if self._profile.sentinel.revoked_rows == "hidden":
            found = [one for one in found if not one["stix"].get("revoked")]
        return found

    def shown(self, entry: Entry) -> Entry:
        """An indicator in the documented form of Resource Manager."""
        profile, stix = self._profile.sentinel, entry["stix"]
        seen = observable(stix["pattern"])
        properties: Entry = {
            theirs: stix[ours] for ours, theirs in _PROPERTIES.items() if stix.get(ours) is not None
        }
        labels = stix.get("labels")
        if labels and profile.labels_shown_as in ("labels", "both"):
            properties["labels"] = labels
        if labels and profile.labels_shown_as in ("threatIntelligenceTags", "both"):
            properties["threatIntelligenceTags"] = labels
        if profile.external_id == "stix_id":
            properties["externalId"] = stix["id"]
        properties["source"] = entry["source"]
        properties["patternType"] = seen.object_type if seen else ""
        properties["lastUpdatedTimeUtc"] = format_time(entry["updated"])
        if seen:
            parsed = {"valueType": seen.value_type, "value": seen.value}
            properties["parsedPattern"] = [{"patternTypeKey": seen.object_type, "patternTypeValues": [parsed]}]
        return {
            "id": f"{profile.resource}/providers/Microsoft.SecurityInsights/threatIntelligence/{entry['id']}",
            "name": entry["id"],
            "etag": f'"{entry["updated"]:.6f}"',
            "type": "Microsoft.SecurityInsights/ThreatIntelligence",
            "kind": "indicator",
            "properties": properties,
        }

    def _settle(self) -> None:
        now = self._profile.clock()
        due = [entry for entry in self._waiting if entry["shows_at"] <= now]
        self._waiting = [entry for entry in self._waiting if entry["shows_at"] > now]
        for entry in due:
            self._entries[entry["id"]] = entry
