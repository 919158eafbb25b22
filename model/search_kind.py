"""What a text is that somebody looks for: the kind of entity, and its canonical value. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, ip_network
from typing import Final, NamedTuple

from . import indicator as types
from .file_endings import FILE_ENDINGS
from .indicator import Indicator
from .search_forms import LABEL, any_address, sought_url
from .search_words import FILE_NAME, FQDN, HOSTNAME, KIND_WORDS, MD5, PRIVATE_IP, PUBLIC_IP, SHA1, SHA256, URL
from .values import canonical_file_name, refang
from .values.addresses import without_port
from .values.domains import canonical_host, is_local, is_top_level
from .values.hashes import HASH_LENGTHS, hash_type
from .values.urls import MAX_URL

_KIND_OF_HASH: Final = {types.MD5: MD5, types.SHA1: SHA1, types.SHA256: SHA256}

_INTERNAL: Final = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
"""What interfaces of machines have and no other network sees. Ranges for documentation are not among them: what
looks for one of those means it to be like any public address."""

_RESERVED: Final = frozenset(("example", "test", "invalid", "onion", "alt"))
"""Top-level names that no registry gives out (RFC 2606, 7686, 9476)."""
_RATHER_FILES: Final = frozenset(("cab", "mov", "ps", "py", "so", "zip"))
"""Endings that are top-level domains as well, and with one dot before them more often a file's. Our choice."""

_MAIL: Final = re.compile(r"[^@\s/\\]+@[^@\s/\\]+\.[a-z]{2,63}", re.I)
_IS_PATH: Final = re.compile(r"[a-z]:[\\/]|\\|\.{0,2}/|~/|%\w+%[\\/]", re.I)
_FILE: Final = re.compile(r".*\.[\w~-]{1,12}")
_SHORTEST_CUT_HASH: Final = 24


class Sought(NamedTuple):
    """A value that is looked for.

    Attributes:
        kind: a key of `KIND_WORDS` (`model.search_words`).
        value: canonical: lower-case hash, name or file name, RFC 5952 address; a URL has a scheme unless it was
            given without.
        given: as it was written.
        other: the kind that the text could be as well; empty where it is clear.
    """

    kind: str
    value: str
    given: str
    other: str = ""

    @property
    def indicator(self) -> Indicator:
        """The value as an indicator, for what events say of it. A hostname is one of type FQDN, the nearest."""
        if self.kind in (PRIVATE_IP, PUBLIC_IP):
            kind = types.IPV6 if ":" in self.value else types.IP
        else:
            kind = _TYPES[self.kind]
        return Indicator(kind, self.value, source="search")


class NotSought(NamedTuple):
    """A text that cannot be looked for.

    Attributes:
        given: as it was written.
        reason: in words, to stand after the text: `is a range: ...`.
    """

    given: str
    reason: str


_TYPES: Final = {
    HOSTNAME: types.FQDN,
    FQDN: types.FQDN,
    URL: types.URL,
    FILE_NAME: types.FILE_NAME,
    MD5: types.MD5,
    SHA1: types.SHA1,
    SHA256: types.SHA256,
}


def detect(given: str, kind: str = "") -> Sought | NotSought:
    """What a text is. Never raises.

    Defanged text is made whole again. A name that could be a domain and a file is taken for a domain if its last
    label is a top-level domain, and says so. One label alone is taken for a hostname, and says that it may be a
    file without an ending.

    Args:
        given: any text.
        kind: what the text is taken for, a key of `KIND_WORDS` (`model.search_words`); detected where it is empty.
    """
    text = refang(given.strip())
    if not text:
        return NotSought(given, "is empty")
    if len(text) > MAX_URL:
        return NotSought(given, f"is longer than {MAX_URL:,} characters")
    if not text.isprintable():
        return NotSought(given, "holds characters that cannot be printed")
    return _READERS[kind](text, given) if kind else _detected(text, given)


def _detected(text: str, given: str) -> Sought | NotSought:
    hashed = hash_type(text)
    if hashed:
        return Sought(_KIND_OF_HASH[hashed], text.lower(), given)
    if any_address(text) is not None:
        return _address_of(text, given)
    if "://" in text:
        return _url(text, given)
    wrong = _never_sought(text)
    if wrong:
        return NotSought(given, wrong)
    if _IS_PATH.match(text):
        return _file_name(text, given)
    if any(mark in text for mark in "/?#"):
        url = _url(text, given)
        return _file_name(text, given) if isinstance(url, NotSought) and "/" in text else url
    return _name(text, given)


def _never_sought(text: str) -> str:
    """Why a text is of a kind that cannot be looked for; empty where it is none of these."""
    if "*" in text:
        return "holds a wildcard: values are looked for as a whole"
    if _is_range(text):
        return "is a range: look for its addresses one by one, or for a collection with iocbeam sightings"
    if _MAIL.fullmatch(text) and text.rpartition(".")[2].lower() not in FILE_ENDINGS:
        return "is a mail address, and Defender for Endpoint is not asked for these"
    if len(text) >= _SHORTEST_CUT_HASH and re.fullmatch(r"[0-9a-f]+", text, re.I):
        lengths = ", ".join(f"{name} has {length}" for name, length in HASH_LENGTHS.items())
        return f"looks like a hash, of {len(text)} hexadecimal digits: {lengths}"
    if re.fullmatch(r"[0-9.:]+", text):
        return "is a number, or an IP address that cannot be"
    return ""


def _name(text: str, given: str) -> Sought | NotSought:
    """A text without a slash: a domain, a hostname or the name of a file."""
    host = canonical_host(text)
    if not isinstance(host, str):
        host = canonical_host(without_port(text))
    if isinstance(host, str):
        return _domain_or_file(host, text, given)
    if LABEL.fullmatch(text):
        found = _hostname(text, given)
        return found._replace(other=FILE_NAME) if isinstance(found, Sought) else found
    if _FILE.fullmatch(text):
        return _file_name(text, given)
    return NotSought(
        given,
        "is no IP address, hostname, domain, URL, file name or hash. A file without an ending is looked for with "
        "--kind file_name",
    )


def _domain_or_file(host: str, text: str, given: str) -> Sought | NotSought:
    last = host.rpartition(".")[2]
    top_level = is_top_level(last) or last in _RESERVED or is_local(host)
    extension = last in FILE_ENDINGS
    one_dot = host.count(".") == 1
    if top_level and not (one_dot and last in _RATHER_FILES):
        return Sought(FQDN, host, given, FILE_NAME if extension and one_dot else "")
    if extension or one_dot:
        found = _file_name(text, given)
        return found._replace(other=FQDN) if isinstance(found, Sought) and (top_level or not extension) else found
    return Sought(FQDN, host, given)


def _address_of(text: str, given: str, kind: str = "") -> Sought | NotSought:
    found = any_address(text)
    if found is None:
        return NotSought(given, "is no IP address")
    if "%" in str(found):
        return NotSought(
            given, "has a zone, which means something on one machine only: leave out what follows the %"
        )
    if found.is_loopback or found.is_unspecified or found.is_multicast or found == IPv4Address("255.255.255.255"):
        return NotSought(given, "is an address that no machine has for itself alone")
    internal = any(found in network for network in _INTERNAL if network.version == found.version)
    return Sought(kind or (PRIVATE_IP if internal else PUBLIC_IP), str(found), given)


def _is_range(text: str) -> bool:
    if "/" not in text:
        return False
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _hostname(text: str, given: str) -> Sought | NotSought:
    if LABEL.fullmatch(text):
        return Sought(HOSTNAME, text.lower(), given)
    return NotSought(given, "is no hostname: one label of letters, digits and hyphens")


def _fqdn(text: str, given: str) -> Sought | NotSought:
    host = canonical_host(without_port(text))
    return (
        Sought(FQDN, host, given) if isinstance(host, str) else NotSought(given, f"is no domain: {host.message}")
    )


def _file_name(text: str, given: str) -> Sought | NotSought:
    name = canonical_file_name(text)
    if isinstance(name, str):
        return Sought(FILE_NAME, name, given)
    return NotSought(given, f"is no name of a file: {name.message}")


def _url(text: str, given: str) -> Sought | NotSought:
    found = sought_url(text)
    return Sought(URL, found, given) if isinstance(found, str) else NotSought(given, f"is no URL: {found.message}")


def _hash(kind: str) -> Callable[[str, str], Sought | NotSought]:
    def read(text: str, given: str) -> Sought | NotSought:
        if _KIND_OF_HASH.get(hash_type(text) or "") == kind:
            return Sought(kind, text.lower(), given)
        return NotSought(given, f"is not {KIND_WORDS[kind]}: {HASH_LENGTHS[_TYPES[kind]]} hexadecimal digits")

    return read


_READERS: Final[Mapping[str, Callable[[str, str], Sought | NotSought]]] = {
    PRIVATE_IP: lambda text, given: _address_of(text, given, PRIVATE_IP),
    PUBLIC_IP: lambda text, given: _address_of(text, given, PUBLIC_IP),
    HOSTNAME: _hostname,
    FQDN: _fqdn,
    URL: _url,
    FILE_NAME: _file_name,
    **{kind: _hash(kind) for kind in (MD5, SHA1, SHA256)},
}
