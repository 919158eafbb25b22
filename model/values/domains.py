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

_LOCAL: Final = frozenset(
    ("local", "localhost", "localdomain", "internal", "intranet", "private", "corp", "home", "lan")
)

# Letters, digits, hyphens inside, and the underscore, which DNS has and attackers use.
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_is_ascii_name = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}").fullmatch
_is_numeric = re.compile(r"[0-9]+|0x[0-9a-f]*").fullmatch
# What would end or change a host when it stands in a URL.
_has_url_syntax = re.compile(r"[\s\x00-\x20\x7f/\\?#@:%<>\[\]^|]").search


@lru_cache(maxsize=1)
def _suffix_rules() -> frozenset[str]:
    """The rules of the Public Suffix List that ships with tldextract; never the network.

    Private entries count too: a row for a hosting provider's suffix blocks all of its customers. What stands
    before the star of a rule counts as well: all that is under it are suffixes.
    """
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
    rules = set(map(_ascii_rule, extract.tlds))
    return frozenset(rules | {rule[2:] for rule in rules if rule[:2] == "*."})


def _ascii_rule(rule: str) -> str:
    """The list writes names in Unicode, canonical names are A-labels."""
    if rule.isascii():
        return rule
    name = rule.lstrip("*!.")
    found = _to_ascii(name)
    return rule[: -len(name)] + found if isinstance(found, str) else rule


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


@lru_cache(maxsize=1)
def _above_suffixes() -> frozenset[str]:
    """The names under which there are public suffixes, such as amazonaws.com above s3.amazonaws.com."""
    above: set[str] = set()
    for rule in _suffix_rules():
        labels = rule.removeprefix("!").removeprefix("*.").split(".")
        above.update(".".join(labels[at:]) for at in range(1, len(labels)))
    return frozenset(above)


def is_local(name: str) -> bool:
    """Whether a canonical name is one that only local networks resolve (RFC 6761, 6762 with appendix G, 8375)."""
    return name[name.rfind(".") + 1 :] in _LOCAL or name.endswith("home.arpa")


def canonical_host(text: str) -> str | Ended:
    """Lower-case A-labels without a trailing dot; at least two labels; a public suffix passes."""
    # Only ASCII: Python's own lower() makes a final sigma, a browser does not, and the two are different names.
    plain = text.isascii()
    name = text.lower() if plain else text
    if name[-1:] == ".":
        name = name[:-1]
    if not plain or "xn--" in name:
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
    if isinstance(name, str):
        if is_public_suffix(name):
            return ended("too_broad", f"{name} is a public suffix: everything registered under it would be hit")
        if name in _above_suffixes():
            return ended("too_broad", f"public suffixes stand under {name}: what others registered would be hit")
        if is_local(name):
            return ended("not_public", f"{name} is a name of local networks")
    if isinstance(name, Ended) and is_top_level(text):
        return ended("too_broad", f"{text} is a top-level domain")
    return name


def as_browsers_map(name: str) -> str:
    """The capital sharp s as the small one; the library still makes it ss, since Unicode 15.1 another name."""
    return name.replace("\u1e9e", "\u00df")


def _to_ascii(name: str) -> str | Ended:
    if _has_url_syntax(name):
        return ended("malformed_domain", "not a domain name")
    try:
        host = can_ada.parse(f"http://{as_browsers_map(name)}/").hostname
    except (ValueError, TypeError):  # the latter for text that has no UTF-8 form
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


def is_top_level(text: str) -> bool:
    """Whether this is a single label of the Public Suffix List."""
    name = text.strip(".")
    if "." in name or len(name) > MAX_LABEL:
        return False
    if name.isascii():
        return name.lower() in _suffix_rules()
    found = _to_ascii(name)
    return isinstance(found, str) and found in _suffix_rules()
