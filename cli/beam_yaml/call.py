"""One use of a provider in a pipeline: what it is given, and what it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import RunInfo
from iocbeam.pipelines.flow import Flow, FlowStep
from iocbeam.transforms import AsIndicators, OutcomeCollector
from iocbeam.transforms.as_indicators import check_fields

from .counts import Count, CountReads
from .rows import as_tuples, field_names

JOB: Final = "yaml"
"""The job of stages that stand for themselves, in dead letters."""


class Made(NamedTuple):
    """What a provider builds.

    Attributes:
        main: the main output.
        reads: of a source, one report for each input.
        protected_keys: of `Validate`.
        part: why what it reads is not the whole collection, as a sentence.
        rows: what the elements are to Beam; None leaves it as it is.
        given: of a stage, the records that it takes.
        located: of a source, whether each record has a location of its own.
    """

    main: PCollection[Any]
    reads: PCollection[ReadReport] | None = None
    protected_keys: PCollection[bytes] | None = None
    part: str = ""
    rows: Any = None
    given: PCollection[Any] | None = None
    located: bool = True


@dataclass(slots=True)
class Errors:
    """An error handler that gathers what leaves as dead letters."""

    letters: list[PCollection[DeadLetter]] = field(default_factory=list)

    def add_error_pcollection(self, pcoll: PCollection[DeadLetter]) -> None:
        """Called by a stage in its `expand`."""
        self.letters.append(pcoll)


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a provider in a pipeline.

    Attributes:
        name: of the transform.
        values: what its config gives, by option name; defaults are not in it.
        flow: of the pipeline.
        errors: where its errors go, None where it raises.
        outcomes: how its records end.
        all_errors, all_outcomes: the same with what ended when rows were made indicators.
    """

    name: str
    values: Mapping[str, Any]
    flow: Flow
    errors: Errors | None
    outcomes: OutcomeCollector
    all_errors: list[Errors] = field(default_factory=list)
    all_outcomes: list[OutcomeCollector] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.all_outcomes.append(self.outcomes)
        if self.errors is not None:
            self.all_errors.append(self.errors)

    def run(self) -> RunInfo:
        """The run as a stage is told of it."""
        return self.flow.run(JOB, self.values.get("collection") or JOB)

    def connected(self, stage: Any) -> Any:
        """A stage whose errors and ends are connected."""
        if hasattr(stage, "with_error_handler"):
            stage.with_error_handler(self.errors)
        return stage.with_outcomes(self.outcomes)

    def indicators(self, pcoll: PCollection[Any]) -> PCollection[Any]:
        """What comes in, as indicators, whatever a user's own transform has made of them.

        Raises:
            UsageError: the rows have other fields.
        """
        self.check_indicators(pcoll)
        behind = self.flow.behind(pcoll)
        return behind if behind is not pcoll else self.step("As indicators", AsIndicators(self.run()), pcoll)

    def tuples(self, pcoll: PCollection[Any], kind: Any, makes: str) -> PCollection[Any]:
        """What comes in, as one of our named tuples; see `rows.as_tuples`."""
        return as_tuples(self.flow.behind(pcoll), kind, makes)

    @staticmethod
    def check_indicators(pcoll: PCollection[Any]) -> None:
        """Raise a `UsageError` where the rows that come in cannot be indicators."""
        names = field_names(pcoll)
        if names is not None:
            check_fields(names)

    def step(self, name: str, stage: Any, pcoll: PCollection[Any]) -> PCollection[Any]:
        """A stage with ends of its own, for a transform that is made of several."""
        errors = None if self.errors is None else Errors()
        outcomes = OutcomeCollector()
        made: PCollection[Any] = pcoll | name >> stage.with_error_handler(errors).with_outcomes(outcomes)
        note(self.flow, name, Made(made, given=pcoll), errors, outcomes)
        self.all_outcomes.append(outcomes)
        if errors is not None:
            self.all_errors.append(errors)
        return made


TELLING: Final = ("Validate", "Expire")
"""Stages whose ends are the source's own word."""


def note(flow: Flow, name: str, made: Made, errors: Errors | None, outcomes: OutcomeCollector) -> None:
    """Remember on the pipeline what a step does to the sums, and count it for whoever looks at the metrics."""
    tells = name in TELLING
    name = flow.unlike(name)
    letters = together(errors.letters, f"Letters of {name}") if errors and errors.letters else None
    flow.note(
        made.main,
        FlowStep(
            name,
            outcomes,
            letters,
            made.reads,
            made.protected_keys,
            made.part,
            given=made.given,
            gives=made.main,
            located=made.located,
            tells=tells,
        ),
    )
    for number, tallies in enumerate(outcomes.parts):
        _ = tallies | f"Count {name} {number}" >> beam.ParDo(Count())
    if made.reads is not None:
        _ = made.reads | "Count reads" >> beam.ParDo(CountReads())


def together(parts: list[PCollection[Any]], label: str) -> PCollection[Any]:
    """One collection of several; of one, that."""
    if len(parts) == 1:
        return parts[0]
    flat: PCollection[Any] = tuple(parts) | label >> beam.Flatten()
    return flat
