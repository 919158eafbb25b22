"""AskFiles: the files of single alerts, as many as a run may ask for.

They cost a call each, 100 a minute and 1,500 an hour (documented), so they are asked for only if the collection
holds an indicator that nothing else shows, and not where an answer about another alert has told already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import AsList, PCollection

from iocbeam.clients import DefenderDataClient, connect_defender_data
from iocbeam.model.alert_files import AlertFiles
from iocbeam.model.errors import IocbeamError
from iocbeam.model.settings.sightings import ReadTenant
from iocbeam.planning.sightings.file_lookups import FileAlert, newest_first

from .observe import FileAlerts

STAGE: Final = "AskFiles"

Connect = Callable[[ReadTenant], DefenderDataClient]


def _connect(tenant: ReadTenant) -> DefenderDataClient:
    return connect_defender_data(tenant.connection)


def ask_files(
    tenant: ReadTenant,
    alerts: Iterable[FileAlert],
    needed: frozenset[str],
    limit: int,
    dropped: int = 0,
    connect: Connect = _connect,
) -> AlertFiles:
    """The files of alerts, the newest first. Never raises for what a service answers: what ends the asking is
    told, and what came before is good.

    Args:
        alerts: with files in their evidence.
        needed: types of indicators that are looked for and that files may show.
        limit: calls at most.
        dropped: how many more alerts there were.
    """
    found = AlertFiles(needed=needed)
    todo = newest_first(alert for alert in alerts if alert.lacks & needed)

    def still_open(alert: FileAlert) -> frozenset[str]:
        answered = alert.alert_id in found.of_alert
        if alert.unnamed and not answered:
            return alert.lacks & needed
        return found.open_types(alert.hashes, answered) & alert.lacks & needed

    try:
        if todo and limit:
            with closing(connect(tenant)) as client:
                try:
                    _ask(client, todo, limit, found, still_open)
                finally:
                    found.requests = client.requests
                    found.throttled_seconds = client.throttled_seconds
    except IocbeamError as error:
        found.error = f"the files of alerts could not be read: {error}"
    found.open = Counter({kind: dropped for kind in needed if dropped})
    found.left_out = dropped
    for alert in todo:
        kinds = still_open(alert)
        found.open.update(kinds)
        found.left_out += bool(kinds)
    return found


def _ask(
    client: DefenderDataClient,
    todo: Sequence[FileAlert],
    limit: int,
    found: AlertFiles,
    still_open: Callable[[FileAlert], frozenset[str]],
) -> None:
    calls = 0
    for alert in todo:
        if not still_open(alert):
            continue
        if calls == limit:
            return
        calls += 1
        try:
            files = client.alert_files(alert.alert_id)
        except ValueError:
            continue  # an id that cannot stand in a path; its files stay open
        if files is not None:
            found.add(alert.alert_id, files)


class _AskFilesFn(beam.DoFn):
    def __init__(self, limit: int, connect: Connect) -> None:
        super().__init__()
        self._limit = limit
        self._connect = connect

    def process(
        self, element: ReadTenant, alerts: Sequence[FileAlerts], needed: Sequence[frozenset[str]]
    ) -> Iterator[AlertFiles]:
        kinds = frozenset[str]().union(*needed)
        if not kinds:
            yield AlertFiles()
            return
        everything = (alert for one in alerts for alert in one.alerts)
        dropped = sum(one.dropped for one in alerts)
        yield ask_files(element, everything, kinds, self._limit, dropped, self._connect)


class AskFiles(beam.PTransform[Any, Any]):
    """One `ReadTenant` to its `AlertFiles`.

    Args:
        alerts: the `FileAlerts`, of any tenants.
        needed: types of indicators that are looked for and that files may show, as frozensets.
        tenant_id: whose alerts are asked about.
        limit: calls at most.
        connect: makes the client; replaced in tests.
    """

    def __init__(
        self,
        alerts: PCollection[FileAlerts],
        needed: PCollection[frozenset[str]],
        tenant_id: str,
        limit: int,
        connect: Connect = _connect,
    ) -> None:
        super().__init__()
        self._alerts = alerts
        self._needed = needed
        self._tenant_id = tenant_id
        self._limit = limit
        self._connect = connect

    def expand(self, pcoll: PCollection[ReadTenant]) -> PCollection[AlertFiles]:
        own = self._alerts | "Own" >> beam.Filter(_is_of, self._tenant_id).with_output_types(FileAlerts)
        files: PCollection[AlertFiles] = pcoll | STAGE >> beam.ParDo(
            _AskFilesFn(self._limit, self._connect), AsList(own), AsList(self._needed)
        ).with_output_types(AlertFiles)
        return files


def _is_of(alerts: FileAlerts, tenant_id: str) -> bool:
    return alerts.tenant_id == tenant_id
