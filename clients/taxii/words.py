"""TAXII 2.1 in answers: pages, refusals, and what stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from iocbeam.model.errors import ConfigurationError

from ..http.edge import NotDocumented
from ..http.service_transport import ServiceTransport
from ..http.transport import Response, Transport

WHICH_URL: Final = "--taxii_url is an API root of TAXII 2.1, which its discovery at /taxii2/ lists."

_LONGEST: Final = 1_000
_ADDED_LAST: Final = "x-taxii-date-added-last"


class TaxiiPage(NamedTuple):
    """One page: whatever JSON its objects are, whether there are more, and the link to them or empty."""

    objects: list[Any]
    more: bool
    next: str


class TaxiiTransport(ServiceTransport):
    """Keeps when the last object was added, too.

    Attributes:
        added_last: of the last answer; empty if it did not say.
    """

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner, "TAXII", _said, "--taxii_url", WHICH_URL)
        self.added_last = ""

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Response:
        """See `ServiceTransport`."""
        response = super().send(method, url, headers, params, body)
        self.added_last = response.headers.get(_ADDED_LAST, "").strip()
        return response


def taxii_page(body: Any) -> TaxiiPage:
    """A page, `{"more": true, "next": "…", "objects": […]}`; `{}` is an empty one (documented).

    Raises:
        NotDocumented: it is anything else.
        ConfigurationError: it is a bundle, in which TAXII 2.0 answers; there the rest is asked for otherwise.
    """
    if not isinstance(body, dict):
        raise NotDocumented("the body is no object")
    if body.get("type") == "bundle":
        raise ConfigurationError("The server answers in TAXII 2.0.", option="--taxii_url", advice=WHICH_URL)
    objects, more, link = body.get("objects", []), body.get("more", False), body.get("next")
    if not isinstance(objects, list) or not isinstance(more, bool) or not isinstance(link, str | None):
        raise NotDocumented("the body is no page of objects")
    if "objects" not in body and set(body) - {"more", "next"}:
        raise NotDocumented("the body has no objects")
    return TaxiiPage(objects, more, link or "")


def may_read(body: Any) -> bool:
    """What a collection says of itself, `{"id": …, "title": …, "can_read": true, …}` (documented)."""
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        raise NotDocumented("the body is no collection")
    return body.get("can_read") is not False


def _said(status: int, answer: Any) -> str:
    """The words of an error, `{"title": …, "description": …}` (documented); empty if there are none."""
    if not isinstance(answer, dict):
        return ""
    texts = (answer.get("title"), answer.get("description"))
    return ": ".join(text for text in texts if isinstance(text, str) and text)[:_LONGEST]
