"""A collection that changes from day to day, and the row that each of its records should have."""

from __future__ import annotations

import gzip
import ipaddress
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import orjson

DAY = 86_400
STARTED = 1_793_858_400  # 5 November 2026, 06:00 UTC
CAPACITY = 8_000
PAGE = 3_000
BATCH = 500
COLLECTION = "drill"
SOURCE = "drill feed"
DEFAULT_DAYS = 90

LIST = "/api/indicators"
IMPORT = "/api/indicators/import"
DELETE = "/api/indicators/BatchDelete"

Key = tuple[str, str]
"""Defender's type and the value as it is sent."""
Entity = dict[str, Any]

SEVERITIES = ("Informational", "Low", "Medium", "High")


class Clock:
    """Epoch seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> float:
        return self.now

    def pass_a_day(self) -> None:
        self.now += DAY


class Value(NamedTuple):
    """One value in its spellings."""

    kind: str
    written: str
    canonical: str
    key: Key


def value_of(number: int) -> Value:
    """Seven types in turn; some are written as no service would show them."""
    name = f"n{number}.malware-test.example"
    digits = f"{number + 1:08x}"
    odd = number % 2 == 1
    hashes = {3: ("MD5", "FileMd5", 4), 4: ("SHA-1", "FileSha1", 5), 5: ("SHA-256", "FileSha256", 8)}
    turn = number % 7
    if turn == 0:
        written = f"N{number}[.]Malware-Test[.]example" if odd else name
        return Value("FQDN", written, name, ("DomainName", name))
    if turn == 1:
        host_only = number % 5 == 0
        url = f"https://{name}" if host_only else f"https://{name}/a/{number}?B={number}"
        return Value("URL", url.replace("https", "HTTPS") if odd else url, url, ("Url", url))
    if turn == 2:
        address = f"21.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return Value(
            "IP Address", address.replace(".", "[.]") if odd else address, address, ("IpAddress", address)
        )
    if turn == 6:
        ipv6 = ipaddress.IPv6Address((0x2A0D << 112) + number + 1)
        segments = ":".join(f"{int(group, 16):x}" for group in ipv6.exploded.split(":"))
        return Value("IPv6 Address", ipv6.exploded if odd else str(ipv6), str(ipv6), ("IpAddress", segments))
    kind, row_type, times = hashes[turn]
    digest = digits * times
    return Value(kind, digest.upper() if odd else digest, digest, (row_type, digest))


def sql_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def iso_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00").replace(" ", "T")).timestamp())


class Row(NamedTuple):
    """What the tenant should hold for a key; `expires_at` only where the record brings its own."""

    action: str
    severity: str
    title: str
    description: str
    alert: bool
    expires_at: int | None

    def is_in_step(self, entity: Entity, now: int) -> bool:
        """Whether nothing has to be sent. Differences of expiry here are far from the limits of any rule."""
        return self.same_content(entity) and not self._expiry_is_off(entity["expirationTime"], now)

    def same_content(self, entity: Entity) -> bool:
        shown = tuple(entity[name] for name in ("action", "severity", "title", "description", "generateAlert"))
        return shown == self[:5] and entity["rbacGroupNames"] == []

    def _expiry_is_off(self, shown: str | None, now: int) -> bool:
        if shown is None:
            return True
        if self.expires_at is not None:
            return abs(epoch(shown) - self.expires_at) > DAY
        return not now + DEFAULT_DAYS * DAY // 2 < epoch(shown) <= now + (DEFAULT_DAYS + 1) * DAY

    def sent_expiry(self, now: int) -> str:
        return iso_time(now + DEFAULT_DAYS * DAY if self.expires_at is None else self.expires_at)


@dataclass
class Feed:
    """The collection: records by number, the better the higher the number within one severity."""

    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    values: dict[int, Value] = field(default_factory=dict)
    listed: set[int] = field(default_factory=set)
    """Numbers whose values are on the never-block list."""
    file_action: str = "Audit"
    network_action: str = "Audit"

    def add(self, numbers: Iterable[int], severity: str | None = None) -> None:
        for number in numbers:
            value = self.values[number] = value_of(number)
            record = {
                "id": number,
                "type": value.kind,
                "value": value.written,
                "status": "Active",
                "score": number,
                "source": SOURCE,
            }
            if severity or number % 3 == 0:
                name = severity or SEVERITIES[1 + number % 4 % 3]
                record["attributes"] = [{"name": "Severity", "value": name}]
            if number % 4 == 0:
                record["description"] = f"seen <b>{number}</b> times"
            if number % 10 == 0:
                record["malware"] = ["Examplebot", "Otherbot"]
            if number % 50 == 0:
                record["expires_at"] = sql_time(STARTED + (20 + number % 40) * DAY)
            if number % 500 == 7:
                record["expires_at"] = sql_time(STARTED + 4 * DAY + DAY // 2)
            self.records[number] = record

    def add_copy(self, of: int, number: int) -> None:
        """Another, worse record of the same value."""
        self.values[number] = self.values[of]
        self.records[number] = {
            **self.records[of],
            "id": number,
            "score": -number,
            "description": f"copy {number}",
            "attributes": [{"name": "severity", "value": "info"}],
        }
        self.records[number].pop("expires_at", None)

    def remove(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            del self.records[number]

    def write(self, path: Path) -> Path:
        path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in self.records.values()))
        return path

    def write_cut(self, path: Path, share: float) -> list[int]:
        """A gzip that breaks off after this share of its bytes; the numbers of the records that are whole."""
        packed = gzip.compress(b"".join(orjson.dumps(one) + b"\n" for one in self.records.values()))
        cut = packed[: int(len(packed) * share)]
        path.write_bytes(cut)
        whole_lines = zlib.decompressobj(wbits=31).decompress(cut).count(b"\n")
        return list(self.records)[:whole_lines]

    def row(self, number: int) -> Row:
        record, value = self.records[number], self.values[number]
        action = self.file_action if value.kind in ("MD5", "SHA-1", "SHA-256") else self.network_action
        text = f"{value.kind} of collection {COLLECTION}, from {SOURCE}"
        if "description" in record:
            text += "\n" + record["description"].replace("<b>", " ").replace("</b>", " ").replace("  ", " ")
        if "malware" in record:
            text += "\nRelated malware: " + ", ".join(record["malware"])
        expires_at = epoch(record["expires_at"]) if "expires_at" in record else None
        return Row(action, self.severity(number), value.canonical, text, action == "Audit", expires_at)

    def severity(self, number: int) -> str:
        for attribute in self.records[number].get("attributes", ()):
            return {"info": "Informational"}.get(attribute["value"], str(attribute["value"]))
        return "Medium"

    def rank(self, number: int) -> tuple[int, float]:
        return SEVERITIES.index(self.severity(number)), self.records[number]["score"]


def days_from(seconds: int, days: float) -> str:
    """A time of a record's own."""
    return sql_time(int(seconds + timedelta(days=days).total_seconds()))
