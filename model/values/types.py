"""Names of indicator types, the field's and those of common feeds."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ..indicator import CIDR, FILE_NAME, FQDN, IP, IPV6, MD5, SHA1, SHA256, SOUGHT_TYPES, URL

ANY_ADDRESS: Final = "any address"
"""A feed's type that holds IPv4, IPv6 and ranges alike; the value decides."""
ADDRESS_AND_PORT: Final = "address and port"
"""The same with a port after the last colon or bar, also where IPv6 stands without brackets."""
ANY_HASH: Final = "any hash"

_ALIASES: Final = {
    IP: ("ipv4", "ipv4 addr", "ipv4 address", "ip v4"),
    IPV6: ("ipv6", "ipv6 addr", "ip v6"),
    CIDR: ("cidr", "netblock", "subnet", "ip range", "ipv4 cidr", "ipv6 cidr"),
    ANY_ADDRESS: ("ip", "ip addr", "ip dst", "ip src", "address"),
    ADDRESS_AND_PORT: ("ip port", "ip dst port", "ip src port"),
    FQDN: ("domain", "domain name", "hostname", "host", "fully qualified domain name"),
    URL: ("url",),
    MD5: ("md5 hash", "file hash md5", "hash md5", "file md5"),
    SHA1: ("sha1", "sha1 hash", "file hash sha1", "hash sha1", "file sha1"),
    SHA256: ("sha256", "sha256 hash", "file hash sha256", "hash sha256", "file sha256"),
    ANY_HASH: ("hash", "file hash", "filehash"),
    FILE_NAME: ("filename",),
}


def _fold(name: str) -> str:
    return "".join(c for c in name.lower() if c not in " _-:|.")


_BY_NAME: Final = {_fold(alias): kind for kind, aliases in _ALIASES.items() for alias in aliases} | {
    _fold(kind): kind for kind in SOUGHT_TYPES
}


_AS_WRITTEN: Final = {kind: kind for kind in SOUGHT_TYPES}


def type_of_name(name: str) -> str | None:
    """One of `SOUGHT_TYPES`, `ANY_ADDRESS`, `ADDRESS_AND_PORT`, `ANY_HASH`, or None for a name that we do not
    know.

    Names compare without case, spaces and the separators `_ - : | .`.
    """
    # Cut before the cache, which would otherwise keep whatever an input holds.
    return _AS_WRITTEN.get(name) or _folded(name[:64])


@lru_cache(maxsize=1024)
def _folded(name: str) -> str | None:
    return _BY_NAME.get(_fold(name))
