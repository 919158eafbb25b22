"""OCSF 1.8.0: machines and alerts as events of the Open Cybersecurity Schema Framework. Pure.

A `dialect` is `ocsf`, `ocsf_legacy` (the older Security Finding) or `qdm`; a `class_uid` is OCSF's number of a
class.
"""

from .alert import defender_alert_event
from .context import OCSF_VERSION, Dialect, Event, EventContext
from .envelope import EventClass
from .events import event_class, event_of
from .graph_alert import graph_alert_event
from .indicator_row import indicator_event
from .machine import machine_event
from .packing import unpacked
from .schema import avro_schema

__all__ = [
    "OCSF_VERSION",
    "Dialect",
    "Event",
    "EventClass",
    "EventContext",
    "avro_schema",
    "defender_alert_event",
    "event_class",
    "event_of",
    "graph_alert_event",
    "indicator_event",
    "machine_event",
    "unpacked",
]
