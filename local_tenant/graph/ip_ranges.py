"""The ranges of an IP named location."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .json_shapes import Shape, ShapeError
from .profile import GraphProfile

IPV4_RANGE = "#microsoft.graph.iPv4CidrRange"
IPV6_RANGE = "#microsoft.graph.iPv6CidrRange"

_PROPERTIES = {"@odata.type", "cidrAddress"}
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}/(?:[89]|[12]\d|3[0-2])", re.ASCII)
_IPV6 = re.compile(r"([0-9A-Fa-f:.]+)/(?:[89]|[1-9]\d|1[01]\d|12[0-8])", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class IpRanges(Shape):
    """At least one range (documented) and at most so many (documented), in CIDR form (the only one that is
    documented for named locations), with a prefix of 8 or more.

    Documented: the type of every range is named, host bits may be set. Observed: an address without a
    prefix is refused. Our choice: the type has to be that of the address, though the service was observed
    to take another; a range may be there twice.
    """

    profile: GraphProfile

    def _check(self, value: object, path: str) -> None:
        if not isinstance(value, list) or not value:
            raise ShapeError(f"{path} must be a collection of at least one range.")
        if len(value) > self.profile.max_ranges:
            raise ShapeError(f"{path} holds {len(value)} ranges; {self.profile.max_ranges} are allowed.")
        public_only = self.profile.private_ranges == "reject"
        for number, item in enumerate(value):
            if not isinstance(item, dict) or item.keys() != _PROPERTIES:
                raise ShapeError(f"{path}[{number}] must have @odata.type and cidrAddress, and nothing else.")
            tag, text = item["@odata.type"], item["cidrAddress"]
            if not isinstance(text, str) or not _is_range(tag, text):
                raise ShapeError(f"{path}[{number}]: {text} is no range of type {tag}.")
            if public_only and not ipaddress.ip_network(text, strict=False).is_global:
                raise ShapeError(f"{path}[{number}]: {text} is not public.")


def kept_ranges(ranges: list[Any], profile: GraphProfile) -> list[Any]:
    """Checked ranges as the tenant keeps them."""
    if profile.ranges_kept == "as_given":
        return ranges
    return sorted(({**item, "cidrAddress": _network_text(item)} for item in ranges), key=_order)


def _is_range(tag: object, text: str) -> bool:
    if tag == IPV4_RANGE:
        return _IPV4.fullmatch(text) is not None
    match = _IPV6.fullmatch(text) if tag == IPV6_RANGE else None
    if match is None:
        return False
    try:
        # Many times faster than the ipaddress module, which counts with 2,000 ranges.
        socket.inet_pton(socket.AF_INET6, match[1])
    except OSError:
        return False
    return True


def _network_text(item: Mapping[str, Any]) -> str:
    return str(ipaddress.ip_network(item["cidrAddress"], strict=False))


def _order(item: Mapping[str, Any]) -> tuple[int, int, int]:
    network = ipaddress.ip_network(item["cidrAddress"])
    return network.version, int(network.network_address), network.prefixlen
