"""Domain names, as UTS-46 A-labels.

Conversion is the WHATWG URL standard's domain-to-ASCII by the ada library: what a browser would look up
for the name. Lengths are checked here, since browsers do not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import can_ada
import tldextract

from ..outcome import Ended, ended

MAX_NAME: Final = 253
MAX_LABEL: Final = 63

# Letters, digits, hyphens inside, and the underscore, which DNS has and attackers use.
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_is_ascii_name = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}").fullmatch
_is_numeric = re.compile(r"[0-9]+|0x[0-9a-f]*").fullmatch
# What would end or change a host when it stands in a URL.
_has_url_syntax = re.compile(r"[\s\x00-\x20\x7f/\\?#@:%<>\[\]^|]").search


@lru_cache(maxsize=1)
def _suffix_rules() -> frozenset[str]:
    """The rules of the Public Suffix List that ships with tldextract; never the network.

    Private entries count too: a row for a hosting provider's suffix blocks all of its customers.
    """
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
    return frozenset(extract.tlds)


def is_public_suffix(name: str) -> bool:
    """Whether everything registered under this canonical name would belong to somebody else.

    The rule that decides has as many labels as the name or the name is no suffix, so that three look-ups
    answer: ten times faster than splitting the name.
    """
    rules = _suffix_rules()
    if name in rules:
        return True
    _, dot, parent = name.partition(".")
    return not dot or (f"*.{parent}" in rules and f"!{name}" not in rules)


def canonical_host(text: str) -> str | Ended:
    """Lower-case A-labels without a trailing dot; at least two labels; a public suffix passes."""
    name = text.lower()
    if name[-1:] == ".":
        name = name[:-1]
    if not name.isascii() or "xn--" in name:
        converted = _to_ascii(name)
        if isinstance(converted, Ended):
            return converted
        name = converted
    if len(name) > MAX_NAME:
        return ended("malformed_domain", f"longer than {MAX_NAME} characters")
    if not _is_ascii_name(name):
        return _what_is_wrong(name)
    if _is_numeric(name[name.rfind(".") + 1 :]):
        return ended("malformed_domain", "its last label is a number, as in an IP address")
    return name


def canonical_domain(text: str) -> str | Ended:
    """As `canonical_host`, and not a public suffix."""
    name = canonical_host(text)
    if isinstance(name, str) and is_public_suffix(name):
        return ended("too_broad", f"{name} is a public suffix: everything registered under it would be hit")
    if isinstance(name, Ended) and _is_single_suffix(text):
        return ended("too_broad", f"{text} is a top-level domain")
    return name


def _to_ascii(name: str) -> str | Ended:
    if _has_url_syntax(name):
        return ended("malformed_domain", "not a domain name")
    try:
        host = can_ada.parse(f"http://{name}/").hostname
    except ValueError:
        return ended("malformed_domain", "no valid internationalised name (UTS 46)")
    return host[:-1] if host[-1:] == "." else host


def _what_is_wrong(name: str) -> Ended:
    if "*" in name:
        return ended("wildcard", "a domain already covers its subdomains: write it without the asterisk")
    if "." not in name:
        return ended("malformed_domain", "a single label, no domain name")
    if any(len(label) > MAX_LABEL for label in name.split(".")):
        return ended("malformed_domain", f"a label is longer than {MAX_LABEL} characters")
    if ".." in name or name[:1] == ".":
        return ended("malformed_domain", "an empty label")
    return ended("malformed_domain", "holds characters that no domain name has")


def _is_single_suffix(text: str) -> bool:
    name = text.lower().strip(".")
    return "." not in name and name.isascii() and name.isalpha() and name in _suffix_rules()
