"""What the stand-in for MISP holds: events, and attributes with ids that grow."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

Row = dict[str, Any]


class MispStore:
    """Thread-safe. Ids and times are texts, as MISP shows them; `clock` is what the next change is dated."""

    def __init__(self, clock: int = 1_780_000_000) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        self._events: dict[str, Row] = {}
        self._attributes: dict[str, Row] = {}
        self._last_id = 0

    def add_event(self, **fields: Any) -> str:
        """Add an event; returns its id. `Tag` is a list of names."""
        with self._lock:
            event_id = str(len(self._events) + 1)
            event = {
                "id": event_id,
                "uuid": str(uuid.uuid4()),
                "info": "an event",
                "date": "2026-05-01",
                "threat_level_id": "2",
                "analysis": "2",
                "published": True,
                "timestamp": str(self.clock),
                "publish_timestamp": str(self.clock),
                "Orgc": {"id": "1", "name": "An organisation", "uuid": str(uuid.uuid4())},
                **fields,
            }
            event["Tag"] = [_tag(name) for name in event.get("Tag", ())]
            self._events[event_id] = event
            return event_id

    def add(self, type: str, value: str, event_id: str | None = None, **fields: Any) -> str:
        """Add an attribute of a `type` and `value`, to the first event by default; returns its uuid. `Tag` is a
        list of names."""
        with self._lock:
            event_id = event_id or next(iter(self._events), None) or self.add_event()
            self._last_id += 1
            attribute = {
                "id": str(self._last_id),
                "event_id": event_id,
                "object_id": "0",
                "object_relation": None,
                "category": "Network activity",
                "type": type,
                "to_ids": True,
                "uuid": str(uuid.uuid4()),
                "timestamp": str(self.clock),
                "distribution": "5",
                "sharing_group_id": "0",
                "comment": "",
                "deleted": False,
                "disable_correlation": False,
                "first_seen": None,
                "last_seen": None,
                "value": value,
                **fields,
            }
            attribute["Tag"] = [_tag(name) for name in attribute.get("Tag", ())]
            self._attributes[attribute["id"]] = attribute
            return str(attribute["uuid"])

    def edit(self, uuid: str, **fields: Any) -> None:
        """Change an attribute as a user does: its time is that of the change."""
        with self._lock:
            self._row(uuid).update({"timestamp": str(self.clock), **fields})

    def delete(self, uuid: str) -> None:
        """Delete an attribute as a user does: it stays, and is marked."""
        self.edit(uuid, deleted=True)

    def remove(self, uuid: str) -> None:
        """Delete an attribute for good."""
        with self._lock:
            del self._attributes[self._row(uuid)["id"]]

    def rows(self) -> list[tuple[Row, Row]]:
        """All attributes by id, each with its event: copies."""
        with self._lock:
            return [(deepcopy(row), deepcopy(self._events[row["event_id"]])) for row in self._attributes.values()]

    def _row(self, uuid: str) -> Row:
        return next(row for row in self._attributes.values() if row["uuid"] == uuid)


def _tag(name: str | Mapping[str, Any]) -> Row:
    return dict(name) if isinstance(name, Mapping) else {"id": "1", "name": name, "colour": "#ffffff"}
