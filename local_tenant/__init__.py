"""The embedded local tenant: a strict local stand-in for Microsoft login, for Defender for Endpoint (indicators,
machines, alerts, files, hunting), for the conditional access and the security part of Graph, and for Sentinel,
over TLS, with faults on demand. It is the target of `make run` and of the tests.

The same everywhere in it: a `tenant_id` that is not given is that of the first tenant. Ids of what it holds
(`row_id`, `location_id`, `policy_id`, `stix_ids`, `event_id`, `uuid`, `number`) are those that the service
would give. Names and credentials (`client_id`, `client_secret`, `certificate`, `username`, `password`, `roles`,
`name`, `app_name`, `workspace_id`, `subscription`, `resource_group`, `audience`) are what a login, a token or a
URL must bring. `method`, `path` (without host and query), `query`, `user_agent` and `headers` are those of
HTTP, `retry_after` goes into the header of that name, `code` and `message` into the service's form of an error;
`seconds` are real ones. `port` 0 takes a free one. Who is `edited_by` is shown as the row's last editor.
"""

from .estates.estate import Estate, Sighted, estate
from .estates.profile import ReadProfile
from .graph.profile import DOCUMENTED_GRAPH_RATE, GraphProfile
from .login.metadata import LocalMetadata
from .misp.server import LocalMisp
from .misp.store import MispStore
from .profile import App, FederatedCredential, TenantProfile
from .sentinel.profile import DOCUMENTED_UPLOAD_RATE, SentinelProfile
from .serve import options_for, serve
from .server.faults import (
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
from .server.rate_limits import DOCUMENTED_RATE_LIMITS, RateLimit
from .server.request_log import LoggedRequest
from .tenant import LocalTenant
from .threatq.errors import LOGIN_PAGE
from .threatq.profile import EXPORT_HASH, EXPORT_NAME, ThreatQProfile
from .threatq.server import LocalThreatQ

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
    "FederatedCredential",
    "GraphProfile",
    "LocalMetadata",
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
