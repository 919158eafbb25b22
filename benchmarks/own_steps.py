"""What a transform of the user's own costs: the whole dry run with one against the same without.

`python -m benchmarks.own_steps [RECORDS]`. Processor time, as other jobs may share the machine; all take turns.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import apache_beam as beam

from iocbeam.model import Indicator
from iocbeam.pipelines import defender
from iocbeam.transforms import Change, Keep, Step, Through

from .main_job import job
from .records import write_collection

ROUNDS = 5


def _same(indicator: Indicator) -> Indicator:
    return indicator


def _all(_: Indicator) -> bool:
    return True


def _more_severe(indicator: Indicator) -> Indicator:
    return replace(indicator, severity="High")


STEPS: dict[str, Sequence[Step]] = {
    "no step": (),
    "Change, nothing changed": (Change("same", _same),),
    "Change, one field of each": (Change("more_severe", _more_severe),),
    "Keep": (Keep("all", _all),),
    "Through, a beam.Map": (Through("same", beam.Map(_same)),),
}


def seconds(source: Path, steps: Sequence[Step]) -> float:
    """Processor seconds of a dry run."""
    with tempfile.TemporaryDirectory() as directory:
        started = time.process_time()
        summary = defender.run(job(source, Path(directory)), steps=steps)
        spent = time.process_time() - started
    if not summary["balanced"]:
        raise SystemExit("the run does not balance")
    return spent


def main() -> None:
    """Prints each kind of step as a ratio to none."""
    count = int("".join(sys.argv[1:2]) or 300_000)
    with tempfile.TemporaryDirectory() as directory:
        source = write_collection(Path(directory) / "collection.jsonl", count, None)
        one = write_collection(Path(directory) / "one.jsonl", 1, None)
        seconds(one, ())  # the first pipeline of a process also pays for imports
        rounds = [{name: seconds(source, steps) for name, steps in STEPS.items()} for _ in range(ROUNDS)]
    for name in STEPS:
        ratio = statistics.median(spent[name] / spent["no step"] for spent in rounds)
        more = statistics.median((spent[name] - spent["no step"]) / count * 1e6 for spent in rounds)
        print(f"{name:<28} ratio {ratio:.2f}   {more:+.2f} us a record", flush=True)


if __name__ == "__main__":
    main()
