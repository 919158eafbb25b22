"""STIX patterns that stand for values: one value, or a list of them joined by OR."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from iocbeam.model.indicator import CIDR, FQDN, IP, IPV6, MD5, SHA1, SHA256, URL
from iocbeam.model.outcome import Ended, ended

from .stix_grammar import Comparison, Unsupported, parse_pattern
from .stix_tokens import Malformed, unescaped

Value = tuple[str, str]
"""Type and value, neither of them judged."""

_BY_OBJECT: Final = {"ipv4-addr": IP, "ipv6-addr": IPV6, "domain-name": FQDN, "url": URL}
_BY_ALGORITHM: Final = {"md5": MD5, "sha1": SHA1, "sha256": SHA256}
_ALGORITHM_NAMES: Final = ("MD5", "SHA-1", "SHA1", "SHA_1", "SHA-256", "SHA256", "SHA_256")
_TAKEN: Final = "only the values of addresses, domains and URLs, and MD5, SHA-1 and SHA-256 of files are taken"


def _spellings() -> dict[str, str]:
    """Object paths as they are commonly written, without anything between their parts."""
    paths = {f"{name}:value": kind for name, kind in _BY_OBJECT.items()}
    for name in _ALGORITHM_NAMES:
        for spelling in (name, name.lower()):
            kind = _BY_ALGORITHM[_plain(name)]
            paths[f"file:hashes.{spelling}"] = paths[f"file:hashes.'{spelling}'"] = kind
    return paths


def _plain(algorithm: str) -> str:
    return algorithm.lower().replace("-", "").replace("_", "")


_PATHS: Final = _spellings()

_OPEN: Final = re.compile(r"[ \t\r\n]*\[")
_NEXT: Final = re.compile(
    r"[ \t\r\n]*([a-z0-9-]+:[A-Za-z0-9_.'-]+)"
    r"[ \t\r\n]*==?"
    r"[ \t\r\n]*'([^'\\]*(?:\\['\\][^'\\]*)*)'"
    r"[ \t\r\n]*(\][ \t\r\n]*OR[ \t\r\n]*\[|OR[ \t\r\n]|\][ \t\r\n]*\Z)"
)
"""A comparison and what follows it: another one, in the same brackets or in the next, or the end."""


def values_of(pattern: str) -> list[Value] | Ended:
    """The values that a pattern stands for, each once, in its order; at least one.

    Taken are `[ipv4-addr:value = '198.51.100.1']`, its likes for ranges, domains, URLs and file hashes, and lists
    of them: `[A OR B]`, `[A] OR [B]`, `[A IN ('x', 'y')]`. A hash may be spelt as it is in the wild, also
    `hashes.SHA-256`, which the grammar wants in quotes.

    Returns:
        Or `pattern_unsupported` for a pattern that says more than its values alone, since whatever is left out of
        it would make it match more; `malformed_pattern` for what is no pattern.
    """
    return _quickly(pattern) or _thoroughly(pattern)


def _quickly(pattern: str) -> list[Value] | None:
    """The values of a pattern in the common forms, None if it has to be looked at more closely."""
    opened = _OPEN.match(pattern)
    if opened is None:
        return None
    position = opened.end()
    values = []
    while True:
        found = _NEXT.match(pattern, position)
        if found is None:
            return None
        path, text, end = found.groups()
        kind = _PATHS.get(path)
        if kind is None:
            return None
        values.append(_value(kind, unescaped(text) if "\\" in text else text))
        if end[0] == "]" and end[-1] != "[":
            return values if len(values) == 1 else list(dict.fromkeys(values))
        position = found.end()


def _thoroughly(pattern: str) -> list[Value] | Ended:
    try:
        return list(dict.fromkeys(_valued(parse_pattern(pattern))))
    except Malformed as error:
        return ended("malformed_pattern", f"not a STIX pattern: {error}.")
    except Unsupported as error:
        return ended("pattern_unsupported", f"{error}.")


def _valued(comparisons: Iterable[Comparison]) -> Iterable[Value]:
    for object_type, path, text in comparisons:
        if object_type == "file" and len(path) == 2 and path[0] == "hashes":
            kind = _BY_ALGORITHM.get(_plain(path[1]))
        else:
            kind = _BY_OBJECT.get(object_type) if path == ("value",) else None
        if kind is None:
            shown = f"{object_type}:{'.'.join(path)}"
            raise Unsupported(f"it compares {shown[:80]}; {_TAKEN}")
        yield _value(kind, text)


def _value(kind: str, text: str) -> Value:
    """An address with a prefix length is a range, unless it is one of the other family."""
    if (kind is IP or kind is IPV6) and "/" in text and (":" in text) == (kind is IPV6):
        return CIDR, text
    return kind, text
