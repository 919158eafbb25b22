"""Coding of the few elements that hold thousands of rows.

Beam encodes a sample of all elements to learn their sizes, and always the first ten at every step. For an
element that holds a whole selection this costs more than the selection itself; its size is estimated here.
"""

from __future__ import annotations

import pickle
from typing import Any, Final

from apache_beam.coders.coders import Coder

ESTIMATED_SIZE: Final = 4 << 20
"""Bytes. Only the order of magnitude matters: the runner balances its work by it."""


class BulkCoder(Coder):
    """Pickles, and does not pickle to know how large the pickle would be."""

    def encode(self, value: Any) -> bytes:
        return pickle.dumps(value, protocol=5)

    def decode(self, encoded: bytes) -> Any:
        # Only what this pipeline's own workers encoded ever comes back here.
        return pickle.loads(encoded)  # noqa: S301

    def estimate_size(self, value: Any) -> int:
        return ESTIMATED_SIZE

    def is_deterministic(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))
