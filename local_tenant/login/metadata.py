"""A strict local stand-in for Google Cloud's metadata server: its identity tokens, over plain HTTP."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from threading import Event
from types import TracebackType
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.wrappers import Response

from ..profile import FederatedCredential
from ..server.call import Call
from ..server.faults import Faults
from ..server.front import Front
from ..server.request_log import LoggedRequest, RequestLog
from ..server.transport import PlainServer

_LOOPBACK = "127.0.0.1"
_IDENTITY = "/computeMetadata/v1/instance/service-accounts/default/identity"
_FLAVOR = "Metadata-Flavor"


class LocalMetadata:
    """The metadata server of a machine that runs as one service account. Use it as a context manager, or `start`
    and `stop`: stopped, it is absent.

    Args:
        subject: the service account's numeric unique id.
        email: its address.
        issuer: as the tokens name it.
        clock: epoch seconds.

    Attributes:
        host: host and port, as the environment variable `GCE_METADATA_HOST` takes them.
        claims: put into every token from now on, over what belongs there: a wrong audience or subject.
        lifetime: seconds that tokens are valid; less than 0 for tokens that have expired.
        issued: every token that was given.
        faults: what goes wrong with which call, by path: slow, 404, 500 once.
    """

    def __init__(
        self,
        *,
        subject: str = "100000000000000000001",
        email: str = "iocbeam@example.iam.gserviceaccount.com",
        issuer: str = "https://accounts.google.com",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.subject = subject
        self.email = email
        self.issuer = issuer
        self.claims: dict[str, object] = {}
        self.lifetime = 3600
        self.issued: list[str] = []
        self.faults = Faults()
        self._clock = clock
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key_id = uuid.uuid4().hex
        self._log = RequestLog()
        self._stopping = Event()
        identity = _Identity(self)
        front = Front(identity, {}, self.faults, self._log, self._stopping, keep_bodies=False)
        self._server = PlainServer(_LOOPBACK, 0, front)
        self.host = f"{_LOOPBACK}:{self._server.port}"

    def start(self) -> None:
        """Listen."""
        self._server.start()

    def stop(self) -> None:
        """End all connections."""
        self._stopping.set()
        self._server.stop()

    def __enter__(self) -> LocalMetadata:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def requests(self) -> list[LoggedRequest]:
        """What was asked so far, in order of arrival: a copy."""
        return self._log.in_order_of_arrival()

    def clear_requests(self) -> None:
        """Forget what was asked so far."""
        self._log.clear()

    def key_set(self) -> dict[str, Any]:
        """The public key of the tokens, as a JSON Web Key Set."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**key, "use": "sig", "alg": "RS256", "kid": self._key_id}]}

    def credential(self, audience: str = "api://AzureADTokenExchange") -> FederatedCredential:
        """The federated credential by which an app of a local tenant trusts this service account."""
        return FederatedCredential(self.issuer, self.subject, audience, self.key_set())

    def token(self, audience: str) -> str:
        """An identity token in the full form (documented claims)."""
        now = int(self._clock())
        claims = {
            "aud": audience,
            "azp": self.subject,
            "email": self.email,
            "email_verified": True,
            "exp": now + self.lifetime,
            "google": {"compute_engine": {"instance_name": "worker-1", "project_id": "example", "zone": "zone-1"}},
            "iat": min(now, now + self.lifetime - 1),
            "iss": self.issuer,
            "sub": self.subject,
            **self.claims,
        }
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})
        self.issued.append(token)
        return token


class _Identity:
    def __init__(self, metadata: LocalMetadata) -> None:
        self._metadata = metadata

    def __call__(self, call: Call) -> Response:
        request = call.request
        if request.headers.get(_FLAVOR) != "Google":
            return self.error(403, f"Missing {_FLAVOR}:Google header.")
        if "X-Forwarded-For" in request.headers:
            # Documented: a call that came through a proxy is refused.
            return self.error(403)
        if request.path != _IDENTITY:
            return self.error(404)
        if request.method != "GET":
            return self.error(405)
        audience = request.args.get("audience")
        if not audience:
            return self.error(400, "non-empty audience parameter required")
        if request.args.get("format") != "full":
            # Our choice: the service gives a shorter token, without what its logs could be searched for.
            return self.error(400, "the full format is expected here")
        return _answer(200, self._metadata.token(audience))

    def error(self, status: int, text: str = "") -> Response:
        return _answer(status, text or f"The request ended with {status}.")


def _answer(status: int, text: str) -> Response:
    response = Response(text, status, content_type="text/html")
    response.headers[_FLAVOR] = "Google"
    return response
