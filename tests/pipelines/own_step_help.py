"""Steps that a user might write, good and bad ones; importable by name as `own_step_help:NAME`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsDict

from iocbeam.model import Ended, Indicator, RunInfo, filtered
from iocbeam.transforms import Change, Dropped, Keep, Through


def rescore(indicator: Indicator) -> Indicator:
    """High where the score is high."""
    return replace(indicator, severity="High") if (indicator.score or 0) >= 80 else indicator


def untagged(indicator: Indicator) -> bool:
    """Whether it has no tag `drill`."""
    return "drill" not in indicator.tags


def explode_on_three(indicator: Indicator) -> Indicator:
    """Raises for one value."""
    if indicator.value.startswith("n3."):
        raise KeyError("owner")
    return indicator


def owned_by(indicator: Indicator, owners: dict[str, str]) -> Indicator | Ended:
    """With its owner as a tag; records of the laboratory are dropped."""
    owner = owners.get(indicator.value)
    if owner == "lab":
        return filtered("of_the_lab", "its owner is the laboratory")
    return replace(indicator, tags=(*indicator.tags, owner)) if owner else indicator


def owners(pipeline: beam.Pipeline) -> AsDict:
    """Who owns what."""
    pairs = [("n1.malware-test.example", "lab"), ("n2.malware-test.example", "web")]
    return AsDict(pipeline | "Owners" >> beam.Create(pairs))


class OnePerTag(beam.PTransform[Any, Any]):
    """Of the records of each first tag the one with the least value; the others are dropped, and said so."""

    def expand(self, pcoll: Any) -> Any:
        return (
            pcoll
            | "By tag" >> beam.Map(lambda one: (one.tags[:1], one))
            | "Group" >> beam.GroupByKey()
            | "First" >> beam.FlatMap(self._first)
        )

    @staticmethod
    def _first(group: Any) -> Any:
        tags, found = group
        best, *others = sorted(found, key=lambda one: one.value) if tags else (None, *found)
        if best:
            yield best
        for one in others:
            yield Dropped(one, filtered("one_per_tag")) if tags else one


RESCORE = Change("rescore", rescore)
SEVERAL = (RESCORE, Keep("no_drills", untagged))
OWNERS = Change("owners", owned_by, owners)
EXPLODES = Change("explodes", explode_on_three)
LOSES = Through("loses", beam.Filter(lambda one: not one.value.startswith("n3.")))
DOUBLES = Through("doubles", beam.FlatMap(lambda one: [one, one] if one.value.startswith("n3.") else [one]))
SWAPS = Through(
    "swaps",
    beam.FlatMap(lambda one: [one] * (0 if one.value.startswith("n1.") else 1 + one.value.startswith("n2."))),
)
ONE_PER_TAG = Through("one_per_tag", OnePerTag())
NO_STEP = 7


def made(run: RunInfo) -> list[Any]:
    """Steps that depend on the run."""
    return [Keep(f"only_{run.collection}", untagged)]
