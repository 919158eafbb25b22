"""Defanged values made whole again: `hxxp://bad[.]example` and its relatives.

Only whole values of known fields pass here, so the rules may be generous.
"""

from __future__ import annotations

import re
from typing import Final

_has_bracket = re.compile(r"[\[({<\\]").search
_SCHEME: Final = re.compile(r"^\s*(?:h(?:xx|\*\*|xt)p|meow)(s?)(?=\W)", re.I)
_FANGLESS: Final = frozenset(("hx", "h*", "me"))
_SPELT_DOT: Final = re.compile(r"\s+dot\s+", re.I)
_RULES: Final = (
    # [://] and [:]// before the single colon
    (re.compile(r"[\[({<]\s*:\s*//\s*[\])}>]|[\[({]\s*:\s*[\])}]\s*//"), "://"),
    (re.compile(r"[\[({]\s*:\s*[\])}]"), ":"),
    (re.compile(r"\s*[\[({<]\s*(?:\.|dot|d0t)\s*[\])}>]\s*", re.I), "."),
    # one bracket only: bad[.example, bad.]example
    (re.compile(r"[\[(]\.(?![\])])|(?<![\[(])\.[\])]"), "."),
    (re.compile(r"\\+\."), "."),
    (re.compile(r"[\[({]\s*/\s*[\])}]"), "/"),
    (re.compile(r"\s*[\[({<]\s*(?:at|@)\s*[\])}>]\s*", re.I), "@"),
)


def refang(text: str) -> str:
    """The value as it was before somebody made it harmless; the same object when nothing was to be done."""
    # Most values are not defanged, and most others by these two forms: neither pays for the rules.
    whole = text
    start = text[:2].lower()
    if start in _FANGLESS:
        whole = _SCHEME.sub(r"http\1", text)
    if _has_bracket(whole):
        whole = whole.replace("[.]", ".")
        if _has_bracket(whole):
            for pattern, plain in _RULES:
                whole = pattern.sub(plain, whole)
    elif " " in whole:
        whole = _SPELT_DOT.sub(".", whole)
    return whole if whole != text else text
