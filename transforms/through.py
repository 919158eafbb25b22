"""Through: a whole transform of the user's own in a job, with what goes in and comes out counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.transforms.error_handling import ErrorHandler
from apache_beam.transforms.window import GlobalWindows
from typing_extensions import Self

from iocbeam.model.errors import Stop, UsageError
from iocbeam.model.indicator import Indicator
from iocbeam.model.outcome import INTO, INTO_MARKS, OUT_OF, OUT_OF_MARKS, PASSAGE, Ended, Tally, passage_mark
from iocbeam.model.settings import RunInfo

from .indicator_stage import IndicatorStageDoFn
from .own_step import Step, as_end
from .recheck import presentable, recheck
from .stage import ENDED, ERRORS, PASSED, TALLIES, OutcomeCollector, in_global_window, route


class Dropped(NamedTuple):
    """What a transform gives in the place of an indicator that is to go no further.

    Attributes:
        indicator: as the transform was given it.
        end: how it ends: `filtered(NAME)`, or `ended(REASON)` as a function of `Change` may give it.
    """

    indicator: Indicator
    end: Ended


@dataclass(frozen=True)
class Through(Step):
    """All indicators go through a transform, `PCollection[Indicator]` to `PCollection[Indicator]`.

    It may group, join and use side inputs. For every element that comes in it gives one: an `Indicator`, or a
    `Dropped` where the record is to end, with its `location` as it was. If not the same records come out that went
    in, the run says so by the step's name, is not `balanced`, has exit status 3, and withdraws nothing. What comes
    out is held to what an indicator must be (`recheck`, of every field: this costs more than a `Change`). An error
    that it raises ends the run, as in any Beam pipeline.

    Attributes:
        transform: the user's own; applied once in each job.

    Raises:
        UsageError: the name cannot be one, or there is no transform.
    """

    transform: beam.PTransform[Any, Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.transform, beam.PTransform):
            raise UsageError(
                f"the transform {self.name} is given {self.transform!r:.80}, which is no PTransform.",
                advice="A function of one indicator goes into Change or Keep.",
            )

    def stage(self, run: RunInfo, *, schemeless: bool = False) -> _ThroughStage:
        """The transform itself; see `Step.stage`."""
        return _ThroughStage(self.name, self.transform, run, schemeless)


class _IntoFn(beam.DoFn):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def start_bundle(self) -> None:
        self._count = self._marks = 0

    def process(self, element: Indicator) -> Iterable[Any]:
        self._count += 1
        self._marks += passage_mark(element.location)
        return (element,)

    def finish_bundle(self) -> Iterator[Any]:
        for reason, number in ((INTO, self._count), (INTO_MARKS, self._marks)):
            yield in_global_window(TALLIES, Tally("", self._name, PASSAGE, reason, "", number))


class _OutOfFn(IndicatorStageDoFn[Any, Indicator]):
    def __init__(self, name: str, run: RunInfo, schemeless: bool, raise_errors: bool) -> None:
        super().__init__(name, run, raise_errors=raise_errors)
        self._schemeless = schemeless

    def indicator_of(self, element: Any) -> Indicator:
        return presentable(element.indicator if isinstance(element, Dropped) else element)

    def function(self) -> Callable[[Any], Indicator | Ended]:
        return partial(_came_out, self.stage, self.run.started_at, self._schemeless)

    def start_bundle(self) -> None:
        super().start_bundle()
        self._count = self._marks = 0

    def process(self, element: Any) -> Iterable[Any]:
        self._count += 1
        found = element.indicator if isinstance(element, Dropped) else element
        self._marks += passage_mark(str(getattr(found, "location", "")))
        return super().process(element)

    def finish_bundle(self) -> Iterator[Any]:
        yield from super().finish_bundle()
        for reason, number in ((OUT_OF, self._count), (OUT_OF_MARKS, self._marks)):
            yield in_global_window(TALLIES, Tally("", self.stage, PASSAGE, reason, "", number))


def _came_out(name: str, now: int, schemeless: bool, element: Any) -> Indicator | Ended:
    if isinstance(element, Dropped) and type(element.indicator) is Indicator and isinstance(element.end, Ended):
        return as_end(element.end)
    if type(element) is not Indicator:
        # Nothing shows which record it was, so none can be said to have ended.
        raise Stop(
            f"the transform {name} gave a {type(element).__name__}, no Indicator and no Dropped(indicator, end).",
            option="--transforms",
        )
    return recheck(None, element, now, schemeless=schemeless)


class _ThroughStage(beam.PTransform[Any, Any]):
    def __init__(self, name: str, transform: Any, run: RunInfo, schemeless: bool) -> None:
        super().__init__()
        self._name = name
        self._transform = transform
        self._run = run
        self._schemeless = schemeless
        self._handler: ErrorHandler | None = None
        self._outcomes: OutcomeCollector | None = None

    def with_error_handler(self, handler: ErrorHandler | None) -> Self:
        self._handler = handler
        return self

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[Indicator]) -> PCollection[Indicator]:
        counted = pcoll | "Into" >> beam.ParDo(_IntoFn(self._name)).with_outputs(TALLIES, main=PASSED)
        # Without a type: Beam cannot take the types of an indicator's fields from annotations that are texts.
        given = counted[PASSED] | self._name >> self._transform
        if not isinstance(given, PCollection):
            raise UsageError(
                f"the transform {self._name} gave {type(given).__name__}, not one PCollection.",
                advice="Its expand must return the indicators and what it drops in one.",
            )
        if not isinstance(given.windowing.windowfn, GlobalWindows):
            given = given | "One window" >> beam.WindowInto(GlobalWindows())
        check = _OutOfFn(self._name, self._run, self._schemeless, raise_errors=self._handler is None)
        outputs = given | "Out of" >> beam.ParDo(check).with_outputs(ENDED, ERRORS, TALLIES, main=PASSED)
        route(outputs, self._handler, self._outcomes)
        if self._outcomes is not None:
            self._outcomes.parts.append(counted[TALLIES])
        passed: PCollection[Indicator] = outputs[PASSED]
        return passed
