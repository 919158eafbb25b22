"""What a test or a demonstration puts into the local tenant for the product to read, and looks at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from .estate import Estate
from .security_data import SecurityData, copies


class Readable(ABC):
    """The part of `LocalTenant` about machines and alerts. They are kept in memory only. `tenant_id` is the
    first tenant unless it is given."""

    def seed_machines(self, machines: Iterable[Mapping[str, Any]], tenant_id: str | None = None) -> list[str]:
        """Put machines into a tenant, in the API's form and unchecked; returns their ids.

        Every value is kept as it is, also null or of another type, and what is not given is not there. One
        without an id gets one. Raises `ValueError`, and keeps none, for an id that is there already.
        """
        return self._data(tenant_id).seed_machines(machines)

    def seed_alerts(
        self,
        alerts: Iterable[Mapping[str, Any]],
        tenant_id: str | None = None,
        files: Mapping[str, Iterable[Mapping[str, Any]]] | None = None,
    ) -> list[str]:
        """Put alerts of Defender into a tenant in the same way, each with its `evidence`; returns their ids.

        `files` are the answers to `/alerts/{id}/files` by id of the alert, the only place of an MD5 and of a
        product's name. For an alert that it does not name, they are made of the hashes in its evidence.
        """
        return self._data(tenant_id).seed_alerts(alerts, files)

    def seed_graph_alerts(self, alerts: Iterable[Mapping[str, Any]], tenant_id: str | None = None) -> list[str]:
        """Put alerts of Graph (`alerts_v2`) into a tenant in the same way; returns their ids.

        Without any, Graph shows the alerts of Defender in its own form.
        """
        return self._data(tenant_id).seed_graph_alerts(alerts)

    def seed_estate(self, estate: Estate, tenant_id: str | None = None) -> None:
        """Put the machines and alerts of `estate` into a tenant."""
        self.seed_machines(estate.machines, tenant_id)
        self.seed_alerts(estate.alerts, tenant_id, estate.files)

    def machines(self, tenant_id: str | None = None) -> list[dict[str, Any]]:
        """Machines in the order in which they were given: copies."""
        return copies(self._data(tenant_id).machines())

    def alerts(self, tenant_id: str | None = None) -> list[dict[str, Any]]:
        """Alerts of Defender with their evidence, in the order in which they are listed: copies."""
        return copies(self._data(tenant_id).alerts())

    def edit_machine(self, machine_id: str, tenant_id: str | None = None, **fields: object) -> None:
        """Change fields of a machine, unchecked. Raises `KeyError` when it is not there."""
        self._data(tenant_id).edit_machine(machine_id, fields)

    def edit_alert(self, alert_id: str, tenant_id: str | None = None, **fields: object) -> None:
        """Change fields of an alert, unchecked; `lastUpdateTime` becomes the time now unless it is given, and
        the alert moves in the list. Raises `KeyError` when it is not there."""
        self._data(tenant_id).edit_alert(alert_id, fields)

    def remove_alert(self, alert_id: str, tenant_id: str | None = None) -> None:
        """Take an alert away. Raises `KeyError` when it is not there."""
        self._data(tenant_id).remove_alert(alert_id)

    @abstractmethod
    def _data(self, tenant_id: str | None) -> SecurityData: ...
