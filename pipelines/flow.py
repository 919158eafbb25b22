"""What is known of a pipeline that somebody else wires: our sources and stages in it, found again by the graph.

In our own jobs the wiring hands reads and outcomes from the source to the plan. Where users wire, as in Beam YAML,
it would be forgotten, and a run would withdraw what was only lost on the way. So each source and stage is noted on
its pipeline, and a target walks up the graph from what it is given: what stands before it counts, nothing else.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.errors import UsageError
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import RunInfo
from iocbeam.transforms import OutcomeCollector

_ATTRIBUTE: Final = "_iocbeam_flow"


class RunStart(NamedTuple):
    """What is fixed when a run is constructed, for every transform in it.

    Attributes:
        started_at: epoch seconds, UTC.
        dry_run: whether no target may write, whatever its settings say.
    """

    run_id: str
    started_at: int
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class FlowStep:
    """A source or a stage in a pipeline.

    Attributes:
        name: unlike all others in the pipeline.
        outcomes: how its records end.
        letters: its errors, None where it raises.
        reads: of a source, one report for each input.
        protected_keys: of `Validate`.
        part: why what it reads is not the whole collection, as a sentence, or empty.
        given, gives: what it takes and its main output, where each record in them is one of the collection.
        located: whether each of its records has a location of its own.
        tells: whether a record that it ends says itself that its row is not to stay. Not where a step is the
            user's own: a mistake in it is no word of the source, and the guard counts it.
    """

    name: str
    outcomes: OutcomeCollector
    letters: PCollection[DeadLetter] | None = None
    reads: PCollection[ReadReport] | None = None
    protected_keys: PCollection[bytes] | None = None
    part: str = ""
    given: PCollection[Any] | None = None
    gives: PCollection[Any] | None = None
    located: bool = True
    tells: bool = False


@dataclass(slots=True)
class Flow:
    """The steps of one pipeline.

    Attributes:
        start: of the run.
        outputs: directories of the targets so far.
    """

    start: RunStart
    outputs: list[str] = field(default_factory=list)
    _steps: dict[Any, FlowStep] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _rows: dict[Any, PCollection[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, pipeline: beam.Pipeline, start: Callable[[], RunStart]) -> Flow:
        """The one of this pipeline.

        Args:
            start: asked when the pipeline has none yet.
        """
        found = getattr(pipeline, _ATTRIBUTE, None)
        if found is None:
            found = cls(start())
            setattr(pipeline, _ATTRIBUTE, found)
        flow: Flow = found
        return flow

    def run(self, job: str, collection: str, *, dry_run: bool = False) -> RunInfo:
        """The run as a transform is told of it.

        Raises:
            UsageError: the collection has no name that it can have.
        """
        return RunInfo(
            self.start.run_id, self.start.started_at, job, collection, dry_run=dry_run or self.start.dry_run
        )

    def unlike(self, name: str) -> str:
        """The name, with a number if the pipeline has it already."""
        made, number = name, 1
        while made in self._names:
            number += 1
            made = f"{name} {number}"
        self._names.add(made)
        return made

    def note(self, gives: PCollection[Any], step: FlowStep) -> None:
        """Remember the step whose main output this is."""
        self._steps[gives.producer] = step

    def show(self, elements: PCollection[Any], rows: PCollection[Any]) -> None:
        """Remember what rows were made of that a pipeline is shown in the place of our own elements."""
        self._rows[rows.producer] = elements

    def behind(self, pcoll: PCollection[Any]) -> PCollection[Any]:
        """The elements of which these rows were made, where nobody has touched them; else the rows."""
        return self._rows.get(pcoll.producer, pcoll)

    def claim(self, directory: str) -> None:
        """Take a directory for one target.

        Raises:
            UsageError: another target of the pipeline has it.
        """
        if _normal(directory) in map(_normal, self.outputs):
            raise UsageError(
                f"{directory} is where another transform of this pipeline writes its summary.",
                option="--output",
                advice="Give each a directory of its own.",
            )
        self.outputs.append(directory)

    def before(self, pcoll: PCollection[Any]) -> list[FlowStep]:
        """The steps that a collection's elements came through, sources first."""
        found: dict[str, FlowStep] = {}
        seen: set[Any] = set()
        waiting = [pcoll]
        while waiting:
            producer = waiting.pop().producer
            if producer is None or producer in seen:
                continue
            seen.add(producer)
            step = self._steps.get(producer)
            if step is not None:
                found[step.name] = step
            waiting += [one for one in producer.inputs if isinstance(one, PCollection)]
        return sorted(found.values(), key=lambda step: step.reads is None)

    def validated(self, pcoll: PCollection[Any]) -> bool:
        """Whether all elements came through a `Validate`: by each input of a Flatten, by any input of another."""
        producer = pcoll.producer
        if producer is None:
            return False
        step = self._steps.get(producer)
        if step is not None and step.protected_keys is not None:
            return True
        every = all if isinstance(producer.transform, beam.Flatten) else any
        inputs = [one for one in producer.inputs if isinstance(one, PCollection)]
        return bool(inputs) and every(map(self.validated, inputs))

    def joins_ways(self, pcoll: PCollection[Any]) -> bool:
        """Whether a Flatten before a collection joins two ways that come from one step."""
        seen: set[Any] = set()
        waiting = [pcoll]
        while waiting:
            producer = waiting.pop().producer
            if producer is None or producer in seen:
                continue
            seen.add(producer)
            inputs = [one for one in producer.inputs if isinstance(one, PCollection)]
            if isinstance(producer.transform, beam.Flatten):
                names = [step.name for one in inputs for step in self.before(one)]
                if len(set(names)) < len(names):
                    return True
            waiting += inputs
        return False


def _normal(directory: str) -> str:
    """A path by which two that are one directory are told."""
    scheme, mark, rest = directory.partition("://")
    if not mark:
        return os.path.realpath(directory)
    return f"{scheme.lower()}{mark}{posixpath.normpath(rest)}"
