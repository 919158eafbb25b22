"""Refusals of the indicator API, in its documented error form."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from werkzeug.wrappers import Response

JSON_TYPE = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"
"""Observed content type of answers."""

_CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    429: "TooManyRequests",
    500: "InternalServerError",
}


@dataclass
class ApiError(Exception):
    """A whole request refused. `code` is one of the documented error codes unless a caller says why not."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Documented form: `target` is the correlation id of the request, a GUID."""
        error = {"code": self.code, "message": self.message, "target": str(uuid.uuid4())}
        return json_response({"error": error}, self.status, self.headers)


@dataclass
class InvalidIndicator(Exception):
    """One item refused: the reason in an import's results, a 400 for a single submission.

    Our choice: the documented error codes and message templates serve as reasons, since no catalogue
    of reasons exists.
    """

    code: str
    message: str


def error_for_status(status: int) -> ApiError:
    """The error that goes with a status for which nothing more is known."""
    return ApiError(status, _CODES.get(status, "InternalServerError"), f"The request ended with {status}.")


def missing_parameter(name: str) -> ApiError:
    return ApiError(400, "MissingRequiredParameter", f"Parameter {name} is missing.")


def batch_too_large(received: int, allowed: int) -> ApiError:
    message = f"Maximum batch size exceeded. Received: {received}, allowed: {allowed}."
    return ApiError(400, "MaximumBatchSizeExceeded", message)


def resource_not_found(resource: str) -> ApiError:
    return ApiError(404, "ResourceNotFound", f"Resource {resource} was not found.")


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with the observed headers of the API."""
    response = Response(orjson.dumps(body), status, content_type=JSON_TYPE)
    response.headers["OData-Version"] = "4.0"
    response.headers.extend(dict(headers or {}))
    return response
