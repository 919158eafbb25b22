"""Values as sensors and products write them, read for comparison.

Not as strict as what may be blocked: a URL that no block list may hold, with a user name or a space or for another
protocol, still shows its host. What is read here is compared, and never sent.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import quote

from .indicator import IP, IPV6
from .sighting import ADDRESS, DOMAIN, WEB_ADDRESS
from .values import canonical_address, canonical_url, refang
from .values.addresses import without_port
from .values.domains import canonical_host

_NAT64: Final = IPv6Network("64:ff9b::/96")
_end_of_authority = re.compile(r"[/\\?#\s]").search
_is_no_name = re.compile(r"[\s/\\:@?#\[\]]").search
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))


@lru_cache(maxsize=65_536)
def observed_address(text: str) -> str:
    """The canonical form of a public address, also with a port, a zone or defanged, and of one inside of an IPv6
    address (mapped, or by NAT64); empty for any other text. No indicator is of an address that is not public."""
    found = canonical_address(IPV6 if ":" in text else IP, text)
    if isinstance(found, str):
        return found
    whole = refang(text.strip())
    for spelling in (whole, without_port(whole)):
        try:
            parsed = ip_address(spelling.partition("%")[0])
        except ValueError:
            continue
        if isinstance(parsed, IPv6Address):
            inside = parsed.ipv4_mapped
            if inside is None and parsed in _NAT64:
                return observed_address(str(ip_address(int(parsed) & 0xFFFF_FFFF)))
            if inside is not None:
                return observed_address(str(inside))
        found = canonical_address(IP if parsed.version == 4 else IPV6, str(parsed))
        return found if isinstance(found, str) else ""
    return ""


@lru_cache(maxsize=65_536)
def observed_name(text: str) -> str:
    """A name of at least two labels, canonical where it can be; empty for a text that is none.

    One that DNS would not have, such as `*.example.com`, is left as it is: names above it are right.
    """
    name = refang(text.strip())
    found = canonical_host(name)
    if isinstance(found, str):
        return found
    plain = name.lower().strip(".")
    return plain if "." in plain and not _is_no_name(plain) and not observed_address(plain) else ""


@lru_cache(maxsize=65_536)
def observed_url(text: str) -> tuple[str, str] | None:
    """Kind and value of what a URL shows: a URL, or its host where that is all there is; None for no host."""
    whole = refang(text.strip())
    if "://" not in whole and not _end_of_authority(whole):
        return None if "@" in whole else _host_alone(whole)
    found = canonical_url(whole)
    if isinstance(found, str):
        return WEB_ADDRESS, found
    after = whole.partition("://")[2] if "://" in whole else whole
    after = after.lstrip("/\\")
    cut = _end_of_authority(after)
    authority, rest = (after, "") if cut is None else (after[: cut.start()], after[cut.start() :])
    host = _host_alone(authority.rpartition("@")[2])
    if host is None:
        return None
    shown = f"[{host[1]}]" if ":" in host[1] else host[1]
    try:
        return (WEB_ADDRESS, shown + quote(rest.replace("\\", "/"), safe=_ASCII)) if rest else host
    except UnicodeEncodeError:
        return host


def _host_alone(text: str) -> tuple[str, str] | None:
    address = observed_address(text)
    if address:
        return ADDRESS, address
    bare = without_port(text)
    # A port that no port can be, as in host:99999, is left by that.
    name = observed_name(bare.partition(":")[0] if bare.count(":") == 1 else bare)
    return (DOMAIN, name) if name else None
