"""What was given, in messages about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..options.option import Kind, Option

_SHOWN: Final = 80


def shown(text: str) -> str:
    """A user's text for a message: quoted, control characters escaped, cut."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def not_one_of(text: str, allowed: Sequence[str]) -> str:
    """That a text is none of those that are allowed."""
    return f"{shown(text)} is not one of {', '.join(allowed)}."


def example(option: Option) -> str:
    """How the option is written."""
    if option.kind is Kind.PAIRS:
        return f"Write {option.flag} value=NAME, with the input's own name."
    if option.kind is Kind.COUNT:
        default = "" if option.default is None else f" {option.default}"
        return f"Write {option.flag}{default or ' NUMBER'}."
    return f"Write {option.flag} {option.metavar.replace('...', '').removesuffix(',') or 'VALUE'}."
