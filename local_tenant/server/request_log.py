"""The log of what the tenant was asked, for tests to look at."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

_KEPT = 100_000


@dataclass(frozen=True)
class LoggedRequest:
    """One request and how it ended.

    `status` is 0 when the connection was dropped instead of answered. `time` is the arrival in epoch
    seconds by the machine's clock (never an injected one, since pacing is judged by it), `seconds` how
    long the answer took. `items` counts the indicators, ids or address ranges in the body, 0 for other
    requests. `tenant_id` is what the caller claims, empty if nothing. `token` tells apart the access tokens that
    calls came with (a digest, empty without one): clients that log in for themselves have one each. `body` is kept
    on request only, and never for login, since it holds credentials.
    """

    method: str
    path: str
    query: str
    status: int
    time: float
    seconds: float
    items: int
    tenant_id: str
    user_agent: str
    body: bytes | None = field(default=None, repr=False)
    token: str = ""


class RequestLog:
    """Thread-safe; keeps the newest 100,000 requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[LoggedRequest] = deque(maxlen=_KEPT)

    def add(self, request: LoggedRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()

    def in_order_of_arrival(self) -> list[LoggedRequest]:
        with self._lock:
            return sorted(self._requests, key=lambda request: request.time)
