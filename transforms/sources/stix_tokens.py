"""The tokens of STIX patterns."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_SHOWN: Final = 40

_TOKEN: Final = re.compile(
    r"""
    (?P<space>[ \t\r\n\v\f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|/\*.*?\*/|//[^\r\n]*)
    |(?P<time>t'\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?Z')
    |(?P<bytes>h'(?:[0-9A-Fa-f]{2})*'|b'(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?')
    |(?P<string>'[^'\\]*(?:\\['\\][^'\\]*)*')
    |(?P<float>[+-]?\d*\.\d+)
    |(?P<integer>[+-]?(?:0|[1-9]\d*))
    |(?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    |(?P<operator>==?|!=|<>|<=?|>=?)
    |(?P<mark>[\[\]():,.*])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_KEYWORDS: Final = frozenset(
    (
        "AND", "OR", "NOT", "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "IN",
        "START", "STOP", "SECONDS", "WITHIN", "REPEATS", "TIMES", "true", "false",
    )
)  # fmt: skip
_ESCAPED: Final = re.compile(r"\\(['\\])")


class Malformed(Exception):
    """A text that does not follow the grammar."""


class Token(NamedTuple):
    """A token and where it begins.

    Attributes:
        kind: `time`, `bytes`, `string`, `float`, `integer` or `name`; keywords, operators and marks stand for
            themselves, and the end is empty.
    """

    kind: str
    text: str
    at: int


def unescaped(text: str) -> str:
    """The text that a string literal, without its quotes, stands for."""
    return _ESCAPED.sub(r"\1", text)


def tokens_of(pattern: str) -> list[Token]:
    """All tokens, the end included.

    Raises:
        Malformed: something is none.
    """
    tokens = []
    position = 0
    while position < len(pattern):
        found = _TOKEN.match(pattern, position)
        if found is None:
            raise Malformed(f"column {position + 1}: {pattern[position : position + _SHOWN]!r}")
        kind, text = str(found.lastgroup), found[0]
        if kind != "space":
            stands_for_itself = kind in ("operator", "mark") or text in _KEYWORDS
            tokens.append(Token(text if stands_for_itself else kind, text, position))
        position = found.end()
    tokens.append(Token("", "", position))
    return tokens


def malformed(token: Token) -> Malformed:
    """The error that this token does not belong where it stands."""
    return Malformed(f"column {token.at + 1}: {token.text[:_SHOWN]!r}")
