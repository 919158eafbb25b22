"""What the sources share: parts that workers read in parallel, and the same two ways out as every stage.

A source is one class with two methods, a `Reader`; `ReadFrom` makes a transform of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.transforms.error_handling import ErrorHandler
from typing_extensions import Self

from iocbeam.model.settings import RunInfo

from ..stage import ENDED, ERRORS, TALLIES, OutcomeCollector, route
from .entry import Entries, Reading
from .outputs import RECORDS, REPORTS, Read, emit


class Part(NamedTuple):
    """What one worker reads from its beginning to its end: a file, a collection, a range of pages.

    Attributes:
        name: for the report and for locations.
        details: what the reader needs besides the name; anything that pickles.
    """

    name: str
    details: Any = None


class Reader(ABC):
    """Where records come from. It pickles: clients are made where they are used, secrets are resolved there."""

    @abstractmethod
    def parts(self) -> Iterable[Part]:
        """What there is to read, at least one part. Called once, on a worker; it may ask the service.

        Raises:
            Stop, RetryLater: nothing can be read at all. Nothing was read before, so the run ends.
        """

    @abstractmethod
    def read(self, part: Part, reading: Reading) -> Entries:
        """The entries of one part: `Record`s, and an `Unreadable` for each that cannot be used.

        Never raises: what breaks the reading off goes into `reading.stop`, and what was given before is used.
        """


class ReadPartFn(beam.DoFn):
    """Reads one part: `Part` in, records and tagged outputs out, see `outputs.emit`."""

    def __init__(self, reader: Reader, run: RunInfo, raise_errors: bool = False) -> None:
        super().__init__()
        self._reader = reader
        self._run = run
        self._raise_errors = raise_errors

    def process(self, part: Part) -> Iterator[Any]:
        """Records, and `TaggedOutput` for the rest."""
        reading = Reading()
        return emit(self._reader.read(part, reading), part.name, reading, self._run, self._raise_errors)


class ReadFrom(beam.PTransform[Any, Read]):
    """The records of a `Reader`. Applied to a pipeline, it gives a `Read`.

    Records that the source itself rejects leave by `with_error_handler`; without a handler the source
    raises. Their outcomes leave by `with_outcomes`.

    Args:
        reader: reads.
        run: for the dead letters.
    """

    def __init__(self, reader: Reader, run: RunInfo) -> None:
        super().__init__()
        self._reader = reader
        self._run = run
        self._handler: ErrorHandler | None = None
        self._outcomes: OutcomeCollector | None = None

    def with_error_handler(self, handler: ErrorHandler | None) -> Self:
        """Sends rejected records to `handler` as `DeadLetter`s; None makes the source raise."""
        self._handler = handler
        return self

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends the outcomes of rejected records to `collector`; None counts them in Beam's metrics."""
        self._outcomes = collector
        return self

    def expand(self, begin: Any) -> Read:
        """Name the parts, then read each where there is room for it."""
        outputs = (
            begin
            | "Inputs" >> beam.Create([None])
            | "Parts" >> beam.FlatMap(_parts, self._reader).with_output_types(Part)
            # Without it the worker that names the parts would also read them all.
            | "Spread" >> beam.Reshuffle()
            | "Read"
            >> beam.ParDo(ReadPartFn(self._reader, self._run, raise_errors=self._handler is None)).with_outputs(
                ERRORS, ENDED, TALLIES, REPORTS, main=RECORDS
            )
        )
        route(outputs, self._handler, self._outcomes)
        return Read(outputs[RECORDS], outputs[REPORTS])


def _parts(_: None, reader: Reader) -> list[Part]:
    return list(reader.parts())
