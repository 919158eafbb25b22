"""The operations of the indicator API."""

from __future__ import annotations

from threading import Event
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..login.app_roles import SEE_ALL, SEE_OWN, TI_READ, holds
from ..profile import TenantProfile
from ..server.call import Call
from .api_errors import (
    ApiError,
    InvalidIndicator,
    batch_too_large,
    json_response,
    missing_parameter,
    resource_not_found,
)
from .call import Caller, Route, Routes, context, json_object
from .indicator_fields import Entity, unknown_properties
from .indicator_table import ItemResult, Owner
from .list_query import ListQuery, read_list_query

MAX_BATCH = 500
"""Documented, for import and for BatchDelete."""

_READ = (SEE_ALL, SEE_OWN, TI_READ)
_WRITE = (SEE_ALL, SEE_OWN)


class IndicatorCalls:
    """The five operations on `/api/indicators…`."""

    def __init__(self, stopping: Event) -> None:
        self._stopping = stopping
        self.routes: Routes = {
            "indicators": {
                "GET": Route("list", _READ, self._list),
                "POST": Route("submit", _WRITE, self._submit),
            },
            "indicators/import": {"POST": Route("import", _WRITE, self._import)},
            "indicators/BatchDelete": {"POST": Route("batch_delete", _WRITE, self._batch_delete)},
            # Reading one row by id is no documented operation; 405 rather than 404 (our choice), lest it
            # looks like a row that is gone.
            "indicators/{id}": {"DELETE": Route("delete", _WRITE, self._delete)},
        }

    def _list(self, call: Call, caller: Caller, _: tuple[str, ...]) -> Response:
        query = read_list_query(call.request.args)
        profile = caller.tenant.profile
        rows = caller.tenant.table.visible(_owner(caller, TI_READ))
        if query.equal:
            rows = [row for row in rows if query.matches(row)]
        size = profile.page_size if query.top is None else min(query.top, profile.page_size)
        end = query.skip + size
        answer: dict[str, object] = {
            "@odata.context": context(call, "Indicators"),
            "value": [shown(row, profile) for row in rows[query.skip : end]],
        }
        if profile.paging == "next_link" and size and end < len(rows):
            answer["@odata.nextLink"] = _next_link(call, query, end)
        return json_response(answer)

    def _submit(self, call: Call, caller: Caller, _: tuple[str, ...]) -> Response:
        item = json_object(call)
        _check_poison(call, [item])
        [result] = caller.tenant.table.submit([item], _owner(caller, SEE_ALL), _forced(call, [item]))
        if result.error is not None:
            raise ApiError(400, result.error.code, result.error.message)
        entity = shown(result.entity or {}, caller.tenant.profile)
        return json_response({"@odata.context": context(call, "Indicators/$entity"), **entity})

    def _import(self, call: Call, caller: Caller, _: tuple[str, ...]) -> Response:
        items = _batch(call, "Indicators")
        profile = caller.tenant.profile
        _check_poison(call, items)
        if profile.unknown_property == "request":
            for name in (name for item in items for name in unknown_properties(item)):
                message = f"Property {name} does not exist on an indicator."
                raise ApiError(400, "InvalidRequestBody", message)
        results = caller.tenant.table.submit(items, _owner(caller, SEE_ALL), _forced(call, items))
        self._stopping.wait(profile.import_delay)
        told = [_import_result(result) for result in results if not call.effects.omits(result.item)]
        return json_response({"value": told[::-1] if profile.shuffle_results else told})

    def _delete(self, call: Call, caller: Caller, _: tuple[str, ...]) -> Response:
        row_id = call.request.path.rpartition("/")[2]
        if caller.tenant.table.delete([row_id], _owner(caller, SEE_ALL), all_or_none=True):
            raise resource_not_found(row_id)
        return Response(status=204)

    def _batch_delete(self, call: Call, caller: Caller, _: tuple[str, ...]) -> Response:
        ids = _batch(call, "IndicatorIds")
        for row_id in ids:
            if not (isinstance(row_id, str) and row_id.isdecimal()):
                raise ApiError(400, "InvalidInput", f"Indicator id {row_id} is invalid.")
        atomic = caller.tenant.profile.batch_delete_missing == "atomic"
        missing = caller.tenant.table.delete(ids, _owner(caller, SEE_ALL), all_or_none=atomic)
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


def _owner(caller: Caller, sees_all: str) -> Owner:
    """`sees_all` is the role that shows the rows of every owner; `Ti.Read.All` does for reading (our reading)."""
    return Owner(caller.client_id, caller.name, sees_all=holds(caller.roles, sees_all))


def _batch(call: Call, name: str) -> list[Any]:
    """The list under `name`, whose case counts (documented); empty counts as missing (our choice)."""
    body = json_object(call)
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
