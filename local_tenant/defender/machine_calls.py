"""The calls that read machines."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence

from werkzeug.wrappers import Response

from ..estates.alert_evidence import mappings
from ..estates.security_data import Record, epoch
from ..login.app_roles import ALERT_READ, MACHINE_READ, SCORE_READ
from ..server.call import Call
from ..server.timestamps import format_time, parse_time
from .api_errors import ApiError, json_response, resource_not_found
from .call import Caller, Route, Routes, context
from .odata_filter import Kind
from .read_query import PAGE_OPTIONS, asked_filter, check_options, list_response, odata_error, page_of

_FILTERABLE: Mapping[str, Kind] = {
    "computerDnsName": "text",
    "id": "text",
    "version": "text",
    "deviceValue": "text",
    "aadDeviceId": "text",
    "lastSeen": "time",
    "exposureLevel": "text",
    "onboardingStatus": "text",
    "lastIpAddress": "text",
    "healthStatus": "text",
    "osPlatform": "text",
    "riskScore": "text",
    "rbacGroupId": "number_text",
}
"""Documented, but for `machineTags`, a collection, which no comparison takes."""

_BY_IP = re.compile(r"ip='([^']*)',\s*timestamp=([^)]+)")
_SEEN_SECONDS = 15 * 60
_DAYS = 30


def _list(call: Call, caller: Caller, _: tuple[str, ...]) -> Response:
    check_options(call, ("$filter", *PAGE_OPTIONS))
    starts_with = caller.tenant.profile.read.starts_with == "accept"
    chosen = asked_filter(call, _FILTERABLE, frozenset({"computerDnsName"} if starts_with else ()))
    machines = caller.tenant.data.machines()
    page, link = page_of(call, caller, machines if chosen is None else list(filter(chosen, machines)))
    return _machines(call, caller, page, link)


def _machines(call: Call, caller: Caller, page: Sequence[Record], link: str | None) -> Response:
    if not page and caller.tenant.profile.read.empty_machines == "not_found":
        raise ApiError(404, "ResourceNotFound", "No machines were found.")
    return list_response(call, "Machines", page, link)


def _one(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    check_options(call, ())
    return json_response({"@odata.context": context(call, "Machines/$entity"), **_known(caller, parts[0])})


def _alerts(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    """Documented without `$expand`: no evidence."""
    check_options(call, PAGE_OPTIONS)
    machine = _known(caller, parts[0])
    alerts = [alert for alert in caller.tenant.data.alerts() if alert.get("machineId") == machine["id"]]
    page, link = page_of(call, caller, alerts)
    return list_response(call, "Alerts", [{**alert, "evidence": []} for alert in page], link)


def _known(caller: Caller, name: str) -> Record:
    machine = caller.tenant.data.machine(name)
    if machine is None:
        raise resource_not_found(name)
    return machine


def _find_by_ip(call: Call, caller: Caller, parts: tuple[str, ...]) -> Response:
    """Documented: machines that were seen with the internal address within 15 minutes of the time, which is in
    the last 30 days. That none is an empty list is our reading."""
    check_options(call, ())
    match = _BY_IP.fullmatch(parts[0])
    if match is None:
        raise odata_error("findbyip takes ip='…' and timestamp=….")
    address, moment = _address(match[1]), _moment(match[2])
    if not moment >= caller.tenant.profile.clock() - _DAYS * 86_400:
        raise ApiError(400, "BadRequest", f"The timestamp must be within the last {_DAYS} days.")
    found = [
        machine
        for machine in caller.tenant.data.machines()
        if abs((epoch(machine.get("lastSeen")) or 0.0) - moment) <= _SEEN_SECONDS and address in _internal(machine)
    ]
    return list_response(call, "Machines", found)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ApiError(400, "InvalidIpAddress", f"{text} is no IP address.") from error


def _moment(text: str) -> float:
    try:
        return parse_time(text)
    except ValueError as error:
        raise odata_error(f"{text} is not a date and time with an offset.") from error


def _internal(machine: Record) -> set[str]:
    found = [
        machine.get("lastIpAddress"),
        *(entry.get("ipAddress") for entry in mappings(machine.get("ipAddresses"))),
    ]
    return {text.lower() for text in found if isinstance(text, str)}


def _scores(call: Call, caller: Caller, _: tuple[str, ...]) -> Response:
    """A score for each device group that a machine is in. That it names the group's id too was observed; the
    score itself is our choice."""
    check_options(call, ())
    groups = {
        str(machine["rbacGroupName"]): machine.get("rbacGroupId")
        for machine in caller.tenant.data.machines()
        if machine.get("rbacGroupName")
    }
    now = format_time(caller.tenant.profile.clock())
    scores = [
        {"time": now, "score": 40.0, "rbacGroupName": name, "rbacGroupId": group} for name, group in groups.items()
    ]
    return list_response(call, "ExposureScore", scores)


_READ = (MACHINE_READ,)
MACHINE_ROUTES: Routes = {
    "machines": {"GET": Route("machines", _READ, _list)},
    "machines/findbyip({query})": {"GET": Route("machines", _READ, _find_by_ip)},
    "machines/{id}": {"GET": Route("machines", _READ, _one)},
    "machines/{id}/alerts": {"GET": Route("machines", (ALERT_READ,), _alerts)},
    "exposureScore/ByMachineGroups": {"GET": Route("exposureScore", (SCORE_READ,), _scores)},
}
