"""ListTenants: what each tenant holds before anything is planned."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from iocbeam.clients import DefenderClient, connect_defender
from iocbeam.model.actual import TenantRows
from iocbeam.model.settings import TenantSettings
from iocbeam.planning.actual import read_row

STAGE: Final = "ListTenants"
SEES_ALL: Final = "ti.readwrite.all"
"""The application role that shows rows of every owner (documented), in lower case."""

_MOST_AT_ONCE: Final = 8
"""Lists read at the same time: taking them apart keeps one processor busy, and each page needs memory."""

Read = Callable[[TenantSettings, threading.Event], TenantRows]


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


class _ListFn(beam.DoFn):
    """Asks the tenants of the bundle at the same time."""

    def __init__(self, read: Read, alone: bool) -> None:
        super().__init__()
        self._read = read
        self._alone = alone

    def start_bundle(self) -> None:
        self._cancel = threading.Event()
        self._pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="iocbeam-list")
        self._running: list[tuple[TenantSettings, Future[TenantRows]]] = []

    def process(self, element: TenantSettings) -> None:
        self._running.append((element, self._pool.submit(self._read, element, self._cancel)))

    def finish_bundle(self) -> Iterator[WindowedValue]:
        window = GlobalWindow()
        try:
            for tenant, future in self._running:
                yield WindowedValue(self._result(tenant, future), window.max_timestamp(), (window,))
        except BaseException as error:
            self._cancel.set()
            self._pool.shutdown(wait=not isinstance(error, KeyboardInterrupt), cancel_futures=True)
            raise
        self._pool.shutdown()

    def _result(self, tenant: TenantSettings, future: Future[TenantRows]) -> TenantRows:
        try:
            return future.result()
        except Exception as error:
            # Alone, a tenant that cannot be read is a run that cannot start; one of several is not.
            if self._alone:
                raise
            return TenantRows(tenant, error=str(error))


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
            _ListFn(self._read, self._alone)
        ).with_output_types(TenantRows)
        return rows
