"""How we present ourselves."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final


def _version() -> str:
    try:
        return version("iocbeam")
    except PackageNotFoundError:
        # A checkout on the path, not installed.
        return "0"


USER_AGENT: Final = f"iocbeam/{_version()} (+collection sync)"
"""Of every call, login included."""
