"""What all stages share: a pure function on every element, and what becomes of those that end there.

A stage's function takes an element and gives the next one, or an `Ended`. What ended leaves in two ways:

* `rejected` records are errors. They leave as `DeadLetter`s by `with_error_handler`; without a handler the
  stage raises, as Beam's own transforms do.
* every end, errors included, leaves as an `OutcomeRow` by `with_outcomes`; without a collector it is
  counted in Beam's metrics. It never raises.

Stages are for batches: what they hand out at a bundle's end stands in the global window.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Generic, TypeVar

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.error_handling import ErrorHandler
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue
from typing_extensions import Self

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.errors import IocbeamError
from iocbeam.model.outcome import DEAD_LETTER_OUTCOMES, NOTICE, Ended, OutcomeRow, Tally
from iocbeam.model.settings import RunInfo

ENDED: Final = "ended"
ERRORS: Final = "errors"
TALLIES: Final = "tallies"
PASSED: Final = "passed"

Tagged = TaggedOutput[str, Any]
In = TypeVar("In")
Out = TypeVar("Out")


class RejectedRecord(IocbeamError):
    """A record was rejected in a stage that has no error handler."""


def rejection(letter: DeadLetter) -> str:
    """What a stage without an error handler says of a record that it rejects."""
    return (
        f"{letter.stage} rejected the record at {letter.location or 'an unknown place'}: {letter.reason}, "
        f"{letter.message}. Give the transform an error handler to keep it as a dead letter."
    )


class StageDoFn(beam.DoFn, Generic[In, Out]):
    """Applies the stage's function to every element and counts what ends, within the bundle.

    Args:
        stage: the stage's name in outcomes and dead letters.
        run: goes into dead letters.
        tenant_id: empty for stages that are the same for all tenants.
        raise_errors: whether a rejected record raises instead of leaving as a dead letter.
    """

    def __init__(self, stage: str, run: RunInfo, *, tenant_id: str = "", raise_errors: bool = False) -> None:
        super().__init__()
        self.stage = stage
        self.run = run
        self.tenant_id = tenant_id
        self.raise_errors = raise_errors
        self._counts: Counter[tuple[str, str, str]] = Counter()

    @abstractmethod
    def function(self) -> Callable[[In], Out | Ended]:
        """What gives the next element, or how this one ends.

        Made once a bundle; a `partial` of the pure function spares a call for every element.
        """

    @abstractmethod
    def outcome_row(self, element: In, end: Ended) -> OutcomeRow:
        """The element's end for `outcomes-*.avro`."""

    @abstractmethod
    def dead_letter(self, element: In, end: Ended) -> DeadLetter:
        """The element's end for the dead letters."""

    def start_bundle(self) -> None:
        self._counts = Counter()
        self._judge = self.function()

    def process(self, element: In) -> Iterable[Any]:
        result = self._judge(element)
        if isinstance(result, Ended):
            return self.end(element, result)
        return (result,)

    def end(self, element: In, end: Ended) -> Iterator[Tagged]:
        """Counts the element's end and hands it to the side outputs."""
        row = self.outcome_row(element, end)
        self._counts[end.outcome, end.reason, row.type] += 1
        yield TaggedOutput(ENDED, row)
        if end.outcome in DEAD_LETTER_OUTCOMES:
            letter = self.dead_letter(element, end)
            if self.raise_errors:
                raise RejectedRecord(rejection(letter))
            yield TaggedOutput(ERRORS, letter)

    def notice(self, code: str) -> None:
        """Counts something worth knowing that ends no record; `code` is a key of `NOTICES`."""
        self._counts[NOTICE, code, ""] += 1

    def finish_bundle(self) -> Iterator[Tagged]:
        for (outcome, reason, kind), count in self._counts.items():
            yield in_global_window(TALLIES, Tally(self.tenant_id, self.stage, outcome, reason, kind, count))
        self._counts = Counter()


def in_global_window(tag: str, element: Any) -> Tagged:
    """An element of a side output as `finish_bundle` must hand it out."""
    return TaggedOutput(tag, at_bundle_end(element))


def at_bundle_end(element: Any) -> WindowedValue:
    """An element of the main output as `finish_bundle` must hand it out."""
    window = GlobalWindow()
    return WindowedValue(element, window.max_timestamp(), (window,))


class OutcomeCollector:
    """Gathers how records end, stage by stage: what `ErrorHandler` is for errors.

    Args:
        write: makes the transform that takes a stage's outcome rows, or None to drop the rows and keep
            the tallies. It is applied to each stage's rows by themselves: a Flatten of rows from several
            branches would be materialised.

    Attributes:
        parts: the tallies of each stage.
        rows: the outcome rows of each stage.
        written: what `write` gave for each stage.
    """

    def __init__(self, write: Callable[[], beam.PTransform[Any, Any]] | None = None) -> None:
        self._write = write
        self.parts: list[PCollection[Tally]] = []
        self.rows: list[PCollection[OutcomeRow]] = []
        self.written: list[Any] = []

    def add(self, rows: PCollection[OutcomeRow], tallies: PCollection[Tally]) -> None:
        """Called by a stage in its `expand`."""
        if self._write is not None:
            self.written.append(rows | "WriteOutcomes" >> self._write())
        self.parts.append(tallies)
        self.rows.append(rows)


class Stage(beam.PTransform[Any, Any], Generic[In, Out]):
    """Base of the stages: a composite of one ParDo whose side outputs go where the user says.

    Attributes:
        sides: side inputs of the ParDo; its `process` takes their values after the element.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sides: tuple[Any, ...] = ()
        self._handler: ErrorHandler | None = None
        self._outcomes: OutcomeCollector | None = None

    @abstractmethod
    def dofn(self, raise_errors: bool) -> StageDoFn[In, Out]:
        """The function of this stage."""

    def with_error_handler(self, handler: ErrorHandler | None) -> Self:
        """Sends rejected records to `handler` as `DeadLetter`s; None makes the stage raise."""
        self._handler = handler
        return self

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends every end to `collector`; None counts them in Beam's metrics."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[In]) -> PCollection[Out]:
        passed: PCollection[Out] = self.apply_dofn(pcoll, ())[PASSED]
        return passed

    def apply_dofn(self, pcoll: PCollection[In], tags: tuple[str, ...]) -> Any:
        """Runs the stage's function on a PCollection (`pcoll`) and connects its side outputs; further `tags` are
        its own."""
        function = self.dofn(raise_errors=self._handler is None)
        outputs = pcoll | function.stage >> beam.ParDo(function, *self.sides).with_outputs(
            ENDED, ERRORS, TALLIES, *tags, main=PASSED
        )
        route(outputs, self._handler, self._outcomes)
        return outputs


def route(outputs: Any, handler: ErrorHandler | None, outcomes: OutcomeCollector | None) -> None:
    """Connects a stage's side outputs to its error handler and its collector."""
    if handler is not None:
        handler.add_error_pcollection(outputs[ERRORS])
    if outcomes is not None:
        outcomes.add(outputs[ENDED], outputs[TALLIES])
    else:
        _ = outputs[TALLIES] | "CountOutcomes" >> beam.ParDo(_CountAsMetrics())


class _CountAsMetrics(beam.DoFn):
    def process(self, element: Tally) -> None:
        Metrics.counter("iocbeam", f"{element.outcome}.{element.reason}").inc(element.records)
