"""Calls by operation and status, for the summary."""

from __future__ import annotations

import re
import threading
from collections import Counter
from typing import Final

NO_ANSWER: Final = 0
"""Counted as the status of a call that got none."""

_ID: Final = re.compile(r"/(?:\d+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?=/|$)")


def operation(method: str, path: str) -> str:
    """`METHOD /path` with ids replaced, for example `DELETE /api/indicators/{id}`."""
    return f"{method} {_ID.sub('/{id}', path)}"


class CallCounts:
    """Thread-safe counters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, int]] = Counter()
        self._throttled = 0.0
        self._throttled_until = 0.0

    def add(self, name: str, status: int) -> None:
        """Count one call of the operation `name`."""
        with self._lock:
            self._calls[name, status] += 1

    def add_throttled(self, start: float, end: float) -> None:
        """Add a time of waiting because of a rate, by one clock. Threads that wait together count once."""
        with self._lock:
            self._throttled += max(0.0, end - max(start, self._throttled_until))
            self._throttled_until = max(self._throttled_until, end)

    def by_operation(self) -> dict[str, dict[str, int]]:
        """A copy: operation to status to number of calls."""
        table: dict[str, dict[str, int]] = {}
        with self._lock:
            for (name, status), number in self._calls.items():
                table.setdefault(name, {})[str(status)] = number
        return table

    @property
    def throttled_seconds(self) -> float:
        """Waited so far for budgets and because the service said so."""
        with self._lock:
            return self._throttled
