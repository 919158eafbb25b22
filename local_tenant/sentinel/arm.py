"""Azure Resource Manager over HTTP, as far as reading Sentinel's indicators back needs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..login.bearer import BearerRefused, bearer_claims
from ..login.tokens import TokenSigner
from ..server.call import Call
from ..server.timestamps import format_time
from .arm_query import read_arm_query
from .errors import ArmError, azure_json
from .service import SentinelTenant

ARM_VERSION = "2024-09-01"
_MAIN = "/providers/Microsoft.SecurityInsights/threatIntelligence/main/"
_QUERY, _METRICS = "queryIndicators", "metrics"


class ArmService:
    """Answers `…/threatIntelligence/main/queryIndicators` and `…/main/metrics` of one workspace in each tenant."""

    def __init__(self, tenants: Mapping[str, SentinelTenant], signer: TokenSigner) -> None:
        self._tenants = tenants
        self._profiles = {tenant_id: tenant.profile for tenant_id, tenant in tenants.items()}
        self._signer = signer

    def __call__(self, call: Call) -> Response:
        try:
            return self._answer(call)
        except ArmError as error:
            return error.response()

    def error(self, status: int) -> Response:
        """The service's error for a status that a test scripted."""
        return ArmError(status, f"The request ended with {status}.").response()

    def _answer(self, call: Call) -> Response:
        """Documented: 400 names the version that is missing; 403 a caller without a role on the resource. That the
        role is looked at before the workspace is our reading: who may not look learns nothing."""
        try:
            claims = bearer_claims(call, self._signer, self._profiles, lambda profile: profile.sentinel.audiences)
        except BearerRefused as error:
            raise ArmError(401, str(error)) from error
        tenant = self._tenants[claims["tid"]]
        profile = tenant.profile.sentinel
        version = call.request.args.get("api-version")
        if version is None:
            raise ArmError(400, "The api-version query parameter is required.", "MissingApiVersionParameter")
        if version != ARM_VERSION:
            raise ArmError(400, f"The api-version {version} is not supported.", "InvalidApiVersionParameter")
        if profile.role == "none":
            action = "Microsoft.SecurityInsights/threatIntelligence/read"
            raise ArmError(403, f"The client {claims['appid']} may not perform {action} over {profile.resource}.")
        # Resource ids are compared without case (documented).
        resource, _, operation = call.request.path.rpartition(_MAIN)
        if resource.lower() != profile.resource.lower():
            raise ArmError(404, f"The resource of {call.request.path} was not found.")
        if operation == _QUERY:
            return _query(call, tenant)
        if operation == _METRICS and call.request.method == "GET":
            return _metrics(tenant)
        raise ArmError(404, f"No resource is at {call.request.path}.")


def _query(call: Call, tenant: SentinelTenant) -> Response:
    profile = tenant.profile.sentinel
    link_token = call.request.args.get("$skipToken", "")
    follows = call.request.method == "GET" and link_token and profile.next_page != "body"
    if call.request.method != "POST" and not follows:
        raise ArmError(405, f"The resource does not support {call.request.method}.")
    if call.request.method == "POST" and call.request.mimetype != "application/json":
        raise ArmError(415, "The content type must be application/json.", "UnsupportedMediaType")
    body = call.json
    if call.request.method == "GET":
        # The link carries what was asked for.
        body = {"sources": call.request.args.getlist("source"), "pageSize": int(call.request.args["size"])}
    query = read_arm_query(body, link_token, heed_token=profile.next_page != "link")
    sources = query.sources if profile.sources_filter == "kept" else ()
    found = [entry for entry in tenant.store.indicators() if not sources or entry["source"] in sources]
    if query.looks_inside:
        # Of a large workspace only the page that is asked for is put into its form, unless what is in it decides.
        found = query.ordered(
            [entry for entry in found if query.matches(tenant.store.shown(entry))], tenant.store.shown
        )
    size = query.page_size(profile.max_page_size)
    end = query.skip + size
    answer: dict[str, object] = {"value": list(map(tenant.store.shown, found[query.skip : end]))}
    if end < len(found):
        options = {
            "api-version": ARM_VERSION,
            "$skipToken": str(end),
            "size": str(size),
            "source": list(query.sources),
        }
        answer["nextLink"] = f"{call.base_url}{call.request.path}?{urlencode(options, doseq=True, safe='$')}"
    return azure_json(answer)


def _metrics(tenant: SentinelTenant) -> Response:
    """Documented form, one element."""
    shown = [tenant.store.shown(entry)["properties"] for entry in tenant.store.indicators()]

    def counted(values: Counter[str]) -> list[dict[str, object]]:
        return [{"metricName": name, "metricValue": count} for name, count in sorted(values.items())]

    properties = {
        "lastUpdatedTimeUtc": format_time(tenant.profile.clock()),
        "threatTypeMetrics": counted(Counter(kind for one in shown for kind in one.get("threatTypes", ()))),
        "patternTypeMetrics": counted(Counter(one["patternType"] for one in shown)),
        "sourceMetrics": counted(Counter(one["source"] for one in shown)),
    }
    return azure_json({"value": [{"properties": properties}]})
