"""One tenant while values are looked for in it: its clients, and what is read once for all values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from iocbeam.model.entities import entities_of, file_entities, hashes_of_files
from iocbeam.model.errors import IocbeamError, PermissionDenied, Refused, RetryLater, Stop
from iocbeam.model.sighting import ALERT, FILE_NAME, FILE_SHA1, FILE_SHA256, Fetched
from iocbeam.model.sighting_settings import ReadTenant, TimeWindow
from iocbeam.planning.file_lookups import FileAlert, choose_lookups

if TYPE_CHECKING:
    from iocbeam.clients import DefenderDataClient, HuntingClient, HuntingDialect

T = TypeVar("T")
Objects = list[dict[str, Any]]

_DEFENDER: Final = "defender"
_HUNTING: Final = "hunting"
_PATIENCE: Final = 60.0
"""Seconds after which a call is given up: somebody waits for the answer."""

_FILE_KINDS: Final = frozenset((FILE_NAME, FILE_SHA1, FILE_SHA256))


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What is the same for every tenant and value.

    Attributes:
        now: epoch seconds, UTC, when the search starts.
        days: how far back.
        hunting: `graph`, `defender` or `off`.
        lookups: single alerts, and single machines, that are asked for each value and tenant.
        file_lookups: single alerts that are asked for their files, for each tenant.
    """

    now: int
    days: int = 30
    hunting: str = "graph"
    lookups: int = 20
    file_lookups: int = 50

    @property
    def window(self) -> TimeWindow:
        """The time that is looked at."""
        return TimeWindow.days_before(self.now, self.days)


class HuntingOff(Exception):
    """Hunting was asked for, and the options say that it is not to be used."""


class NothingToAsk(Exception):
    """A question about what others found, and they found nothing."""


@dataclass(slots=True)
class NamedFiles:
    """What the alerts of the window show of the file names that are looked for.

    Attributes:
        read: alerts looked at.
        shown: the alerts that show a name, by name.
        with_files: the alerts with files in their evidence.
        problem: why not all alerts were read.
    """

    read: int = 0
    shown: dict[str, Objects] = field(default_factory=dict)
    with_files: list[FileAlert] = field(default_factory=list)
    problem: IocbeamError | None = None


@dataclass(slots=True)
class Products:
    """What the files of single alerts show of the same names, as names of products.

    Attributes:
        asked: alerts whose files were asked for.
        left_out: alerts with other files that were not asked.
        shown: of each name the files that show it, by alert.
        problem: why not all of them could be asked.
    """

    asked: int = 0
    left_out: int = 0
    shown: dict[str, dict[str, Objects]] = field(default_factory=dict)
    problem: IocbeamError | None = None


class TenantSession:
    """Used by one thread. A service that cannot be spoken to at all is not asked again.

    Args:
        tenant: to look in.
        settings: of the search.
        names: all file names that are looked for, since the alerts are read once.
        cancel: once set, whatever waits ends with `RetryLater`.
    """

    def __init__(
        self, tenant: ReadTenant, settings: SearchSettings, names: Iterable[str], cancel: threading.Event
    ) -> None:
        self.tenant = tenant
        self.settings = settings
        self._names = frozenset(names)
        self._cancel = cancel
        self._clients: dict[str, Any] = {}
        self._lost: dict[str, IocbeamError] = {}
        self._machines: Objects | None = None
        self._named: NamedFiles | None = None
        self._products: Products | None = None

    def close(self) -> None:
        """Give up the connections."""
        for client in self._clients.values():
            client.close()

    def defender(self, ask: Callable[[DefenderDataClient], T]) -> T:
        """Ask Defender for Endpoint.

        Raises:
            IocbeamError: what the client raises. A value that cannot stand in a path is `Refused`.
        """
        return self._ask(_DEFENDER, ask)

    def hunt(self, ask: Callable[[HuntingClient], T]) -> T:
        """Ask by advanced hunting, in the dialect of the settings.

        Raises:
            HuntingOff: it is not to be used.
            IocbeamError: what the client raises.
        """
        if self.settings.hunting == "off":
            raise HuntingOff
        return self._ask(_HUNTING, ask)

    def _ask(self, service: str, ask: Callable[[Any], T]) -> T:
        if service in self._lost:
            raise self._lost[service]
        try:
            if service not in self._clients:
                self._clients[service] = self._connect(service)
            return ask(self._clients[service])
        except ValueError as error:
            raise Refused(str(error)) from None
        except IocbeamError as error:
            if _is_lost(service, error):
                self._lost[service] = error
            raise

    def _connect(self, service: str) -> Any:
        from iocbeam.clients import RetryPolicy, connect_defender_data, connect_hunting

        retry = RetryPolicy(deadline=_PATIENCE)
        connection = self.tenant.connection
        if service == _DEFENDER:
            return connect_defender_data(connection, retry=retry, cancel=self._cancel)
        dialect: HuntingDialect = "defender" if self.settings.hunting == "defender" else "graph"
        return connect_hunting(connection, dialect, retry=retry, cancel=self._cancel)

    def machine(self, machine_id: str) -> dict[str, Any] | None:
        """A machine; None when it is not there."""
        return self.defender(lambda client: client.machine(machine_id))

    def machines_named(self, start: str) -> Objects:
        """Machines whose name begins like this."""
        return self.defender(lambda client: client.machines_named(start))

    def machines_called(self, name: str) -> Objects:
        """Machines with this name."""
        return self.defender(lambda client: client.machines_where("computerDnsName", name))

    def machine_alerts(self, machine_id: str) -> Objects:
        """The alerts of a machine."""
        return self.defender(lambda client: client.machine_alerts(machine_id))

    def alert(self, alert_id: str) -> dict[str, Any] | None:
        """An alert with its evidence; None when it is not there."""
        return self.defender(lambda client: client.alert(alert_id))

    def file_alerts(self, sha1: str) -> Objects:
        """The alerts that show a file."""
        return self.defender(lambda client: client.file_alerts(sha1))

    def file_machines(self, sha1: str) -> Objects:
        """The machines that have or had a file."""
        return self.defender(lambda client: client.file_machines(sha1))

    def machine_list(self) -> Objects:
        """Every machine that reported in the window."""
        if self._machines is None:
            since = self.settings.window.since
            pages = self.defender(lambda client: list(client.machines(since)))
            self._machines = [machine for page in pages for machine in page]
        return self._machines

    def named_files(self) -> NamedFiles:
        """The alerts of the window whose evidence has one of the names. What is read before a fault is kept."""
        if self._named is None:
            self._named = NamedFiles()
            try:
                self.defender(self._read_alerts)
            except IocbeamError as error:
                self._named.problem = error
        return self._named

    def _read_alerts(self, client: DefenderDataClient) -> None:
        named = self.named_files()
        # In one piece: a search makes few calls, and an alert that changes meanwhile is told in the next one.
        since = self.settings.window.since
        for page in client.alerts(TimeWindow(since, since)):
            named.read += len(page)
            for alert in page:
                entities = entities_of(Fetched(ALERT, "", "", alert))
                names = {entity.value for entity in entities if entity.kind == FILE_NAME}
                for name in names & self._names:
                    named.shown.setdefault(name, []).append(alert)
                alert_id = alert.get("id")
                if isinstance(alert_id, str) and any(entity.kind in _FILE_KINDS for entity in entities):
                    updated = str(alert.get("lastUpdateTime") or "")
                    named.with_files.append(FileAlert(alert_id, hashes_of_files(entities), updated))

    def products(self) -> Products:
        """The alerts whose files have one of the names as that of a product, as far as the lookups reach."""
        if self._products is None:
            alerts = self.named_files().with_files
            chosen = choose_lookups(alerts, self.settings.file_lookups)
            self._products = Products(left_out=chosen.left_out)
            for alert_id in chosen.alert_ids:
                if not self._look_up(self._products, alert_id, alerts):
                    self._products.left_out += len(chosen.alert_ids) - self._products.asked
                    break
        return self._products

    def _look_up(self, products: Products, alert_id: str, alerts: Iterable[FileAlert]) -> bool:
        """Whether the alert's files could be asked for. They are those of every alert with the same files."""
        try:
            files = self.defender(lambda client: client.alert_files(alert_id))
        except IocbeamError as error:
            products.problem = error
            return False
        products.asked += 1
        for file in files:
            entities = list(file_entities([file], "files"))
            hashes = hashes_of_files(entities)
            for name in {entity.value for entity in entities if entity.kind == FILE_NAME} & self._names:
                shown = products.shown.setdefault(name, {})
                for one in {alert_id, *(alert.alert_id for alert in alerts if alert.hashes & hashes)}:
                    shown.setdefault(one, []).append(file)
        return True


def _is_lost(service: str, error: IocbeamError) -> bool:
    """Whether every other question to the service would end the same way."""
    if isinstance(error, PermissionDenied):
        return service == _HUNTING
    # Several attempts without an answer; a list that keeps changing was answered every time.
    unanswered = isinstance(error, RetryLater) and error.status is None and error.attempts > 1
    return isinstance(error, Stop) or unanswered
