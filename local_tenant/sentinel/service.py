"""Sentinel's upload of STIX objects over HTTP: who may call, how often, and what becomes of each object."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

from ..login.bearer import BearerRefused, bearer_claims
from ..login.tokens import TokenSigner
from ..profile import TenantProfile
from ..server.call import Call
from ..server.journal import Journal
from ..server.rate_limits import SlidingWindows
from .errors import UploadError, azure_json
from .profile import MAX_OBJECTS
from .rules import RESERVED_SOURCE, problems
from .store import SentinelStore

UPLOAD_VERSION = "2024-02-01-preview"
_PATH = re.compile(r"/workspaces/([^/]+)/threat-intelligence-stix-objects:upload")
_OPERATION = "upload"


class SentinelTenant:
    """What the upload API and Resource Manager know of one tenant."""

    def __init__(self, profile: TenantProfile, journal: Journal) -> None:
        self.profile = profile
        self.store = SentinelStore(profile, journal)
        rate = profile.sentinel.upload_rate
        self.windows = SlidingWindows(None if rate is None else {_OPERATION: (rate,)})


class SentinelService:
    """Answers `/workspaces/{workspaceId}/threat-intelligence-stix-objects:upload`."""

    def __init__(self, tenants: Mapping[str, SentinelTenant], signer: TokenSigner) -> None:
        self._tenants = tenants
        self._profiles = {tenant_id: tenant.profile for tenant_id, tenant in tenants.items()}
        self._signer = signer

    def __call__(self, call: Call) -> Response:
        try:
            return self._upload(call)
        except UploadError as error:
            return error.response()

    def error(self, status: int) -> Response:
        """The service's error for a status that a test scripted."""
        return UploadError(status, f"The request ended with {status}.").response()

    def _upload(self, call: Call) -> Response:
        try:
            claims = bearer_claims(call, self._signer, self._profiles, lambda profile: profile.sentinel.audiences)
        except BearerRefused as error:
            raise UploadError(401, str(error)) from error
        tenant = self._tenants[claims["tid"]]
        profile = tenant.profile.sentinel
        place = _PATH.fullmatch(call.request.path)
        if place is None or call.request.method != "POST":
            raise UploadError(404, "Resource not found")
        if call.request.args.get("api-version") != UPLOAD_VERSION:
            raise UploadError(400, "The api-version is missing or not supported.")
        # The role is one in the workspace, so that of an unknown workspace nothing else can be said.
        if place[1].lower() != profile.workspace_id:
            raise UploadError(404, f"Workspace {place[1]} was not found.")
        if profile.role != "contributor":
            raise UploadError(profile.denied, "The caller is not authorized on the workspace.")
        _spend(tenant, claims["appid"])
        source, objects = _body(call)
        return _taken(call, tenant, source, objects)


def _spend(tenant: SentinelTenant, caller: str) -> None:
    """429 with the documented text, which holds the seconds; there is no Retry-After."""
    wait = tenant.windows.admit(caller, _OPERATION, tenant.profile.clock())
    if wait > 0:
        raise UploadError(429, f"Rate limit is exceeded. Try again in {math.ceil(wait)} seconds.")


def _body(call: Call) -> tuple[str, list[Any]]:
    """Source and objects; 400 for another form (documented status, our texts)."""
    if call.request.mimetype != "application/json" or not isinstance(call.json, dict):
        raise UploadError(400, "The request body is not a JSON object.")
    source, objects = call.json.get("sourcesystem"), call.json.get("stixobjects")
    if not isinstance(source, str) or not source.strip():
        raise UploadError(400, "sourcesystem is required.")
    if source.strip().lower() == RESERVED_SOURCE.lower():
        raise UploadError(400, f"sourcesystem must not be {RESERVED_SOURCE}, which is reserved.")
    if not isinstance(objects, list) or not objects:
        raise UploadError(400, "stixobjects is required.")
    if len(objects) > MAX_OBJECTS:
        raise UploadError(400, f"stixobjects holds {len(objects)} objects; at most {MAX_OBJECTS} are allowed.")
    poison = next(filter(None, map(call.effects.poison_of, objects)), None)
    if poison is not None:
        raise UploadError(400, poison.message)
    return source, objects


def _taken(call: Call, tenant: SentinelTenant, source: str, objects: list[Any]) -> Response:
    """200 without a body when all were taken, else 200 with what is wrong with each of the others (documented)."""
    errors: list[dict[str, object]] = []
    good = []
    for index, item in enumerate(objects):
        forced = call.effects.reason_to_fail(item)
        found = [forced] if forced is not None else problems(item, tenant.profile.sentinel.hash_names)
        if found:
            errors.append({"recordIndex": index, "errorMessages": found})
        else:
            good.append(item)
    tenant.store.put(source, good)
    return azure_json({"errors": errors}) if errors else Response(status=200)
