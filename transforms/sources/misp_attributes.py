"""One attribute of MISP as records. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from iocbeam.model.indicator import FQDN, MD5, SHA1, SHA256, URL
from iocbeam.model.record import MAX_RECORD, Record

from ..record_fields import text_of, whole
from .entry import Entry, Unreadable, too_long
from .jsonl import FORMAT
from .misp_filter import MispFilter
from .misp_tags import sorted_tags, tag_names

ADDRESS: Final = "ip"
"""IPv4, IPv6 and ranges; the value decides."""

INDICATOR_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "ip-src": (ADDRESS,),
    "ip-dst": (ADDRESS,),
    "ip-src|port": (ADDRESS, ""),
    "ip-dst|port": (ADDRESS, ""),
    "domain": (FQDN,),
    "hostname": (FQDN,),
    "hostname|port": (FQDN, ""),
    "domain|ip": (FQDN, ADDRESS),
    "url": (URL,),
    "md5": (MD5,),
    "sha1": (SHA1,),
    "sha256": (SHA256,),
    "filename|md5": ("", MD5),
    "filename|sha1": ("", SHA1),
    "filename|sha256": ("", SHA256),
    "malware-sample": ("", MD5),
}
"""MISP's types that hold indicators of ours, with the types of their parts; an empty one is none of ours.

`uri` is often a path alone, `link` is something to read, and the fingerprints of certificates and of TLS clients
have the form of a hash but are none of a file.
"""

_YES: Final = frozenset(("1", "true"))


class EventContext(NamedTuple):
    """What an event says of all its attributes.

    Attributes:
        info: its title.
        org: name of the organisation that made it.
        tags: names, those of its galaxy clusters included.
        published: when it was last published, as written.
        whole: False when it broke off. Its marking may be among what is missing, so none of its text leaves.
    """

    info: str = ""
    org: str = ""
    tags: tuple[str, ...] = ()
    published: object = None
    whole: bool = True


def attribute_entries(
    attribute: object, context: EventContext, location: str, source: str, wanted: MispFilter
) -> list[Entry]:
    """The records of one attribute.

    None comes of an attribute that holds no indicator of ours, is deleted, lacks the IDS flag (unless `wanted`
    says otherwise) or is outside of `wanted`: it was read, and is no record. A composite one such as `domain|ip`
    gives a record for each part. An attribute without `to_ids` counts as flagged, which is MISP's default for all
    these types.

    Args:
        attribute: as MISP shows it; its own `Event`, if any, goes before `context`.
        location: of the attribute.
        source: name of the input, for an event without an organisation.
    """
    if not isinstance(attribute, dict) or not isinstance(attribute.get("type"), str):
        raw = _dumps(attribute)
        if len(raw) > MAX_RECORD:
            return [too_long(raw, location, source, FORMAT, "")]
        return [Unreadable("malformed_record", "not an attribute with a type.", raw, location, source, FORMAT, "")]
    kinds = INDICATOR_TYPES.get(attribute["type"])
    if kinds is None or is_set(attribute.get("deleted")):
        return []
    if not wanted.all_attributes and not is_set(attribute.get("to_ids", True)):
        return []
    if isinstance(attribute.get("Event"), dict):
        context = event_context(attribute["Event"])
    tags = tuple(dict.fromkeys((*tag_names(attribute), *context.tags)))
    if not wanted.admits(attribute.get("timestamp"), context.published, tags):
        return []
    common = _common_fields(attribute, context, tags)
    value = attribute.get("value")
    parts = _split(kinds, value) if isinstance(value, str) else [(kinds[0] or kinds[-1], scalar(value))]
    return [_record(kind, part, attribute, common, location, source) for kind, part in parts]


def event_context(event: Mapping[str, Any]) -> EventContext:
    """The context that an event gives, whatever it lacks."""
    org = event.get("Orgc")
    return EventContext(
        info=_text(event.get("info")),
        org=_text(org.get("name")) if isinstance(org, dict) else "",
        tags=tag_names(event),
        published=event.get("publish_timestamp"),
    )


def is_set(value: object) -> bool:
    """A flag as MISP's versions and tools write it: true, 1, "1" ..."""
    return text_of(value).strip().lower() in _YES


def scalar(value: object) -> str | int | None:
    """A value that is a text, or can be shown as one; a number of up to 63 bits stays one."""
    if isinstance(value, str) or (type(value) is int and -1 < value < 1 << 63):
        return value
    return None if value is None or isinstance(value, dict | list | bool) else text_of(value)


def _split(kinds: tuple[str, ...], value: str) -> list[tuple[str, str]]:
    """The parts of a value that are indicators. A file's name may itself hold a bar, a host cannot."""
    if len(kinds) == 1:
        return [(kinds[0], value)]
    left, bar, right = value.partition("|") if kinds[0] else value.rpartition("|")
    if not bar:
        return [(kinds[0] or kinds[1], value)]
    return [(kind, part) for kind, part in zip(kinds, (left, right), strict=True) if kind]


def _common_fields(attribute: dict[str, Any], context: EventContext, tags: tuple[str, ...]) -> dict[str, Any]:
    malware, adversaries, rest, tlp = sorted_tags(tags)
    first_seen = attribute.get("first_seen")
    return {
        "title": context.info,
        "description": _text(attribute.get("comment")),
        "created_at": scalar(first_seen or attribute.get("timestamp")),
        "malware": malware,
        "adversaries": adversaries,
        "tags": rest,
        "tlp": tlp if context.whole else "unknown",
        "source": context.org,
    }


def _record(
    kind: str, value: object, attribute: dict[str, Any], common: dict[str, Any], location: str, source: str
) -> Entry:
    fields = {"id": scalar(attribute.get("uuid")), "type": kind, "value": value, **common}
    fields = {name: whole(text) if isinstance(text, str) else text for name, text in fields.items() if text}
    raw = _dumps(fields)
    if len(raw) > MAX_RECORD:
        return too_long(raw, location, source, FORMAT, "")
    return Record(fields, raw, location, source, FORMAT, "")


def _dumps(value: object) -> bytes:
    try:
        return orjson.dumps(value, default=str)
    except TypeError:  # half a surrogate pair, a number beyond 64 bits, a depth that none has
        return orjson.dumps(whole(text_of(value)))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
