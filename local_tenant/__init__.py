"""The embedded local tenant: a strict local stand-in for Microsoft login, for Defender for Endpoint (indicators,
machines, alerts, files, hunting), for the conditional access and the security part of Graph, and for Sentinel,
over TLS, with faults on demand. It is the target of `make run` and of the tests."""

from .estate import Estate, Sighted, estate
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
from .graph_profile import DOCUMENTED_GRAPH_RATE, GraphProfile
from .misp import LocalMisp
from .misp_store import MispStore
from .profile import App, TenantProfile
from .rate_limits import DOCUMENTED_RATE_LIMITS, RateLimit
from .read_profile import ReadProfile
from .request_log import LoggedRequest
from .sentinel_profile import DOCUMENTED_UPLOAD_RATE, SentinelProfile
from .serve import options_for, serve
from .tenant import LocalTenant
from .threatq import LocalThreatQ
from .threatq_errors import LOGIN_PAGE
from .threatq_profile import EXPORT_HASH, EXPORT_NAME, ThreatQProfile

__all__ = [
    "DOCUMENTED_GRAPH_RATE",
    "DOCUMENTED_RATE_LIMITS",
    "DOCUMENTED_UPLOAD_RATE",
    "EXPORT_HASH",
    "EXPORT_NAME",
    "LOGIN_PAGE",
    "Answer",
    "App",
    "CutOff",
    "Delay",
    "DropAfter",
    "DropBefore",
    "EditAnswer",
    "Estate",
    "FailItems",
    "Fault",
    "Faults",
    "GraphProfile",
    "LocalMisp",
    "LocalTenant",
    "LocalThreatQ",
    "LoggedRequest",
    "Meanwhile",
    "MispStore",
    "OmitResults",
    "Poison",
    "RateLimit",
    "ReadProfile",
    "SentinelProfile",
    "Sighted",
    "TenantProfile",
    "ThreatQProfile",
    "TokenLifetime",
    "estate",
    "options_for",
    "serve",
]
