"""Checks that settings of several kinds share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..errors import UsageError


class Called(Protocol):
    """A tenant as far as telling it from others goes."""

    @property
    def tenant_id(self) -> str:
        """The service's id."""

    @property
    def alias(self) -> str:
        """A person's name for it."""


def check_unlike(tenants: Sequence[Called]) -> None:
    """Raise a `UsageError` when two tenants have the same id or alias."""
    for option, names in (
        ("tenant_id", [tenant.tenant_id.lower() for tenant in tenants]),
        ("alias", [tenant.alias.lower() for tenant in tenants]),
    ):
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise UsageError(f"two tenants have the same {option}, {twice}.")


def one_of(value: str, allowed: Sequence[str], option: str) -> None:
    """Raise a `UsageError` for a value that is not allowed."""
    if value not in allowed:
        raise UsageError(f"{value!r} is not one of {', '.join(allowed)}.", option=option)


def at_least(value: int, least: int, option: str) -> None:
    """Raise a `UsageError` for a number that is too small."""
    if value < least:
        raise UsageError(f"must be {least} or more, not {value}.", option=option)
