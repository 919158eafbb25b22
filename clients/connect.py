"""From a tenant's settings to a client."""

from __future__ import annotations

import threading
import time

from iocbeam.model.settings import ConnectionSettings

from .clouds import endpoints
from .defender import NEEDED_ROLES, DefenderBudgets, DefenderClient
from .edge import Edge
from .http_session import HttpSettings
from .login import TokenProvider
from .retry import RetryPolicy
from .transport import HttpTransport, ReadOnlyTransport, Transport
from .user_agent import USER_AGENT
from .waiting import Clock, Sleep


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
        clock, sleep: seconds, for budgets and retries.
        retry: of every request, and of every login.
        cancel: once set, whatever waits ends with `RetryLater`.
        budgets: by default the documented rates.

    Raises:
        UsageError: an option is missing or cannot be.
        ConfigurationError: a secret, certificate or CA bundle is not there or not usable.
    """
    points = endpoints(connection)
    provider = TokenProvider(connection, clock=clock, sleep=sleep, retry=retry, cancel=cancel)
    transport: Transport = HttpTransport(HttpSettings.of(connection), points.defender_url)
    edge = Edge(
        points.defender_url,
        lambda force: provider.token(points.defender_scope, force),
        transport=ReadOnlyTransport(transport) if dry_run else transport,
        clock=clock,
        sleep=sleep,
        retry=retry,
        user_agent=USER_AGENT,
        needs=NEEDED_ROLES,
        cancel=cancel,
    )
    return DefenderClient(edge, budgets or DefenderBudgets.documented(clock=clock, sleep=sleep, cancel=cancel))
