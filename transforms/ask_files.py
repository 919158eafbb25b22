"""AskFiles: the files of single alerts, as many as a run may ask for.

They cost a call each, 100 a minute and 1,500 an hour (documented), so they are asked for only if the collection
holds an indicator that nothing else shows, and no file twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.clients import DefenderDataClient, connect_defender_data
from iocbeam.model.errors import IocbeamError
from iocbeam.model.sighting_settings import ReadTenant
from iocbeam.model.sighting_state import AlertFiles
from iocbeam.planning.file_lookups import FileAlert, choose_lookups

from .observe import FileAlerts

STAGE: Final = "AskFiles"

Connect = Callable[[ReadTenant], DefenderDataClient]


def _connect(tenant: ReadTenant) -> DefenderDataClient:
    return connect_defender_data(tenant.connection)


def ask_files(
    tenant: ReadTenant, alerts: Iterable[FileAlert], limit: int, connect: Connect = _connect
) -> AlertFiles:
    """The files of alerts, the newest first, one call for the same files. Never raises for what a service answers:
    what ends the asking is told, and what came before is good.

    Args:
        alerts: with files in their evidence.
        limit: calls at most.
    """
    found = AlertFiles(needed=True)
    by_id = {alert.alert_id: alert for alert in alerts}
    chosen = choose_lookups(by_id.values(), limit)
    found.left_out = chosen.left_out
    if not chosen.alert_ids:
        return found
    with closing(connect(tenant)) as client:
        try:
            for alert_id in chosen.alert_ids:
                # None for an alert that has gone meanwhile: nothing of it is left to be shown.
                found.add(alert_id, by_id[alert_id].hashes, client.alert_files(alert_id) or [])
        except IocbeamError as error:
            found.error = f"the files of alerts could not be read: {error}"
        found.requests = client.requests
        found.throttled_seconds = client.throttled_seconds
    return found


class _AskFilesFn(beam.DoFn):
    def __init__(self, limit: int, connect: Connect) -> None:
        super().__init__()
        self._limit = limit
        self._connect = connect

    def process(
        self, element: ReadTenant, alerts: Sequence[FileAlerts], needed: Sequence[bool]
    ) -> Iterator[AlertFiles]:
        if not needed:
            yield AlertFiles()
            return
        own = [one for one in alerts if one.tenant_id == element.tenant_id]
        files = ask_files(element, (alert for one in own for alert in one.alerts), self._limit, self._connect)
        files.left_out += sum(one.dropped for one in own)
        yield files


class AskFiles(beam.PTransform[Any, Any]):
    """One `ReadTenant` to its `AlertFiles`.

    Args:
        alerts: side input, the `FileAlerts` as a list.
        needed: side input, a list that is empty where no indicator needs files.
        limit: calls at most.
        connect: makes the client; replaced in tests.
    """

    def __init__(self, alerts: Any, needed: Any, limit: int, connect: Connect = _connect) -> None:
        super().__init__()
        self._sides = (alerts, needed)
        self._limit = limit
        self._connect = connect

    def expand(self, pcoll: PCollection[ReadTenant]) -> PCollection[AlertFiles]:
        files: PCollection[AlertFiles] = pcoll | STAGE >> beam.ParDo(
            _AskFilesFn(self._limit, self._connect), *self._sides
        ).with_output_types(AlertFiles)
        return files
