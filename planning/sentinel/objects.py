"""STIX objects: an indicator of the collection as Sentinel takes it, and as the workspace shows it again.

What comes back of an upload is not documented in full. Our source shows in `source` (documented), and the STIX id
is made from collection, type and value, so that it can be made anew from a pattern. A label carries the owner mark
with a digest of what was sent; where no label comes back, the shown fields are compared instead.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, Final

from iocbeam.model.indicator import CIDR, FQDN, IP, IPV6, MD5, SHA1, SHA256, URL
from iocbeam.model.outcome import Ended
from iocbeam.model.plan import MARK_PREFIX
from iocbeam.model.sentinel_plan import SentinelActual, SentinelChange, SentinelRow, SentinelWithdrawal
from iocbeam.model.values import canonical_value, plan_key, read_time

from ..defender.items import LATEST
from ..expiry import has_own_expiry
from ..marks import Mark, digest_sent, read_mark

_NAMES: Final = uuid.UUID("8f1d5d0e-6a0c-5c0b-9a1c-4b9f6a3e2d71")
"""Ours alone: the names are made in it, so that no other tool makes the same id."""

_PATHS: Final = {
    IP: "ipv4-addr:value",
    IPV6: "ipv6-addr:value",
    FQDN: "domain-name:value",
    URL: "url:value",
    MD5: "file:hashes.'MD5'",
    SHA1: "file:hashes.'SHA1'",
    SHA256: "file:hashes.'SHA256'",
}
"""Object paths as Sentinel takes them. The algorithms without a dash are what public clients send."""

_BY_OBJECT: Final = {"ipv4-addr": IP, "ipv6-addr": IPV6, "domain-name": FQDN, "url": URL}
_BY_ALGORITHM: Final = {"MD5": MD5, "SHA1": SHA1, "SHA256": SHA256}
_PATTERN: Final = re.compile(
    r"\s*\[\s*(ipv4-addr|ipv6-addr|domain-name|url|file)\s*:\s*(value|hashes\.'?([A-Za-z0-9_-]+)'?)"
    r"\s*=\s*'((?:[^'\\]|\\['\\])+)'\s*\]\s*"
)
_ESCAPED: Final = re.compile(r"\\(['\\])")


def source_of_collection(collection: str) -> str:
    """The `sourcesystem` under which a collection is uploaded, which the workspace shows as `source`."""
    return f"{MARK_PREFIX}:{collection}"


def stix_id(collection: str, kind: str, value: str) -> str:
    """The id of a value's indicator, the same in every run, so that a second upload updates. A URL without a path
    has one id, with its slash or without."""
    return f"indicator--{uuid.uuid5(_NAMES, chr(0).join((collection, *plan_key(kind, value))))}"


def pattern_of(kind: str, value: str) -> str:
    """The STIX pattern for a canonical value of any of our eight types."""
    if kind == CIDR:
        kind = IPV6 if ":" in value else IP
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{_PATHS[kind]} = '{escaped}']"


def key_of_pattern(pattern: str) -> tuple[str, str] | None:
    """The `plan_key` of a pattern with one comparison; None for one that is none of ours."""
    found = _PATTERN.fullmatch(pattern)
    if found is None:
        return None
    object_type, path, algorithm, text = found.groups()
    if object_type == "file":
        kind = _BY_ALGORITHM.get((algorithm or "").upper().replace("-", "").replace("_", ""))
    else:
        kind = _BY_OBJECT[object_type] if path == "value" else None
    if kind is None:
        return None
    value = _ESCAPED.sub(r"\1", text)
    if kind in (IP, IPV6) and "/" in value:
        kind = CIDR
    key = canonical_value(kind, value)
    return None if isinstance(key, Ended) else plan_key(*key)


def sent_digest(row: SentinelRow) -> str:
    """Digest of what is sent for a row. Of the expiry only its kind takes part: its number moves from run to run,
    also a record's own, and `sentinel_upkeep` looks at it by itself."""
    expiry = "never" if row.expires_at is None else "own" if has_own_expiry(row) else "default"
    return digest_sent((row.type, row.value, row.confidence, row.title, row.description, row.labels, expiry))


def stix_object(change: SentinelChange, collection: str, now: int) -> dict[str, Any]:
    """A change as a STIX 2.1 indicator.

    Args:
        now: epoch seconds, UTC: the run's start, and the object's `modified`.
    """
    row = change.row
    seen_at = change.valid_from if row.indicator.created_at is None else row.indicator.created_at
    since = now if seen_at is None else min(max(seen_at, 0), now)
    item: dict[str, Any] = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": stix_id(collection, row.type, row.value),
        "created": utc_text(min(since if change.created is None else change.created, now)),
        "modified": utc_text(now),
        "name": row.title,
        "description": row.description,
        "indicator_types": ["malicious-activity"],
        "pattern": pattern_of(row.type, row.value),
        "pattern_type": "stix",
        "valid_from": utc_text(since),
        "confidence": row.confidence,
        "labels": [*row.labels, str(Mark(collection, change.digest, change.seen))],
        "revoked": False,
    }
    if row.expires_at is not None:
        item["valid_until"] = utc_text(row.expires_at)
    return item


def revoked_object(withdrawal: SentinelWithdrawal, collection: str, now: int) -> dict[str, Any]:
    """A withdrawal as a STIX object: revoked, and no longer valid from now on, so that rules that look at either
    stop matching it."""
    actual = withdrawal.actual
    kind, value = actual.key
    since = min(actual.valid_from if actual.valid_from is not None else now - 1, now - 1)
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": stix_id(collection, kind, value),
        "created": utc_text(min(since if actual.created is None else actual.created, now)),
        "modified": utc_text(now),
        "name": actual.title or value,
        "indicator_types": ["malicious-activity"],
        "pattern": actual.pattern,
        "pattern_type": "stix",
        "valid_from": utc_text(since),
        "valid_until": utc_text(now),
        "labels": [str(Mark(collection))],
        "revoked": True,
    }


def read_indicator(row: Mapping[str, Any], collection: str) -> SentinelActual | None:
    """An indicator of our source as Resource Manager shows it; None when its pattern is none of ours. Never
    raises: what is missing, null or of another kind than documented is empty.

    Args:
        row: with `name` and `properties` (documented: Threat Intelligence indicators, 2024-09-01).
    """
    properties = row.get("properties")
    shown: Mapping[str, Any] = properties if isinstance(properties, dict) else {}
    pattern = _text(shown, "pattern")
    key = key_of_pattern(pattern)
    if key is None:
        return None
    external = _text(shown, "externalId")
    marks = _marks_in((*_texts(shown, "labels"), *_texts(shown, "threatIntelligenceTags")), collection)
    confidence = shown.get("confidence")
    return SentinelActual(
        name=str(row.get("name", "")),
        key=key,
        pattern=pattern,
        # Told only by what is surely an id of STIX: what shows as externalId is not documented.
        foreign=external.startswith("indicator--") and external != stix_id(collection, *key),
        title=_text(shown, "displayName"),
        description=_text(shown, "description"),
        confidence=int(confidence) if isinstance(confidence, (int, float)) else None,
        created=read_time(shown.get("created")),
        valid_from=read_time(shown.get("validFrom")),
        expires_at=read_time(shown.get("validUntil")),
        revoked=shown.get("revoked") is True,
        sent=marks[0].sent if marks else "",
        updated_at=read_time(shown.get("lastUpdatedTimeUtc")),
        seen=marks[0].seen if marks else "",
        older=tuple((mark.sent, mark.seen) for mark in marks[1:]),
    )


def utc_text(seconds: int) -> str:
    """Epoch seconds as STIX writes times."""
    moment = datetime.fromtimestamp(max(0, min(seconds, LATEST)), tz=timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def row_key(row: SentinelRow) -> tuple[str, str]:
    """What makes a row and a shown indicator the same."""
    return plan_key(row.type, row.value)


def _marks_in(labels: Iterable[str], collection: str) -> list[Mark]:
    """The marks of the collection that hold a digest, each once."""
    marks = dict.fromkeys(read_mark(label) for label in labels)
    return [mark for mark in marks if mark is not None and mark.collection == collection and mark.sent]


def _text(shown: Mapping[str, Any], name: str) -> str:
    value = shown.get(name)
    return value if isinstance(value, str) else ""


def _texts(shown: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = shown.get(name)
    return tuple(one for one in values if isinstance(one, str)) if isinstance(values, list) else ()
