"""What a value of each indicator type must look like, and when two values are the same one."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from .api_errors import InvalidIndicator

_HASH_DIGITS = {"FileMd5": 32, "FileSha1": 40, "FileSha256": 64, "CertificateThumbprint": 40}
INDICATOR_TYPES = frozenset({*_HASH_DIGITS, "IpAddress", "DomainName", "Url"})
"""Documented."""

_HEX = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://", re.ASCII)
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def check_value(indicator_type: str, value: str, *, scheme_required: bool) -> None:
    """Raise `InvalidIndicator` unless `value` is one of its type.

    Wildcards are documented as unsupported; that every one is refused is our choice (the service was
    observed to swallow some), as are the finer points of domain and URL syntax.
    """
    if indicator_type in _HASH_DIGITS:
        if _HEX.fullmatch(value) is None or len(value) != _HASH_DIGITS[indicator_type]:
            raise InvalidIndicator("InvalidHashValue", f"Hash value {value} is invalid.")
    elif indicator_type == "IpAddress":
        if not _is_public_address(value):
            raise InvalidIndicator("InvalidIpAddress", f"IP address {value} is invalid.")
    elif indicator_type == "DomainName":
        if not _is_domain(value):
            raise InvalidIndicator("InvalidDomainName", f"Domain name {value} is invalid.")
    elif not _is_url(value, scheme_required):
        raise InvalidIndicator("InvalidUrl", f"URL {value} is invalid.")


def is_compressed_ipv6(value: str) -> bool:
    """Whether a valid address is IPv6 but not written with its eight segments (documented form)."""
    segments = value.split(":")
    return len(segments) > 1 and (len(segments) != 8 or not all(segments))


def same_value_key(indicator_type: object, value: object) -> str:
    """A text that is equal for two spellings of one value.

    Our choice: addresses by number, hashes and domains without case, URLs without case in scheme and
    host. Never raises, since seeded rows are not checked: they may even hold no text.
    """
    if not isinstance(value, str):
        return repr(value)
    if indicator_type == "IpAddress":
        try:
            return ipaddress.ip_address(value).exploded
        except ValueError:
            return value.lower()
    if indicator_type == "Url":
        scheme = _SCHEME.match(value)
        start = scheme.end() if scheme else 0
        host, slash, path = value[start:].partition("/")
        return f"{value[:start].lower()}{host.lower()}{slash}{path}"
    return value.lower()


def _is_public_address(value: str) -> bool:
    """Documented: a single, external address. The parser refuses ranges, prefixes and wildcards."""
    if "%" in value:
        return False
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return address.is_global and not address.is_multicast


def _is_domain(value: str) -> bool:
    labels = value.split(".")
    return (
        len(value) <= 253
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def _is_url(value: str, scheme_required: bool) -> bool:
    """Backslashes were observed to be refused; only http and https is our choice."""
    if _VISIBLE.fullmatch(value) is None or "*" in value or "\\" in value:
        return False
    if _SCHEME.match(value) is None:
        if scheme_required:
            return False
        value = f"http://{value}"
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and (_is_domain(host) or _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
