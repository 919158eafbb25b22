"""File hashes."""

from __future__ import annotations

import re
from typing import Final

from ..indicator import MD5, SHA1, SHA256
from ..outcome import Ended, ended

HASH_LENGTHS: Final = {MD5: 32, SHA1: 40, SHA256: 64}
"""Hexadecimal digits of each type."""
TYPE_OF_LENGTH: Final = {length: kind for kind, length in HASH_LENGTHS.items()}

_is_hexadecimal = re.compile(r"[0-9a-fA-F]+").fullmatch


def canonical_hash(kind: str, text: str) -> str | Ended:
    """Lower-case hexadecimal digits, exactly as many as the type has."""
    if len(text) == HASH_LENGTHS[kind] and _is_hexadecimal(text):
        return text.lower()
    return ended("malformed_hash", f"{kind} needs {HASH_LENGTHS[kind]} hexadecimal digits")


def hash_type(text: str) -> str | None:
    """The type whose form this text has."""
    kind = TYPE_OF_LENGTH.get(len(text))
    return kind if kind and _is_hexadecimal(text) else None
