"""From what was fetched to its event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..sighting import ALERT, GRAPH_ALERT, INDICATOR_ROW, MACHINE, Fetched, Match
from .alert import defender_alert_event
from .context import OCSF, Event, EventContext
from .envelope import DETECTION_FINDING, DEVICE_INVENTORY, OSINT_INVENTORY, SECURITY_FINDING, EventClass
from .graph_alert import graph_alert_event
from .indicator_row import indicator_event
from .machine import machine_event


def event_of(
    fetched: Fetched, context: EventContext, matches: Sequence[Match] = (), files: Sequence[Any] = ()
) -> Event:
    """The event of an object, whatever the object's shape.

    Args:
        matches: indicators that the object shows.
        files: of a Defender alert, as `/api/alerts/{id}/files` gives them.

    Raises:
        ValueError: objects of this kind have no event; see `event_class`.
    """
    if fetched.kind == MACHINE:
        return machine_event(fetched.data, context, matches)
    if fetched.kind == ALERT:
        return defender_alert_event(fetched.data, context, matches, files)
    if fetched.kind == GRAPH_ALERT:
        return graph_alert_event(fetched.data, context, matches)
    if fetched.kind == INDICATOR_ROW:
        return indicator_event(fetched.data, context)
    raise ValueError(f"objects of the kind {fetched.kind} have no event")


def event_class(kind: str, dialect: str) -> EventClass:
    """The class of the events of one kind of object.

    Raises:
        ValueError: objects of this kind have no event.
    """
    if kind == MACHINE:
        return DEVICE_INVENTORY
    if kind in (ALERT, GRAPH_ALERT):
        return DETECTION_FINDING if dialect == OCSF else SECURITY_FINDING
    if kind == INDICATOR_ROW:
        return OSINT_INVENTORY
    raise ValueError(f"objects of the kind {kind} have no event")
