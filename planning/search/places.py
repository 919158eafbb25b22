"""Where an object shows the value that was looked for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from iocbeam.model.entities import entities_of, file_entities
from iocbeam.model.observed import observed_name
from iocbeam.model.search_forms import canonical_ip, sought_url, without_scheme
from iocbeam.model.search_kind import Sought
from iocbeam.model.search_words import (
    FILE_NAME,
    FQDN,
    HASH_KINDS,
    HOSTNAME,
    MD5,
    PRIVATE_IP,
    PUBLIC_IP,
    SHA1,
    SHA256,
    URL,
)
from iocbeam.model.sighting import (
    ADDRESS,
    DOMAIN,
    FILE_MD5,
    FILE_SHA1,
    FILE_SHA256,
    MACHINE,
    WEB_ADDRESS,
    Fetched,
    Match,
)
from iocbeam.model.sighting import FILE_NAME as FILE_NAME_ENTITY
from iocbeam.model.values import refang, url_host
from iocbeam.model.values.urls import has_path

_HASH_ENTITIES: Final = frozenset((FILE_MD5, FILE_SHA1, FILE_SHA256))
_ENTITY_OF: Final[Mapping[str, str]] = {
    PRIVATE_IP: ADDRESS,
    PUBLIC_IP: ADDRESS,
    HOSTNAME: DOMAIN,
    FQDN: DOMAIN,
    URL: WEB_ADDRESS,
    FILE_NAME: FILE_NAME_ENTITY,
    MD5: FILE_MD5,
    SHA1: FILE_SHA1,
    SHA256: FILE_SHA256,
}

Seen = tuple[str, str]
"""What stands somewhere, and where."""


def matches_in(
    sought: Sought,
    kind: str,
    data: Mapping[str, Any],
    *,
    hashes: Iterable[str] = (),
    files: Sequence[Any] = (),
) -> tuple[Match, ...]:
    """Where an object shows a value, in the object's order.

    Args:
        kind: of the object, `MACHINE` or `ALERT` of `model.sighting`.
        hashes: of the same file, beside the one that is looked for.
        files: of an alert, as `/api/alerts/{id}/files` gives them.
    """
    if sought.kind in HASH_KINDS:
        return tuple(_file_hashes(sought, kind, data, {sought.value, *hashes}))
    if sought.kind == FILE_NAME:
        return tuple(_file_names(sought, kind, data, files))
    holds = _TESTS[sought.kind]
    read = _machine_values if kind == MACHINE else _alert_values
    return tuple(
        Match(sought.indicator, _ENTITY_OF[sought.kind], seen, place)
        for seen, place in read(sought, data)
        if holds(sought.value, seen)
    )


def match_by(sought: Sought, place: str) -> Match:
    """The match of an object that a service names for a value without showing it."""
    return Match(sought.indicator, _ENTITY_OF[sought.kind], sought.value, place)


def is_called(sought: Sought, name: object) -> bool:
    """Whether a machine of this name is the one that is looked for, whatever the case.

    A hostname is the whole name or its first label, a domain the whole name: some machines have a name without a
    domain.
    """
    if not isinstance(name, str) or not name:
        return False
    if sought.kind == HOSTNAME:
        return name.strip().lower().partition(".")[0] == sought.value
    return sought.kind == FQDN and (
        name.strip().lower().rstrip(".") if name.isascii() else observed_name(name)
    ) == (sought.value)


def _file_hashes(sought: Sought, kind: str, data: Mapping[str, Any], hashes: set[str]) -> Iterator[Match]:
    for entity in entities_of(Fetched(kind, "", "", data)):
        if entity.kind in _HASH_ENTITIES and entity.value in hashes:
            yield Match(sought.indicator, entity.kind, entity.observed, entity.place)


def _file_names(sought: Sought, kind: str, data: Mapping[str, Any], files: Sequence[Any]) -> Iterator[Match]:
    for entity in (*entities_of(Fetched(kind, "", "", data)), *file_entities(files, "files")):
        if entity.kind == FILE_NAME_ENTITY and entity.value == sought.value:
            yield Match(sought.indicator, entity.kind, entity.observed, entity.place)


def _machine_values(sought: Sought, data: Mapping[str, Any]) -> Iterator[Seen]:
    yield from _own_name(sought, data)
    if sought.kind in (PRIVATE_IP, PUBLIC_IP):
        yield from _text(data, "lastIpAddress")
        yield from _text(data, "lastExternalIpAddress")
        for at, interface in _listed(data, "ipAddresses"):
            yield from _text(interface, "ipAddress", f"ipAddresses[{at}].")


def _alert_values(sought: Sought, data: Mapping[str, Any]) -> Iterator[Seen]:
    yield from _own_name(sought, data)
    if sought.kind == HOSTNAME:
        return
    for at, item in _listed(data, "evidence"):
        place = f"evidence[{at}]."
        if sought.kind in (PRIVATE_IP, PUBLIC_IP):
            yield from _text(item, "ipAddress", place)
        yield from _text(item, "url", place)
        if item.get("entityType") == "Url":
            yield from _text(item, "domainName", place)


def _own_name(sought: Sought, data: Mapping[str, Any]) -> Iterator[Seen]:
    """The machine's name: for a domain only if it is this very name, as those under it are other machines."""
    for seen, place in _text(data, "computerDnsName"):
        if is_called(sought, seen):
            yield seen, place


def _text(data: Mapping[str, Any], name: str, before: str = "") -> Iterator[Seen]:
    value = data.get(name)
    if isinstance(value, str) and value:
        yield value, f"{before}{name}"


def _listed(data: Mapping[str, Any], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    values = data.get(name)
    for at, value in enumerate(values if isinstance(values, list) else ()):
        if isinstance(value, Mapping):
            yield at, value


def _is_address(value: str, seen: str) -> bool:
    return (canonical_ip(seen) or canonical_ip(_host(seen))) == value


def _is_label(value: str, seen: str) -> bool:
    return seen.strip().lower().partition(".")[0] == value


def _is_name(value: str, seen: str) -> bool:
    host = _host(seen)
    return host == value or host.endswith(f".{value}")


def _is_url(value: str, seen: str) -> bool:
    if not has_path(value):
        return _host(seen) == url_host(value)
    url = sought_url(refang(seen.strip()))
    return isinstance(url, str) and without_scheme(url) == without_scheme(value)


def _host(seen: str) -> str:
    """The host of a URL, or the text itself where it is only a host."""
    url = sought_url(refang(seen.strip()))
    return url_host(url) if isinstance(url, str) else seen.strip().lower().rstrip(".")


_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    PRIVATE_IP: _is_address,
    PUBLIC_IP: _is_address,
    HOSTNAME: _is_label,
    FQDN: _is_name,
    URL: _is_url,
}
