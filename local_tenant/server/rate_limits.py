"""Request budgets: the documented rates per operation, kept as sliding windows."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class RateLimit:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float


_PER_MINUTE_100 = RateLimit(100, 60.0)
_PER_MINUTE_30 = RateLimit(30, 60.0)
_PER_MINUTE_45 = RateLimit(45, 60.0)
_PER_MINUTE_150 = RateLimit(150, 60.0)
_PER_HOUR_1500 = RateLimit(1500, 3600.0)

DOCUMENTED_RATE_LIMITS: Mapping[str, Sequence[RateLimit]] = MappingProxyType(
    {
        "list": (_PER_MINUTE_100, _PER_HOUR_1500),
        "submit": (_PER_MINUTE_100, _PER_HOUR_1500),
        "import": (_PER_MINUTE_30,),
        "delete": (_PER_MINUTE_100, _PER_HOUR_1500),
        "batch_delete": (_PER_MINUTE_30, _PER_HOUR_1500),
        "machines": (_PER_MINUTE_100, _PER_HOUR_1500),
        "alerts": (_PER_MINUTE_100, _PER_HOUR_1500),
        "domains": (_PER_MINUTE_100, _PER_HOUR_1500),
        "ips": (_PER_MINUTE_100, _PER_HOUR_1500),
        "files": (_PER_MINUTE_100, _PER_HOUR_1500),
        "exposureScore": (_PER_MINUTE_100, _PER_HOUR_1500),
        "hunting": (_PER_MINUTE_45, _PER_HOUR_1500),
        "graph_hunting": (_PER_MINUTE_45, _PER_HOUR_1500),
        "graph_alerts": (_PER_MINUTE_150,),
    }
)
"""By operation on indicators, and by family of calls that read. Documented, each on its own page; for import
no hourly figure is given, and the one for Graph's alerts is our choice."""


class SlidingWindows:
    """Counts the admitted calls of one tenant, per caller and operation.

    Our choice: every app has its own budget, and a call that was refused does not count against it.
    """

    def __init__(self, limits: Mapping[str, Sequence[RateLimit]] | None) -> None:
        self._limits = dict(limits or {})
        self._admitted: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def admit(self, caller: str, operation: str, now: float) -> float:
        """Count one call. Returns 0 when it is admitted, else the seconds until one would be.

        `now` is in epoch seconds, by the tenant's clock.
        """
        limits = self._limits.get(operation, ())
        if not limits:
            return 0.0
        with self._lock:
            calls = self._admitted.setdefault((caller, operation), deque())
            longest = max(limit.seconds for limit in limits)
            while calls and calls[0] <= now - longest:
                calls.popleft()
            wait = max(_wait(calls, limit, now) for limit in limits)
            if wait <= 0:
                calls.append(now)
            return wait


def _wait(calls: deque[float], limit: RateLimit, now: float) -> float:
    """Seconds until the call that blocks `limit` leaves its window; 0 or less when none does."""
    if len(calls) < limit.calls:
        return 0.0
    return calls[-limit.calls] + limit.seconds - now
