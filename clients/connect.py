"""From a tenant's settings to a client."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping

from iocbeam.model.settings import ConnectionSettings

from .defender.indicators import NEEDED_ROLES as DEFENDER_ROLES
from .defender.indicators import DefenderBudgets, DefenderClient
from .graph.conditional_access import NEEDED_ROLES as GRAPH_ROLES
from .graph.conditional_access import GraphClient, documented_budget
from .http.budget import Budget
from .http.edge import WRONG_TOKEN, Edge, bearer
from .http.retry import RetryPolicy
from .http.session import HttpSettings
from .http.transport import HttpTransport, ReadOnlyTransport, Transport
from .http.user_agent import USER_AGENT
from .http.waiting import Clock, Sleep
from .login.clouds import defender_endpoints, endpoints
from .login.login import TokenProvider


def connect_defender(
    connection: ConnectionSettings,
    *,
    dry_run: bool,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    budgets: DefenderBudgets | None = None,
) -> DefenderClient:
    """A client for a tenant's indicators. Secrets are read here; nothing is sent before the first call.

    Args:
        dry_run: the client can then only read, whatever it is asked.
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
        DEFENDER_ROLES,
        dry_run=dry_run,
        clock=clock,
        sleep=sleep,
        retry=retry,
        cancel=cancel,
    )
    return DefenderClient(edge, budgets or DefenderBudgets.documented(clock=clock, sleep=sleep, cancel=cancel))


def connect_graph(
    connection: ConnectionSettings,
    *,
    dry_run: bool,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    budget: Budget | None = None,
) -> GraphClient:
    """A client for a tenant's named locations and policies; like `connect_defender`.

    Args:
        budget: by default the documented rate. A place of it is taken right away.

    Raises:
        UsageError: an option is missing or cannot be.
        ConfigurationError: a secret, certificate or CA bundle is not there or not usable.
        RetryLater: the run was cancelled.
    """
    points = endpoints(connection)
    edge = open_edge(
        connection,
        points.graph_url,
        points.graph_scope,
        GRAPH_ROLES,
        dry_run=dry_run,
        clock=clock,
        sleep=sleep,
        retry=retry,
        cancel=cancel,
    )
    return GraphClient(edge, budget or documented_budget(clock=clock, sleep=sleep, cancel=cancel))


def open_edge(
    connection: ConnectionSettings,
    url: str,
    scope: str,
    needs: str,
    *,
    dry_run: bool,
    clock: Clock,
    sleep: Sleep,
    retry: RetryPolicy,
    cancel: threading.Event | None,
    queries: Collection[str] = (),
    authorize: Callable[[str], Mapping[str, str]] = bearer,
    advice: str = WRONG_TOKEN,
) -> Edge:
    """An edge to one service with a tenant's login.

    Args:
        url: of the host.
        scope: of the token.
        needs: see `Edge`, as `authorize` and `advice`.
        dry_run: whether it can only read.
        queries: paths to which a POST only asks, and so may be sent by what can only read.
    """
    provider = TokenProvider(connection, clock=clock, sleep=sleep, retry=retry, cancel=cancel)
    transport: Transport = HttpTransport(HttpSettings.of(connection), url)
    if dry_run:
        transport = ReadOnlyTransport(transport, [url + path for path in queries])
    return Edge(
        url,
        lambda force: provider.token(scope, force),
        transport=transport,
        clock=clock,
        sleep=sleep,
        retry=retry,
        user_agent=USER_AGENT,
        needs=needs,
        cancel=cancel,
        authorize=authorize,
        advice=advice,
        known_404=True,
    )
