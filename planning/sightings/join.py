"""Which indicators an object of a tenant shows.

Indicators and entities meet by keys, which say how they compare: addresses and hashes as they are; an address with
every range that holds it; a name with every indicator that is one of its parents; a URL by host, path and query,
whatever its scheme, and its host as a name or an address; a URL without a path by its host alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final, NamedTuple

from iocbeam.model.entities import Entity
from iocbeam.model.indicator import CIDR, FILE_NAME, FQDN, IP, IPV6, MD5, SHA1, SHA256, URL, Indicator
from iocbeam.model.key_filter import KeyFilter
from iocbeam.model.observed import observed_address
from iocbeam.model.sighting import (
    ADDRESS,
    DOMAIN,
    FILE_MD5,
    FILE_SHA1,
    FILE_SHA256,
    WEB_ADDRESS,
    Match,
)
from iocbeam.model.sighting import FILE_NAME as FILE_NAME_ENTITY
from iocbeam.model.values import url_host
from iocbeam.model.values.urls import WITH_SCHEME, has_path

_escape = re.compile(r"%[0-9a-f]{2}", re.I)
_usual_port = re.compile(r"([^/?#\[\]]+|\[[^\]]*\]):(?:80|443)(?=[/?#]|$)")

_NET: Final = "net"
_HOST: Final = "host"
"""A name as it stands, without those under it."""

_PLAIN: Final = {
    IP: ADDRESS,
    IPV6: ADDRESS,
    FQDN: DOMAIN,
    MD5: FILE_MD5,
    SHA1: FILE_SHA1,
    SHA256: FILE_SHA256,
    FILE_NAME: FILE_NAME_ENTITY,
}

# Ranges meet in the filter at a few prefixes only, so that an address adds a few keys and not one for each prefix.
_COARSE_V4: Final = (8, 16, 24)
_COARSE_V6: Final = (16, 32, 48, 64)


class Key(NamedTuple):
    """What an indicator and an entity have in common when they meet."""

    kind: str
    value: str


def key_of_indicator(indicator: Indicator) -> Key:
    """The key of an indicator; of a range the coarse one, by which it may meet more than it holds."""
    kind, value = indicator.type, indicator.value
    plain = _PLAIN.get(kind)
    if plain is not None:
        return Key(plain, value)
    if kind == URL:
        return Key(WEB_ADDRESS, _bare(value)) if has_path(value) else Key(_HOST, url_host(value))
    return _coarse_net(value)


def indicator_host(indicator: Indicator) -> str:
    """The host of a URL's indicator."""
    return url_host(indicator.value)


def may_be_seen(indicator: Indicator, seen: KeyFilter) -> bool:
    """False for an indicator that no entity in the filter can be."""
    key = key_of_indicator(indicator)
    if key.kind == _NET and not key.value:
        return True
    return seen.may_hold(*key)


def add_to_filter(entities: Iterable[Entity], seen: KeyFilter) -> None:
    """Add the keys of entities."""
    for entity in entities:
        for key in keys_of_entity(entity.kind, entity.value):
            seen.add(*key)


@lru_cache(maxsize=32_768)
def keys_of_entity(kind: str, value: str) -> tuple[Key, ...]:
    """All keys by which an indicator may meet this entity; ranges by the coarse ones."""
    if kind == ADDRESS:
        return (Key(_HOST, value), Key(ADDRESS, value), *_coarse_nets(value))
    if kind == DOMAIN:
        return tuple(_keys_of_name(value))
    if kind == WEB_ADDRESS:
        host = url_host(value)
        address = observed_address(host)
        of_host = keys_of_entity(ADDRESS, address) if address else tuple(_keys_of_name(host))
        return (Key(WEB_ADDRESS, _bare(value)), *of_host)
    return (Key(kind, value),)


class Sought:
    """Indicators to be found among entities, each value once.

    Args:
        indicators: of which no two have the same type and value.
    """

    def __init__(self, indicators: Iterable[Indicator]) -> None:
        self.indicators: list[Indicator] = list(indicators)
        self._exact: dict[Key, list[Indicator]] = {}
        self._nets: dict[tuple[int, int], dict[int, Indicator]] = {}
        for indicator in self.indicators:
            if indicator.type == CIDR:
                network = ip_network(indicator.value)
                place = (network.version, network.max_prefixlen - network.prefixlen)
                by_network = self._nets.setdefault(place, {})
                by_network[int(network.network_address) >> place[1]] = indicator
            else:
                self._exact.setdefault(key_of_indicator(indicator), []).append(indicator)

    def matches(self, entities: Sequence[Entity]) -> list[Match]:
        """The indicators among these entities; one that two places show twice, one that a place shows in two ways
        once."""
        found: dict[tuple[str, str, str], Match] = {}
        for entity in entities:
            for key in keys_of_entity(entity.kind, entity.value):
                for indicator in self._exact.get(key, ()):
                    self._add(found, indicator, key.kind, entity)
                if key.kind == ADDRESS and self._nets:
                    for indicator in self._ranges_of(key.value):
                        self._add(found, indicator, ADDRESS, entity)
        return list(found.values())

    @staticmethod
    def _add(found: dict[tuple[str, str, str], Match], indicator: Indicator, kind: str, entity: Entity) -> None:
        compared = kind if kind != _HOST else ADDRESS if observed_address(indicator_host(indicator)) else DOMAIN
        found.setdefault(
            (indicator.type, indicator.value, entity.place),
            Match(indicator, compared, entity.observed, entity.place),
        )

    def _ranges_of(self, address: str) -> Iterator[Indicator]:
        parsed = ip_address(address)
        number = int(parsed)
        for (version, hosts), by_network in self._nets.items():
            if version == parsed.version:
                indicator = by_network.get(number >> hosts)
                if indicator is not None:
                    yield indicator

    def __len__(self) -> int:
        return len(self.indicators)


def _keys_of_name(name: str) -> Iterator[Key]:
    yield Key(_HOST, name)
    while "." in name:
        yield Key(DOMAIN, name)
        name = name.partition(".")[2]


def _bare(url: str) -> str:
    """What two spellings of one URL have in common: no scheme, no port that a scheme has, no fragment, which never
    leaves the browser, no empty query, and escapes in upper case."""
    if url.startswith(WITH_SCHEME):
        url = url.partition("://")[2]
    url = url.partition("#")[0].removesuffix("?")
    if "%" in url:
        url = _escape.sub(lambda found: found[0].upper(), url)
    port = _usual_port.match(url)
    return url[: port.end(1)] + url[port.end() :] if port else url


def _coarse_net(network: str) -> Key:
    parsed = ip_network(network)
    prefixes = _COARSE_V4 if parsed.version == 4 else _COARSE_V6
    coarse = max((prefix for prefix in prefixes if prefix <= parsed.prefixlen), default=0)
    return Key(_NET, _net(int(parsed.network_address), parsed.max_prefixlen, coarse) if coarse else "")


def _coarse_nets(address: str) -> Iterator[Key]:
    parsed = ip_address(address)
    for prefix in _COARSE_V4 if parsed.version == 4 else _COARSE_V6:
        yield Key(_NET, _net(int(parsed), parsed.max_prefixlen, prefix))


def _net(number: int, bits: int, prefix: int) -> str:
    return f"{bits}/{prefix}/{number >> (bits - prefix):x}"
