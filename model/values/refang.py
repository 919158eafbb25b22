"""Defanged values made whole again: `hxxp://bad[.]example` and its relatives.

Only whole values of known fields pass here, so the rules may be generous up to the end of the host. A path is
touched by more than `[.]` only when its host was defanged as well: elsewhere its brackets are its own.
"""

from __future__ import annotations

import re
from typing import Final

_has_bracket = re.compile(r"[\[({<\\\])]").search
# A colon must follow: meow.com is a name like any other.
_SCHEME: Final = re.compile(r"(?:h(?:xx|\*\*|xt)p|meow)(s?)(?=\s*[\[({<]?\s*:)", re.I)
_FANGLESS: Final = frozenset(("hx", "h*", "me"))
_SPELT_DOT: Final = re.compile(r"\s+dot\s+", re.I)
_AFTER_SCHEME: Final = re.compile(
    r"([a-z][a-z0-9+.-]*)(?:\s*[\[({<]\s*:\s*//\s*[\])}>]|\s*[\[({]\s*:\s*[\])}]\s*//|://)", re.I
)
_END_OF_HOST: Final = re.compile(r"[\[({]\s*/\s*[\])}]|[/?#]")
_DOT: Final = re.compile(r"\s*[\[({<]\s*(?:\.|dot|d0t)\s*[\])}>]\s*", re.I)
_ESCAPED_DOT: Final = re.compile(r"\\+\.")
_HOST_RULES: Final = (
    (re.compile(r"[\[({]\s*:\s*[\])}]"), ":"),
    (_DOT, "."),
    # one bracket only: bad[.example, bad.]example
    (re.compile(r"[\[(]\.(?![\])])|(?<![\[(])\.[\])]"), "."),
    (_ESCAPED_DOT, "."),
    (re.compile(r"\s*[\[({<]\s*(?:at|@)\s*[\])}>]\s*", re.I), "@"),
)
_PATH_RULES: Final = ((_DOT, "."), (_ESCAPED_DOT, "."), (re.compile(r"[\[({]\s*/\s*[\])}]"), "/"))


def refang(text: str) -> str:
    """The value as it was before somebody made it harmless; the same object when nothing was to be done."""
    # Most values are not defanged, and most others by these two forms: neither pays for the rules.
    whole = text
    if text[:2].lower() in _FANGLESS:
        scheme = _SCHEME.match(text)
        if scheme:
            whole = f"http{scheme[1].lower()}{text[scheme.end() :]}"
    if _has_bracket(whole):
        plain = whole.replace("[.]", ".")
        whole = _by_rules(whole, whole is not text) if " " in plain or _has_bracket(plain) else plain
    elif " " in whole:
        host, after = _host_and_path(whole)
        whole = _SPELT_DOT.sub(".", host) + after
    return whole if whole != text else text


def _host_and_path(text: str) -> tuple[str, str]:
    scheme = _AFTER_SCHEME.match(text)
    end = _END_OF_HOST.search(text, scheme.end() if scheme else 0)
    return (text, "") if end is None else (text[: end.start()], text[end.start() :])


def _by_rules(text: str, defanged: bool) -> str:
    host, path = _host_and_path(text)
    scheme = _AFTER_SCHEME.match(host)
    start, host = (f"{scheme[1]}://", host[scheme.end() :]) if scheme else ("", host)
    whole = host
    for pattern, plain in _HOST_RULES:
        whole = pattern.sub(plain, whole)
    if defanged or whole != host or (scheme and scheme[0] != start) or path[:1] in ("[", "(", "{"):
        for pattern, plain in _PATH_RULES:
            path = pattern.sub(plain, path)
    return start + whole + path.replace("[.]", ".")
