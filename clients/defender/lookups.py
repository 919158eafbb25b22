"""Single questions to Defender for Endpoint: about a machine, an alert, a domain, an address or a file."""

from __future__ import annotations

from typing import Any, Final

from ..http.odata import odata_text, odata_time
from ..http.path_values import address_part, alert_part, domain_part, hash_part, machine_part, sha1_part
from ..http.streaming import Given, Objects
from .indicators import MAX_PAGE
from .reads import DefenderReads

_MACHINE_PROPERTIES: Final = frozenset(
    {
        "computerDnsName",
        "id",
        "version",
        "deviceValue",
        "aadDeviceId",
        "exposureLevel",
        "onboardingStatus",
        "lastIpAddress",
        "healthStatus",
        "osPlatform",
        "riskScore",
        "rbacGroupId",
    }
)
"""Properties of machines that a filter may compare with a value (documented). `lastExternalIpAddress` is none."""

_LONGEST_LOOK_BACK: Final = 720
"""Hours. Documented."""


class DefenderLookups(DefenderReads):
    """Answers about one thing. What is not there is None or an empty list: a 404, or, for domains, addresses and
    a file's alerts and machines, an empty answer (documented).

    A value that cannot be what it is said to be raises `ValueError`, and nothing is sent: it would become part of
    a path. Objects are as they came.
    """

    def machine(self, id_or_name: str) -> dict[str, Any] | None:
        """A machine by its id or its computer name."""
        return self._one("/api/machines/{id}", id=machine_part(id_or_name))

    def machines_named(self, prefix_or_name: str) -> Objects:
        """Machines whose computer name begins with this, which a whole name does too.

        Whether case counts is not documented; names are in lower case as far as was observed. Nor is it documented
        that this filter is taken, though it was said to work; where it is not it is `Refused`.
        """
        return self._machines(f"startswith(computerDnsName,{odata_text(prefix_or_name)})")

    def machines_where(self, property_name: str, value: str | int) -> Objects:
        """Machines of which a property has this value.

        Args:
            property_name: one that can be filtered on, such as `lastIpAddress` or `aadDeviceId`.
            value: a number for `rbacGroupId`.

        Raises:
            ValueError: the property cannot be filtered on; a public address for one is looked for with hunting.
        """
        if property_name not in _MACHINE_PROPERTIES:
            raise ValueError(f"machines cannot be filtered on {property_name!r}")
        literal = str(value) if isinstance(value, int) else odata_text(value)
        return self._machines(f"{property_name} eq {literal}")

    def _machines(self, condition: str) -> Objects:
        pages = self._pages("/api/machines", {"$filter": condition}, MAX_PAGE, Given(), gone_is_empty=True)
        return [machine for page in pages for machine in page]

    def machine_alerts(self, machine_id: str) -> Objects:
        """The alerts of a machine."""
        return self._several("/api/machines/{id}/alerts", id=machine_part(machine_id))

    def machines_by_ip(self, ip: str, timestamp: int) -> Objects:
        """Machines that had this internal address within a quarter of an hour of a time.

        Args:
            timestamp: epoch seconds, within the last 30 days.

        Raises:
            Refused: the time is longer ago.
        """
        return self._several(
            "/api/machines/findbyip(ip='{ip}',timestamp={time})",
            ip=address_part(ip),
            time=odata_time(timestamp),
        )

    def alert(self, alert_id: str) -> dict[str, Any] | None:
        """An alert with its evidence."""
        return self._one("/api/alerts/{id}", id=alert_part(alert_id))

    def alert_files(self, alert_id: str) -> Objects | None:
        """The files of an alert, None when it is gone; only these show MD5 and the product's name."""
        return self._several_or_none("/api/alerts/{id}/files", id=alert_part(alert_id))

    def alert_ips(self, alert_id: str) -> Objects:
        """The addresses of an alert, as `{"id": "203.0.113.7"}`."""
        return self._several("/api/alerts/{id}/ips", id=alert_part(alert_id))

    def alert_domains(self, alert_id: str) -> Objects:
        """The domains of an alert, as `{"host": "bad.example"}`."""
        return self._several("/api/alerts/{id}/domains", id=alert_part(alert_id))

    def alert_machine(self, alert_id: str) -> dict[str, Any] | None:
        """The machine of an alert."""
        return self._one("/api/alerts/{id}/machine", id=alert_part(alert_id))

    def alert_user(self, alert_id: str) -> dict[str, Any] | None:
        """The user of an alert."""
        return self._one("/api/alerts/{id}/user", id=alert_part(alert_id))

    def domain_alerts(self, domain: str) -> Objects:
        """Alerts that show a domain."""
        return self._several("/api/domains/{domain}/alerts", domain=domain_part(domain))

    def domain_machines(self, domain: str) -> Objects:
        """Machines that spoke to a domain, at most 500 (documented)."""
        return self._several("/api/domains/{domain}/machines", domain=domain_part(domain))

    def domain_stats(self, domain: str, hours: int | None = None) -> dict[str, Any] | None:
        """How widely a domain was seen: `host organizationPrevalence orgFirstSeen orgLastSeen`.

        Args:
            hours: to look back, 1 to 720; by default the service's 30 days.
        """
        return self._one("/api/domains/{domain}/stats", _look_back(hours), domain=domain_part(domain))

    def ip_alerts(self, ip: str) -> Objects:
        """Alerts that show an address."""
        return self._several("/api/ips/{ip}/alerts", ip=address_part(ip))

    def ip_stats(self, ip: str, hours: int | None = None) -> dict[str, Any] | None:
        """How widely an address was seen: `ipAddress organizationPrevalence orgFirstSeen orgLastSeen`.

        Args:
            hours: to look back, 1 to 720; by default the service's 30 days.
        """
        return self._one("/api/ips/{ip}/stats", _look_back(hours), ip=address_part(ip))

    def file(self, file_hash: str) -> dict[str, Any] | None:
        """A file by its SHA-1 or SHA-256, which names the other one.

        An MD5 is asked for too; that it is known by one is not documented, and it may be `Refused`.
        """
        return self._one("/api/files/{hash}", hash=hash_part(file_hash))

    def file_alerts(self, sha1: str) -> Objects:
        """Alerts that show a file; by SHA-1 only."""
        return self._several("/api/files/{sha1}/alerts", sha1=sha1_part(sha1))

    def file_machines(self, sha1: str) -> Objects:
        """Machines that have or had a file; by SHA-1 only."""
        return self._several("/api/files/{sha1}/machines", sha1=sha1_part(sha1))

    def file_stats(self, file_hash: str, hours: int | None = None) -> dict[str, Any] | None:
        """How widely a file was seen, here and everywhere, and under which names.

        Args:
            hours: to look back, 1 to 720; by default the service's 30 days.
        """
        return self._one("/api/files/{hash}/stats", _look_back(hours), hash=hash_part(file_hash))

    def machine_groups(self) -> Objects:
        """The exposure score of each group of machines."""
        return self._several("/api/exposureScore/ByMachineGroups")


def _look_back(hours: int | None) -> dict[str, str] | None:
    if hours is None:
        return None
    if not 1 <= hours <= _LONGEST_LOOK_BACK:
        raise ValueError(f"hours must be from 1 to {_LONGEST_LOOK_BACK}")
    return {"lookBackHours": str(hours)}
