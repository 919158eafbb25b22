"""Values in queries of the Kusto query language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# Documented: the backslash escapes the quote, itself, a tab and a new line.
_ESCAPED: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def kql_text(value: str) -> str:
    """A value as a text literal, quotes included: it can end neither the literal nor the line.

    Raises:
        ValueError: it holds a control character other than tab and line ends, or half of a surrogate pair. How
            these are written is not documented, and nothing that is looked for has them.
    """
    if any(not (sign >= " " or sign in "\t\n\r") or "\x7f" <= sign <= "\x9f" for sign in value):
        raise ValueError("a value in a query has no control characters")
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ValueError("a value in a query is whole text, without half a surrogate pair")
    return f'"{value.translate(_ESCAPED)}"'


def kql_list(values: Iterable[str]) -> str:
    """Values as a list for `in`: `("a", "b")`.

    Raises:
        ValueError: there is none, or one cannot be written.
    """
    literals = [kql_text(value) for value in values]
    if not literals:
        raise ValueError("a list in a query has at least one value")
    return f"({', '.join(literals)})"
