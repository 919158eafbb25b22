"""`python -m benchmarks.ocsf_mapping`: objects to OCSF events, per second and as a ratio to only reading them.

The plain loop reads the same objects with Python's own JSON and copies each: what any program has to do before it
can do anything. Both take turns on slices, so that a machine that slows down slows both; seconds are of the
processor, which other jobs cannot take away.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from typing import Final, get_args

from iocbeam.local_tenant.estates.estate import estate
from iocbeam.model.indicator import SHA1, Indicator
from iocbeam.model.ocsf import Dialect, EventContext, event_of
from iocbeam.model.sighting import ALERT, FILE_SHA1, MACHINE, Fetched, Match

GOAL: Final = 20_000
"""Events a second on one core, of an estate with five alerts for each machine."""

_SLICE: Final = 500
_NOW: Final = 1_790_000_000


def fetched(count: int) -> list[Fetched]:
    """An estate as it is read, alerts and machines mixed."""
    made = estate(machines=count // 6, alerts=count - count // 6, now=_NOW)
    objects = [Fetched(ALERT, "tenant", "contoso", alert) for alert in made.alerts]
    for at, machine in enumerate(made.machines):
        objects.insert(at * 6, Fetched(MACHINE, "tenant", "contoso", machine))
    return objects


def matches_of(one: Fetched, number: int) -> tuple[Match, ...]:
    """What an indicator of the collection shows of every twentieth alert."""
    if number % 20 or one.kind != ALERT:
        return ()
    for at, item in enumerate(one.data["evidence"]):
        if item.get("sha1"):
            indicator = Indicator(SHA1, str(item["sha1"]).lower(), severity="High", source="feed")
            return (Match(indicator, FILE_SHA1, item["sha1"], f"evidence[{at}].sha1"),)
    return ()


def events_per_second(count: int, dialect: Dialect = "ocsf") -> tuple[float, float]:
    """Events a second, and how often as long as the plain loop takes the mapping takes."""
    objects = [(one, matches_of(one, number)) for number, one in enumerate(fetched(count))]
    texts = [json.dumps(one.data) for one, _ in objects]
    context = EventContext("tenant", _NOW, dialect, "contoso")
    # What waits to be mapped is no part of the work; in a pipeline it is not in memory at all.
    gc.collect()
    gc.freeze()
    ours = plain = 0.0
    for start in range(0, len(objects), _SLICE):
        slice_, lines = objects[start : start + _SLICE], texts[start : start + _SLICE]
        started = time.process_time()
        for one, matches in slice_:
            event_of(one, context, matches)
        between = time.process_time()
        for line in lines:
            dict(json.loads(line))
        ours += between - started
        plain += time.process_time() - between
    gc.unfreeze()
    return len(objects) / ours, ours / plain


def main() -> None:
    """Exit status 1 if a dialect is slower than it is meant to be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ocsf_mapping", description=__doc__)
    parser.add_argument("--events", type=int, default=12_000)
    given = parser.parse_args()
    slow = False
    for dialect in get_args(Dialect):
        rate, ratio = events_per_second(given.events, dialect)
        print(f"{dialect:<12} {rate:>9,.0f} events/s   {ratio:.2f} x reading them   goal {GOAL:,}", flush=True)
        slow = slow or rate < GOAL
    if slow:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
