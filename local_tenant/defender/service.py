"""Defender for Endpoint over HTTP: who may call, how often, and which operation a path names."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event

from werkzeug.wrappers import Response

from ..login.app_roles import holds
from ..login.bearer import BearerRefused, bearer_claims
from ..login.tokens import TokenSigner
from ..server.call import Call
from .alert_calls import ALERT_ROUTES
from .api_errors import ApiError, error_for_status
from .call import Caller, DefenderTenant, Route, Routes, spend
from .entity_calls import ENTITY_ROUTES
from .hunting_calls import HUNTING_ROUTES
from .indicator_calls import IndicatorCalls
from .machine_calls import MACHINE_ROUTES


class DefenderService:
    """Answers `/api/…`, and the same under `/api/v1.0` (both documented)."""

    def __init__(self, tenants: Mapping[str, DefenderTenant], signer: TokenSigner, stopping: Event) -> None:
        self._tenants = tenants
        self._profiles = {tenant_id: tenant.profile for tenant_id, tenant in tenants.items()}
        self._signer = signer
        self._routes: Routes = {
            **IndicatorCalls(stopping).routes,
            **MACHINE_ROUTES,
            **ALERT_ROUTES,
            **ENTITY_ROUTES,
            **HUNTING_ROUTES,
        }

    def __call__(self, call: Call) -> Response:
        try:
            caller = self._authenticate(call)
            template, parts = self._place(call.request.path)
            route = self._route(call, template)
            _need(caller, route)
            _spend(caller, template, route)
            return route.operation(call, caller, parts)
        except ApiError as error:
            return error.response()

    def error(self, status: int) -> Response:
        """The service's error for a status that a test scripted."""
        return error_for_status(status).response()

    def _authenticate(self, call: Call) -> Caller:
        """401 for a token that is missing, foreign, expired or for another API."""
        try:
            claims = bearer_claims(call, self._signer, self._profiles, lambda profile: profile.audiences)
        except BearerRefused as error:
            raise ApiError(401, "Unauthorized", str(error), {"WWW-Authenticate": "Bearer"}) from error
        tenant = self._tenants[claims["tid"]]
        name = next((app.name for app in tenant.profile.apps() if app.client_id == claims["appid"]), "")
        return Caller(tenant, claims["appid"], name, tuple(claims.get("roles", ())))

    def _place(self, path: str) -> tuple[str, tuple[str, ...]]:
        """The route that a path names, and its parts that stand for `{…}`. Paths are taken in their documented
        case only (our choice)."""
        asked = path.removeprefix("/api/").removeprefix("v1.0/")
        if asked in self._routes:
            return asked, ()
        segments = asked.split("/")
        for template in self._routes:
            parts = _parts(template.split("/"), segments)
            if parts is not None:
                return template, parts
        raise ApiError(404, "NotFound", f"No resource is at {path}.")

    def _route(self, call: Call, template: str) -> Route:
        methods = self._routes[template]
        if call.request.method not in methods:
            message = f"The resource does not support {call.request.method}."
            raise ApiError(405, "MethodNotAllowed", message, {"Allow": ", ".join(methods)})
        return methods[call.request.method]


def _parts(template: list[str], segments: list[str]) -> tuple[str, ...] | None:
    """What stands for `{…}`, never empty; `None` when the path is not of this form. A template such as
    `findbyip({…})` takes what stands in brackets."""
    if len(template) != len(segments):
        return None
    parts = []
    for expected, given in zip(template, segments, strict=True):
        before, brace, rest = expected.partition("{")
        after = rest.partition("}")[2]
        if not brace:
            if given != expected:
                return None
        elif len(given) > len(before) + len(after) and given.startswith(before) and given.endswith(after):
            parts.append(given[len(before) : len(given) - len(after)])
        else:
            return None
    return tuple(parts)


def _need(caller: Caller, route: Route) -> None:
    """403 without one of the roles that the operation needs."""
    read_write_only = caller.tenant.profile.read.machine_role == "read_write_only"
    needed = tuple(
        role.replace(".Read.", ".ReadWrite.") if read_write_only and role.startswith("Machine.") else role
        for role in route.roles
    )
    if not any(holds(caller.roles, role) for role in needed):
        raise ApiError(403, "Forbidden", f"The caller needs {' or '.join(needed)}.")


def _spend(caller: Caller, template: str, route: Route) -> None:
    """Count the call against its budget; 429 with Retry-After when that is used up."""
    profile = caller.tenant.profile
    own = f" {template}" if profile.read.quota_per == "call" else ""
    headers = spend(profile, caller.tenant.windows, caller.client_id + own, route.budget)
    if headers is not None:
        raise ApiError(
            429, "TooManyRequests", f"Too many requests: the budget of {route.budget} is used up.", headers
        )
