"""Steps of the user's own, as the jobs take them: a name, and what becomes of every indicator there.

`Change` and `Keep` are pure functions of one indicator: iocbeam calls them, so that whatever they do every record
ends exactly once. `Through` takes a whole transform, which may group and join; what goes in and what comes out is
counted.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import AsSideInput, PCollection

from iocbeam.model.errors import Stop, UsageError
from iocbeam.model.indicator import Indicator
from iocbeam.model.outcome import (
    CUSTOM,
    EXPIRED,
    FILTERED,
    INACTIVE,
    REASONS,
    REJECTED,
    Ended,
    check_name,
    filtered,
)
from iocbeam.model.settings import RunInfo

from .indicator_stage import IndicatorStageDoFn
from .owned_ends import WHITELISTED
from .recheck import failed, recheck
from .stage import Stage

OF_THE_TABLE: Final = (REJECTED, INACTIVE, EXPIRED)
"""Outcomes besides `filtered` with which a step may end a record, each with a reason of the table."""

MAX_ERROR: Final = 500
"""Characters of an error's text that a dead letter keeps."""

Side = Callable[[beam.Pipeline], AsSideInput]
"""Makes a side input on a pipeline: `lambda pipeline: AsDict(pipeline | ReadMine())`."""


@dataclass(frozen=True)
class Step(ABC):
    """A transform of the user's own in a job, between `Expire` and the targets.

    A step should be idempotent, so that indicators that went through it may do so again: `iocbeam replay` sends
    dead letters of later stages through all stages once more.

    Attributes:
        name: 1 to 40 of a-z, 0-9 and `_`, beginning with a letter. It stands in labels, outcomes and dead letters.

    Raises:
        UsageError: the name cannot be one.
    """

    name: str

    def __post_init__(self) -> None:
        check_name(self.name)

    @abstractmethod
    def stage(self, run: RunInfo, *, schemeless: bool = False) -> Any:
        """The transform itself, `Indicator`s to `Indicator`s, with `with_error_handler` and `with_outcomes`.

        Args:
            run: goes into dead letters; its start is the present.
            schemeless: whether URLs without a scheme and names of files are indicators, as in the sightings job.
        """


@dataclass(frozen=True)
class Change(Step):
    """Every indicator is what a function makes of it.

    The function gives an `Indicator`, the same or another, or an `Ended`: `filtered(NAME)` drops the record, and
    `ended(REASON)` of the table ends it as `rejected`, `inactive` or `expired`. What it gives is held to what an
    indicator must be (`recheck`); a record on which it raises, or for which it gives anything else, ends as
    `rejected` with `transform_failed`, and nothing is withdrawn in that run. Only a `Stop` of
    `iocbeam.model.errors` ends the run.

    Attributes:
        function: takes the indicator, and the side input's value where there is a `side`.
        side: makes a side input, such as a list of the user's own; None for none.

    Raises:
        UsageError: the name cannot be one, or the function does not take what it will be given.
    """

    function: Callable[..., Indicator | Ended]
    side: Side | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_takes(self.name, self.function, 1 if self.side is None else 2)

    def stage(self, run: RunInfo, *, schemeless: bool = False) -> Stage[Indicator, Indicator]:
        """The transform itself; see `Step.stage`."""
        return _OwnStage(self.name, self.function, self.side, run, schemeless)


@dataclass(frozen=True)
class Keep(Step):
    """Indicators for which a function says False end as `filtered`, reason `custom:NAME` with the step's name.

    Attributes:
        function: takes what that of `Change` takes, and gives True or False. Anything else counts as its failure:
            a forgotten `return` would drop everything.
        side: as that of `Change`.

    Raises:
        UsageError: as `Change`.
    """

    function: Callable[..., bool]
    side: Side | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_takes(self.name, self.function, 1 if self.side is None else 2)

    def stage(self, run: RunInfo, *, schemeless: bool = False) -> Stage[Indicator, Indicator]:
        """The transform itself; see `Step.stage`."""
        judge = partial(_kept, self.function, filtered(self.name))
        return _OwnStage(self.name, judge, self.side, run, schemeless)


def check_takes(name: str, function: Any, arguments: int) -> None:
    """Raise a `UsageError` for what is no function, or takes another number of arguments."""
    if not callable(function):
        raise UsageError(f"the transform {name} is given {function!r}, which is no function.")
    try:
        signature = inspect.signature(function)
    except ValueError:  # of a builtin that does not tell
        return
    try:
        signature.bind(*(None,) * arguments)
    except TypeError as error:
        takes = "the indicator" if arguments == 1 else "the indicator and the side input's value"
        raise UsageError(f"the function of the transform {name} must take {takes}: {error}.") from None


def _kept(function: Callable[..., Any], end: Ended, indicator: Indicator, *side: Any) -> Indicator | Ended:
    keep = function(indicator, *side)
    if keep is True:
        return indicator
    return end if keep is False else failed(f"gave {keep!r:.80}, neither True nor False")


def judged(
    function: Callable[..., Any], now: int, schemeless: bool, indicator: Indicator, *side: Any
) -> Indicator | Ended:
    """What a function of the user's own makes of an indicator, as far as that can be."""
    try:
        given: object = function(indicator, *side)
        if given is indicator:
            return indicator
        return as_end(given) if isinstance(given, Ended) else recheck(indicator, given, now, schemeless=schemeless)
    except Stop:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is of this record
        return failed(f"raised {type(error).__name__}: {error}"[:MAX_ERROR])


def as_end(end: Ended) -> Ended:
    """An end that a user's own transform gave, if it may give that one."""
    if not all(isinstance(one, str) for one in (end.outcome, end.reason)):
        return failed(f"ended the record as {end.outcome!r:.40}, {end.reason!r:.60}, where both must be texts")
    if end.outcome == FILTERED and end.reason.startswith(CUSTOM):
        check_name(end.reason.removeprefix(CUSTOM))
        return end._replace(message=str(end.message)[:MAX_ERROR])
    known = REASONS.get(end.reason)
    if known and known.outcome == end.outcome and end.outcome in OF_THE_TABLE and end.reason != WHITELISTED:
        return end._replace(message=str(end.message)[:MAX_ERROR])
    return failed(
        f"ended the record as {end.outcome!r:.40}, {end.reason!r:.60}, which a transform of your own cannot"
    )


class _OwnFn(IndicatorStageDoFn[Indicator, Indicator]):
    def __init__(self, name: str, function: Any, run: RunInfo, schemeless: bool, raise_errors: bool) -> None:
        super().__init__(name, run, raise_errors=raise_errors)
        self._function = function
        self._schemeless = schemeless

    def indicator_of(self, element: Indicator) -> Indicator:
        return element

    def function(self) -> Callable[[Indicator], Indicator | Ended]:
        return partial(judged, self._function, self.run.started_at, self._schemeless)


class _OwnSideFn(_OwnFn):
    def process(self, element: Indicator, side: Any) -> Any:  # type: ignore[override]
        result = self._judge(element, side)  # type: ignore[call-arg]
        if isinstance(result, Ended):
            return self.end(element, result)
        return (result,)


class _OwnStage(Stage[Indicator, Indicator]):
    def __init__(self, name: str, function: Any, side: Side | None, run: RunInfo, schemeless: bool) -> None:
        super().__init__()
        self._name = name
        self._function = function
        self._side = side
        self._run = run
        self._schemeless = schemeless

    def dofn(self, raise_errors: bool) -> _OwnFn:
        kind = _OwnFn if self._side is None else _OwnSideFn
        return kind(self._name, self._function, self._run, self._schemeless, raise_errors)

    def expand(self, pcoll: PCollection[Indicator]) -> PCollection[Indicator]:
        self.sides = () if self._side is None else (side_input(self._name, self._side, pcoll.pipeline),)
        return super().expand(pcoll)


def side_input(name: str, side: Side, pipeline: beam.Pipeline) -> AsSideInput:
    """The side input that a step's `side` makes on a pipeline.

    Raises:
        UsageError: it makes something else.
    """
    made = side(pipeline)
    if not isinstance(made, AsSideInput):
        raise UsageError(
            f"the side of the transform {name} made {made!r:.80}, no side input.",
            advice="Return AsDict(...), AsList(...) or AsSingleton(...) of apache_beam.pvalue.",
        )
    return made
