"""Refusals of MISP, in its own form."""

from __future__ import annotations

import orjson
from werkzeug.wrappers import Response


def refusal(status: int, message: str, path: str) -> Response:
    """An error as MISP shows it: observed in its own tests."""
    body = {"name": message, "message": message, "url": path}
    return Response(orjson.dumps(body), status, content_type="application/json")
