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
from .metadata import LocalMetadata
from .misp import LocalMisp
from .misp_store import MispStore
from .profile import App, FederatedCredential, TenantProfile
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
