"""ListAccess: what each tenant's conditional access holds before anything is planned."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.clients import GraphClient, connect_graph
from iocbeam.model.settings.entra import EntraTenantSettings
from iocbeam.planning.entra.access import TenantAccess, read_access

from .read_tenants import ReadTenantsFn

STAGE: Final = "ListAccess"

ReadAccess = Callable[[EntraTenantSettings, threading.Event], TenantAccess]
"""Reads one tenant's locations and policies until the event says to stop, as `read_conditional_access` does."""
ConnectGraph = Callable[[EntraTenantSettings, threading.Event], GraphClient]


def _connect(tenant: EntraTenantSettings, cancel: threading.Event) -> GraphClient:
    return connect_graph(tenant.connection, dry_run=True, cancel=cancel)


def read_conditional_access(
    tenant: EntraTenantSettings, cancel: threading.Event, connect: ConnectGraph = _connect
) -> TenantAccess:
    """All named locations and policies of a tenant, by a client that cannot write.

    A tenant without a login, as a dry run may have it, is not asked and counts as empty.

    Args:
        connect: makes the client; replaced in tests.

    Raises:
        Stop, RetryLater, Refused: it could not be read to the end.
    """
    if not tenant.connection.has_login:
        return TenantAccess(tenant, read=False)
    client = connect(tenant, cancel)
    try:
        access = read_access(tenant, client.locations(), client.policies())
        return replace(
            access,
            roles=frozenset(role.lower() for role in client.roles()),
            requests=client.requests,
            throttled_seconds=client.throttled_seconds,
        )
    finally:
        client.close()


def _unreadable(tenant: EntraTenantSettings, why: str) -> TenantAccess:
    return TenantAccess(tenant, error=why)


class ListAccess(beam.PTransform[Any, Any]):
    """`EntraTenantSettings` to `TenantAccess`, one each, several tenants at the same time.

    Args:
        alone: whether there is only one: it then raises when it cannot be read; one of several says so instead.
        read: reads one tenant; replaced in tests.
    """

    def __init__(self, alone: bool = True, read: ReadAccess = read_conditional_access) -> None:
        super().__init__()
        self._alone = alone
        self._read = read

    def expand(self, pcoll: PCollection[EntraTenantSettings]) -> PCollection[TenantAccess]:
        held: PCollection[TenantAccess] = pcoll | STAGE >> beam.ParDo(
            ReadTenantsFn(self._read, _unreadable, self._alone)
        ).with_output_types(TenantAccess)
        return held
