"""The HTTP edges: secrets by reference, login, and the services' APIs. No Beam."""

from .budget import Budget, Rate
from .clouds import CLOUD_ENDPOINTS, Endpoints, defender_endpoints, endpoints
from .connect import connect_defender, connect_graph
from .defender import MAX_BATCH, DefenderBudgets, DefenderClient
from .edge import Edge, NotDocumented
from .graph import GraphClient, rule_number
from .http_session import HttpSettings
from .import_results import ImportResult, canonical_value, match_results
from .login import TokenProvider, roles
from .misp import MispClient, MispQuery, connect_misp
from .misp_feed import MispFeedClient
from .retry import RetryPolicy
from .secrets import resolve_secret
from .taxii import TaxiiClient, connect_taxii
from .threatq import ThreatQClient, connect_threatq
from .transport import HttpTransport, ReadOnlyTransport, Response, Transport
from .user_agent import USER_AGENT

__all__ = [
    "CLOUD_ENDPOINTS",
    "MAX_BATCH",
    "USER_AGENT",
    "Budget",
    "DefenderBudgets",
    "DefenderClient",
    "Edge",
    "Endpoints",
    "GraphClient",
    "HttpSettings",
    "HttpTransport",
    "ImportResult",
    "MispClient",
    "MispFeedClient",
    "MispQuery",
    "NotDocumented",
    "Rate",
    "ReadOnlyTransport",
    "Response",
    "RetryPolicy",
    "TaxiiClient",
    "ThreatQClient",
    "TokenProvider",
    "Transport",
    "canonical_value",
    "connect_defender",
    "connect_graph",
    "connect_misp",
    "connect_taxii",
    "connect_threatq",
    "defender_endpoints",
    "endpoints",
    "match_results",
    "resolve_secret",
    "roles",
    "rule_number",
]
