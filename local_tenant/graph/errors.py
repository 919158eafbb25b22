"""Refusals of Graph, in its documented error form."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import orjson
from werkzeug.wrappers import Response

from .profile import GraphProfile

_JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_GENERAL = "The server could not process the request because it is malformed or incorrect."
"""Observed message above a numbered text."""

_CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "AccessDenied",
    404: "ResourceNotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalServerError",
    501: "NotImplemented",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
"""Observed for 400, 401, 403, 404 and 429; the others are our choice."""


@dataclass
class GraphError(Exception):
    """A request refused. `number` is the observed number of a rule on policies, which stands before its
    text. The codes were observed; every other text is our choice."""

    status: int
    code: str
    message: str
    number: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, profile: GraphProfile, ids: Mapping[str, str] | None = None) -> Response:
        """The documented form. `ids` are those of the request, which the inner error repeats."""
        inner: dict[str, Any] = {
            "date": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%S}",
            **(ids or request_ids("")),
        }
        message = self.message
        if self.number is not None:
            message = f"{self.number}: {message}"
            if profile.numbered_errors == "inner_message":
                inner = {"message": message, **inner}
                message = _GENERAL
        error = {"code": self.code, "message": message, profile.inner_error: inner}
        return graph_json({"error": error}, self.status, self.headers)


def bad_request(message: str, number: int | None = None) -> GraphError:
    return GraphError(400, "BadRequest", message, number)


def not_found(kind: str, object_id: str) -> GraphError:
    """Observed code; the text names type and id, as the observed one does."""
    return GraphError(404, "ResourceNotFound", f"{kind} with id {object_id} is not in the directory.")


def graph_error_for_status(status: int) -> GraphError:
    """The error that goes with a status for which nothing more is known."""
    return GraphError(status, _CODES.get(status, "UnknownError"), f"The request ended with {status}.")


def graph_json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of Graph; the content type was observed."""
    return Response(orjson.dumps(body), status, headers=dict(headers or {}), content_type=_JSON_TYPE)


def request_ids(sent: str) -> dict[str, str]:
    """The ids of a request: one of the service's and the client's own, or the first again without one
    (documented)."""
    own = str(uuid.uuid4())
    return {"request-id": own, "client-request-id": sent or own}
