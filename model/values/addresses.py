"""IP addresses and ranges.

Addresses are parsed by the C library's inet_pton, about twenty times faster than the ipaddress module and
as strict. Which of them are public is a table of this file rather than ipaddress.is_global, which differs
between Python versions: a collection must not end differently after an upgrade.
"""

from __future__ import annotations

import ipaddress
import re
from bisect import bisect_right
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from struct import Struct
from typing import Final

from ..indicator import CIDR, IP, IPV6
from ..outcome import Ended, ended

# IANA special-purpose address registries: what is not globally reachable, and multicast.
_NOT_PUBLIC_V4: Final = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
)
# Only 2000::/3 is allocated as global unicast; the rest of the space needs no list.
_NOT_PUBLIC_V6: Final = (
    "::/3",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "4000::/2",
    "8000::/1",
)


_is_prefix = re.compile(r"\d{1,3}", re.ASCII).fullmatch
_eight_groups = Struct("!8H").unpack


def _bounds(networks: tuple[str, ...]) -> tuple[list[int], list[int]]:
    parsed = sorted(
        (int(n.network_address), int(n.broadcast_address)) for n in map(ipaddress.ip_network, networks)
    )
    return [first for first, _ in parsed], [last for _, last in parsed]


_V4_FIRST, _V4_LAST = _bounds(_NOT_PUBLIC_V4)
_V6_FIRST, _V6_LAST = _bounds(_NOT_PUBLIC_V6)


def is_public(first: int, last: int, version: int) -> bool:
    """Whether no address from `first` to `last`, numbers of this IP version, lies outside the public Internet."""
    firsts, lasts = (_V4_FIRST, _V4_LAST) if version == 4 else (_V6_FIRST, _V6_LAST)
    at = bisect_right(firsts, last) - 1
    return at < 0 or lasts[at] < first


def _v4(text: str) -> str | Ended | None:
    """Canonical, not public, or None when the text is no IPv4 address."""
    try:
        packed = inet_pton(AF_INET, text)
    except (OSError, ValueError):
        return None
    # Some C libraries take leading zeros, which others read as octal.
    if inet_ntop(AF_INET, packed) != text:
        return None
    number = int.from_bytes(packed, "big")
    at = bisect_right(_V4_FIRST, number) - 1
    if at >= 0 and number <= _V4_LAST[at]:
        return ended("not_public", f"{text} is not a public address")
    return text


def _v6(text: str) -> str | Ended | None:
    if "%" in text:
        return None
    try:
        packed = inet_pton(AF_INET6, text)
    except (OSError, ValueError):
        return None
    number = int.from_bytes(packed, "big")
    if not is_public(number, number, 6):
        return ended("not_public", f"{text} is not a public address")
    # The C library's text is RFC 5952 for everything in 2000::/3.
    return inet_ntop(AF_INET6, packed)


def canonical_address(kind: str, text: str) -> str | Ended:
    """Dotted quad or RFC 5952 text; a port after the address is cut off.

    Args:
        kind: `IP Address` or `IPv6 Address`.
    """
    parse = _v4 if kind == IP else _v6
    found = parse(text)
    if found is None:
        found = parse(without_port(text))
    return found if found is not None else ended("malformed_ip", f"not an {kind}")


def without_port(text: str) -> str:
    """The text up to its port, and without the brackets of IPv6; as it is when it has neither."""
    # The last colon: abuse.ch writes IPv6 with a port and without brackets.
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not port.isascii() or len(port) > 5 or int(port) > 65_535:
        return text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    if host[:1] == "[" and host[-1:] == "]":
        return host[1:-1]
    return host


def canonical_range(text: str) -> tuple[str, str] | Ended:
    """(type, value) of a range in CIDR form, host bits cleared; a single address becomes an address."""
    address, _, prefix = text.partition("/")
    if not _is_prefix(prefix) or "%" in address:
        return ended("malformed_cidr", "not an address range of the form ADDRESS/PREFIX")
    family, bits, version = (AF_INET6, 128, 6) if ":" in address else (AF_INET, 32, 4)
    length = int(prefix)
    try:
        packed = inet_pton(family, address)
    except (OSError, ValueError):
        packed = b""
    if not packed or length > bits or (version == 4 and inet_ntop(family, packed) != address):
        return ended("malformed_cidr", "not an address range of the form ADDRESS/PREFIX")
    hosts = (1 << (bits - length)) - 1
    first = int.from_bytes(packed, "big") & ~hosts
    network = inet_ntop(family, first.to_bytes(bits // 8, "big"))
    if not is_public(first, first | hosts, version):
        return ended("not_public", f"{network}/{length} holds addresses that are not public")
    if length == bits:
        return (IP if version == 4 else IPV6, network)
    return (CIDR, f"{network}/{length}")


def eight_segments(address: str) -> str:
    """An IPv6 address with all eight segments and no `::`, as Defender wants it."""
    return ":".join([f"{group:x}" for group in _eight_groups(inet_pton(AF_INET6, address))])


def address_type(text: str) -> str | None:
    """The type whose form this text has, whether the address is public or not."""
    if "/" in text:
        found = canonical_range(text)
        if isinstance(found, Ended):
            return CIDR if found.reason == "not_public" else None
        return found[0]
    for kind, parse in ((IP, _v4), (IPV6, _v6)):
        if parse(text) is not None or parse(without_port(text)) is not None:
            return kind
    return None
