"""The security part of Graph over HTTP: alerts, hunting, and the alerts that are retired."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..defender.odata_filter import FilterError, Kind, read_filter
from ..estates.security_data import Record, SecurityData
from ..hunting.query import QueryError
from ..hunting.tables import hunt
from ..login.app_roles import GRAPH_HUNTING_READ, SECURITY_ALERT_READ, SECURITY_EVENTS_READ
from ..profile import TenantProfile
from ..server.call import Call
from .alerts import KNOWN_MEMBERS, graph_evidence
from .errors import GraphError, bad_request, graph_json

ROOT = "/v1.0/security/"
_ALERTS = "alerts_v2"
_FILTERABLE: Mapping[str, Kind] = {
    "assignedTo": "text",
    "classification": "text",
    "determination": "text",
    "createdDateTime": "time",
    "lastUpdateDateTime": "time",
    "severity": "text",
    "serviceSource": "text",
    "status": "text",
}
"""Documented."""

_SPAN = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?)?", re.ASCII)
_PREFERENCE = "include-unknown-enum-members"


@dataclass(frozen=True)
class SecurityRequest:
    """A call whose path is known and whose caller may make it. `part` is the id that the path names."""

    call: Call
    profile: TenantProfile
    data: SecurityData
    part: str


@dataclass(frozen=True)
class SecurityRoute:
    """`budget` names the limits in `TenantProfile.rate_limits`."""

    method: str
    role: str
    budget: str
    operation: Callable[[SecurityRequest], Response]


def security_route(path: str) -> tuple[SecurityRoute, str]:
    """The route that a path under `ROOT` names, and the id in it. 400 for an unknown one, as elsewhere."""
    name, slash, part = path.removeprefix(ROOT).partition("/")
    if slash and name == _ALERTS and part and "/" not in part:
        return SecurityRoute("GET", SECURITY_ALERT_READ, "graph_alerts", _one), part
    if slash or name not in _ROUTES:
        raise bad_request(f"Resource not found for the segment of {path}.")
    return _ROUTES[name], ""


def _list(request: SecurityRequest) -> Response:
    """Documented: `$filter`, `$top`, `$skip`, `$count`. Our choice: other options are refused, and a link goes
    on by `$skip`."""
    args, read = request.call.request.args, request.profile.read
    for name in args:
        if name not in ("$filter", "$top", "$skip", "$count"):
            raise bad_request(f"The query option '{name}' is not supported here.")
    alerts = request.data.graph_alerts()
    if "$filter" in args:
        try:
            chosen = read_filter(args["$filter"], _FILTERABLE)
        except FilterError as error:
            raise bad_request(error.message) from error
        alerts = [pair for pair in alerts if chosen(pair[0])]
    top, skip = _number(args, "$top", 1), _number(args, "$skip", 0) or 0
    end = skip + min(read.graph_page_size if top is None else top, read.graph_page_size)
    answer: dict[str, Any] = {"@odata.context": f"{request.call.base_url}/v1.0/$metadata#security/alerts_v2"}
    if args.get("$count", "false") not in ("true", "false"):
        raise bad_request(f"Invalid value '{args['$count']}' for $count.")
    if args.get("$count") == "true":
        answer["@odata.count"] = len(alerts)
    if end < len(alerts) and (top is None or read.graph_links == "always"):
        options = {name: value for name, value in args.items() if name != "$skip"}
        query = urlencode({**options, "$skip": end}, safe="$")
        answer["@odata.nextLink"] = f"{request.call.base_url}{request.call.request.path}?{query}"
    page = [_shown(request, alert, source) for alert, source in alerts[skip:end]]
    return graph_json({**answer, "value": page})


def _one(request: SecurityRequest) -> Response:
    for alert, source in request.data.graph_alerts():
        if alert.get("id") == request.part:
            context = f"{request.call.base_url}/v1.0/$metadata#security/alerts_v2/$entity"
            return graph_json({"@odata.context": context, **_shown(request, alert, source)})
    raise GraphError(404, "ResourceNotFound", f"The alert {request.part} was not found.")


def _shown(request: SecurityRequest, alert: Record, source: Record | None) -> Record:
    """The alert with its evidence. Documented: members that the schema does not name are shown to those only
    who prefer it."""
    shown = dict(alert)
    if source is not None:
        machine_id = source.get("machineId")
        machine = request.data.machine(machine_id) if isinstance(machine_id, str) else None
        shown["evidence"] = graph_evidence(source, machine)
    preferred = _PREFERENCE in request.call.request.headers.get("Prefer", "")
    if request.profile.read.unknown_members == "on_preference" and not preferred:
        for name, members in KNOWN_MEMBERS.items():
            if isinstance(shown.get(name), str) and shown[name] not in members:
                shown[name] = "unknownFutureValue"
    return shown


def _hunt(request: SecurityRequest) -> Response:
    """Documented: `Query`, and `Timespan` as an ISO 8601 duration; names in lower case."""
    call, read = request.call, request.profile.read
    if read.advanced_hunting == "disabled":
        raise GraphError(403, "DisabledFeature", "Advanced hunting is not part of this tenant's licence.")
    if call.request.mimetype != "application/json":
        raise GraphError(415, "UnsupportedMediaType", "The content type must be application/json.")
    body = call.json
    if not isinstance(body, dict) or not isinstance(body.get("Query"), str) or set(body) - {"Query", "Timespan"}:
        raise bad_request("The request body must hold Query, a text, and at most Timespan besides.")
    days = min(_days(body.get("Timespan"), read.hunting_days), read.hunting_days)
    try:
        query, rows = hunt(request.data, body["Query"], request.profile.clock(), days, read.hunting_rows)
    except QueryError as error:
        raise bad_request(error.message) from error
    name, kind = ("name", "type") if read.graph_hunting_casing == "lower" else ("Name", "Type")
    answer = {
        "@odata.context": f"{call.base_url}/v1.0/$metadata#microsoft.graph.security.huntingQueryResults",
        "schema": [{name: column, kind: shown} for column, shown in query.columns.items()],
        "results": rows,
    }
    return graph_json(answer)


def _legacy(request: SecurityRequest) -> Response:
    if request.profile.read.legacy_alerts == "gone":
        raise GraphError(410, "Gone", "These alerts are retired; use /security/alerts_v2.")
    context = f"{request.call.base_url}/v1.0/$metadata#security/alerts"
    return graph_json({"@odata.context": context, "value": []})


def _days(span: object, usual: int) -> float:
    if span is None:
        return usual
    match = _SPAN.fullmatch(span) if isinstance(span, str) else None
    if match is None or not any(match.groups()):
        raise bad_request(f"Invalid value '{span}' for Timespan.")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return days + hours / 24 + minutes / 1440


def _number(args: Mapping[str, str], name: str, least: int) -> int | None:
    text = args.get(name)
    if text is None:
        return None
    if re.fullmatch(r"\d{1,9}", text, re.ASCII) is None or int(text) < least:
        raise bad_request(f"Invalid value '{text}' for {name}.")
    return int(text)


_ROUTES = {
    _ALERTS: SecurityRoute("GET", SECURITY_ALERT_READ, "graph_alerts", _list),
    "runHuntingQuery": SecurityRoute("POST", GRAPH_HUNTING_READ, "graph_hunting", _hunt),
    "alerts": SecurityRoute("GET", SECURITY_EVENTS_READ, "graph_alerts", _legacy),
}
