"""Which addresses, hosts and files the alerts of a tenant show, and where each was seen."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from .alert_evidence import evidence_of
from .security_data import Record, SecurityData

EntityKind = Literal["ip", "host", "sha1", "sha256", "md5"]
SeenIn = dict[tuple[EntityKind, str], list[Record]]

_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.*-]*(?::|\[:\])//)?(?:[^/@?#]*@)?(\[[0-9a-f:.]+\]|[^/:?#\s]+)", re.IGNORECASE
)

_FILE: Record = {
    "sha1": None,
    "sha256": None,
    "md5": None,
    "globalPrevalence": None,
    "globalFirstObserved": None,
    "globalLastObserved": None,
    "size": None,
    "fileType": None,
    "isPeFile": None,
    "filePublisher": None,
    "fileProductName": None,
    "signer": None,
    "issuer": None,
    "signerHash": None,
    "isValidCertificate": None,
    "determinationType": "Unknown",
    "determinationValue": None,
}
"""Documented properties; there is no name among them."""


def addresses_in(alert: Mapping[str, Any]) -> list[str]:
    """IP addresses of the evidence as they stand there, each once."""
    return _texts(alert, "ipAddress")


def hosts_in(alert: Mapping[str, Any]) -> list[str]:
    """Hosts of the URLs of the evidence, in lower case, each once."""
    hosts = map(host_of, _texts(alert, "url"))
    return list(dict.fromkeys(host for host in hosts if host))


def files_in(data: SecurityData, alert: Mapping[str, Any]) -> list[Record]:
    """The files given for the alert; else one for each hash of its evidence, without an MD5 (our choice)."""
    given = data.files_of(str(alert.get("id")))
    return list(_made_files(alert)) if given is None else given


def known_files(data: SecurityData) -> list[Record]:
    """All files of all alerts."""
    return [file for alert in data.alerts() for file in files_in(data, alert)]


def files_by_hash(data: SecurityData) -> dict[tuple[EntityKind, str], Record]:
    found: dict[tuple[EntityKind, str], Record] = {}
    for file in known_files(data):
        for key in _hashes(file):
            found.setdefault(key, file)
    return found


def seen_in(data: SecurityData) -> SeenIn:
    """The alerts that show each entity. An address or a host is seen in evidence, a file also in the files
    given for an alert."""
    found: SeenIn = {}
    for alert in data.alerts():
        keys: dict[tuple[EntityKind, str], None] = {}
        keys.update(dict.fromkeys(("ip", same_address(text)) for text in addresses_in(alert)))
        keys.update(dict.fromkeys(("host", host) for host in hosts_in(alert)))
        for file in (*evidence_of(alert), *(data.files_of(str(alert.get("id"))) or [])):
            keys.update(dict.fromkeys(_hashes(file)))
        for key in keys:
            found.setdefault(key, []).append(alert)
    return found


def same_address(text: str) -> str:
    """One spelling for all of an address; the text itself when it is none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text.lower()


def host_of(url: str) -> str | None:
    """The host of a URL with or without a scheme, whatever the scheme is."""
    match = _HOST.match(url)
    return None if match is None else match[1].lower()


def _hashes(file: Mapping[str, Any]) -> Iterator[tuple[EntityKind, str]]:
    kinds: tuple[EntityKind, ...] = ("sha1", "sha256", "md5")
    for kind in kinds:
        value = file.get(kind)
        if isinstance(value, str) and value:
            yield kind, value.lower()


def _made_files(alert: Mapping[str, Any]) -> Iterator[Record]:
    seen = set()
    for entity in evidence_of(alert):
        hashes = dict(_hashes(entity))
        key = hashes.get("sha1"), hashes.get("sha256")
        if any(key) and key not in seen:
            seen.add(key)
            yield {**_FILE, "sha1": entity.get("sha1"), "sha256": entity.get("sha256")}


def _texts(alert: Mapping[str, Any], name: str) -> list[str]:
    found = (entity.get(name) for entity in evidence_of(alert))
    return list(dict.fromkeys(value for value in found if isinstance(value, str) and value))
