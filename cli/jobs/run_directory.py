"""Where a run's files go: on a managed runner into a directory of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iocbeam.model.managed import is_managed, run_directory

from ..options.option import Option, with_defaults


def with_run_directory(values: Mapping[str, Any], options: Sequence[Option], run_id: str) -> dict[str, Any]:
    """The values, with the output that this run really has.

    Args:
        values: by option name; defaults are not in it.
        options: of the job.
    """
    given = with_defaults(values, options)
    if not is_managed(given["runner"]):
        return dict(values)
    return {**values, "output": run_directory(given["output"], run_id)}
