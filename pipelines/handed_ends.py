"""Where the ends of records go in a pipeline that somebody else wires."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.model.outcome import Tally
from iocbeam.sinks import WriteDeadLetters, WriteOutcomes
from iocbeam.transforms import OutcomeCollector

from .flow import FlowStep
from .run_ends import RunEnds, file_name


class HandedEnds(RunEnds):
    """The ends of a target's records, and of the steps before it: all of them are written, and errors go to the
    pipeline's own handler as well.

    Args:
        handler: what `with_error_handler` was given; None lets every stage raise.
    """

    def __init__(self, pipeline: beam.Pipeline, directory: str, handler: Any) -> None:
        super().__init__(pipeline, directory)
        self._handler = handler

    def count(self, tallies: Sequence[PCollection[Tally]]) -> None:
        """Takes in what passes by others between the steps; see `passing`."""
        passing = OutcomeCollector()
        passing.parts += tallies
        self._collectors["Between"] = passing

    def take(self, step: FlowStep) -> str:
        """Takes in a step before this target and writes its ends; its name among these ends."""
        name = f"Before: {step.name}"
        self._collectors[name] = step.outcomes
        for rows in step.outcomes.rows:
            _ = rows | f"Outcomes of {step.name}" >> WriteOutcomes(self._directory, file_name(step.name))
        if step.letters is not None:
            write = WriteDeadLetters(self._directory, file_name(step.name))
            self._letters.append(step.letters | f"Dead letters of {step.name}" >> write)
        return name

    def of(self, name: str, stage: Any) -> Any:
        """As that of `RunEnds`."""
        stage.with_outcomes(self._collector(name))
        if hasattr(stage, "with_error_handler"):
            stage.with_error_handler(self._handler and _Both(self._handler, self._directory, file_name(name)))
        return name >> stage


class _Both:
    """An error handler that writes dead letters and hands them on."""

    def __init__(self, handler: Any, directory: str, name: str) -> None:
        self._handler = handler
        self._directory = directory
        self._name = name

    def add_error_pcollection(self, pcoll: PCollection[Any]) -> None:
        _ = pcoll | "Dead letters" >> WriteDeadLetters(self._directory, self._name)
        self._handler.add_error_pcollection(pcoll)
