"""The HTTP edges: secrets by reference, login, and the services' APIs. No Beam.

In all of them `clock` gives seconds from any beginning, `sleep` waits so many, and `cancel` is an event that
cuts every wait short and lets nothing more be sent; `dry_run` makes a client that cannot write. Ids
(`indicator_id`, `location_id`, `policy_id`) are those that the service gave; a `body` is JSON as Graph
documents it; `page_size` counts rows; a `method` is one of HTTP, in capitals.
"""

from .budget import Budget, Rate
from .clouds import CLOUD_ENDPOINTS, Endpoints, defender_endpoints, endpoints
from .connect import connect_defender, connect_graph
from .connect_reading import connect_defender_data, connect_graph_security, connect_hunting
from .defender import MAX_BATCH, DefenderBudgets, DefenderClient
from .defender_data import DefenderDataClient
from .defender_reads import ReadBudgets
from .edge import Edge, NotDocumented
from .graph import GraphClient, rule_number
from .graph_security import GraphSecurityClient
from .http_session import HttpSettings
from .hunting import HuntingAnswer, HuntingClient, HuntingDialect
from .import_results import ImportResult, canonical_value, match_results
from .kql import kql_list, kql_text
from .login import TokenProvider, roles
from .misp import MispClient, MispQuery, connect_misp
from .misp_feed import MispFeedClient
from .retry import RetryPolicy
from .secrets import resolve_secret
from .sentinel import MAX_UPLOAD, SentinelClient, connect_sentinel
from .sentinel_reader import SentinelReader, connect_sentinel_reader
from .taxii import TaxiiClient, connect_taxii
from .threatq import ThreatQClient, connect_threatq
from .transport import HttpTransport, ReadOnlyTransport, Response, Transport
from .user_agent import USER_AGENT

__all__ = [
    "CLOUD_ENDPOINTS",
    "MAX_BATCH",
    "MAX_UPLOAD",
    "USER_AGENT",
    "Budget",
    "DefenderBudgets",
    "DefenderClient",
    "DefenderDataClient",
    "Edge",
    "Endpoints",
    "GraphClient",
    "GraphSecurityClient",
    "HttpSettings",
    "HttpTransport",
    "HuntingAnswer",
    "HuntingClient",
    "HuntingDialect",
    "ImportResult",
    "MispClient",
    "MispFeedClient",
    "MispQuery",
    "NotDocumented",
    "Rate",
    "ReadBudgets",
    "ReadOnlyTransport",
    "Response",
    "RetryPolicy",
    "SentinelClient",
    "SentinelReader",
    "TaxiiClient",
    "ThreatQClient",
    "TokenProvider",
    "Transport",
    "canonical_value",
    "connect_defender",
    "connect_defender_data",
    "connect_graph",
    "connect_graph_security",
    "connect_hunting",
    "connect_misp",
    "connect_sentinel",
    "connect_sentinel_reader",
    "connect_taxii",
    "connect_threatq",
    "defender_endpoints",
    "endpoints",
    "kql_list",
    "kql_text",
    "match_results",
    "resolve_secret",
    "roles",
    "rule_number",
]
