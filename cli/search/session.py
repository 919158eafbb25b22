"""One tenant while values are looked for in it: its clients, and what is read once for all values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from iocbeam.model.entities import entities_of, file_entities, hashes_of_files
from iocbeam.model.errors import IocbeamError, PermissionDenied, Refused, RetryLater, Stop
from iocbeam.model.search_forms import canonical_ip
from iocbeam.model.search_kind import Sought
from iocbeam.model.search_words import FILE_NAME as SOUGHT_FILE_NAME
from iocbeam.model.search_words import FQDN, HOSTNAME, PUBLIC_IP
from iocbeam.model.settings.sightings import ReadTenant, TimeWindow
from iocbeam.model.sighting import ALERT, FILE_NAME, Fetched
from iocbeam.planning.search.places import is_called
from iocbeam.planning.sightings.file_lookups import FileAlert, choose_lookups, file_alert

from .reads import ListedMachines, NamedFiles, Objects, Products

if TYPE_CHECKING:
    from iocbeam.clients import DefenderDataClient, HuntingClient, HuntingDialect

T = TypeVar("T")

_DEFENDER: Final = "defender"
_HUNTING: Final = "hunting"
_PATIENCE: Final = 60.0
"""Seconds after which a call is given up: somebody waits for the answer."""


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

    @property
    def span(self) -> str:
        """The same in words."""
        return "the last day" if self.days == 1 else f"the last {self.days} days"


class HuntingOff(Exception):
    """Hunting was asked for, and the options say that it is not to be used."""


class NothingToAsk(Exception):
    """A question about what others found, and they found nothing."""


class TenantSession:
    """Used by one thread. A service that cannot be spoken to at all is not asked again.

    Args:
        tenant: to look in.
        settings: of the search.
        values: all that are looked for, since alerts and machines are read once for them.
        cancel: once set, whatever waits ends with `RetryLater`.
    """

    def __init__(
        self, tenant: ReadTenant, settings: SearchSettings, values: Iterable[Sought], cancel: threading.Event
    ) -> None:
        self.tenant = tenant
        self.settings = settings
        sought = list(values)
        self._names = frozenset(one.value for one in sought if one.kind == SOUGHT_FILE_NAME)
        self._hosts = [one for one in sought if one.kind in (HOSTNAME, FQDN)]
        self._addresses = frozenset(one.value for one in sought if one.kind == PUBLIC_IP)
        self._cancel = cancel
        self._clients: dict[str, Any] = {}
        self._lost: dict[str, IocbeamError] = {}
        self._machines: ListedMachines | None = None
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

    def listed_machines(self) -> ListedMachines:
        """The machines that reported in the window, as far as they show what is looked for."""
        if self._machines is None:
            self._machines = self.defender(self._read_machines)
        return self._machines

    def _read_machines(self, client: DefenderDataClient) -> ListedMachines:
        listed = ListedMachines()
        for page in client.machines(self.settings.window.since):
            listed.read += len(page)
            listed.shown += [machine for machine in page if self._shows(machine)]
        return listed

    def _shows(self, machine: dict[str, Any]) -> bool:
        if self._addresses and canonical_ip(str(machine.get("lastExternalIpAddress"))) in self._addresses:
            return True
        name = machine.get("computerDnsName")
        return any(is_called(sought, name) for sought in self._hosts)

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
                with_files = file_alert(Fetched(ALERT, "", "", alert))
                if with_files is not None and with_files.alert_id:
                    named.with_files.append(with_files)

    def products(self) -> Products:
        """The alerts whose files have one of the names as that of a product, as far as the lookups reach."""
        if self._products is None:
            self._products = Products()
            self._ask_for_files(self._products)
        return self._products

    def _ask_for_files(self, products: Products) -> None:
        alerts = self.named_files().with_files
        done: set[str] = set()
        gone: set[str] = set()
        while True:
            # An alert that is gone answers for no other with the same files.
            there = [alert for alert in alerts if alert.alert_id not in gone]
            chosen = choose_lookups(there, max(self.settings.file_lookups - len(gone), 0))
            products.left_out = chosen.left_out
            left = [alert_id for alert_id in chosen.alert_ids if alert_id not in done]
            if not left:
                return
            for at, alert_id in enumerate(left):
                try:
                    files = self.defender(partial(_files_of, alert_id))
                except IocbeamError as error:
                    products.problem = error
                    products.left_out += len(left) - at
                    return
                products.asked += 1
                if files is None:
                    gone.add(alert_id)
                    break
                done.add(alert_id)
                self._keep(products, alert_id, files, alerts)

    def _keep(self, products: Products, alert_id: str, files: Objects, alerts: Iterable[FileAlert]) -> None:
        """Files with one of the names. They are those of every alert with the same files."""
        for file in files:
            entities = list(file_entities([file], "files"))
            hashes = hashes_of_files(entities)
            for name in {entity.value for entity in entities if entity.kind == FILE_NAME} & self._names:
                shown = products.shown.setdefault(name, {})
                for one in {alert_id, *(alert.alert_id for alert in alerts if alert.hashes & hashes)}:
                    shown.setdefault(one, []).append(file)


def _files_of(alert_id: str, client: DefenderDataClient) -> Objects | None:
    return client.alert_files(alert_id)


def _is_lost(service: str, error: IocbeamError) -> bool:
    """Whether every other question to the service would end the same way."""
    if isinstance(error, PermissionDenied):
        return service == _HUNTING
    # Several attempts without an answer; a list that keeps changing was answered every time.
    unanswered = isinstance(error, RetryLater) and error.status is None and error.attempts > 1
    return isinstance(error, Stop) or unanswered
