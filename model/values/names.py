"""Names of files."""

from __future__ import annotations

import unicodedata
from typing import Final

from ..outcome import Ended, ended

MAX_FILE_NAME: Final = 255
"""Characters that file systems take in a name."""


def canonical_file_name(text: str) -> str | Ended:
    """The last part of a path, composed (NFC) and in lower case: Windows compares names without case.

    A name without a letter or digit says nothing.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    name = text.replace("\\", "/").rstrip("/").rpartition("/")[2].strip().lower()
    if "*" in name or "?" in name:
        return ended("wildcard", "holds a wildcard; names are compared as a whole")
    if not any(map(str.isalnum, name)):
        return ended("malformed_file_name", "no name of a file")
    if len(name) > MAX_FILE_NAME:
        return ended("malformed_file_name", f"longer than {MAX_FILE_NAME} characters")
    return name
