"""The embedded local tenant: a strict local stand-in for Microsoft login and for the Defender for
Endpoint indicator API, over TLS, with faults on demand. It is the target of `make run` and of the tests."""

from .faults import (
    Answer,
    CutOff,
    Delay,
    DropAfter,
    DropBefore,
    EditAnswer,
    FailItems,
    Fault,
    Faults,
    Meanwhile,
    OmitResults,
    Poison,
    TokenLifetime,
)
from .profile import App, TenantProfile
from .rate_limits import DOCUMENTED_RATE_LIMITS, RateLimit
from .request_log import LoggedRequest
from .serve import options_for, serve
from .tenant import LocalTenant

__all__ = [
    "DOCUMENTED_RATE_LIMITS",
    "Answer",
    "App",
    "CutOff",
    "Delay",
    "DropAfter",
    "DropBefore",
    "EditAnswer",
    "FailItems",
    "Fault",
    "Faults",
    "LocalTenant",
    "LoggedRequest",
    "Meanwhile",
    "OmitResults",
    "Poison",
    "RateLimit",
    "TenantProfile",
    "TokenLifetime",
    "options_for",
    "serve",
]
