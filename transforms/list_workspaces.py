"""ListWorkspaces: what each tenant's Sentinel workspace shows of our source before anything is planned."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Protocol

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.clients import SentinelReader, connect_sentinel_reader
from iocbeam.model.indicator import URL, key_digest
from iocbeam.model.sentinel_plan import SentinelActual, WorkspaceRows
from iocbeam.model.settings.sentinel import SentinelTenantSettings
from iocbeam.planning.sentinel.objects import read_indicator, source_of_collection

from .read_tenants import ReadTenantsFn

STAGE: Final = "ListWorkspaces"

ConnectReader = Callable[[SentinelTenantSettings, threading.Event], SentinelReader]


class ReadWorkspace(Protocol):
    """Reads one workspace, as `read_workspace` does."""

    def __call__(self, tenant: SentinelTenantSettings, cancel: threading.Event, now: int) -> WorkspaceRows:
        """What a workspace shows of our source."""


def _connect(tenant: SentinelTenantSettings, cancel: threading.Event) -> SentinelReader:
    return connect_sentinel_reader(tenant.connection, tenant.workspace, cancel=cancel)


def read_workspace(
    tenant: SentinelTenantSettings, cancel: threading.Event, now: int, connect: ConnectReader = _connect
) -> WorkspaceRows:
    """What a workspace shows of our source, by a client that cannot write.

    A tenant without a login, as a dry run may have it, is not asked and counts as empty.

    Args:
        now: epoch seconds, UTC; the run's start.
        connect: makes the client; replaced in tests.

    Raises:
        Stop, RetryLater, Refused: it could not be read to the end.
    """
    if not tenant.connection.has_login:
        return WorkspaceRows(tenant, read=False)
    collection = tenant.limits.collection
    client = connect(tenant, cancel)
    try:
        rows: list[SentinelActual] = []
        unknown = 0
        for page in client.pages([source_of_collection(collection)]):
            found = [read_indicator(row, collection) for row in page]
            # Of what was withdrawn or is over, which only ever grows, no more is kept than that it is there.
            rows += [row.without_texts() if row.is_over(now) else row for row in found if row is not None]
            unknown += found.count(None)
        return WorkspaceRows(
            tenant,
            tuple(rows),
            unknown,
            client.other_sources,
            requests=client.requests,
            throttled_seconds=client.throttled_seconds,
        )
    finally:
        client.close()


def owned_indicator_keys(workspace: WorkspaceRows, now: int) -> frozenset[tuple[str, str]]:
    """Keys of what is ours and in effect, as `SentinelRow.key` has them: what `Select` takes. A URL without a path
    has two, with its slash and without.

    Args:
        now: epoch seconds, UTC; the run's start.
    """
    keys = {row.key for row in workspace.owned(now)}
    return frozenset(keys | {(kind, f"{url}/") for kind, url in keys if kind == URL and url.count("/") == 2})


def _digests(workspace: WorkspaceRows, now: int) -> frozenset[bytes]:
    return frozenset(key_digest(*row.key) for row in workspace.owned(now))


def _union(parts: Iterable[frozenset[bytes]]) -> frozenset[bytes]:
    return frozenset().union(*parts)


class AllOwnedIndicators(beam.PTransform[Any, Any]):
    """`WorkspaceRows` to one frozenset of the digests of all keys that any workspace has from us.

    Args:
        now: epoch seconds, UTC; the run's start.
    """

    def __init__(self, now: int) -> None:
        super().__init__()
        self._now = now

    def expand(self, pcoll: PCollection[WorkspaceRows]) -> Any:
        return pcoll | "Digests" >> beam.Map(_digests, self._now) | "Union" >> beam.CombineGlobally(_union)


def _unreadable(tenant: SentinelTenantSettings, why: str) -> WorkspaceRows:
    return WorkspaceRows(tenant, error=why)


class ListWorkspaces(beam.PTransform[Any, Any]):
    """`SentinelTenantSettings` to `WorkspaceRows`, one each, several tenants at the same time.

    Args:
        now: epoch seconds, UTC; the run's start.
        alone: whether there is only one: it then raises when it cannot be read; one of several says so instead.
        read: reads one workspace; replaced in tests.
    """

    def __init__(self, now: int, alone: bool = True, read: ReadWorkspace = read_workspace) -> None:
        super().__init__()
        self._now = now
        self._alone = alone
        self._read = read

    def expand(self, pcoll: PCollection[SentinelTenantSettings]) -> PCollection[WorkspaceRows]:
        held: PCollection[WorkspaceRows] = pcoll | STAGE >> beam.ParDo(
            ReadTenantsFn(partial(self._read, now=self._now), _unreadable, self._alone)
        ).with_output_types(WorkspaceRows)
        return held
