"""The calls that look up a domain, an IP address or a file."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from werkzeug.wrappers import Response

from ..estates.alert_evidence import evidence_of
from ..estates.security_data import Record, epoch
from ..estates.seen_entities import EntityKind, files_by_hash, same_address, seen_in
from ..login.app_roles import ALERT_READ, FILE_READ, IP_READ, MACHINE_READ, URL_READ
from ..server.call import Call
from .api_errors import ApiError, json_response, resource_not_found
from .call import Caller, Route, Routes, context
from .read_query import PAGE_OPTIONS, check_options, list_response, odata_error, page_of

_HEX = re.compile(r"[0-9a-fA-F]+")
_KINDS: dict[int, EntityKind] = {32: "md5", 40: "sha1", 64: "sha256"}
_MAX_HOURS = 720
"""Documented, and the default."""


def _domain_alerts(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    return _alerts(call, caller, _seen(caller, "host", parts[0].lower()))


def _domain_machines(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    machines = _machines_of(caller, _seen(caller, "host", parts[0].lower()))
    return _machines(call, caller, machines[: caller.tenant.profile.read.domain_machines])


def _domain_stats(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    return _stats(call, caller, "host", parts[0], "host", parts[0].lower())


def _ip_alerts(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    return _alerts(call, caller, _seen(caller, "ip", _address(parts[0])))


def _ip_stats(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    return _stats(call, caller, "ipAddress", parts[0], "ip", _address(parts[0]))


def _file_alerts(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    return _alerts(call, caller, _seen(caller, "sha1", _sha1(parts[0])))


def _file_machines(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    return _machines(call, caller, _machines_of(caller, _seen(caller, "sha1", _sha1(parts[0]))))


def _file(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    check_options(call, ())
    return json_response({"@odata.context": context(call, "Files/$entity"), **_known_file(caller, parts[0])[1]})


def _file_stats(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    hours = _hours(call)
    (kind, value), file = _known_file(caller, parts[0])
    alerts = _within(caller, _seen(caller, kind, value), hours)
    names = [entity.get("fileName") for alert in alerts for entity in evidence_of(alert)]
    answer = {
        "@odata.context": context(call, "microsoft.windowsDefenderATP.api.InOrgFileStats"),
        "sha1": file.get("sha1"),
        **_prevalence(caller, alerts),
        "globallyPrevalence": file.get("globalPrevalence"),
        "globalFirstObserved": file.get("globalFirstObserved"),
        "globalLastObserved": file.get("globalLastObserved"),
        "topFileNames": list(dict.fromkeys(name for name in names if isinstance(name, str)))[:10],
    }
    return json_response(answer)


def _alerts(call: Call, caller: Caller, alerts: Sequence[Record]) -> Response:
    """Documented: an unknown value gives an empty list. Without evidence, which is not expanded here."""
    check_options(call, PAGE_OPTIONS)
    page, link = page_of(call, caller, alerts)
    return list_response(call, "Alerts", [{**alert, "evidence": []} for alert in page], link)


def _machines(call: Call, caller: Caller, machines: Sequence[Record]) -> Response:
    check_options(call, PAGE_OPTIONS)
    page, link = page_of(call, caller, machines)
    return list_response(call, "Machines", page, link)


def _stats(call: Call, caller: Caller, name: str, shown: str, kind: EntityKind, value: str) -> Response:
    """Documented: an unknown value has a prevalence of 0."""
    alerts = _within(caller, _seen(caller, kind, value), _hours(call))
    form = "InOrgDomainStats" if kind == "host" else "InOrgIPStats"
    head = {"@odata.context": context(call, f"microsoft.windowsDefenderATP.api.{form}"), name: shown}
    return json_response({**head, **_prevalence(caller, alerts)})


def _prevalence(caller: Caller, alerts: Sequence[Record]) -> Record:
    """Our choice: the organisation's prevalence is the number of machines with an alert that shows the value."""
    machines = {str(alert["machineId"]) for alert in alerts if alert.get("machineId") is not None}
    first = min(alerts, key=lambda alert: epoch(alert.get("firstEventTime")) or 0.0, default={})
    last = max(alerts, key=lambda alert: epoch(alert.get("lastEventTime")) or 0.0, default={})
    return {
        "organizationPrevalence": len(machines),
        "orgFirstSeen": first.get("firstEventTime"),
        "orgLastSeen": last.get("lastEventTime"),
    }


def _within(caller: Caller, alerts: Sequence[Record], hours: int) -> list[Record]:
    since = caller.tenant.profile.clock() - hours * 3600
    return [alert for alert in alerts if (epoch(alert.get("lastEventTime")) or 0.0) >= since]


def _hours(call: Call) -> int:
    check_options(call, ("lookBackHours",))
    text = call.request.args.get("lookBackHours", str(_MAX_HOURS))
    if re.fullmatch(r"\d{1,4}", text, re.ASCII) is None or not 1 <= int(text) <= _MAX_HOURS:
        raise odata_error(f"lookBackHours must be from 1 to {_MAX_HOURS}, not '{text}'.")
    return int(text)


def _seen(caller: Caller, kind: EntityKind, value: str) -> list[Record]:
    return caller.tenant.data.view(seen_in).get((kind, value), [])


def _machines_of(caller: Caller, alerts: Sequence[Record]) -> list[Record]:
    ids = dict.fromkeys(str(alert.get("machineId")) for alert in alerts)
    found = map(caller.tenant.data.machine, ids)
    return [machine for machine in found if machine is not None]


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise ApiError(400, "InvalidIpAddress", f"{text} is no IP address.") from error
    return same_address(text)


def _sha1(text: str) -> str:
    """Documented: these two calls take SHA-1 only."""
    if len(text) != 40 or _HEX.fullmatch(text) is None:
        raise ApiError(400, "InvalidHashValue", f"{text} is no SHA-1.")
    return text.lower()


def _known_file(caller: Caller, text: str) -> tuple[tuple[EntityKind, str], Record]:
    """Documented: SHA-1 or SHA-256; 404 for one that is not known."""
    kind = _KINDS.get(len(text)) if _HEX.fullmatch(text) else None
    md5_lookup = caller.tenant.profile.read.md5_lookup
    if kind is None or (kind == "md5" and md5_lookup == "invalid"):
        raise ApiError(400, "InvalidHashValue", f"{text} is no SHA-1 and no SHA-256.")
    key = kind, text.lower()
    file = caller.tenant.data.view(files_by_hash).get(key)
    if file is None or (kind == "md5" and md5_lookup == "not_found"):
        raise resource_not_found(text)
    return key, file


_ALERTS, _MACHINES = (ALERT_READ,), (MACHINE_READ,)
ENTITY_ROUTES: Routes = {
    "domains/{domain}/alerts": {"GET": Route("domains", _ALERTS, _domain_alerts)},
    "domains/{domain}/machines": {"GET": Route("domains", _MACHINES, _domain_machines)},
    "domains/{domain}/stats": {"GET": Route("domains", (URL_READ,), _domain_stats)},
    "ips/{ip}/alerts": {"GET": Route("ips", _ALERTS, _ip_alerts)},
    "ips/{ip}/stats": {"GET": Route("ips", (IP_READ,), _ip_stats)},
    "files/{sha1}/alerts": {"GET": Route("files", _ALERTS, _file_alerts)},
    "files/{sha1}/machines": {"GET": Route("files", _MACHINES, _file_machines)},
    "files/{hash}": {"GET": Route("files", (FILE_READ,), _file)},
    "files/{hash}/stats": {"GET": Route("files", (FILE_READ,), _file_stats)},
}
