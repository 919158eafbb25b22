"""Refusals of the upload API and of Azure Resource Manager, each in its own form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from werkzeug.wrappers import Response

_JSON_TYPE = "application/json; charset=utf-8"

_ARM_CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "AuthorizationFailed",
    404: "ResourceNotFound",
    405: "MethodNotAllowed",
    429: "TooManyRequests",
    500: "InternalServerError",
}
"""Codes that Resource Manager is documented to have; which text goes with them is our choice."""


@dataclass
class UploadError(Exception):
    """An upload refused as a whole. Documented form for 429, `{"statusCode", "message"}`; for other statuses the
    same form is our choice."""

    status: int
    message: str

    def response(self) -> Response:
        return azure_json({"statusCode": self.status, "message": self.message}, self.status)


@dataclass
class ArmError(Exception):
    """A request to Resource Manager refused, in its documented form (CloudError)."""

    status: int
    message: str
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        code = self.code or _ARM_CODES.get(self.status, "InternalServerError")
        return azure_json({"error": {"code": code, "message": self.message}}, self.status, self.headers)


def azure_json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    return Response(orjson.dumps(body), status, headers=dict(headers or {}), content_type=_JSON_TYPE)
