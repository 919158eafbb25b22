"""What a tenant has to read: its machines, its alerts with their evidence and files, its Graph alerts. No HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any, TypeVar

from ..graph.alerts import graph_alert
from ..server.timestamps import format_time, parse_time
from .profile import AlertOrder

Record = dict[str, Any]
_View = TypeVar("_View")

LAST_UPDATE = "lastUpdateTime"


class SecurityData:
    """Thread-safe. Records are kept unchecked, in the order in which they were given; they are never changed
    but replaced, so that what a reader holds stays as it is."""

    def __init__(self, clock: Callable[[], float], alert_order: AlertOrder = "last_update") -> None:
        self._clock = clock
        self._order = alert_order
        self._lock = threading.RLock()
        self._made = 0
        self._machines: dict[str, Record] = {}
        self._alerts: dict[str, Record] = {}
        self._graph_alerts: dict[str, Record] = {}
        self._files: dict[str, list[Record]] = {}
        self._views: dict[Callable[[SecurityData], Any], Any] = {}

    def seed_machines(self, machines: Iterable[Mapping[str, Any]]) -> list[str]:
        return self._seed(self._machines, machines, "0000000000000000000000000000000000{:06x}")

    def seed_alerts(
        self, alerts: Iterable[Mapping[str, Any]], files: Mapping[str, Iterable[Mapping[str, Any]]] | None
    ) -> list[str]:
        """`files` are the answers to `/alerts/{id}/files`, by id of the alert."""
        with self._lock:
            ids = self._seed(self._alerts, alerts, "da63{:014}_-1")
            self._files.update({alert: [dict(file) for file in given] for alert, given in (files or {}).items()})
        return ids

    def seed_graph_alerts(self, alerts: Iterable[Mapping[str, Any]]) -> list[str]:
        return self._seed(self._graph_alerts, alerts, "ga63{:014}_1")

    def edit_machine(self, machine_id: str, fields: Mapping[str, Any]) -> None:
        with self._lock:
            self._machines[machine_id] = {**self._machines[machine_id], **fields}
            self._views.clear()

    def edit_alert(self, alert_id: str, fields: Mapping[str, Any]) -> None:
        with self._lock:
            touched = {LAST_UPDATE: format_time(self._clock()), **fields}
            self._alerts[alert_id] = {**self._alerts[alert_id], **touched}
            self._views.clear()

    def remove_alert(self, alert_id: str) -> None:
        with self._lock:
            del self._alerts[alert_id]
            self._files.pop(alert_id, None)
            self._views.clear()

    def machines(self) -> list[Record]:
        with self._lock:
            return list(self._machines.values())

    def machine(self, machine_id: str) -> Record | None:
        """By id, or by computer name: then the one that was seen last (our choice)."""
        with self._lock:
            found = self._machines.get(machine_id) or self._machines.get(machine_id.lower())
            return found or self.view(_machines_by_name).get(machine_id.casefold())

    def alerts(self) -> list[Record]:
        """In the order of the list."""
        with self._lock:
            return self.view(_in_order) if self._order == "last_update" else list(self._alerts.values())

    def alert(self, alert_id: str) -> Record | None:
        with self._lock:
            return self._alerts.get(alert_id)

    def files_of(self, alert_id: str) -> list[Record] | None:
        """What was given for the alert; `None` when nothing was."""
        with self._lock:
            return self._files.get(alert_id)

    def all_files(self) -> list[Record]:
        with self._lock:
            return [file for files in self._files.values() for file in files]

    def graph_alerts(self) -> list[tuple[Record, Record | None]]:
        """Each alert of Graph. Unless some were given they are made of Defender's: then the second is that
        alert, whose evidence the first does not have yet."""
        with self._lock:
            if self._graph_alerts:
                return [(alert, None) for alert in self._graph_alerts.values()]
            return self.view(_graph_alerts)

    def view(self, make: Callable[[SecurityData], _View]) -> _View:
        """What `make` makes of the data, kept until they change."""
        with self._lock:
            if make not in self._views:
                self._views[make] = make(self)
            made: _View = self._views[make]
            return made

    def _seed(self, place: dict[str, Record], records: Iterable[Mapping[str, Any]], new_id: str) -> list[str]:
        """A record without an id gets one. Raises `ValueError`, and keeps none, for an id that is there."""
        with self._lock:
            given: dict[str, Record] = {}
            for record in records:
                self._made += 1
                own = {"id": new_id.format(self._made), **record}
                key = own["id"] if isinstance(own["id"], str) else f"{own['id']} {self._made}"
                if key in place or key in given:
                    raise ValueError(f"a record with the id {key} is there already")
                given[key] = own
            place.update(given)
            self._views.clear()
            return list(given)


def epoch(text: object) -> float | None:
    """Epoch seconds of a time in a record; `None` for what is none."""
    return _epoch(text) if isinstance(text, str) else None


@lru_cache(maxsize=2**18)
def _epoch(text: str) -> float | None:
    try:
        return parse_time(text)
    except ValueError:
        return None


def copies(records: Iterable[Record]) -> list[Record]:
    return deepcopy(list(records))


def _in_order(data: SecurityData) -> list[Record]:
    # Sorting is stable: alerts without a time stay in their order, before all others.
    return sorted(data._alerts.values(), key=lambda alert: epoch(alert.get(LAST_UPDATE)) or 0.0)


def _machines_by_name(data: SecurityData) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for machine in sorted(data.machines(), key=lambda machine: epoch(machine.get("lastSeen")) or 0.0):
        name = machine.get("computerDnsName")
        if isinstance(name, str):
            found[name.casefold()] = machine
    return found


def _graph_alerts(data: SecurityData) -> list[tuple[Record, Record | None]]:
    return [(graph_alert(alert), alert) for alert in data.alerts()]
