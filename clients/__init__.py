"""The HTTP edges: secrets by reference, login, and the services' APIs. No Beam.

In all of them `clock` gives seconds from any beginning, `sleep` waits so many, and `cancel` is an event that
cuts every wait short and lets nothing more be sent; `dry_run` makes a client that cannot write. Ids
(`indicator_id`, `location_id`, `policy_id`) are those that the service gave; a `body` is JSON as Graph
documents it; `page_size` counts rows; a `method` is one of HTTP, in capitals.
"""

from .connect import connect_defender, connect_graph
from .connect_reading import connect_defender_data, connect_graph_security, connect_hunting
from .defender.data import DefenderDataClient
from .defender.import_results import ImportResult, canonical_value, match_results
from .defender.indicators import MAX_BATCH, DefenderBudgets, DefenderClient
from .defender.reads import ReadBudgets
from .graph.alerts import GraphSecurityClient
from .graph.conditional_access import GraphClient, rule_number
from .http.budget import Budget, Rate
from .http.edge import Edge, NotDocumented
from .http.retry import RetryPolicy
from .http.session import HttpSettings
from .http.transport import HttpTransport, ReadOnlyTransport, Response, Transport
from .http.user_agent import USER_AGENT
from .hunting.hunting import HuntingAnswer, HuntingClient, HuntingDialect
from .hunting.kql import kql_list, kql_text
from .login.clouds import CLOUD_ENDPOINTS, Endpoints, defender_endpoints, endpoints
from .login.login import TokenProvider, roles
from .login.secrets import resolve_secret
from .misp.attributes import MispClient, MispQuery, connect_misp
from .misp.feed import MispFeedClient
from .sentinel.reader import SentinelReader, connect_sentinel_reader
from .sentinel.upload import MAX_UPLOAD, SentinelClient, connect_sentinel
from .taxii.collection import TaxiiClient, connect_taxii
from .threatq.collections import ThreatQClient, connect_threatq

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
