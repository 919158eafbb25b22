"""A call to Defender whose caller is known: what its operations share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from werkzeug.wrappers import Response

from ..estates.security_data import SecurityData
from ..profile import TenantProfile
from ..server.call import Call
from ..server.rate_limits import SlidingWindows
from .api_errors import ApiError
from .indicator_table import IndicatorTable


@dataclass(frozen=True)
class DefenderTenant:
    """What Defender knows of one tenant."""

    profile: TenantProfile
    table: IndicatorTable
    windows: SlidingWindows
    data: SecurityData


@dataclass(frozen=True)
class Caller:
    """The app that calls. `name` is empty when the tenant does not know the app (any more)."""

    tenant: DefenderTenant
    client_id: str
    name: str
    roles: tuple[str, ...]


Operation = Callable[[Call, Caller, tuple[str, ...]], Response]
"""What a call does; the last argument has the parts of the path that stand for `{…}`."""


@dataclass(frozen=True)
class Route:
    """`roles`: one of them is needed. `budget` names the limits in `TenantProfile.rate_limits`."""

    budget: str
    roles: tuple[str, ...]
    operation: Operation


Routes = dict[str, dict[str, Route]]
"""By path after `/api/`, then by method."""


def spend(profile: TenantProfile, windows: SlidingWindows, caller: str, budget: str) -> dict[str, str] | None:
    """Count a call against its budget. Headers for a 429 when that is used up, else `None`."""
    now = profile.clock()
    wait = windows.admit(caller, budget, now)
    if wait <= 0:
        return None
    headers: dict[str, dict[str, str]] = {
        "seconds": {"Retry-After": str(math.ceil(wait))},
        "http_date": {"Retry-After": formatdate(math.ceil(now + wait), usegmt=True)},
        "none": {},
    }
    return headers[profile.retry_after]


def json_object(call: Call) -> dict[str, Any]:
    """The body. Another content type is 415 (our choice, 400 being as likely)."""
    if call.request.mimetype != "application/json":
        raise ApiError(415, "UnsupportedMediaType", "The content type must be application/json.")
    if not isinstance(call.json, dict):
        raise ApiError(400, "InvalidRequestBody", "The request body is not a JSON object.")
    return call.json


def context(call: Call, name: str) -> str:
    """`@odata.context` of an answer."""
    return f"{call.base_url}/api/$metadata#{name}"
