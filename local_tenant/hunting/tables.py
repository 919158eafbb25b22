"""The tables of advanced hunting, made of a tenant's machines and alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..estates.alert_evidence import evidence_of
from ..estates.security_data import SecurityData, epoch
from ..estates.seen_entities import files_by_hash
from ..server.timestamps import format_time
from .query import Columns, Query, Row, read_query

TABLES: Mapping[str, Columns] = {
    "DeviceInfo": {
        "Timestamp": "DateTime",
        "DeviceId": "String",
        "DeviceName": "String",
        "PublicIP": "String",
        "OSPlatform": "String",
    },
    "DeviceNetworkEvents": {
        "Timestamp": "DateTime",
        "DeviceId": "String",
        "DeviceName": "String",
        "RemoteIP": "String",
        "RemoteUrl": "String",
    },
    "DeviceFileEvents": {
        "Timestamp": "DateTime",
        "DeviceId": "String",
        "DeviceName": "String",
        "FileName": "String",
        "SHA1": "String",
        "SHA256": "String",
        "MD5": "String",
    },
}
"""Documented names; the real tables have many more columns."""

_DAY = 86_400


def hunt(data: SecurityData, text: str, now: float, days: float, most: int) -> tuple[Query, list[dict[str, Any]]]:
    """Run a query over the last `days`; at most `most` rows. Raises `QueryError`."""
    query = read_query(text, TABLES, now)
    rows = data.view(_ROWS[query.table])
    recent = [row for row in rows if (epoch(row["Timestamp"]) or 0.0) >= now - days * _DAY]
    return query, query.run(recent)[:most]


def _device_info(data: SecurityData) -> list[Row]:
    """Two rows of each machine, of its last report and of the day before: that it is listed more than once
    is as in the real table, the number is our choice."""
    rows: list[Row] = []
    for machine in data.machines():
        seen = epoch(machine.get("lastSeen"))
        if seen is None:
            continue
        rest = {
            "DeviceId": _text(machine.get("id")),
            "DeviceName": _text(machine.get("computerDnsName")),
            "PublicIP": _text(machine.get("lastExternalIpAddress")),
            "OSPlatform": _text(machine.get("osPlatform")),
        }
        rows += [{"Timestamp": moment, **rest} for moment in (format_time(seen - _DAY), machine["lastSeen"])]
    return rows


def _network_events(data: SecurityData) -> list[Row]:
    return [
        {**head, "RemoteIP": _text(entity.get("ipAddress")), "RemoteUrl": _text(entity.get("url"))}
        for head, entity in _events(data)
        if entity.get("ipAddress") or entity.get("url")
    ]


def _file_events(data: SecurityData) -> list[Row]:
    files = data.view(files_by_hash)
    rows: list[Row] = []
    for head, entity in _events(data):
        sha1, sha256 = _text(entity.get("sha1")), _text(entity.get("sha256"))
        if not (sha1 or sha256 or entity.get("fileName")):
            continue
        file = files.get(("sha1", sha1.lower())) or files.get(("sha256", sha256.lower())) or {}
        row = {"FileName": _text(entity.get("fileName")), "SHA1": sha1, "SHA256": sha256}
        rows.append({**head, **row, "MD5": _text(file.get("md5"))})
    return rows


def _events(data: SecurityData) -> Iterator[tuple[dict[str, str], Mapping[str, Any]]]:
    """Each entity of evidence, and the columns that all events have. Our choice: what has no time happened
    when its alert did; what has none there either is not in the tables."""
    for alert in data.alerts():
        for entity in evidence_of(alert):
            times: Sequence[Any] = (entity.get("evidenceCreationTime"), alert.get("lastEventTime"))
            moment = next((moment for moment in times if epoch(moment) is not None), None)
            if moment is not None:
                device = {
                    "DeviceId": _text(alert.get("machineId")),
                    "DeviceName": _text(alert.get("computerDnsName")),
                }
                yield {"Timestamp": moment, **device}, entity


def _text(value: object) -> str:
    """A text is never null in these tables."""
    return "" if value is None else str(value)


_ROWS: Mapping[str, Callable[[SecurityData], list[Row]]] = {
    "DeviceInfo": _device_info,
    "DeviceNetworkEvents": _network_events,
    "DeviceFileEvents": _file_events,
}
