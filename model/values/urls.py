"""URLs: scheme and host canonical, path and query as they were given.

The ada library (WHATWG URL) says which host a browser would visit. Where that is another host than the one
written, the URL is refused instead of being changed silently.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

import can_ada

from ..outcome import Ended, ended
from .addresses import canonical_address
from .domains import as_browsers_map, canonical_host, is_local

_scheme_of = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://").match
_end_of_authority = re.compile(r"[/?#]").search
_has_forbidden = re.compile(r"[\x00-\x20\x7f\\]").search
_is_dotted_quad = re.compile(r"\d+\.\d+\.\d+\.\d+").fullmatch
_ends_in_port_80 = re.compile(r":0*80\Z").search
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))
_WEB: Final = frozenset(("http", "https"))
WITH_SCHEME: Final = ("http://", "https://")
"""How a canonical URL begins if it has a scheme; `://` may also stand in its query."""
MAX_URL: Final = 16_384
"""Characters; no browser and no service takes a longer URL."""
_NO_TEXT: Final = "holds half of a surrogate pair, which no encoding has"


def canonical_url(text: str) -> str | Ended:
    """The URL with canonical scheme and host; without a scheme when it was given without.

    Default ports are dropped, but from a URL without a scheme, which has no default. Non-ASCII characters of path
    and query are percent-encoded as UTF-8.
    """
    if text.endswith(("…", "...")):
        return ended("truncated", "ends in an ellipsis")
    if "*" in text:
        return ended("wildcard", "holds an asterisk; everything under a path is covered without one")
    match = _scheme_of(text)
    if match is None:
        scheme, after = "", text
    else:
        scheme = match[1].lower()
        after = text[match.end() :]
        if scheme not in _WEB:
            return ended("scheme_unsupported", f"scheme {scheme}: only http and https are taken")
    wrong = _has_forbidden(text)
    if wrong:
        return ended("malformed_url", _forbidden(wrong[0]))
    cut = _end_of_authority(after)
    authority, rest = (after, "") if cut is None else (after[: cut.start()], after[cut.start() :])
    if "@" in authority:
        return ended("url_credentials", "a user name or password stands before the host")
    if not authority.isascii():
        authority = as_browsers_map(authority)
    try:
        parsed = can_ada.parse(f"{scheme or 'http'}://{authority}/")
    except (ValueError, TypeError):  # the latter for text that has no UTF-8 form
        return ended("malformed_url", "its host or port is not valid")
    host = _canonical_authority_host(authority, parsed.hostname)
    if not isinstance(host, str):
        if not scheme and host.reason == "not_public" and "." not in authority and ":" not in parsed.hostname:
            return ended("malformed_url", "neither a scheme nor a host with a dot")
        return host
    port = parsed.port
    if not rest.isascii():
        try:
            rest = quote(rest, safe=_ASCII)
        except UnicodeEncodeError:
            return ended("malformed_url", _NO_TEXT)
        if len(rest) > MAX_URL:
            return ended("too_long", f"a path of {len(rest)} characters once it is encoded")
    if scheme:
        return f"{scheme}://{host}:{port}{rest}" if port else f"{scheme}://{host}{rest}"
    if not port and _ends_in_port_80(authority):
        port = "80"
    return f"{host}:{port}{rest}" if port else host + rest


def with_scheme(url: str, scheme: str) -> str:
    """A canonical URL that had no scheme, with this one; the port goes where it is the scheme's default."""
    whole = f"{scheme}://{url}"
    found = canonical_url(whole) if ":" in url else whole
    return found if isinstance(found, str) else whole


def _canonical_authority_host(authority: str, visited: str) -> str | Ended:
    """The host as canonical text, given the authority as written and the host that a browser visits."""
    if visited[:1] == "[":
        address = canonical_address("IPv6 Address", visited[1:-1])
        return f"[{address}]" if isinstance(address, str) else address
    written = authority.rpartition(":")[0] if ":" in authority else authority
    if _is_dotted_quad(visited):
        if written != visited:
            return ended("host_rewritten", f"a browser would visit {visited}")
        return canonical_address("IP Address", visited)
    if visited.rstrip(".") != written.lower().rstrip(".") and (written.isascii() or "%" in written):
        return ended("host_rewritten", f"a browser would visit {visited}"[:300])
    if "." not in visited.rstrip(".") or is_local(visited.rstrip(".")):
        return ended("not_public", "its host is a name of local networks")
    host = canonical_host(visited)
    if not isinstance(host, str) and host.reason == "malformed_domain":
        return ended("malformed_url", f"its host is no domain name: {host.message}")
    return host


def _forbidden(character: str) -> str:
    if character == " ":
        return "holds a space; write it as %20"
    if character == "\\":
        return "holds a backslash; Defender refuses it"
    return f"holds the control character U+{ord(character):04X}"


def _authority_start(url: str) -> int:
    return 8 if url.startswith("https://") else 7 if url.startswith("http://") else 0


def url_host(url: str) -> str:
    """The host of a canonical URL, with or without a scheme; IPv6 without its brackets."""
    start = _authority_start(url)
    cut = _end_of_authority(url, start)
    authority = url[start:] if cut is None else url[start : cut.start()]
    if authority[:1] == "[":
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


def has_path(url: str) -> bool:
    """Whether a canonical URL names more than its host. A fragment never reaches the host, nor do `/.` and an
    empty query lead further than `/`."""
    cut = _end_of_authority(url, _authority_start(url))
    return cut is not None and url[cut.start() :].partition("#")[0].strip("/.?") != ""
