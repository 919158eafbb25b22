"""`make bench`: every figure as a ratio to a plain loop that does the same work in the same run.

Each measurement is a process of its own, so that memory is told apart; loop and job take turns, so that a
machine that slows down slows both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .calls import calls
from .filled_tenant import filled_tenant
from .ocsf_mapping import events_per_second
from .pure_functions import records_per_second
from .records import ROOT, write_collection, write_netset


def measured(module: str, source: Path, *more: str) -> dict[str, Any]:
    """What one process of a benchmark module prints."""
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{module}", str(source), directory, *more],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def compare(name: str, source: Path, rounds: int, *more: str) -> None:
    """Prints the whole job against the loop."""
    pairs = [(measured("plain_loop", source, *more), measured("main_job", source, *more)) for _ in range(rounds)]
    for loop, job in pairs:
        if {name: count for name, count in loop["outcomes"].items() if count} != job["outcomes"]:
            raise SystemExit(f"{name}: loop and job do not agree: {loop['outcomes']} {job['outcomes']}")
    loop_seconds = statistics.median(loop["seconds"] for loop, _ in pairs)
    job_seconds = statistics.median(job["seconds"] for _, job in pairs)
    ratio = statistics.median(job["seconds"] / loop["seconds"] for loop, job in pairs)
    work = statistics.median((job["seconds"] - job["startup"]) / loop["seconds"] for loop, job in pairs)
    startup = statistics.median(job["startup"] for _, job in pairs)
    peak = max(job["peak_mb"] for _, job in pairs)
    print(
        f"{name:<28} loop {loop_seconds:6.1f} s   job {job_seconds:6.1f} s   ratio {ratio:.2f}"
        f" (without start-up {work:.2f})   start-up {startup:.1f} s   peak {peak:.0f} MB",
        flush=True,
    )


def main() -> None:
    """Runs the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="records of the first two rounds")
    parser.add_argument("--large", type=int, default=4_000_000, help="records of the last round; 0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3, help="how often loop and job take turns")
    given = parser.parse_args()
    print(f"pure functions               {records_per_second():,.0f} records/s on one core", flush=True)
    rate, ratio = events_per_second(12_000)
    print(f"OCSF events                  {rate:,.0f} events/s on one core, {ratio:.1f} x reading them", flush=True)
    print(f"calls for 12,000 new         {dict(calls(12_000))}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        plans = [
            (f"{given.records:,} records", given.records, None, given.rounds),
            (f"{given.records:,}, 60 % rejected", given.records, 0.6, given.rounds),
            (f"{given.large:,} records", given.large, None, 1),
        ]
        for name, count, broken, rounds in plans:
            if count:
                source = write_collection(Path(directory) / "collection.jsonl", count, broken)
                compare(name, source, rounds)
                if name == plans[0][0]:
                    with filled_tenant(source) as connection:
                        compare(f"{name}, 15,000 there", source, rounds, connection)
                source.unlink()
        if given.records:
            netset = write_netset(Path(directory) / "list.netset", given.records)
            compare(f"{given.records:,} lines of a netset", netset, given.rounds)


if __name__ == "__main__":
    main()
