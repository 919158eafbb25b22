"""Where the ends of a run's records go: for each stage its own dead letter sink and its own outcome sink.

They are kept apart on purpose: a Flatten of the rows of several stages would be materialised, a sink fused
to its stage costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.transforms.error_handling import ErrorHandler

from iocbeam.model.errors import UsageError
from iocbeam.model.outcome import OutcomeRow, Tally
from iocbeam.model.settings import RunInfo
from iocbeam.sinks import FailOn, WriteDeadLetters, WriteOutcomes
from iocbeam.transforms import OutcomeCollector


class RunEnds:
    """Connects stages to a run's output directory; a context manager around the wiring.

    Args:
        pipeline: the pipeline that is being built.
        directory: where dead letters and outcomes go.
    """

    def __init__(self, pipeline: beam.Pipeline, directory: str) -> None:
        self._pipeline = pipeline
        self._directory = directory
        self._names: set[str] = set()
        self._handlers: dict[str, ErrorHandler] = {}
        self._collectors: dict[str, OutcomeCollector] = {}
        self._everyones: list[OutcomeCollector] = []
        self._letters: list[PCollection[str]] = []

    def branch(self) -> RunEnds:
        """The ends of one target from here on: it knows those so far and its own, and is closed with this one."""
        branch = RunEnds(self._pipeline, self._directory)
        branch._names, branch._handlers, branch._everyones = self._names, self._handlers, self._everyones
        branch._collectors = dict(self._collectors)
        return branch

    def __enter__(self) -> RunEnds:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        if kind is None:
            for name, handler in self._handlers.items():
                self._letters.append(self._pipeline | f"Dead letters {name}" >> _Close(handler))

    def of(self, name: str, stage: Any) -> Any:
        """`name >> stage`, its errors and other ends connected under that name.

        Raises:
            UsageError: another stage's files would have the same names.
        """
        if file_name(name) in self._names:
            raise UsageError(f"two tenants are named alike: {name!r}. Give them aliases that differ in letters.")
        self._names.add(file_name(name))
        stage.with_outcomes(self._collector(name))
        if hasattr(stage, "with_error_handler"):
            handler = ErrorHandler(WriteDeadLetters(self._directory, file_name(name)))
            self._handlers[name] = handler
            stage.with_error_handler(handler)
        return name >> stage

    def tallies(self, label: str) -> PCollection[Tally]:
        """How many records ended which way in all stages so far."""
        parts = tuple(tally for collector in self._collectors.values() for tally in collector.parts)
        everything: PCollection[Tally] = parts | label >> beam.Flatten()
        return everything

    @property
    def files(self) -> list[PCollection[str]]:
        """The names of the files that the ends of all branches are in; of dead letters once it is closed."""
        outcomes = [written for collector in self._everyones for written in collector.written]
        return [*outcomes, *self._letters]

    def rows(self, name: str) -> PCollection[OutcomeRow]:
        """The ends of the stage that was connected under this name."""
        rows: PCollection[OutcomeRow] = self._collectors[name].rows[0]
        return rows

    def _collector(self, name: str) -> OutcomeCollector:
        def write() -> beam.PTransform[PCollection[OutcomeRow], Any]:
            return WriteOutcomes(self._directory, file_name(name))

        self._collectors[name] = OutcomeCollector(write)
        self._everyones.append(self._collectors[name])
        return self._collectors[name]


def fail_if_asked(
    pipeline: beam.Pipeline, run: RunInfo, summary: PCollection[Any], files: Sequence[PCollection[str]]
) -> None:
    """Adds the step that makes the job itself fail, where the run has it; applied when everything else is wired.

    Args:
        summary: what `WriteSummary` gives.
        files: names of all other files of the run.
    """
    if run.fail_on != "never":
        _ = pipeline | "Fail on" >> FailOn(run, summary, files)


def file_name(label: str) -> str:
    """A stage's label as a part of file names: `Fix URL scheme` as `fix-url-scheme`."""
    return "-".join("".join(c if c.isalnum() else " " for c in label.lower()).split())


class _Close(beam.PTransform[Any, Any]):
    """Closes an error handler within a scope of its own: every handler names its first step alike."""

    def __init__(self, handler: ErrorHandler) -> None:
        super().__init__()
        self._handler = handler

    def expand(self, begin: Any) -> Any:
        self._handler.close()
        return self._handler.output()
