"""Defender's form of our types and values, both ways."""

from __future__ import annotations

from typing import Final

from ..indicator import FQDN, IP, IPV6, MD5, SHA1, SHA256, URL
from ..outcome import Ended
from .addresses import eight_segments
from .canonical import canonical_value

DEFENDER_TYPES: Final = {
    IP: "IpAddress",
    IPV6: "IpAddress",
    FQDN: "DomainName",
    URL: "Url",
    MD5: "FileMd5",
    SHA1: "FileSha1",
    SHA256: "FileSha256",
}
"""Ours to Defender's `indicatorType`. A `CIDR Block` has none: Defender takes single addresses only."""

_OURS: Final = {theirs: ours for ours, theirs in DEFENDER_TYPES.items() if ours != IPV6}


def sent_value(kind: str, value: str) -> str:
    """`indicatorValue` for a canonical value: IPv6 with all eight segments, everything else as it is."""
    return eight_segments(value) if kind == IPV6 else value


def key_of_row(row_type: str, value: str) -> tuple[str, str]:
    """(our type, canonical value) of a tenant's row, however its owner or the service spelled it.

    Args:
        row_type: the row's `indicatorType`.
        value: the row's `indicatorValue`.

    A row that is none of our indicators, for example a certificate or a private address, has its own type and
    its value in lower case: no indicator of ours has that key.
    """
    kind = _OURS.get(row_type)
    text = value.strip()
    if kind is not None:
        found = canonical_value(IPV6 if kind == IP and ":" in text else kind, text)
        if not isinstance(found, Ended):
            return plan_key(*found)
    return (row_type, text.lower())


def plan_key(kind: str, value: str) -> tuple[str, str]:
    """What makes a canonical value and a tenant's row the same: type and value, but for the one slash that a URL
    without a path may have or not."""
    if kind == URL and value.endswith("/") and value.count("/") == 3:
        return (kind, value[:-1])
    return (kind, value)


def keys_of_plan_key(kind: str, value: str) -> tuple[tuple[str, str], ...]:
    """Every (`indicatorType`, value as sent) that has this `plan_key`; none for what is no indicator of ours."""
    row_type = DEFENDER_TYPES.get(kind)
    if row_type is None:
        return ()
    sent = (row_type, sent_value(kind, value))
    if kind == URL and value.count("/") == 2:
        return (sent, (row_type, f"{value}/"))
    return (sent,)


def slash_as_in(url: str, other: str) -> str:
    """A URL without a path with its one slash or without, as `other` has it; any other URL as it is."""
    bare = plan_key(URL, url)[1]
    if bare.count("/") != 2:
        return url
    return f"{bare}/" if other.endswith("/") else bare
