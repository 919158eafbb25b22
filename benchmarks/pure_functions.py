"""The pure functions of all stages, one after the other, without Beam and without files."""

from __future__ import annotations

import time

import orjson

from iocbeam.model.never_block import NeverBlock
from iocbeam.model.outcome import Ended
from iocbeam.model.record import Record
from iocbeam.model.settings import ClassifySettings
from iocbeam.transforms import classify, expire, fix_url_scheme, protect, rank, validate

from .records import records

NOW = 1_790_000_000


def records_per_second(count: int = 200_000, rounds: int = 3) -> float:
    """Records a second on one core, from the parsed mapping to the rank; the best of some rounds."""
    parsed = [orjson.loads(line) for line in records(count)]
    settings = ClassifySettings(collection="bench")
    never_block = NeverBlock()
    statuses = frozenset(("active",))
    best = 0.0
    for _ in range(rounds):
        started = time.perf_counter()
        for fields in parsed:
            indicator = validate(Record(fields, b"", "", "bench", "jsonl", ""), statuses)
            if isinstance(indicator, Ended):
                continue
            indicator = fix_url_scheme(indicator)
            if isinstance(indicator, Ended):
                continue
            indicator = expire(indicator, NOW)
            if isinstance(indicator, Ended):
                continue
            row = classify(indicator, settings, NOW)
            if isinstance(row, Ended):
                continue
            row = protect(row, never_block)
            if isinstance(row, Ended):
                continue
            rank(row)
        best = max(best, count / (time.perf_counter() - started))
    return best
