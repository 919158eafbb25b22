"""Addresses and URLs as they are looked for: those that only internal networks have count too, which no indicator
may be of."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from .outcome import Ended
from .values import canonical_url
from .values.addresses import without_port
from .values.domains import canonical_host
from .values.urls import WITH_SCHEME

LABEL: Final = re.compile(r"\w(?:[\w-]{0,61}\w)?")
"""A hostname of one label: letters of any script, digits, hyphens inside."""
_INNER_URL: Final = re.compile(r"(?:(https?)://)?([^/?#@\s\\]+)([^\s\\]*)", re.I)


def any_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is, also with a port; of one inside an IPv6 address that one."""
    for form in (text, without_port(text)):
        try:
            found = ip_address(form)
        except ValueError:
            continue
        mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
        return mapped or found
    return None


def canonical_ip(text: str) -> str:
    """The one spelling of an address, public or not, without its port; empty for any other text."""
    found = any_address(text)
    return "" if found is None or "%" in str(found) else str(found)


def sought_url(text: str) -> str | Ended:
    """A canonical URL, also one whose host is known inside of networks only, which no indicator has."""
    found = canonical_url(text)
    if isinstance(found, str) or found.reason != "not_public":
        return found
    match = _INNER_URL.fullmatch(text)
    if match is None:
        return found
    scheme, authority, rest = match.groups()
    host = without_port(authority)
    address = canonical_ip(host)
    if not address and not (isinstance(canonical_host(host), str) or (scheme and LABEL.fullmatch(host))):
        return found
    return f"{scheme.lower()}://{authority.lower()}{rest}" if scheme else authority.lower() + rest


def without_scheme(url: str) -> str:
    """A canonical URL for comparing: neither scheme nor the slash of an empty path tell two apart."""
    for start in WITH_SCHEME:
        url = url.removeprefix(start)
    return url[:-1] if url.endswith("/") and url.count("/") == 1 else url
