"""Garbage collection while a pipeline runs in this process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

THRESHOLDS: Final = (50_000, 10, 10)
"""New objects before a collection. Python's 700 look through a selection's many thousands of rows again and again,
none of which is garbage: half of the time of a run over several tenants went there."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Within, the collector runs less often; afterwards as before."""
    before = gc.get_threshold()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
