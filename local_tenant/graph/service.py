"""Graph over HTTP, as far as the product needs it: who may call, how often, five operations each on named
locations and on conditional access policies, and the way to the security part; v1.0 only."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from ..defender.call import spend
from ..estates.security_data import SecurityData
from ..login.app_roles import APPLICATION_READ, POLICY_READ, POLICY_WRITE, holds
from ..login.bearer import BearerRefused, bearer_claims
from ..login.tokens import Claims, TokenSigner
from ..profile import TenantProfile
from ..server.call import Call
from ..server.rate_limits import SlidingWindows
from .answers import entity_answer, list_answer
from .conditional_access import ConditionalAccess, Kind
from .errors import GraphError, bad_request, graph_error_for_status, graph_json, request_ids
from .list_query import next_link, read_graph_query
from .profile import GraphProfile
from .security import ROOT as SECURITY_ROOT
from .security import SecurityRequest, security_route

_ROOT = "/v1.0/identity/conditionalAccess/"
_KINDS: Mapping[str, Kind] = {"namedLocations": "namedLocations", "policies": "policies"}
_ALL_OPERATIONS = "all"

_READ = frozenset({POLICY_READ})
_WRITE = frozenset({POLICY_READ, POLICY_WRITE})


class GraphTenant:
    """What Graph knows of one tenant."""

    def __init__(self, profile: TenantProfile, access: ConditionalAccess, data: SecurityData) -> None:
        self.profile = profile
        self.access = access
        self.data = data
        self.security_windows = SlidingWindows(profile.rate_limits)
        limit = profile.graph.rate_limit
        self.windows = SlidingWindows(None if limit is None else {_ALL_OPERATIONS: (limit,)})


@dataclass(frozen=True)
class _Request:
    """A call whose path is known and whose caller may make it. `object_id` is empty for a collection."""

    call: Call
    tenant: GraphTenant
    kind: Kind
    object_id: str
    roles: frozenset[str]


_Operation = Callable[[_Request], Response]


class GraphService:
    """Answers `/v1.0/identity/conditionalAccess/namedLocations…` and `…/policies…`, and `/v1.0/security/…`.

    Everything else is refused so that it is found: batches, beta, unknown paths.
    """

    def __init__(self, tenants: Mapping[str, GraphTenant], signer: TokenSigner) -> None:
        self._tenants = tenants
        self._profiles = {tenant_id: tenant.profile for tenant_id, tenant in tenants.items()}
        self._signer = signer
        self._collection: dict[str, tuple[frozenset[str], _Operation]] = {
            "GET": (_READ, _list),
            "POST": (_WRITE, _create),
        }
        self._single: dict[str, tuple[frozenset[str], _Operation]] = {
            "GET": (_READ, _read),
            "PATCH": (_WRITE, _update),
            "DELETE": (_WRITE, _delete),
        }

    def __call__(self, call: Call) -> Response:
        """Every answer names the ids of the request (documented)."""
        ids = request_ids(call.request.headers.get("client-request-id", ""))
        claimed = self._tenants.get(call.tenant_id)
        graph = claimed.profile.graph if claimed is not None else GraphProfile()
        try:
            response = self._answer(call, graph)
        except GraphError as error:
            response = error.response(graph, ids)
        response.headers.extend(ids)
        return response

    def error(self, status: int) -> Response:
        """The service's error for a status that a test scripted."""
        return graph_error_for_status(status).response(GraphProfile())

    def _answer(self, call: Call, graph: GraphProfile) -> Response:
        if call.request.path.startswith(SECURITY_ROOT):
            return self._security(call, graph)
        kind, object_id = _place(call.request.path)
        methods = self._single if object_id else self._collection
        _check_method(call, methods)
        needed, operation = methods[call.request.method]
        claims = self._claims(call, graph)
        tenant = self._tenants[claims["tid"]]
        request = _Request(call, tenant, kind, object_id, frozenset(claims.get("roles", ())))
        _need(request, needed)
        _spend(tenant)
        return operation(request)

    def _security(self, call: Call, graph: GraphProfile) -> Response:
        """Each app has budgets of its own here, apart from the one above."""
        route, part = security_route(call.request.path)
        _check_method(call, (route.method,))
        claims = self._claims(call, graph)
        tenant = self._tenants[claims["tid"]]
        if not holds(claims.get("roles", ()), route.role):
            raise GraphError(403, graph.denied_code, f"The caller needs {route.role}.")
        headers = spend(tenant.profile, tenant.security_windows, claims["appid"], route.budget)
        if headers is not None:
            raise GraphError(429, "TooManyRequests", "Too many requests.", headers=headers)
        return route.operation(SecurityRequest(call, tenant.profile, tenant.data, part))

    def _claims(self, call: Call, graph: GraphProfile) -> Claims:
        try:
            return bearer_claims(call, self._signer, self._profiles, lambda profile: (profile.graph.audience,))
        except BearerRefused as error:
            # A header on what authenticates is our choice, as are the texts.
            raise GraphError(
                401, graph.unauthenticated_code, str(error), headers={"WWW-Authenticate": "Bearer"}
            ) from error


def _check_method(call: Call, allowed: Collection[str]) -> None:
    if call.request.method not in allowed:
        message = f"The resource does not support {call.request.method}."
        raise GraphError(405, "MethodNotAllowed", message, headers={"Allow": ", ".join(allowed)})


def _place(path: str) -> tuple[Kind, str]:
    """Kind and id that a path names; it is taken in its documented case only (our choice).

    501 for a batch and for beta is our choice: they are not to be used, and a 404 could pass for an object
    that is gone. 400 for an unknown path was observed.
    """
    if path.startswith("/beta/") or path == "/beta" or path.lower() == "/v1.0/$batch":
        raise GraphError(501, "NotImplemented", f"The local tenant has no {path}.")
    segment, _, object_id = path.removeprefix(_ROOT).partition("/")
    if not path.startswith(_ROOT) or segment not in _KINDS or "/" in object_id or path.endswith("/"):
        raise bad_request(f"Resource not found for the segment of {path}.")
    return _KINDS[segment], object_id


def _need(request: _Request, needed: frozenset[str]) -> None:
    """Documented: reading needs the one role, writing both. That each is needed by itself is our reading."""
    missing = needed - request.roles
    if missing:
        raise _denied(request, f"The caller needs {' and '.join(sorted(missing))}.")


def _need_for_applications(request: _Request, body: Mapping[str, Any]) -> None:
    """A switch: whoever writes a policy's applications needs a third role."""
    conditions = body.get("conditions")
    writes = isinstance(conditions, dict) and "applications" in conditions
    required = request.kind == "policies" and request.tenant.profile.graph.application_role == "required"
    if required and writes and APPLICATION_READ not in request.roles:
        raise _denied(request, f"{APPLICATION_READ} scope is required to write the application condition.")


def _denied(request: _Request, message: str) -> GraphError:
    return GraphError(403, request.tenant.profile.graph.denied_code, message)


def _spend(tenant: GraphTenant) -> None:
    """One budget for all apps and operations (documented), and by default a 429 that names no time."""
    wait = tenant.windows.admit("", _ALL_OPERATIONS, tenant.profile.clock())
    if wait <= 0:
        return
    seconds = {"Retry-After": str(math.ceil(wait))} if tenant.profile.graph.retry_after == "seconds" else {}
    raise GraphError(429, "TooManyRequests", "Too many requests.", headers=seconds)


def _body(request: _Request) -> dict[str, Any]:
    """The body. Another content type is 415 (our choice)."""
    call = request.call
    if call.request.mimetype != "application/json":
        raise GraphError(415, "UnsupportedMediaType", "The content type must be application/json.")
    body = call.json
    if not isinstance(body, dict):
        raise bad_request("The request body is not a JSON object.")
    poison = call.effects.poison_of(body)
    if poison is not None:
        raise GraphError(400, poison.code, poison.message)
    reason = call.effects.reason_to_fail(body)
    if reason is not None:
        raise bad_request(reason)
    _need_for_applications(request, body)
    return body


def _list(request: _Request) -> Response:
    call, graph = request.call, request.tenant.profile.graph
    query = read_graph_query(call.request.args, graph.page_size, graph.name_filter)
    entities, place = request.tenant.access.page(request.kind, query.after, query.skip, query.size, query.matches)
    url = f"{call.base_url}{call.request.path}"
    link = None if place is None else next_link(url, call.request.args, place)
    return graph_json(list_answer(request.kind, entities, call.base_url, link))


def _read(request: _Request) -> Response:
    entity = request.tenant.access.read(request.kind, request.object_id)
    return graph_json(entity_answer(request.kind, entity, request.call.base_url, read=True))


def _create(request: _Request) -> Response:
    entity = request.tenant.access.create(request.kind, _body(request))
    return graph_json(entity_answer(request.kind, entity, request.call.base_url, read=False), 201)


def _update(request: _Request) -> Response:
    request.tenant.access.update(request.kind, request.object_id, _body(request))
    return Response(status=204)


def _delete(request: _Request) -> Response:
    request.tenant.access.delete(request.kind, request.object_id)
    return Response(status=204)
