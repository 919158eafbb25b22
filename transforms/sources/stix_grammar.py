"""The grammar of STIX patterns (OASIS STIX 2.1, section 9), as far as to tell lists of values from all else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from .stix_tokens import Malformed, Token, malformed, tokens_of, unescaped

_DEEPEST: Final = 50
"""Brackets within brackets."""
_SHOWN: Final = 40

_BARE_ALGORITHM: Final = re.compile(r"SHA-\d{1,3}", re.IGNORECASE | re.ASCII)
"""The one departure from the grammar: `hashes.SHA-256`, which is met in the wild and leaves no doubt."""
_LITERALS: Final = frozenset(("string", "time", "bytes", "float", "integer", "true", "false"))
_ONLY: Final = "only single values and lists of them joined by OR are taken"


class Unsupported(Exception):
    """It does, and says more than a list of values can."""


class Comparison(NamedTuple):
    """`object_type:path = 'text'`; the path without quotes."""

    object_type: str
    path: tuple[str, ...]
    text: str


def parse_pattern(pattern: str) -> list[Comparison]:
    """The comparisons of which any one makes the pattern true; at least one.

    The whole text is checked before anything is refused for what it says.

    Raises:
        Malformed: it does not follow the grammar.
        Unsupported: it holds something else than equalities joined by OR.
    """
    parser = _Parser(tokens_of(pattern))
    parser.observations()
    parser.take("")
    if parser.obstacle:
        raise Unsupported(parser.obstacle)
    return parser.found


class _Parser:
    """Recursive descent over the tokens of one pattern.

    Attributes:
        found: equalities with a text, and members of lists.
        obstacle: why these are not all that the pattern says, else empty; the first reason.
    """

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self.found: list[Comparison] = []
        self.obstacle = ""

    def take(self, *kinds: str) -> Token:
        """The next token, which must be of one of these kinds."""
        token = self._tokens[self._next]
        if token.kind not in kinds:
            raise malformed(token) if token.kind else Malformed("it ends too early")
        self._next += 1
        return token

    def taken(self, *kinds: str) -> str:
        """The kind of the next token if it is one of these, which is then taken; else empty."""
        kind = self._tokens[self._next].kind
        if kind in kinds:
            self._next += 1
            return kind
        return ""

    def refuse(self, what: str) -> None:
        self.obstacle = self.obstacle or f"it {what}; {_ONLY}"

    def observations(self) -> None:
        """Observations and what joins them. Precedence makes no difference to whether OR is all there is."""
        while True:
            if self.taken("("):
                self.nested(self.observations)
            else:
                self.take("[")
                self.comparisons()
                self.take("]")
            while qualifier := self.taken("START", "WITHIN", "REPEATS"):
                self.qualifier(qualifier)
            joint = self.taken("OR", "AND", "FOLLOWEDBY")
            if not joint:
                return
            if joint != "OR":
                self.refuse(f"uses {joint}")

    def nested(self, inner: Callable[[], None]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unsupported(f"it has more than {_DEEPEST} brackets within brackets")
        inner()
        self.take(")")
        self._depth -= 1

    def qualifier(self, kind: str) -> None:
        self.refuse(f"uses {kind}")
        if kind == "START":
            self.take("time")
            self.take("STOP")
            self.take("time")
        elif kind == "WITHIN":
            self.positive("integer", "float")
            self.take("SECONDS")
        else:
            self.positive("integer")
            self.take("TIMES")

    def positive(self, *kinds: str) -> None:
        token = self.take(*kinds)
        if token.text.startswith("-"):
            raise malformed(token)

    def comparisons(self) -> None:
        while True:
            if self.taken("("):
                self.nested(self.comparisons)
            elif self.taken("EXISTS"):
                self.refuse("uses EXISTS")
                self.path()
            else:
                self.comparison()
            joint = self.taken("OR", "AND")
            if not joint:
                return
            if joint == "AND":
                self.refuse(f"uses {joint}")

    def comparison(self) -> None:
        object_type, path = self.path()
        negated = self.taken("NOT")
        if negated:
            self.refuse(f"uses {negated}")
        operator = self.take(
            "=", "==", "!=", "<>", "<", "<=", ">", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"
        ).kind
        literals: list[Token] = []
        if operator == "IN":
            self.take("(")
            if self.taken(")"):
                self.refuse("uses an empty list")
                return
            while not literals or self.taken(","):
                literals.append(self.take(*_LITERALS))
            self.take(")")
        elif operator in ("=", "==", "!=", "<>"):
            literals.append(self.take(*_LITERALS))
        elif operator in ("<", "<=", ">", ">="):
            self.take(*(_LITERALS - {"true", "false"}))
        else:
            self.take("string")
        if operator not in ("=", "==", "IN"):
            self.refuse(f"uses {operator}")
        for literal in literals:
            if literal.kind != "string":
                self.refuse(f"compares with {literal.text[:_SHOWN]}, which is no text")
            self.found.append(Comparison(object_type, path, unescaped(literal.text[1:-1])))

    def path(self) -> tuple[str, tuple[str, ...]]:
        object_type = self.take("name").text
        self.take(":")
        parts = [self.step()]
        while joint := self.taken(".", "["):
            if joint == ".":
                parts.append(self.step())
            else:
                parts.append(f"[{self.take('integer', '*').text}]")
                self.take("]")
        return object_type, tuple(parts)

    def step(self) -> str:
        token = self.take("name", "string")
        if token.kind == "string":
            return unescaped(token.text[1:-1])
        if "-" in token.text and not _BARE_ALGORITHM.fullmatch(token.text):
            raise malformed(token)
        return token.text
