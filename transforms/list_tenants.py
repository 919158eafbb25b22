"""ListTenants: what each tenant holds before anything is planned."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.clients import DefenderClient, connect_defender
from iocbeam.model.actual import TenantRows
from iocbeam.model.settings import TenantSettings
from iocbeam.planning.defender.actual import read_row

from .read_tenants import ReadTenantsFn

STAGE: Final = "ListTenants"
SEES_ALL: Final = "ti.readwrite.all"
"""The application role that shows rows of every owner (documented), in lower case."""

Read = Callable[[TenantSettings, threading.Event], TenantRows]
"""Reads the rows of one tenant until the event says to stop; `read_tenant` is the one that calls the service."""
Connect = Callable[[TenantSettings, threading.Event], DefenderClient]


def _connect(tenant: TenantSettings, cancel: threading.Event) -> DefenderClient:
    return connect_defender(tenant.connection, dry_run=True, cancel=cancel)


def read_tenant(tenant: TenantSettings, cancel: threading.Event, connect: Connect = _connect) -> TenantRows:
    """All rows of a tenant that its application may see, by a client that cannot write.

    A tenant without a login, as a dry run may have it, is not asked and counts as empty.

    Args:
        connect: makes the client; replaced in tests.

    Raises:
        Stop, RetryLater, Refused: it could not be read to the end.
    """
    if not tenant.connection.has_login:
        return TenantRows(tenant, read=False)
    client = connect(tenant, cancel)
    try:
        rows = tuple(client.list_as(read_row))
        sees_all = SEES_ALL in {role.lower() for role in client.roles()}
        return TenantRows(
            tenant, rows, sees_all, requests=client.requests, throttled_seconds=client.throttled_seconds
        )
    finally:
        client.close()


def _unreadable(tenant: TenantSettings, why: str) -> TenantRows:
    return TenantRows(tenant, error=why)


class ListTenants(beam.PTransform[Any, Any]):
    """`TenantSettings` to `TenantRows`, one each, several tenants at the same time.

    Args:
        alone: whether there is only one: it then raises when it cannot be read; one of several says so instead.
        read: reads one tenant; replaced in tests.
    """

    def __init__(self, alone: bool = True, read: Read = read_tenant) -> None:
        super().__init__()
        self._alone = alone
        self._read = read

    def expand(self, pcoll: PCollection[TenantSettings]) -> PCollection[TenantRows]:
        rows: PCollection[TenantRows] = pcoll | STAGE >> beam.ParDo(
            ReadTenantsFn(self._read, _unreadable, self._alone)
        ).with_output_types(TenantRows)
        return rows
