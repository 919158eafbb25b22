"""The Defender for Endpoint indicator API over HTTP: who may call, how often, and the five operations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from threading import Event
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from .api_errors import (
    ApiError,
    InvalidIndicator,
    batch_too_large,
    error_for_status,
    json_response,
    missing_parameter,
    resource_not_found,
)
from .app_roles import SEE_ALL, SEE_OWN
from .bearer import BearerRefused, bearer_claims
from .call import Call
from .indicator_fields import Entity, unknown_properties
from .indicator_table import IndicatorTable, ItemResult, Owner
from .list_query import ListQuery, read_list_query
from .profile import TenantProfile
from .rate_limits import SlidingWindows
from .tokens import TokenSigner

MAX_BATCH = 500
"""Documented, for import and for BatchDelete."""


@dataclass(frozen=True)
class DefenderTenant:
    """What the indicator API knows of one tenant."""

    profile: TenantProfile
    table: IndicatorTable
    windows: SlidingWindows


@dataclass(frozen=True)
class _Caller:
    tenant: DefenderTenant
    owner: Owner


_Operation = Callable[[Call, _Caller], Response]


class DefenderService:
    """Answers `/api/indicators…`, and the same under `/api/v1.0` (both documented)."""

    def __init__(self, tenants: Mapping[str, DefenderTenant], signer: TokenSigner, stopping: Event) -> None:
        self._tenants = tenants
        self._profiles = {tenant_id: tenant.profile for tenant_id, tenant in tenants.items()}
        self._signer = signer
        self._stopping = stopping
        self._routes: dict[str, dict[str, tuple[str, _Operation]]] = {
            "indicators": {"GET": ("list", self._list), "POST": ("submit", self._submit)},
            "indicators/import": {"POST": ("import", self._import)},
            "indicators/BatchDelete": {"POST": ("batch_delete", self._batch_delete)},
            "indicators/{id}": {"DELETE": ("delete", self._delete)},
        }

    def __call__(self, call: Call) -> Response:
        try:
            caller = self._authorise(call)
            name, operation = self._route(call)
            _spend(caller, name)
            return operation(call, caller)
        except ApiError as error:
            return error.response()

    def error(self, status: int) -> Response:
        """The service's error for a status that a test scripted."""
        return error_for_status(status).response()

    def _authorise(self, call: Call) -> _Caller:
        """401 for a token that is missing, foreign, expired or for another API; 403 without a role."""
        try:
            claims = bearer_claims(call, self._signer, self._profiles, lambda profile: profile.audiences)
        except BearerRefused as error:
            raise _unauthorised(str(error)) from error
        tenant = self._tenants[claims["tid"]]
        roles = claims.get("roles", ())
        if SEE_ALL not in roles and SEE_OWN not in roles:
            raise ApiError(403, "Forbidden", f"The caller needs {SEE_OWN} or {SEE_ALL}.")
        name = next((app.name for app in tenant.profile.apps() if app.client_id == claims["appid"]), "")
        return _Caller(tenant, Owner(claims["appid"], name, sees_all=SEE_ALL in roles))

    def _route(self, call: Call) -> tuple[str, _Operation]:
        """Paths are taken in their documented case only (our choice). Reading one row by id is no
        documented operation; 405 rather than 404 (our choice), lest it looks like a row that is gone."""
        path = call.request.path.removeprefix("/api/").removeprefix("v1.0/")
        head, _, row_id = path.partition("/")
        if path not in self._routes:
            path = "indicators/{id}" if head == "indicators" and row_id and "/" not in row_id else ""
        methods = self._routes.get(path)
        if methods is None:
            raise ApiError(404, "NotFound", f"No resource is at {call.request.path}.")
        if call.request.method not in methods:
            allowed = ", ".join(methods)
            message = f"The resource does not support {call.request.method}."
            raise ApiError(405, "MethodNotAllowed", message, {"Allow": allowed})
        return methods[call.request.method]

    def _list(self, call: Call, caller: _Caller) -> Response:
        query = read_list_query(call.request.args)
        profile = caller.tenant.profile
        rows = caller.tenant.table.visible(caller.owner)
        if query.equal:
            rows = [row for row in rows if query.matches(row)]
        size = profile.page_size if query.top is None else min(query.top, profile.page_size)
        end = query.skip + size
        answer: dict[str, object] = {
            "@odata.context": f"{call.base_url}/api/$metadata#Indicators",
            "value": [shown(row, profile) for row in rows[query.skip : end]],
        }
        if profile.paging == "next_link" and size and end < len(rows):
            answer["@odata.nextLink"] = _next_link(call, query, end)
        return json_response(answer)

    def _submit(self, call: Call, caller: _Caller) -> Response:
        item = _json_object(call)
        _check_poison(call, [item])
        [result] = caller.tenant.table.submit([item], caller.owner, _forced(call, [item]))
        if result.error is not None:
            raise ApiError(400, result.error.code, result.error.message)
        entity = shown(result.entity or {}, caller.tenant.profile)
        return json_response({"@odata.context": f"{call.base_url}/api/$metadata#Indicators/$entity", **entity})

    def _import(self, call: Call, caller: _Caller) -> Response:
        items = _batch(call, "Indicators")
        profile = caller.tenant.profile
        _check_poison(call, items)
        if profile.unknown_property == "request":
            for name in (name for item in items for name in unknown_properties(item)):
                message = f"Property {name} does not exist on an indicator."
                raise ApiError(400, "InvalidRequestBody", message)
        results = caller.tenant.table.submit(items, caller.owner, _forced(call, items))
        self._stopping.wait(profile.import_delay)
        told = [_import_result(result) for result in results if not call.effects.omits(result.item)]
        return json_response({"value": told[::-1] if profile.shuffle_results else told})

    def _delete(self, call: Call, caller: _Caller) -> Response:
        row_id = call.request.path.rpartition("/")[2]
        if caller.tenant.table.delete([row_id], caller.owner, all_or_none=True):
            raise resource_not_found(row_id)
        return Response(status=204)

    def _batch_delete(self, call: Call, caller: _Caller) -> Response:
        ids = _batch(call, "IndicatorIds")
        for row_id in ids:
            if not (isinstance(row_id, str) and row_id.isdecimal()):
                raise ApiError(400, "InvalidInput", f"Indicator id {row_id} is invalid.")
        atomic = caller.tenant.profile.batch_delete_missing == "atomic"
        missing = caller.tenant.table.delete(ids, caller.owner, all_or_none=atomic)
        if missing:
            raise resource_not_found(", ".join(missing))
        return Response(status=204)


def shown(entity: Entity, profile: TenantProfile) -> Entity:
    """The row as the tenant's answers show it, according to the switches on `externalId`."""
    if profile.mark != "not_returned" and profile.mark_spelling == "externalId":
        return entity
    mark = None if profile.mark == "not_returned" else entity["externalId"]
    return {
        profile.mark_spelling if name == "externalId" else name: mark if name == "externalId" else value
        for name, value in entity.items()
    }


def _spend(caller: _Caller, operation: str) -> None:
    """Count the call against its budget; 429 with Retry-After when that is used up."""
    profile = caller.tenant.profile
    now = profile.clock()
    wait = caller.tenant.windows.admit(caller.owner.owner_id, operation, now)
    if wait <= 0:
        return
    headers = {
        "seconds": {"Retry-After": str(math.ceil(wait))},
        "http_date": {"Retry-After": formatdate(math.ceil(now + wait), usegmt=True)},
        "none": {},
    }
    raise ApiError(429, "TooManyRequests", "Too many requests.", headers[profile.retry_after])


def _json_object(call: Call) -> dict[str, Any]:
    """The body. Another content type is 415 (our choice, 400 being as likely)."""
    if call.request.mimetype != "application/json":
        raise ApiError(415, "UnsupportedMediaType", "The content type must be application/json.")
    if not isinstance(call.json, dict):
        raise ApiError(400, "InvalidRequestBody", "The request body is not a JSON object.")
    return call.json


def _batch(call: Call, name: str) -> list[Any]:
    """The list under `name`, whose case counts (documented); empty counts as missing (our choice)."""
    body = _json_object(call)
    if name not in body:
        raise missing_parameter(name)
    items = body[name]
    if not isinstance(items, list) or len(body) > 1:
        raise ApiError(400, "InvalidRequestBody", f"The request body must hold {name}, a list, only.")
    if not items:
        raise missing_parameter(name)
    if len(items) > MAX_BATCH:
        raise batch_too_large(len(items), MAX_BATCH)
    return items


def _check_poison(call: Call, items: list[Any]) -> None:
    for poison in filter(None, map(call.effects.poison_of, items)):
        raise ApiError(400, poison.code, poison.message)


def _forced(call: Call, items: list[Any]) -> list[InvalidIndicator | None]:
    reasons = map(call.effects.reason_to_fail, items)
    return [None if reason is None else InvalidIndicator("InvalidInput", reason) for reason in reasons]


def _import_result(result: ItemResult) -> dict[str, object]:
    """Documented: these four fields. No id for an item that failed is our choice."""
    value = result.item.get("indicatorValue") if isinstance(result.item, dict) else None
    return {
        "id": result.entity["id"] if result.entity else None,
        "indicator": value,
        "isFailed": result.error is not None,
        "failureReason": result.error.message if result.error else None,
    }


def _next_link(call: Call, query: ListQuery, skip: int) -> str:
    """Our choice: the same query with a new `$skip`, given whether or not `$top` was."""
    options = {name: value for name, value in call.request.args.items() if name != "$skip"}
    return f"{call.base_url}{call.request.path}?{urlencode({**options, '$skip': skip}, safe='$')}"


def _unauthorised(message: str) -> ApiError:
    return ApiError(401, "Unauthorized", message, {"WWW-Authenticate": "Bearer"})
