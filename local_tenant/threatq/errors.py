"""Refusals of the local ThreatQ, in either of the two forms that clients were observed to read."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from werkzeug.wrappers import Response

from .profile import ErrorForm

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>ThreatQ</title></head><body>Please sign in.</body></html>"
"""What a gateway before ThreatQ, or ThreatQ itself for a browser, answers to whom it does not know."""

_WORDS = {
    400: "The given data was invalid.",
    401: "Unauthenticated.",
    403: "This action is unauthorized.",
    404: "The resource was not found.",
    405: "The method is not allowed.",
    500: "Server Error",
}


@dataclass
class ThreatQError(Exception):
    """A request refused: which field is at fault, and why."""

    status: int
    field: str
    text: str

    def response(self, form: ErrorForm) -> Response:
        """In the first form the fields have names; in the second one texts stand in lists, at times nested."""
        if form == "data":
            return threatq_json({"data": {"errors": {self.field: [self.text]}}}, self.status)
        return threatq_json(
            {"errors": [_WORDS.get(self.status, "Error"), [f"{self.field}: {self.text}"]]}, self.status
        )


def error_of(status: int) -> ThreatQError:
    """The error that goes with a status for which nothing more is known."""
    return ThreatQError(status, "request", _WORDS.get(status, f"The request ended with {status}."))


def threatq_json(body: object, status: int = 200) -> Response:
    """An answer as ThreatQ gives it."""
    return Response(orjson.dumps(body), status, content_type="application/json")
