"""Where the ends of a run's records go: for each stage its own dead letter sink and its own outcome sink.

They are kept apart on purpose: a Flatten of the rows of several stages would be materialised, a sink fused
to its stage costs next to nothing.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.transforms.error_handling import ErrorHandler

from iocbeam.model.errors import UsageError
from iocbeam.model.outcome import OutcomeRow, Tally
from iocbeam.sinks import WriteDeadLetters, WriteOutcomes
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

    def branch(self) -> RunEnds:
        """The ends of one target from here on: it knows those so far and its own, and is closed with this one."""
        branch = RunEnds(self._pipeline, self._directory)
        branch._names, branch._handlers = self._names, self._handlers
        branch._collectors = dict(self._collectors)
        return branch

    def __enter__(self) -> RunEnds:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        if kind is None:
            for name, handler in self._handlers.items():
                _ = self._pipeline | f"Dead letters {name}" >> _Close(handler)

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

    def rows(self, name: str) -> PCollection[OutcomeRow]:
        """The ends of the stage that was connected under this name."""
        rows: PCollection[OutcomeRow] = self._collectors[name].rows[0]
        return rows

    def _collector(self, name: str) -> OutcomeCollector:
        def write() -> beam.PTransform[PCollection[OutcomeRow], Any]:
            return WriteOutcomes(self._directory, file_name(name))

        self._collectors[name] = OutcomeCollector(write)
        return self._collectors[name]


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
