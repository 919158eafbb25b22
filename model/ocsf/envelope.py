"""What every event has: its class, activity, time and metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from .context import OCSF_VERSION, QDM, QDM_LABEL, VENDOR, Event, EventContext
from .fields import fit, sound
from .words import Word


class EventClass(NamedTuple):
    """A class of OCSF events.

    Attributes:
        uid: its number.
        name: as in paths and file names.
        caption: its name for people.
        category: number and caption of its category.
    """

    uid: int
    name: str
    caption: str
    category: Word


_FINDINGS: Final = Word(2, "Findings")
_DISCOVERY: Final = Word(5, "Discovery")

SECURITY_FINDING: Final = EventClass(2001, "security_finding", "Security Finding", _FINDINGS)
DETECTION_FINDING: Final = EventClass(2004, "detection_finding", "Detection Finding", _FINDINGS)
DEVICE_INVENTORY: Final = EventClass(5001, "device_inventory_info", "Device Inventory Info", _DISCOVERY)
OSINT_INVENTORY: Final = EventClass(5021, "osint_inventory_info", "OSINT Inventory Info", _DISCOVERY)

COLLECT: Final = Word(2, "Collect")
CREATE: Final = Word(1, "Create")
UPDATE: Final = Word(2, "Update")
CLOSE: Final = Word(3, "Close")


def envelope(kind: EventClass, activity: Word, severity: Word, time: int | None, context: EventContext) -> Event:
    """The head of an event.

    Args:
        time: epoch milliseconds; without it, when it was collected.
    """
    return {
        "class_uid": kind.uid,
        "class_name": kind.caption,
        "category_uid": kind.category.number,
        "category_name": kind.category.caption,
        "activity_id": activity.number,
        "activity_name": activity.caption,
        "type_uid": kind.uid * 100 + activity.number,
        "type_name": f"{kind.caption}: {activity.caption}",
        "severity_id": severity.number,
        "severity": severity.caption,
        "time": time if time is not None else max(context.time, 0) * 1_000,
    }


def metadata(context: EventContext, product: Mapping[str, Any], uid: str, original_time: Any) -> dict[str, Any]:
    """Where an event is from.

    Args:
        original_time: the event's own time as its source wrote it.
    """
    made: dict[str, Any] = {
        "version": OCSF_VERSION,
        "product": product,
        "uid": uid,
        "tenant_uid": context.tenant_id,
        "logged_time": max(context.time, 0) * 1_000,
    }
    if type(original_time) is str and original_time:
        made["original_time"] = sound(original_time)
    if context.tenant_alias and context.tenant_alias != context.tenant_id:
        made["tags"] = [{"name": "tenant_alias", "value": context.tenant_alias}]
    if context.dialect == QDM:
        made["labels"] = [QDM_LABEL]
    return made


def product(name: str) -> dict[str, Any]:
    """A product of Microsoft's."""
    return {"name": name, "vendor_name": VENDOR}


def made_uid(data: Any) -> str:
    """A stable id for an object that has none: of what it says."""
    text = json.dumps(fit(data), sort_keys=True)
    return f"iocbeam:{blake2b(text.encode(), digest_size=16).hexdigest()}"
