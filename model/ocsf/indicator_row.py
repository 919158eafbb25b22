"""Indicators of a tenant as OSINT Inventory Info (5021)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .context import Event, EventContext
from .envelope import COLLECT, OSINT_INVENTORY, envelope, made_uid, metadata, product
from .fields import left, rest_of, take_text, take_time
from .machine import PRODUCT
from .words import SEVERITY, Word, word

_IP: Final = Word(1, "IP Address")
_HASH: Final = Word(4, "Hash")

_TYPES: Final = {
    "ipaddress": _IP,
    "domainname": Word(2, "Domain"),
    "url": Word(5, "URL"),
    "filemd5": _HASH,
    "filesha1": _HASH,
    "filesha256": _HASH,
}


def indicator_event(row: Mapping[str, Any], context: EventContext) -> Event:
    """An indicator of Defender's list as OSINT Inventory Info. Never raises, whatever the row's shape.

    Its time is when it was collected. The action and whatever has no attribute are in `unmapped`.
    """
    rest = rest_of(row)
    uid = take_text(rest, "id") or made_uid(row)
    kind = word(_TYPES, take_text(rest, "indicatorType"))
    severity = word(SEVERITY, take_text(rest, "severity"))
    told: dict[str, Any] = {
        "uid": uid,
        "type_id": kind.number,
        "type": kind.caption,
        "value": take_text(rest, "indicatorValue") or "",
        "name": take_text(rest, "title"),
        "desc": take_text(rest, "description"),
        "severity_id": severity.number,
        "severity": severity.caption,
        "created_time": take_time(rest, "creationTimeDateTimeUtc"),
        "modified_time": take_time(rest, "lastUpdateTime"),
        "expiration_time": take_time(rest, "expirationTime"),
        "external_uid": take_text(rest, "externalId") or take_text(rest, "externalID"),
        "vendor_name": take_text(rest, "application"),
    }
    event = envelope(OSINT_INVENTORY, COLLECT, severity, None, context)
    event["metadata"] = metadata(context, product(PRODUCT), uid, None)
    event["osint"] = [{name: value for name, value in told.items() if value is not None}]
    unmapped = left(rest)
    if unmapped:
        event["unmapped"] = unmapped
    return event
