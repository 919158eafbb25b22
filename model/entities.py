"""The entities that an object of a tenant shows: what indicators are compared with.

Evidence is written by sensors and by many products: a URL may come without its scheme or defanged, a name in any
case, a field may hold anything. What cannot be read as what its field says is no entity; the object itself
goes on as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Any, Final, NamedTuple

from .indicator import IP, IPV6, MD5, SHA1, SHA256
from .outcome import Ended
from .sighting import (
    ADDRESS,
    ALERT,
    DOMAIN,
    FILE_MD5,
    FILE_NAME,
    FILE_SHA1,
    FILE_SHA256,
    GRAPH_ALERT,
    MACHINE,
    WEB_ADDRESS,
    Fetched,
)
from .values import canonical_address, canonical_hash, canonical_url, refang
from .values.addresses import without_port
from .values.domains import canonical_host
from .values.names import canonical_file_name
from .values.urls import MAX_URL

_MAPPED: Final = "::ffff:"
_DEEPEST: Final = 1_000
"""Entries of one list in an object that are looked at: evidence is a few dozen at most."""


class Entity(NamedTuple):
    """One thing that an object shows.

    Attributes:
        kind: one of `ENTITY_KINDS`.
        value: canonical; a URL has a scheme unless it came without one.
        observed: as it stands in the object.
        place: where it stands, such as `evidence[2].ipAddress`.
    """

    kind: str
    value: str
    observed: str
    place: str


def entities_of(fetched: Fetched) -> list[Entity]:
    """What an object shows. Empty for one of a kind that shows nothing to compare."""
    found = _READERS.get(fetched.kind)
    return list(found(fetched.data)) if found is not None and isinstance(fetched.data, Mapping) else []


def file_entities(files: Sequence[Any], place: str, *, every: bool = False) -> Iterator[Entity]:
    """What the answer about an alert's files shows: all three hashes, and the name of the product, which is what
    these answers have in the place of a file's name (documented).

    Args:
        place: where the files belong in the object, for `Entity.place`.
        every: whether there are as many as there are; else they are those of one alert.
    """
    for at, file in enumerate(_listed(files, None if every else _DEEPEST)):
        spot = f"{place}[{at}]"
        for name, kind in (("md5", FILE_MD5), ("sha1", FILE_SHA1), ("sha256", FILE_SHA256)):
            yield from _hash(kind, file.get(name), f"{spot}.{name}")
        yield from _name(file.get("fileProductName"), f"{spot}.fileProductName")


def hashes_of_files(entities: Iterable[Entity]) -> frozenset[str]:
    """SHA-1 and SHA-256 of the files that an alert shows: what tells one file from another."""
    return frozenset(entity.value for entity in entities if entity.kind in (FILE_SHA1, FILE_SHA256))


def _machine(data: Mapping[str, Any]) -> Iterator[Entity]:
    for name in ("lastIpAddress", "lastExternalIpAddress"):
        yield from _address(data.get(name), name)
    for at, interface in enumerate(_listed(data.get("ipAddresses"))):
        yield from _address(interface.get("ipAddress"), f"ipAddresses[{at}].ipAddress")
    yield from _host(data.get("computerDnsName"), "computerDnsName")


def _alert(data: Mapping[str, Any]) -> Iterator[Entity]:
    for at, item in enumerate(_listed(data.get("evidence"))):
        place = f"evidence[{at}]"
        yield from _hash(FILE_SHA1, item.get("sha1"), f"{place}.sha1")
        yield from _hash(FILE_SHA256, item.get("sha256"), f"{place}.sha256")
        # Not in the documented form; read where a service sends it all the same.
        yield from _hash(FILE_MD5, item.get("md5"), f"{place}.md5")
        yield from _name(item.get("fileName"), f"{place}.fileName")
        yield from _name(item.get("parentProcessFileName"), f"{place}.parentProcessFileName")
        yield from _address(item.get("ipAddress"), f"{place}.ipAddress")
        yield from _url(item.get("url"), f"{place}.url")
        yield from _url(item.get("domainName") if item.get("entityType") == "Url" else None, f"{place}.domainName")


def _graph_alert(data: Mapping[str, Any]) -> Iterator[Entity]:
    for at, item in enumerate(_listed(data.get("evidence"))):
        place = f"evidence[{at}]"
        yield from _address(item.get("ipAddress"), f"{place}.ipAddress")
        yield from _address(item.get("senderIp"), f"{place}.senderIp")
        yield from _url(item.get("url"), f"{place}.url")
        yield from _host(item.get("domainName"), f"{place}.domainName")
        for name in ("fileDetails", "imageFile", "parentProcessImageFile"):
            file = item.get(name)
            if isinstance(file, Mapping):
                spot = f"{place}.{name}"
                yield from _hash(FILE_SHA1, file.get("sha1"), f"{spot}.sha1")
                yield from _hash(FILE_SHA256, file.get("sha256"), f"{spot}.sha256")
                yield from _hash(FILE_MD5, file.get("md5"), f"{spot}.md5")
                yield from _name(file.get("fileName"), f"{spot}.fileName")
        interfaces = item.get("ipInterfaces")
        for number, address in enumerate(interfaces[:_DEEPEST] if isinstance(interfaces, list) else ()):
            yield from _address(address, f"{place}.ipInterfaces[{number}]")
        urls = item.get("urls")
        for number, url in enumerate(urls[:_DEEPEST] if isinstance(urls, list) else ()):
            yield from _url(url, f"{place}.urls[{number}]")


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Entity]]]] = {
    MACHINE: _machine,
    ALERT: _alert,
    GRAPH_ALERT: _graph_alert,
}


def _listed(value: Any, most: int | None = _DEEPEST) -> list[Mapping[str, Any]]:
    """The objects of a list, others as empty ones so that places stay right."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return []
    return [one if isinstance(one, Mapping) else {} for one in value[:most]]


_TYPES: Final = {FILE_MD5: MD5, FILE_SHA1: SHA1, FILE_SHA256: SHA256}


def _hash(kind: str, value: Any, place: str) -> Iterator[Entity]:
    if isinstance(value, str) and value:
        found = canonical_hash(_TYPES[kind], value)
        if isinstance(found, str):
            yield Entity(kind, found, value, place)


def _name(value: Any, place: str) -> Iterator[Entity]:
    if isinstance(value, str) and value:
        found = canonical_file_name(value)
        if isinstance(found, str):
            yield Entity(FILE_NAME, found, value, place)


def _address(value: Any, place: str) -> Iterator[Entity]:
    if isinstance(value, str) and value:
        found = observed_address(value)
        if found:
            yield Entity(ADDRESS, found, value, place)


def _host(value: Any, place: str) -> Iterator[Entity]:
    if isinstance(value, str) and value:
        found = _observed_host(value)
        if found:
            yield Entity(DOMAIN, found, value, place)


def _url(value: Any, place: str) -> Iterator[Entity]:
    """A URL or, where that is all that was seen, its host."""
    if isinstance(value, str) and value:
        found = _observed_url(value) if len(value) <= MAX_URL else None
        if found is not None:
            yield Entity(found[0], found[1], value, place)


@lru_cache(maxsize=65_536)
def observed_address(text: str) -> str:
    """The canonical form of a public address, also of one inside an IPv6 address; empty for any other text.

    No indicator is of an address that is not public.
    """
    kind = IPV6 if ":" in without_port(text) else IP
    found = canonical_address(kind, text)
    if isinstance(found, Ended) and kind == IPV6 and text.lower().startswith(_MAPPED):
        try:
            mapped = IPv6Address(text).ipv4_mapped
        except ValueError:
            return ""
        found = canonical_address(IP, str(mapped)) if mapped is not None else found
    return found if isinstance(found, str) else ""


@lru_cache(maxsize=65_536)
def _observed_host(text: str) -> str:
    found = canonical_host(text)
    return found if isinstance(found, str) else ""


@lru_cache(maxsize=65_536)
def _observed_url(text: str) -> tuple[str, str] | None:
    whole = refang(text.strip())
    if not any(mark in whole for mark in "/?#"):
        address = observed_address(whole)
        if address:
            return ADDRESS, address
        host = _observed_host(without_port(whole))
        return (DOMAIN, host) if host else None
    found = canonical_url(whole)
    return (WEB_ADDRESS, found) if isinstance(found, str) else None
