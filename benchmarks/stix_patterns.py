"""`python -m benchmarks.stix_patterns`: values of STIX patterns, as a ratio to OASIS' stix2-patterns in one run.

Both must give the same values. They take turns on slices of the same patterns, so that a machine that slows down
slows both; seconds are of the processor, which other jobs cannot take away.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from typing import Final

from stix2patterns.v21.pattern import Pattern

from iocbeam.transforms.sources.stix_pattern import values_of

GOAL: Final = 20.0
_SLICE: Final = 50


def patterns(count: int) -> list[str]:
    """The forms that feeds consist of, every tenth of them a list."""
    chosen = random.Random(1)

    def one() -> str:
        number = chosen.getrandbits(256)
        name = f"{number & 0xFFFFFFFF:x}.example"
        return chosen.choice(
            [
                f"ipv4-addr:value = '{'.'.join(map(str, (number & 0xFFFFFFFF).to_bytes(4, 'big')))}'",
                f"ipv6-addr:value = '2001:db8::{number & 0xFFFF:x}'",
                f"domain-name:value = '{name}'",
                f"url:value = 'https://{name}/login?to=\\'{number:x}\\''",
                f"file:hashes.MD5 = '{number % (1 << 128):032x}'",
                f"file:hashes.'SHA-1' = '{number % (1 << 160):040x}'",
                f"file:hashes.'SHA-256' = '{number:064x}'",
            ]
        )

    made = []
    for at in range(count):
        parts = [one() for _ in range(chosen.randint(2, 5) if at % 10 == 0 else 1)]
        made.append(f"[{' OR '.join(parts)}]" if at % 20 else f"[{'] OR ['.join(parts)}]")
    return made


def own(pattern: str) -> set[str]:
    """Values by our own parser."""
    return {value for _, value in values_of(pattern)}


def stix2_patterns(pattern: str) -> set[str]:
    """Values by OASIS' parser; these patterns hold nothing else than equalities."""
    found = Pattern(pattern).inspect().comparisons
    texts = [literal[1:-1] for tests in found.values() for _, _, literal in tests]
    return {re.sub(r"\\(.)", r"\1", text) for text in texts}


def main() -> None:
    """Exit status 1 if own code is not as much faster as it is meant to be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stix_patterns", description=__doc__)
    parser.add_argument("--patterns", type=int, default=5_000)
    given = parser.parse_args()
    made = patterns(given.patterns)
    seconds = {own: 0.0, stix2_patterns: 0.0}
    for start in range(0, len(made), _SLICE):
        found = []
        for method in seconds:
            started = time.process_time()
            found.append([method(pattern) for pattern in made[start : start + _SLICE]])
            seconds[method] += time.process_time() - started
        differences = [pair for pair in zip(*found, strict=True) if pair[0] != pair[1]]
        if differences:
            raise SystemExit(f"the values differ: {differences}")
    print(f"{len(made):,} patterns")
    for method, spent in seconds.items():
        print(f"  {method.__name__:<14} {spent / len(made) * 1e6:8.1f} µs a pattern")
    ratio = seconds[stix2_patterns] / seconds[own]
    print(f"  {ratio:.0f} times as fast as stix2-patterns; the goal is {GOAL:.0f}")
    if ratio < GOAL:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
