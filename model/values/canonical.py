"""From a type and a text to the canonical value."""

from __future__ import annotations

from ..indicator import CIDR, FILE_NAME, FQDN, HASH_TYPES, IP, IPV6, URL
from ..outcome import Ended, ended
from .addresses import address_type, canonical_address, canonical_range, without_port
from .domains import canonical_domain
from .hashes import canonical_hash, hash_type
from .names import canonical_file_name
from .types import ADDRESS_AND_PORT, ANY_ADDRESS, ANY_HASH
from .urls import canonical_url


def canonical_value(kind: str, text: str) -> tuple[str, str] | Ended:
    """(type, canonical value) of a trimmed, refanged text under its declared type.

    The type changes only where the declaration leaves it open (`ANY_ADDRESS`, `ADDRESS_AND_PORT`, `ANY_HASH`)
    and for a range of one address. A right value under a wrong type ends as `type_mismatch`.
    """
    found = _as_declared(kind, text)
    if isinstance(found, Ended) and found.reason in _MALFORMED:
        looks_like = detect_type(text)
        if looks_like and looks_like != kind and not _is_open(kind, looks_like):
            return ended("type_mismatch", f"declared {kind}, looks like {looks_like}")
    return found


_MALFORMED = frozenset(
    ("malformed_hash", "malformed_ip", "malformed_cidr", "malformed_domain", "malformed_url", "scheme_unsupported")
)


def _as_declared(kind: str, text: str) -> tuple[str, str] | Ended:
    if kind == URL:
        return _paired(kind, canonical_url(text))
    if kind in (IP, IPV6):
        if "/" in text:
            network = canonical_range(text)
            if not isinstance(network, Ended) and network[0] == kind:
                return network
        return _paired(kind, canonical_address(kind, text))
    if kind in HASH_TYPES:
        return _paired(kind, canonical_hash(kind, text))
    if kind == FQDN:
        return _paired(kind, canonical_domain(text))
    if kind == CIDR:
        return canonical_range(text)
    if kind == FILE_NAME:
        return _paired(kind, canonical_file_name(text))
    if kind == ADDRESS_AND_PORT:
        # 2001:db8::5:443 is an address by itself; the declaration says that its last group is none.
        cut = without_port(text.replace("|", ":"))
        kind, text = ANY_ADDRESS, cut if address_type(cut) else text
    if kind == ANY_ADDRESS:
        form = address_type(text)
        return _as_declared(form, text) if form else ended("malformed_ip", "no IP address or range")
    form = hash_type(text)
    return _as_declared(form, text) if form else ended("malformed_hash", "no MD5, SHA-1 or SHA-256")


def _paired(kind: str, value: str | Ended) -> tuple[str, str] | Ended:
    return (kind, value) if isinstance(value, str) else value


def _is_open(kind: str, looks_like: str) -> bool:
    return (kind in (ANY_ADDRESS, ADDRESS_AND_PORT) and looks_like in (IP, IPV6, CIDR)) or (
        kind == ANY_HASH and looks_like in HASH_TYPES
    )


def detect_type(text: str) -> str | None:
    """The type that an untyped text has by its form, or None."""
    kind = hash_type(text) or address_type(text)
    if kind:
        return kind
    if "://" in text:
        return URL if isinstance(canonical_url(text), str) else None
    name = canonical_domain(text)
    if isinstance(name, str) or name.reason == "too_broad":
        return FQDN
    if any(mark in text for mark in "/?:") and isinstance(canonical_url(text), str):
        return URL
    return None
