"""A job that fails for a runner which knows no exit status: after its summary, and after every file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import AsList, PCollection

from iocbeam.model.errors import RunFailed
from iocbeam.model.settings import RunInfo
from iocbeam.model.summary import EXIT_COULD_NOT_RUN, EXIT_DONE, EXIT_FAILED

FAILED_MARK: Final = "--fail_on asks that this run counts as failed"
"""Stands in the error, by which it is known again where a runner gives no more than text."""


def fails(fail_on: str, exit_code: int) -> bool:
    """Whether a run that ends with this exit status is to fail its job."""
    if fail_on == "never":
        return False
    return exit_code in (EXIT_COULD_NOT_RUN, EXIT_FAILED) or (fail_on == "any" and exit_code != EXIT_DONE)


class FailOn(beam.PTransform[Any, Any]):
    """Raises `RunFailed` if the run ended as its `fail_on` says; applied to the pipeline.

    A runner tries a stage that fails again, so nothing that writes may share one with it: what it waits for comes
    in as side inputs, which are complete before it starts.

    Args:
        run: says which ends fail the job.
        summary: what `WriteSummary` gives.
        files: names of all other files of the run, from every sink that writes some.
    """

    def __init__(
        self, run: RunInfo, summary: PCollection[Mapping[str, Any]], files: Sequence[PCollection[str]]
    ) -> None:
        super().__init__()
        self._run = run
        self._summary = summary
        self._files = tuple(files)

    def expand(self, begin: Any) -> Any:
        """Wait for everything, then judge."""
        files = self._files | "Files" >> beam.Flatten(pipeline=begin.pipeline)
        return (
            begin
            | "Once" >> beam.Create([None])
            | "Judge" >> beam.Map(_judge, self._run, AsList(self._summary), AsList(files))
        )


def _judge(_: None, run: RunInfo, summaries: Sequence[Mapping[str, Any]], files: Sequence[str]) -> None:
    for summary in summaries:
        if fails(run.fail_on, summary["exit_code"]):
            raise RunFailed(
                f"{FAILED_MARK}: {run.run_id} of collection {run.collection} {summary['status']} (exit status "
                f"{summary['exit_code']}). Its summary and {len(files)} other files are written."
            )
