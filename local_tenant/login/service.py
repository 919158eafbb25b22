"""The login service: OpenID discovery and the token endpoint for client credentials."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timezone

import orjson
from werkzeug.wrappers import Response

from ..graph.profile import GRAPH_AUDIENCES
from ..profile import DEFENDER_AUDIENCES, App, TenantProfile
from ..sentinel.profile import AZURE_AUDIENCES
from ..server.call import Call
from .app_roles import roles_for
from .client_proof import prove
from .errors import LoginError
from .tokens import TokenSigner

_DISCOVERY = "v2.0/.well-known/openid-configuration"
_TOKEN = "oauth2/v2.0/token"  # noqa: S105 - a path
_KEYS = "discovery/v2.0/keys"
_DEFAULT_SCOPE = "/.default"


class LoginService:
    """Answers `/{tenant_id}/…`, with a tenant for every profile."""

    def __init__(self, profiles: Mapping[str, TenantProfile], signer: TokenSigner) -> None:
        self._profiles = profiles
        self._signer = signer

    def __call__(self, call: Call) -> Response:
        tenant, _, rest = call.request.path.lstrip("/").partition("/")
        try:
            if rest not in (_DISCOVERY, _TOKEN, _KEYS):
                raise LoginError(404, "invalid_request", 900971, "There is nothing at this address.")
            profile = self._profile(tenant, at_discovery=rest != _TOKEN)
            if rest == _DISCOVERY:
                return _json(_openid_configuration(call, tenant))
            if rest == _KEYS:
                return _json(self._signer.key_set())
            return self._token(call, tenant, profile)
        except LoginError as error:
            return _refusal(error)

    def error(self, status: int) -> Response:
        """The service's error for a status that a test scripted."""
        return _refusal(LoginError(status, "temporarily_unavailable", 90033, "Please try again later."))

    def _profile(self, tenant: str, *, at_discovery: bool) -> TenantProfile:
        profile = self._profiles.get(tenant.lower())
        if profile is None:
            # Observed: discovery and token endpoint name the same fault differently.
            error = "invalid_tenant" if at_discovery else "invalid_request"
            raise LoginError(400, error, 90002, f"Tenant '{tenant}' not found.")
        return profile

    def _token(self, call: Call, tenant: str, profile: TenantProfile) -> Response:
        if call.request.method != "POST":
            raise LoginError(400, "invalid_request", 900561, "The endpoint only accepts POST requests.")
        form = call.request.form
        for name in ("client_id", "grant_type", "scope"):
            if not form.get(name):
                text = f"The request body must contain the following parameter: '{name}'."
                raise LoginError(400, "invalid_request", 900144, text)
        if form["grant_type"] != "client_credentials":
            text = f"The grant type '{form['grant_type']}' is not supported here."
            raise LoginError(400, "unsupported_grant_type", 70003, text)
        app = next((app for app in profile.apps() if app.client_id == form["client_id"].lower()), None)
        if app is None:
            text = f"Application with identifier '{form['client_id']}' was not found in the directory."
            raise LoginError(400, "unauthorized_client", 700016, text)
        now = profile.clock()
        proof = prove(app, form, f"{call.base_url}/{tenant}/{_TOKEN}", now)
        audience = _audience(form["scope"])
        lifetime = call.effects.token_lifetime(profile.token_lifetime)
        token = self._signer.issue(_claims(call, profile, app, proof, audience, int(now), lifetime))
        answer = {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": token,
        }
        return _json(answer)


def _audience(scope: str) -> str:
    """The resource that the token is for. Any is taken: the API refuses a token that is not for it.

    Raises `LoginError` unless there is exactly one scope and it ends in `/.default` (observed number).
    """
    resource = scope.removesuffix(_DEFAULT_SCOPE)
    if resource in ("", scope) or len(scope.split()) != 1:
        text = f"The provided value for scope {scope} is not valid: it must be one resource with /.default."
        raise LoginError(400, "invalid_scope", 1002012, text)
    return resource


def _claims(
    call: Call, profile: TenantProfile, app: App, proof: str, audience: str, now: int, lifetime: int
) -> dict[str, object]:
    claims: dict[str, object] = {
        "aud": audience,
        "iss": f"{call.base_url}/{profile.tenant_id}/v2.0",
        "iat": now,
        "uti": uuid.uuid4().hex,  # what tells two tokens of one second apart
        "nbf": now,
        "exp": now + lifetime,
        "tid": profile.tenant_id,
        "appid": app.client_id,
        "azp": app.client_id,
        "appidacr": proof,
        "sub": app.client_id,
        "oid": app.client_id,
        "ver": "1.0",
    }
    defender, graph = (*DEFENDER_AUDIENCES, *profile.audiences), tuple(GRAPH_AUDIENCES.values())
    roles = roles_for(app.roles, audience, defender=defender, graph=graph)
    if any(audience.rstrip("/") in azure for azure in AZURE_AUDIENCES.values()):
        roles = []  # what Azure lets an app do stands in Azure, never in its token
    # An app without roles has a token without the claim, not with an empty one.
    return {**claims, "roles": roles} if roles else claims


def _openid_configuration(call: Call, tenant: str) -> dict[str, object]:
    base = f"{call.base_url}/{tenant}"
    return {
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/{_TOKEN}",
        "jwks_uri": f"{base}/{_KEYS}",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }


def _refusal(error: LoginError) -> Response:
    """Observed form; the correlation ids in the text are as they are outside it."""
    trace_id, correlation_id = str(uuid.uuid4()), str(uuid.uuid4())
    moment = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%SZ}"
    text = (
        f"AADSTS{error.number}: {error.text} Trace ID: {trace_id}"
        f" Correlation ID: {correlation_id} Timestamp: {moment}"
    )
    body = {
        "error": error.error,
        "error_description": text,
        "error_codes": [error.number],
        "timestamp": moment,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
    }
    return _json(body, error.status)


def _json(body: object, status: int = 200) -> Response:
    response = Response(orjson.dumps(body), status, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-store, no-cache"
    return response
