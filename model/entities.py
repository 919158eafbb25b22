"""The entities that an object of a tenant shows: what indicators are compared with.

Evidence is written by sensors and by many products, and a field may hold anything. What cannot be read as what its
field says is no entity; the object itself goes on as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from .indicator import MD5, SHA1, SHA256
from .observed import observed_address, observed_name, observed_url
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
    Fetched,
)
from .values import canonical_hash
from .values.names import canonical_file_name
from .values.urls import MAX_URL

_DEEPEST: Final = 30
"""How deep objects in each other are looked into: Graph's evidence has three levels."""


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


def file_entities(files: Any, place: str) -> Iterator[Entity]:
    """What the answer about an alert's files shows: all three hashes, and the name of the product, which is what
    these answers have in the place of a file's name (documented).

    Args:
        place: where the files belong in the object, for `Entity.place`.
    """
    for at, file in enumerate(listed(files)):
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
    for at, interface in enumerate(listed(data.get("ipAddresses"))):
        yield from _address(interface.get("ipAddress"), f"ipAddresses[{at}].ipAddress")
    yield from _host(data.get("computerDnsName"), "computerDnsName")


def _alert(data: Mapping[str, Any]) -> Iterator[Entity]:
    yield from _host(data.get("computerDnsName"), "computerDnsName")
    for at, item in enumerate(listed(data.get("evidence"))):
        place = f"evidence[{at}]"
        yield from _hash(FILE_SHA1, item.get("sha1"), f"{place}.sha1")
        yield from _hash(FILE_SHA256, item.get("sha256"), f"{place}.sha256")
        # Not in the documented form; read where a service sends it all the same.
        yield from _hash(FILE_MD5, item.get("md5"), f"{place}.md5")
        yield from _name_or_path(item, "fileName", "filePath", place)
        yield from _name_or_path(item, "parentProcessFileName", "parentProcessFilePath", place)
        yield from _address(item.get("ipAddress"), f"{place}.ipAddress")
        yield from _url(item.get("url"), f"{place}.url")
        if not _is_account(item):
            yield from _host(item.get("domainName"), f"{place}.domainName")


def _graph_alert(data: Mapping[str, Any]) -> Iterator[Entity]:
    for at, item in enumerate(listed(data.get("evidence"))):
        yield from _within(item, f"evidence[{at}]", 0)


def _within(item: Mapping[str, Any], place: str, depth: int) -> Iterator[Entity]:
    """What an object of Graph shows, at any depth: its fields are called alike in all kinds of evidence."""
    if depth > _DEEPEST:
        return
    algorithm = item.get("algorithm")
    if isinstance(algorithm, str) and algorithm.lower() in _HASHES:
        yield from _hash(_HASHES[algorithm.lower()], item.get("value"), f"{place}.value")
    for name, value in item.items():
        spot = f"{place}.{name}"
        if isinstance(value, str):
            read = _GRAPH_FIELDS.get(name.lower())
            if read is not None and not (name == "domainName" and _is_account(item)):
                yield from read(value, spot)
        elif isinstance(value, Mapping):
            yield from _within(value, spot, depth + 1)
        elif isinstance(value, list):
            read = _GRAPH_LISTS.get(name.lower())
            for number, one in enumerate(value):
                if isinstance(one, Mapping):
                    yield from _within(one, f"{spot}[{number}]", depth + 1)
                elif read is not None:
                    yield from read(one, f"{spot}[{number}]")
    if not item.get("fileName"):
        yield from _name_or_path(item, "fileName", "filePath", place)


def _is_account(item: Mapping[str, Any]) -> bool:
    """Whether a `domainName` beside these fields is that of an account, which is no name of a host."""
    return bool(item.get("accountName") or item.get("userPrincipalName") or item.get("entityType") == "User")


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Entity]]]] = {
    MACHINE: _machine,
    ALERT: _alert,
    GRAPH_ALERT: _graph_alert,
}


def listed(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list, others as empty ones so that places stay right."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return []
    return [one if isinstance(one, Mapping) else {} for one in value]


_HASHES: Final = {"md5": FILE_MD5, "sha1": FILE_SHA1, "sha256": FILE_SHA256}
_TYPES: Final = {FILE_MD5: MD5, FILE_SHA1: SHA1, FILE_SHA256: SHA256}


def _hash(kind: str, value: Any, place: str) -> Iterator[Entity]:
    if isinstance(value, str) and value:
        found = canonical_hash(_TYPES[kind], value.strip())
        if isinstance(found, str):
            yield Entity(kind, found, value, place)


def _name(value: Any, place: str) -> Iterator[Entity]:
    if isinstance(value, str) and value:
        found = canonical_file_name(value)
        if isinstance(found, str):
            yield Entity(FILE_NAME, found, value, place)


def _name_or_path(item: Mapping[str, Any], name: str, path: str, place: str) -> Iterator[Entity]:
    """The name of a file, or the last part of its path where it has no name and that part can be one."""
    given = item.get(name)
    if given:
        yield from _name(given, f"{place}.{name}")
        return
    whole = item.get(path)
    if isinstance(whole, str) and "." in whole.replace("\\", "/").rpartition("/")[2]:
        yield from _name(whole, f"{place}.{path}")


def _address(value: Any, place: str) -> Iterator[Entity]:
    if isinstance(value, str) and value:
        found = observed_address(value)
        if found:
            yield Entity(ADDRESS, found, value, place)


def _host(value: Any, place: str) -> Iterator[Entity]:
    if isinstance(value, str) and value:
        found = observed_name(value)
        if found:
            yield Entity(DOMAIN, found, value, place)


def _url(value: Any, place: str) -> Iterator[Entity]:
    """A URL or, where that is all that was seen, its host."""
    if isinstance(value, str) and value:
        found = observed_url(value[:MAX_URL])
        if found is not None:
            yield Entity(found[0], found[1], value, place)


def _hash_of(kind: str) -> Callable[[Any, str], Iterator[Entity]]:
    return lambda value, place: _hash(kind, value, place)


_GRAPH_FIELDS: Final[Mapping[str, Callable[[Any, str], Iterator[Entity]]]] = MappingProxyType(
    {
        **{name: _hash_of(kind) for name, kind in _HASHES.items()},
        **dict.fromkeys(("ipaddress", "lastipaddress", "lastexternalipaddress", "senderip"), _address),
        **dict.fromkeys(("devicednsname", "hostname", "domainname", "fqdn"), _host),
        "url": _url,
        "filename": _name,
    }
)
_GRAPH_LISTS: Final[Mapping[str, Callable[[Any, str], Iterator[Entity]]]] = MappingProxyType(
    {"ipinterfaces": _address, "urls": _url}
)
