"""Machines as Device Inventory Info (5001)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..sighting import Match
from .context import QDM, Event, EventContext
from .device import has_identity, machine_device
from .envelope import COLLECT, DEVICE_INVENTORY, envelope, made_uid, metadata, product
from .fields import left, rest_of
from .observables import observe
from .qdm import machine_paths
from .words import Word

PRODUCT: Final = "Microsoft Defender for Endpoint"
_INFORMATIONAL: Final = Word(1, "Informational")


def machine_event(machine: Mapping[str, Any], context: EventContext, matches: Sequence[Match] = ()) -> Event:
    """A machine of Defender's list as Device Inventory Info. Never raises, whatever the machine's shape.

    Its time is `lastSeen`. What has no attribute is in `unmapped`: the address of the network's edge
    (`lastExternalIpAddress`, also an observable), health, exposure, tags.
    """
    rest = rest_of(machine)
    last_seen = rest.get("lastSeen")
    device = machine_device(rest)
    if not has_identity(device):
        device["uid"] = made_uid(machine)
    uid = device.get("uid") or made_uid(machine)
    event = envelope(DEVICE_INVENTORY, COLLECT, _INFORMATIONAL, device.get("last_seen_time"), context)
    original = last_seen if "last_seen_time" in device else None
    event["metadata"] = metadata(context, product(PRODUCT), uid, original)
    event["device"] = device
    unmapped = left(rest)
    if unmapped:
        event["unmapped"] = unmapped
    if context.dialect == QDM:
        machine_paths(event)
    observe(event, matches)
    return event
