"""One request on its way through the tenant, and the faults that are to strike it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from werkzeug.wrappers import Request, Response

from .faults import Effects

_LISTS = ("Indicators", "IndicatorIds", "ipRanges", "stixobjects")


@dataclass
class Call:
    """`tenant_id` is what the caller claims, not yet verified."""

    request: Request
    tenant_id: str
    effects: Effects

    @property
    def base_url(self) -> str:
        """The address that the client used, without a final slash. Links in answers stay on that host."""
        return self.request.host_url.rstrip("/")

    @cached_property
    def json(self) -> Any:
        """The body as JSON; `None` when it is none."""
        try:
            return orjson.loads(self.request.get_data())
        except orjson.JSONDecodeError:
            return None

    @property
    def items(self) -> int:
        """The number of indicators, ids, address ranges or STIX objects that the body holds."""
        if not isinstance(self.json, dict):
            return 0
        for name in _LISTS:
            if isinstance(self.json.get(name), list):
                return len(self.json[name])
        return int("indicatorValue" in self.json)


Handler = Callable[[Call], Response]
"""One service: login, or an API."""
