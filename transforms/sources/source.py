"""What the sources share: files spread over workers, and the same two ways out as every stage."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import apache_beam as beam
from apache_beam.transforms.error_handling import ErrorHandler
from typing_extensions import Self

from ..stage import ENDED, ERRORS, TALLIES, OutcomeCollector, route
from .inputs import match_files
from .outputs import RECORDS, REPORTS, Read


class Source(beam.PTransform[Any, Read]):
    """Base of the sources that read files. Applied to a pipeline, it gives a `Read`.

    Records that the source itself rejects leave by `with_error_handler`; without a handler the source
    raises. Their outcomes leave by `with_outcomes`.

    Args:
        inputs: files or patterns. Each file is read by one worker from its beginning to its end.
    """

    def __init__(self, inputs: tuple[str, ...]) -> None:
        super().__init__()
        self._inputs = inputs
        self._handler: ErrorHandler | None = None
        self._outcomes: OutcomeCollector | None = None

    @abstractmethod
    def dofn(self, raise_errors: bool) -> beam.DoFn:
        """Reads one file: path in, records and tagged outputs out, see `outputs.emit`."""

    def with_error_handler(self, handler: ErrorHandler | None) -> Self:
        """Sends rejected records to `handler` as `DeadLetter`s; None makes the source raise."""
        self._handler = handler
        return self

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends the outcomes of rejected records to `collector`; None counts them in Beam's metrics."""
        self._outcomes = collector
        return self

    def expand(self, begin: Any) -> Read:
        """Name the files, then read each where there is room for it."""
        outputs = (
            begin
            | "Inputs" >> beam.Create([self._inputs])
            | "Match" >> beam.FlatMap(match_files).with_output_types(str)
            # Without it the worker that lists the files would also read them all.
            | "Spread" >> beam.Reshuffle()
            | "Read"
            >> beam.ParDo(self.dofn(raise_errors=self._handler is None)).with_outputs(
                ERRORS, ENDED, TALLIES, REPORTS, main=RECORDS
            )
        )
        route(outputs, self._handler, self._outcomes)
        return Read(outputs[RECORDS], outputs[REPORTS])
