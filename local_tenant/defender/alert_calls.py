"""The calls that read alerts and what stands around one."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.wrappers import Response

from ..estates.alert_evidence import evidence_of
from ..estates.security_data import Record
from ..estates.seen_entities import addresses_in, files_in, hosts_in
from ..login.app_roles import ALERT_READ, FILE_READ, IP_READ, MACHINE_READ, URL_READ, USER_READ
from ..server.call import Call
from .api_errors import ApiError, json_response, resource_not_found
from .call import Caller, Route, Routes, context
from .odata_filter import Kind
from .read_query import PAGE_OPTIONS, asked_filter, check_options, list_response, odata_error, page_of

_FILTERABLE: Mapping[str, Kind] = {
    "alertCreationTime": "time",
    "lastUpdateTime": "time",
    "incidentId": "number",
    "investigationId": "number",
    "id": "text",
    "assignedTo": "text",
    "detectionSource": "text",
    "lastEventTime": "time",
    "status": "text",
    "severity": "text",
    "category": "text",
}
"""Documented."""


def _list(call: Call, caller: Caller, _: tuple[str, ...]) -> Response:
    """Documented: evidence is empty unless it is expanded."""
    check_options(call, ("$filter", "$expand", *PAGE_OPTIONS))
    expand = call.request.args.get("$expand")
    if expand not in (None, "evidence"):
        raise odata_error(f"The value '{expand}' of $expand is not supported.")
    chosen = asked_filter(call, _FILTERABLE)
    alerts = caller.tenant.data.alerts()
    page, link = page_of(call, caller, alerts if chosen is None else list(filter(chosen, alerts)))
    shown = page if expand else [{**alert, "evidence": []} for alert in page]
    return list_response(call, "Alerts", shown, link)


def _one(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    """With its evidence (documented)."""
    check_options(call, ())
    return json_response({"@odata.context": context(call, "Alerts/$entity"), **_known(caller, parts[0])})


def _files(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    return _part(call, caller, "Files", files_in(caller.tenant.data, _known(caller, parts[0])))


def _ips(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    return _part(call, caller, "Ips", [{"id": text} for text in addresses_in(_known(caller, parts[0]))])


def _domains(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    return _part(call, caller, "Domains", [{"host": host} for host in hosts_in(_known(caller, parts[0]))])


def _part(call: Call, caller: Caller, name: str, values: list[Record]) -> Response:
    """Observed: `$top` and `$skip` are taken."""
    check_options(call, PAGE_OPTIONS)
    page, link = page_of(call, caller, values)
    return list_response(call, name, page, link)


def _machine(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    """One machine, not a list; 404 when it is gone (documented)."""
    check_options(call, ())
    machine_id = _known(caller, parts[0]).get("machineId")
    machine = caller.tenant.data.machine(machine_id) if isinstance(machine_id, str) else None
    if machine is None:
        raise resource_not_found(f"{machine_id}")
    return json_response({"@odata.context": context(call, "Machines/$entity"), **machine})


def _user(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    """Documented names; what an alert does not tell of its user is null (our choice)."""
    check_options(call, ())
    alert = _known(caller, parts[0])
    user = alert.get("relatedUser")
    if not isinstance(user, dict):
        raise ApiError(404, "ResourceNotFound", f"The alert {alert['id']} has no user.")
    name, domain = user.get("userName"), user.get("domainName")
    answer = {
        "@odata.context": context(call, "Users/$entity"),
        "id": f"{domain}\\{name}",
        "accountName": name,
        "accountDomain": domain,
        "accountSid": _sid(alert, name),
        "firstSeen": alert.get("firstEventTime"),
        "lastSeen": alert.get("lastEventTime"),
        "mostPrevalentMachineId": alert.get("machineId"),
        "leastPrevalentMachineId": alert.get("machineId"),
        "logonTypes": None,
        "logOnMachinesCount": 1,
        "isDomainAdmin": False,
        "isOnlyNetworkUser": False,
    }
    return json_response(answer)


def _sid(alert: Record, name: object) -> object:
    for entity in evidence_of(alert):
        if entity.get("accountName") == name and entity.get("userSid"):
            return entity["userSid"]
    return None


def _known(caller: Caller, alert_id: str) -> Record:
    alert = caller.tenant.data.alert(alert_id)
    if alert is None:
        raise resource_not_found(alert_id)
    return alert


ALERT_ROUTES: Routes = {
    "alerts": {"GET": Route("alerts", (ALERT_READ,), _list)},
    "alerts/{id}": {"GET": Route("alerts", (ALERT_READ,), _one)},
    "alerts/{id}/files": {"GET": Route("alerts", (FILE_READ,), _files)},
    "alerts/{id}/ips": {"GET": Route("alerts", (IP_READ,), _ips)},
    "alerts/{id}/domains": {"GET": Route("alerts", (URL_READ,), _domains)},
    "alerts/{id}/machine": {"GET": Route("alerts", (MACHINE_READ,), _machine)},
    "alerts/{id}/user": {"GET": Route("alerts", (USER_READ,), _user)},
}
