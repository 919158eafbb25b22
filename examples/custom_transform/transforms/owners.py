"""Enrich: who of us reported a value, and how much that counts, from a CSV file of our own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.pvalue import AsDict

from iocbeam.model import Ended, Indicator, filtered


class Owner(NamedTuple):
    """A row of the list: the team, and what is added to the score."""

    team: str
    weight: float


def with_owner(indicator: Indicator, owners: Mapping[str, Owner]) -> Indicator | Ended:
    """The indicator with its owner as an attribute and a score that counts who that is."""
    owner = owners.get(indicator.value)
    if owner is None:
        return indicator
    if owner.team == "lab":
        return filtered("of_the_lab", "the laboratory put it there to try things out")
    pair = ("Owner", owner.team)
    if pair in indicator.attributes:  # been here before, as a dead letter that is replayed
        return indicator
    score = (indicator.score or 0) + owner.weight
    return replace(indicator, score=score, attributes=(*indicator.attributes, pair))


def owners_in(path: str, pipeline: beam.Pipeline) -> AsDict:
    """The side input: value to `Owner`."""
    return AsDict(pipeline | "Owners" >> beam.Create([path]) | "Read owners" >> beam.FlatMap(read_owners))


def read_owners(path: str) -> Iterator[tuple[str, Owner]]:
    """Pairs of value and `Owner`, from a CSV file with the columns value, team and weight."""
    with FileSystems.open(path) as stream:
        for row in csv.DictReader(io.TextIOWrapper(stream, "utf-8")):
            yield row["value"], Owner(row["team"], float(row["weight"]))
