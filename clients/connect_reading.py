"""From a tenant's settings to a client that only reads."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from iocbeam.model.settings import ConnectionSettings

from .connect import open_edge
from .defender.data import DefenderDataClient
from .defender.reads import ReadBudgets
from .graph.alerts import NEEDED_ROLES as ALERT_ROLES
from .graph.alerts import GraphSecurityClient, modest_budget
from .http.budget import Budget
from .http.edge import bearer
from .http.retry import RetryPolicy
from .http.waiting import Clock, Sleep
from .hunting.hunting import DIALECTS, HuntingClient, HuntingDialect, hunting_budget
from .login.clouds import defender_endpoints, endpoints


def connect_defender_data(
    connection: ConnectionSettings,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    budgets: ReadBudgets | None = None,
) -> DefenderDataClient:
    """A client for a tenant's machines, alerts and indicators that cannot write. Secrets are read here; nothing is
    sent before the first call.

    Args:
        clock: seconds from any beginning, for budgets and retries.
        sleep: waits so many seconds.
        retry: of every request, and of every login.
        cancel: once set, whatever waits ends with `RetryLater`.
        budgets: by default the documented rates.

    Raises:
        UsageError: an option is missing or cannot be.
        ConfigurationError: a secret, certificate or CA bundle is not there or not usable.
    """
    points = defender_endpoints(connection)
    edge = open_edge(
        connection,
        points.defender_url,
        points.defender_scope,
        "",
        dry_run=True,
        clock=clock,
        sleep=sleep,
        retry=retry,
        cancel=cancel,
    )
    return DefenderDataClient(edge, budgets or ReadBudgets(clock=clock, sleep=sleep, cancel=cancel))


def connect_graph_security(
    connection: ConnectionSettings,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    budget: Budget | None = None,
) -> GraphSecurityClient:
    """A client for a tenant's alerts in Graph; like `connect_defender_data`.

    Args:
        budget: by default a modest one, since Graph documents none for these.

    Raises:
        UsageError: an option is missing or cannot be.
        ConfigurationError: a secret, certificate or CA bundle is not there or not usable.
    """
    points = endpoints(connection)
    edge = open_edge(
        connection,
        points.graph_url,
        points.graph_scope,
        ALERT_ROLES,
        dry_run=True,
        clock=clock,
        sleep=sleep,
        retry=retry,
        cancel=cancel,
        authorize=_with_unknown_members,
    )
    return GraphSecurityClient(edge, budget or modest_budget(clock=clock, sleep=sleep, cancel=cancel))


def connect_hunting(
    connection: ConnectionSettings,
    dialect: HuntingDialect,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    budget: Budget | None = None,
) -> HuntingClient:
    """A client for advanced hunting that can send queries and nothing else; like `connect_defender_data`.

    Args:
        dialect: `graph`, or `defender` for the API that Microsoft has been retiring since January 2026.
        budget: by default the documented rate.

    Raises:
        UsageError: an option is missing or cannot be.
        ConfigurationError: a secret, certificate or CA bundle is not there or not usable.
    """
    spoken = DIALECTS[dialect]
    defender = dialect == "defender"
    points = defender_endpoints(connection) if defender else endpoints(connection)
    edge = open_edge(
        connection,
        points.defender_url if defender else points.graph_url,
        points.defender_scope if defender else points.graph_scope,
        spoken.needs,
        dry_run=True,
        clock=clock,
        sleep=sleep,
        retry=retry,
        cancel=cancel,
        queries=[spoken.path],
    )
    return HuntingClient(edge, dialect, budget or hunting_budget(clock=clock, sleep=sleep, cancel=cancel))


def _with_unknown_members(token: str) -> Mapping[str, str]:
    """Without this header Graph says `unknownFutureValue` where an enumeration has grown (documented)."""
    return {**bearer(token), "Prefer": "include-unknown-enum-members"}
