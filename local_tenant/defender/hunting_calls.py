"""Advanced hunting by Defender's own call."""

from __future__ import annotations

from werkzeug.wrappers import Response

from ..hunting.query import QueryError
from ..hunting.tables import hunt
from ..login.app_roles import HUNTING_READ
from ..server.call import Call
from .api_errors import ApiError, json_response, missing_parameter
from .call import Caller, Route, Routes, json_object

_RETIRED = "The advanced hunting API is retired; use runHuntingQuery of Microsoft Graph."
_MAX_BYTES = 124 * 2**20
"""Documented."""


def _run(call: Call, caller: Caller, _: tuple[str, ...]) -> Response:
    """Documented: the names of schema and results are in upper case, too large an answer is 400."""
    read = caller.tenant.profile.read
    if read.advanced_hunting == "gone":
        raise ApiError(410, "Gone", _RETIRED)
    if read.advanced_hunting == "not_found":
        raise ApiError(404, "NotFound", f"No resource is at {call.request.path}.")
    if read.advanced_hunting == "disabled":
        raise ApiError(403, "DisabledFeature", "Advanced hunting is not part of this tenant's licence.")
    body = json_object(call)
    if "Query" not in body:
        raise missing_parameter("Query")
    if not isinstance(body["Query"], str) or len(body) > 1:
        raise ApiError(400, "InvalidRequestBody", "The request body must hold Query, a text, only.")
    try:
        query, rows = hunt(
            caller.tenant.data, body["Query"], caller.tenant.profile.clock(), read.hunting_days, read.hunting_rows
        )
    except QueryError as error:
        raise ApiError(400, "BadRequest", error.message) from error
    schema = [{"Name": name, "Type": kind} for name, kind in query.columns.items()]
    answer = json_response({"Schema": schema, "Results": rows})
    if len(answer.get_data()) > _MAX_BYTES:
        raise ApiError(400, "BadRequest", "The result of the query exceeds 124 MB.")
    return answer


HUNTING_ROUTES: Routes = {"advancedqueries/run": {"POST": Route("hunting", (HUNTING_READ,), _run)}}
