"""`python -m benchmarks.range_merge`: ranges merged into the fewest CIDRs, as a ratio to netaddr in the same run.

From texts to texts on both sides, and both must give the same. Each measurement is a process of its own, so that
memory is told apart; the three take turns, so that a machine that slows down slows all. Seconds are of the
processor, which other jobs cannot take away.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import netaddr

from iocbeam.planning.entra.ranges import RangeSet

from .memory import peak_mb
from .records import ROOT

GOAL: Final = 2.5


def random_addresses(count: int) -> list[str]:
    """Anywhere in IPv4: hardly any two are neighbours."""
    chosen = random.Random(1)
    return [dotted(chosen.getrandbits(32)) for _ in range(count)]


def dense_addresses(count: int) -> list[str]:
    """About half of the addresses of some /16s, shuffled: most have a neighbour."""
    chosen = random.Random(2)
    blocks = chosen.sample(range(1 << 16), -(-count // (1 << 15)))
    numbers = chosen.sample([(block << 16) + at for block in blocks for at in range(1 << 16)], count)
    return list(map(dotted, numbers))


def dotted(number: int) -> str:
    """The text of an IPv4 address."""
    return ".".join(map(str, number.to_bytes(4, "big")))


def own(texts: list[str]) -> list[str]:
    """What the plan does."""
    return RangeSet.of(texts).cidrs()


def cidr_merge(texts: list[str]) -> list[str]:
    """netaddr's function."""
    return list(map(str, netaddr.cidr_merge(texts)))


def ip_set(texts: list[str]) -> list[str]:
    """netaddr's class."""
    return list(map(str, netaddr.IPSet(texts).iter_cidrs()))


INPUTS: Final[dict[str, Callable[[int], list[str]]]] = {"random": random_addresses, "dense": dense_addresses}
METHODS: Final[dict[str, Callable[[list[str]], list[str]]]] = {
    method.__name__: method for method in (own, cidr_merge, ip_set)
}


def measure(method: str, source: Path) -> dict[str, Any]:
    """Seconds, megabytes above those of the input, and what came out."""
    texts = source.read_text().split()
    before = peak_mb()
    started = time.process_time()
    merged = METHODS[method](texts)
    seconds = time.process_time() - started
    digest = hashlib.sha256("\n".join(sorted(merged)).encode()).hexdigest()
    return {"seconds": seconds, "mb": peak_mb() - before, "cidrs": len(merged), "digest": digest}


def measured(method: str, source: Path) -> dict[str, Any]:
    """The same, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.range_merge", "--only", method, str(source)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def compare(name: str, count: int, rounds: int) -> float:
    """Prints own code against netaddr, and gives the ratio to the faster of its two ways."""
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "addresses.txt"
        source.write_text("\n".join(INPUTS[name](count)))
        runs = [{method: measured(method, source) for method in METHODS} for _ in range(rounds)]
    if len({run[method]["digest"] for run in runs for method in METHODS}) != 1:
        raise SystemExit(f"{name}: the results differ: {runs}")
    print(f"{count:,} {name} IPv4 addresses, {runs[0]['own']['cidrs']:,} CIDRs")
    seconds = {method: statistics.median(run[method]["seconds"] for run in runs) for method in METHODS}
    for method in METHODS:
        print(f"  {method:<12} {seconds[method]:6.2f} s   peak +{max(run[method]['mb'] for run in runs):.0f} MB")
    faster = min(("cidr_merge", "ip_set"), key=seconds.__getitem__)
    ratio = statistics.median(run[faster]["seconds"] / run["own"]["seconds"] for run in runs)
    print(f"  {ratio:.1f} times as fast as netaddr's {faster}; the goal is {GOAL}", flush=True)
    return ratio


def main() -> None:
    """Exit status 1 if own code is not as much faster as it is meant to be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.range_merge", description=__doc__)
    parser.add_argument("--addresses", type=int, default=1_000_000, help="in each of the two inputs")
    parser.add_argument("--rounds", type=int, default=3, help="how often they take turns")
    parser.add_argument("--only", nargs=2, metavar=("METHOD", "FILE"), help="one measurement, as JSON")
    given = parser.parse_args()
    if given.only:
        print(json.dumps(measure(given.only[0], Path(given.only[1]))))
    elif min([compare(name, given.addresses, given.rounds) for name in INPUTS]) < GOAL:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
