"""What an event shows, listed in one place, and what the collection knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..indicator import Indicator
from ..sighting import ADDRESS, DOMAIN, FILE_NAME, WEB_ADDRESS, Match
from .fields import sound
from .network import is_address
from .words import EXTERNAL

_HOST: Final = 1
_ADDRESS: Final = 2
_HARDWARE: Final = 3
_USER: Final = 4
_MAIL: Final = 5
_URL: Final = 6
_FILE: Final = 7
_HASH: Final = 8
_PROCESS: Final = 9
_PRODUCT: Final = 99  # no type of OCSF's

_CAPTIONS: Final = {
    _HOST: "Hostname",
    _ADDRESS: "IP Address",
    _HARDWARE: "MAC Address",
    _USER: "User Name",
    _MAIL: "Email Address",
    _URL: "URL String",
    _FILE: "File Name",
    _HASH: "Hash",
    _PROCESS: "Process Name",
    _PRODUCT: "Product Name",
}

_ENTITIES: Final = {ADDRESS: _ADDRESS, DOMAIN: _HOST, WEB_ADDRESS: _URL, FILE_NAME: _FILE}
"""Types of what was compared; all others are hashes."""

ENRICHMENT_TYPE: Final = "iocbeam"
"""`enrichments[].type` of what comes from the collection."""

Seen = dict[tuple[str, str], int]
"""Types of observables by attribute and value, each once, in the event's order."""


def observe(event: dict[str, Any], matches: Sequence[Match]) -> None:
    """Adds `observables` and, for indicators of the collection, `enrichments` to an event.

    An observable's name is the path of its attribute; entries of a list share it. Those that are matched come
    first. A match is told by an enrichment of the attribute that shows it.
    """
    seen: Seen = {}
    device = event.get("device")
    if device:
        _device(seen, "device", device)
    unmapped = event.get("unmapped")
    if unmapped:
        external = unmapped.get(EXTERNAL)
        if type(external) is str and is_address(external):
            seen[f"unmapped.{EXTERNAL}", external] = _ADDRESS
    actor = event.get("actor")
    if actor:
        _user(seen, "actor.user", actor["user"])
    for file in event.get("file", ()):
        seen["file.name", file["name"]] = _FILE
        for one in file.get("signature", {}).get("digest", ()):
            seen["file.signature.digest.value", one["value"]] = _HASH
    name = "evidences" if "evidences" in event else "evidence"
    for item in event.get(name, ()):
        if "device" in item:
            if not device or item["device"].get("uid") != device.get("uid"):
                _device(seen, f"{name}.device", item["device"])
            external = item.get("data", {}).get(EXTERNAL)
            if type(external) is str and is_address(external):
                seen[f"{name}.data.{EXTERNAL}", external] = _ADDRESS
        else:
            _evidence(seen, name, item)
    if matches:
        seen = _matched(event, seen, matches)
    if seen:
        event["observables"] = [
            {"name": name, "type_id": kind, "type": _CAPTIONS[kind], "value": value}
            for (name, value), kind in seen.items()
        ]


def _device(seen: Seen, path: str, device: Mapping[str, Any]) -> None:
    if "hostname" in device:
        seen[f"{path}.hostname", device["hostname"]] = _HOST
    if "ip" in device:
        ip = device["ip"]
        for one in ip if type(ip) is list else (ip,):
            seen[f"{path}.ip", one] = _ADDRESS
    for one in device.get("network_interfaces", ()):
        if "ip" in one:
            seen[f"{path}.network_interfaces.ip", one["ip"]] = _ADDRESS
        if "mac" in one:
            seen[f"{path}.network_interfaces.mac", one["mac"]] = _HARDWARE


def _evidence(seen: Seen, path: str, item: Mapping[str, Any]) -> None:
    for part, value in item.items():
        if part == "file":
            _file(seen, f"{path}.file", value)
        elif part == "process":
            _process(seen, f"{path}.process", value)
        elif part == "user":
            _user(seen, f"{path}.user", value)
        elif part == "src_endpoint":
            seen[f"{path}.src_endpoint.ip", value["ip"]] = _ADDRESS
        elif part == "url":
            seen[f"{path}.url.url_string", value["url_string"]] = _URL
            host = value.get("hostname")
            if host:
                seen[f"{path}.url.hostname", host] = _ADDRESS if is_address(host) else _HOST


def _file(seen: Seen, path: str, file: Mapping[str, Any]) -> None:
    seen[f"{path}.name", file["name"]] = _FILE
    if "product" in file:
        seen[f"{path}.product.name", file["product"]["name"]] = _PRODUCT
    for one in file.get("hashes", ()):
        seen[f"{path}.hashes.value", one["value"]] = _HASH


def _process(seen: Seen, path: str, process: Mapping[str, Any]) -> None:
    if "name" in process:
        seen[f"{path}.name", process["name"]] = _PROCESS
    if "file" in process:
        _file(seen, f"{path}.file", process["file"])
    if "user" in process:
        _user(seen, f"{path}.user", process["user"])
    if "parent_process" in process:
        _process(seen, f"{path}.parent_process", process["parent_process"])


def _user(seen: Seen, path: str, user: Mapping[str, Any]) -> None:
    seen[f"{path}.name", user["name"]] = _USER
    if "email_addr" in user:
        seen[f"{path}.email_addr", user["email_addr"]] = _MAIL


def _matched(event: dict[str, Any], seen: Seen, matches: Iterable[Match]) -> Seen:
    """Adds the enrichments; gives the observables with the matched ones first."""
    shown: dict[str, tuple[str, str]] = {}
    of_type: dict[tuple[int, str], tuple[str, str]] = {}
    for key, kind in seen.items():
        shown.setdefault(key[1].lower(), key)
        of_type.setdefault((kind, key[1].lower()), key)
    first: Seen = {}
    enrichments = []
    for match in matches:
        kind = _ENTITIES.get(match.entity, _HASH)
        observed = sound(match.observed)
        lower = observed.lower()
        key = of_type.get((kind, lower)) or shown.get(lower) or (f"unmapped.{sound(match.place)}", observed)
        first[key] = seen.get(key, kind)
        enrichments.append(_enrichment(match, key[0], key[1]))
    event["enrichments"] = enrichments
    return first | seen


def _enrichment(match: Match, name: str, value: str) -> dict[str, Any]:
    indicator = match.indicator
    return {
        "name": name,
        "value": value,
        "type": ENRICHMENT_TYPE,
        "provider": sound(indicator.source) or ENRICHMENT_TYPE,
        "data": indicator_data(indicator) | {"place": sound(match.place)},
    }


def indicator_data(indicator: Indicator) -> dict[str, Any]:
    """What the collection says of an indicator; what it does not say is left out."""
    told: dict[str, Any] = {
        "type": indicator.type,
        "value": sound(indicator.value),
        "severity": indicator.severity,
        "title": sound(indicator.title or ""),
        "malware": [sound(name) for name in indicator.malware],
        "adversaries": [sound(name) for name in indicator.adversaries],
        "source": sound(indicator.source),
        "source_id": sound(indicator.source_id),
        "tlp": indicator.tlp,
    }
    return {key: value for key, value in told.items() if value}
