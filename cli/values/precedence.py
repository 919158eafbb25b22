"""Which of the values goes first when several places give some, and which exclude each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iocbeam.model.errors import UsageError

from ..options.option import Option


def laid_over(first: Mapping[str, Any], second: Mapping[str, Any], options: Sequence[Option]) -> dict[str, Any]:
    """The values of `first`, and those of `second` that it neither gives nor excludes.

    Args:
        first, second: by option name, in canonical form, each without an exclusion within itself.
        options: the options that these values can be of.
    """
    rest = dict(second)
    for option in options:
        if option.excludes:
            for one, other in ((option.name, option.excludes), (option.excludes, option.name)):
                if is_set(first, one):
                    rest.pop(other, None)
    return {**rest, **first}


def check_exclusions(values: Mapping[str, Any], options: Sequence[Option], place: str = "") -> None:
    """Raise a `UsageError` when two options are given of which only one can be.

    Args:
        place: file and line for the message, where the values come from one.
    """
    for option in options:
        if option.excludes and is_set(values, option.name) and is_set(values, option.excludes):
            where = f" ({place})" if place else ""
            raise UsageError(f"give {option.flag} or --{option.excludes}, not both.{where}")


def is_set(values: Mapping[str, Any], name: str) -> bool:
    """Whether an option is given and not, as a flag may be, taken back."""
    return values.get(name, False) is not False
