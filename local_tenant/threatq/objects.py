"""Indicators as ThreatQ holds and shows them, made from plain records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from .profile import ThreatQProfile

Shown = dict[str, Any]

TYPES = {
    "FQDN": 27,
    "IP Address": 15,
    "IPv6 Address": 39,
    "CIDR Block": 11,
    "MD5": 8,
    "SHA-1": 23,
    "SHA-256": 24,
    "URL": 30,
    "Email Address": 4,
    "Filename": 9,
}
"""Names of indicator types to ids; ids differ from one ThreatQ to the next (observed)."""

STATUSES = {"Active": 1, "Expired": 2, "Indirect": 3, "Review": 4, "Whitelisted": 5}
"""The first, second and last are observed; the others are what ThreatQ is known to have."""

_LISTS = ("attributes", "sources", "adversaries", "malware", "tags")
_TLP_NAMES = {"clear": "WHITE"}


def threatq_object(record: Mapping[str, Any], number: int, now: float, type_id: int, status_id: int) -> Shown:
    """An object in its full form, with the shape of the observed fixture.

    Args:
        record: `type` and `value`, and what else it has of `status` (Active), `score`, `description`,
            `created_at`, `expires_at`, `malware`, `adversaries`, `tags`, `attributes`, `tlp`, `source`, and
            `severity`, for which ThreatQ has an attribute. Times are epoch seconds or `YYYY-MM-DD HH:MM:SS`; one
            that is not dated is of 2024, since ThreatQ dates all. `title` and `revoked` have no place in ThreatQ.
        number: its id.
        now: epoch seconds; an expiry is `expired_at` before and `expires_at` from then on.
    """
    created = _time(record.get("created_at")) or "2024-01-01 00:00:00"
    expiry = _time(record.get("expires_at"))
    attributes = _pairs(record.get("attributes"))
    if record.get("severity"):
        attributes.append(("Severity", record["severity"]))
    shown: Shown = {
        "id": number,
        "value": record["value"],
        "class": "network",
        "hash": hashlib.md5(f"{type_id}/{record['value']}".encode(), usedforsecurity=False).hexdigest(),
        "type_id": type_id,
        "type": {"id": type_id, "name": record["type"], "class": "network"},
        "status_id": status_id,
        "status": {"id": status_id, "name": record.get("status") or "Active", "description": "A status."},
        "score": record.get("score"),
        "description": record.get("description"),
        "created_at": created,
        "updated_at": created,
        "touched_at": created,
        "published_at": created,
        "attributes": [
            {
                "id": 10 * number + place,
                "attribute_id": place,
                "indicator_id": number,
                "name": name,
                "value": value,
            }
            for place, (name, value) in enumerate(attributes)
        ],
        "sources": _sources(record, created),
        "adversaries": [
            {"id": place, "name": name} for place, name in enumerate(_names(record.get("adversaries")))
        ],
        "malware": [{"id": place, "value": name} for place, name in enumerate(_names(record.get("malware")))],
        "tags": [{"id": place, "name": name} for place, name in enumerate(_names(record.get("tags")))],
    }
    if expiry:
        shown["expires_at" if expiry > _text_of(now) else "expired_at"] = expiry
    return shown


def show(full: Shown, profile: ThreatQProfile, fields: Iterable[str] | None = None) -> Shown:
    """An object in the form that the profile asks for, or with these fields alone.

    Observed: with `fields`, types and statuses are plain names.
    """
    shown = dict(full)
    names_as = "name" if fields is not None else profile.names_as
    for name in ("type", "status"):
        if names_as == "name":
            shown[name] = full[name]["name"]
        elif names_as == "id":
            shown[name] = full[name]["id"]
        elif names_as == "missing":
            del shown[name]
    if profile.score_as == "object":
        score = full["score"]
        text = None if score is None else f"{score:.2f}"
        shown["score"] = {"indicator_id": full["id"], "generated_score": text, "manual_score": None}
    for name in _LISTS:
        if not full[name] and profile.empty_as == "missing":
            del shown[name]
        elif not full[name] and profile.empty_as == "null":
            shown[name] = None
    if fields is not None:
        return {name: shown[name] for name in fields if name in shown}
    return shown


def _sources(record: Mapping[str, Any], created: str) -> list[Shown]:
    if not record.get("source") and not record.get("tlp"):
        return []
    source: Shown = {
        "id": 1,
        "source_id": 12,
        "name": record.get("source") or "Local feed",
        "source_type": "connectors",
        "reference_id": 37,
        "published_at": created,
    }
    if record.get("tlp"):
        tlp = record["tlp"].lower()
        source["tlp_name"] = _TLP_NAMES.get(tlp, tlp.upper())
    return [source]


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    return [(one["name"], one["value"]) if isinstance(one, Mapping) else tuple(one) for one in value or ()]


def _names(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _time(value: Any) -> str:
    if isinstance(value, int | float):
        return _text_of(value)
    return str(value)[:19].replace("T", " ") if value else ""


def _text_of(epoch: float) -> str:
    return f"{datetime.fromtimestamp(epoch, timezone.utc):%Y-%m-%d %H:%M:%S}"
