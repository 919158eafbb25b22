"""Whether the same records come to a target that left our steps, where others wire transforms between.

Of our own steps each accounts for what it takes. What stands between them does not, and where as many records
are doubled as are lost the sums balance all the same. So each collection that leaves a step and is not taken as it
is by the next one is counted, together with the locations of its records, and what is taken is held against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.typehints.schemas import named_fields_from_element_type

from iocbeam.model.outcome import INTO, INTO_MARKS, OUT_OF, OUT_OF_MARKS, PASSAGE, Tally, passage_mark
from iocbeam.transforms.stage import at_bundle_end

from .flow import FlowStep

BETWEEN: Final = "(any between the steps of iocbeam)"
"""Stands for the name of a transform in what the summary says."""

UNCERTAIN: Final = (
    "Two ways from one step are joined before this target, and the rows do not tell by a location of their own "
    "whether some are there twice and others are missing: nothing is withdrawn."
)


def measured(given: PCollection[Any], steps: Sequence[FlowStep]) -> dict[PCollection[Any], int]:
    """How often each collection counts for the difference between what left our steps and what they took: positive
    where more left, negative where more was taken. Empty where nobody else's transforms stand between.

    Args:
        given: what a target takes.
        steps: before it.
    """
    found: Counter[PCollection[Any]] = Counter()
    found[given] -= 1
    for step in steps:
        if step.gives is not None:
            found[step.gives] += 1
        if step.given is not None:
            found[step.given] -= 1
    return {pcoll: times for pcoll, times in found.items() if times}


def have_locations(between: dict[PCollection[Any], int], steps: Sequence[FlowStep]) -> bool:
    """Whether rows can be told apart by their locations wherever they are to be counted."""
    return all(step.located for step in steps) and all(map(_has_location, between))


def _has_location(pcoll: PCollection[Any]) -> bool:
    kind: Any = pcoll.element_type
    try:
        return "location" in {name for name, _ in named_fields_from_element_type(kind)}
    except (TypeError, ValueError):
        # Nobody knows; where there is none nothing adds up, and nothing is withdrawn.
        return True


def passages(between: dict[PCollection[Any], int]) -> list[PCollection[Tally]]:
    """Tallies of what passes by others, as `Through` counts it."""
    return [
        pcoll | f"Passing {number}" >> beam.ParDo(_PassingFn(times)).with_output_types(Tally)
        for number, (pcoll, times) in enumerate(between.items())
    ]


class _PassingFn(beam.DoFn):
    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = abs(times)
        self._reasons = (INTO, INTO_MARKS) if times > 0 else (OUT_OF, OUT_OF_MARKS)

    def start_bundle(self) -> None:
        self._count = self._marks = 0

    def process(self, element: Any) -> None:
        self._count += 1
        self._marks += passage_mark(str(getattr(element, "location", None) or ""))

    def finish_bundle(self) -> Iterator[Any]:
        for reason, number in zip(self._reasons, (self._count, self._marks), strict=True):
            yield at_bundle_end(Tally("", BETWEEN, PASSAGE, reason, "", number * self._times))
