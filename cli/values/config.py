"""`--config`: a YAML file of options by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..options.job_options import COMMON
from ..options.option import Option, by_name
from .file_values import entry_values, with_negations
from .precedence import check_exclusions, laid_over
from .source_values import without_other_sources
from .yaml_entries import read_entries

_OPTION: Final = "--config"
_NOT_IN_A_FILE: Final = frozenset(("config", *by_name(COMMON)))


def with_config(values: Mapping[str, Any], options: Sequence[Option]) -> dict[str, Any]:
    """Values of the command line over those of the file that it names, if it names one.

    Raises:
        UsageError, ConfigurationError: as `read_config`.
    """
    given = {name: value for name, value in values.items() if name != "config"}
    path = values.get("config")
    if not path:
        return given
    return laid_over(given, without_other_sources(read_config(path, options), given), options)


def read_config(path: str, options: Sequence[Option]) -> dict[str, Any]:
    """The values that a file gives, in canonical form.

    Raises:
        ConfigurationError: the file is missing or is not YAML of the right shape; it names the line.
        UsageError: a key is no option, or its value cannot be; it names key, file and line.
    """
    known = with_negations(option for option in options if option.name not in _NOT_IN_A_FILE)
    values = entry_values(
        read_entries(path, _OPTION), known, path, _OPTION, unknown="Options of Beam's own go on the command line."
    )
    check_exclusions(values, options, path)
    return values
