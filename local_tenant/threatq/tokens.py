"""The token endpoint of the local ThreatQ: opaque tokens for API credentials, a user, or a refresh token."""

from __future__ import annotations

import hmac
import secrets
import threading

from ..server.call import Call
from .errors import ThreatQError
from .profile import ThreatQProfile

_GRANTS = ("client_credentials", "password", "refresh_token")


class ThreatQTokens:
    """Issues tokens and knows its own. Thread-safe."""

    def __init__(self, profile: ThreatQProfile) -> None:
        self._profile = profile
        self._lock = threading.Lock()
        self._expiry: dict[str, float] = {}
        self._refresh: set[str] = set()

    def issue(self, call: Call) -> dict[str, object]:
        """The answer to `POST /api/token`, in the observed form.

        Observed: the fields of a grant are taken from the query, a form or a JSON body, wherever they are; wrong
        credentials are a 400. Raises `ThreatQError`.
        """
        if call.request.method != "POST":
            raise ThreatQError(405, "method", "The token endpoint takes POST alone.")
        fields = _fields(call)
        grant = fields.get("grant_type")
        if grant not in _GRANTS:
            raise ThreatQError(400, "grant_type", "The authorization grant type is not supported.")
        if grant == "client_credentials":
            self._check_credentials(call)
        elif grant == "password":
            self._check_user(fields)
        else:
            self._take_refresh_token(call, fields.get("refresh_token", ""))
        lifetime = call.effects.token_lifetime(self._profile.token_lifetime)
        token, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        with self._lock:
            self._expiry[token] = self._profile.clock() + lifetime
            self._refresh.add(refresh)
        return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime, "refresh_token": refresh}

    def check(self, call: Call) -> None:
        """Raise `ThreatQError` unless the call carries a token from here that has not expired."""
        scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
        with self._lock:
            expiry = self._expiry.get(token) if scheme.lower() == "bearer" else None
        if expiry is None or expiry <= self._profile.clock():
            raise ThreatQError(401, "token", "Unauthenticated.")

    def revoke_all(self) -> None:
        """No token that was issued so far is good any more."""
        with self._lock:
            self._expiry.clear()

    def _check_credentials(self, call: Call) -> None:
        # Observed: by HTTP Basic, whatever else is sent beside it.
        given = call.request.authorization
        if given is None or given.type != "basic":
            raise ThreatQError(400, "client", "Client authentication failed.")
        self._same((given.username, self._profile.client_id), (given.password, self._profile.client_secret))

    def _check_user(self, fields: dict[str, str]) -> None:
        self._same(
            (fields.get("client_id"), self._profile.public_client_id),
            (fields.get("email"), self._profile.username),
            (fields.get("password"), self._profile.password),
        )

    def _same(self, *pairs: tuple[str | None, str]) -> None:
        if not all(hmac.compare_digest((given or "").encode(), right.encode()) for given, right in pairs):
            raise ThreatQError(400, "credentials", "The user credentials were incorrect.")

    def _take_refresh_token(self, call: Call, refresh: str) -> None:
        """Observed: the old token goes along in its header."""
        old = call.request.headers.get("Authorization", "").partition(" ")[2]
        with self._lock:
            good = refresh in self._refresh and old in self._expiry
            self._refresh.discard(refresh)
        if not good:
            raise ThreatQError(400, "refresh_token", "The refresh token is invalid.")


def _fields(call: Call) -> dict[str, str]:
    body = call.json if isinstance(call.json, dict) else {}
    return {
        **{name: value for name, value in body.items() if isinstance(value, str)},
        **call.request.form.to_dict(),
        **call.request.args.to_dict(),
    }
