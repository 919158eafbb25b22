"""A strict local stand-in for MISP: its search for attributes, and the files of a feed, over TLS."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Event
from types import TracebackType
from typing import Any

from werkzeug.wrappers import Response

from ..defender.api_errors import json_response
from ..server.call import Call
from ..server.certificates import Certificates
from ..server.faults import Faults
from ..server.front import Front
from ..server.request_log import LoggedRequest, RequestLog
from ..server.transport import TlsServer
from .answers import refusal
from .search import search
from .store import MispStore

_LOOPBACK = "127.0.0.1"
_SEARCH = "/attributes/restSearch"


class LocalMisp:
    """A MISP with one automation key. Use it as a context manager, or `start` and `stop`.

    Args:
        key: the automation key.
        allowed: values on MISP's allowed list. MISP takes them out after it has cut a page, so that the page is
            shorter.
        ordered: whether it heeds `order`; without it, rows come in the order of their last change, as a database
            that nobody told an order may show them.
        paged: whether it heeds `limit`.
        edit: changes what leaves as an attribute, to what another version or tool would have written.
        ca_dir: where the certificate to trust is written.

    Attributes:
        store: events and attributes, for a test to change.
        feed: name to bytes: the files of a feed, at `feed_url`. They ask for no key.
        faults: what goes wrong with which call, by path.
    """

    def __init__(
        self,
        key: str = "the-automation-key",
        *,
        allowed: frozenset[str] = frozenset(),
        ordered: bool = True,
        paged: bool = True,
        edit: Callable[[dict[str, Any]], object] = lambda attribute: attribute,
        ca_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        self.key = key
        self.allowed = allowed
        self.ordered = ordered
        self.paged = paged
        self.edit = edit
        self.store = MispStore()
        self.feed: dict[str, bytes] = {}
        self.faults = Faults()
        self._certificates = Certificates(ca_dir)
        self._log = RequestLog()
        self._stopping = Event()
        front = Front(
            _NothingThere(),
            {"attributes": _Attributes(self), "feed": _Feed(self)},
            self.faults,
            self._log,
            self._stopping,
            keep_bodies=True,
        )
        self._server = TlsServer(_LOOPBACK, 0, front, self._certificates.server_context())

    def start(self) -> None:
        """Listen."""
        self._server.start()

    def stop(self) -> None:
        """End all connections."""
        self._stopping.set()
        self._server.stop()

    def __enter__(self) -> LocalMisp:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Address of the MISP."""
        return f"https://{_LOOPBACK}:{self._server.port}"

    @property
    def feed_url(self) -> str:
        """Address of the feed's directory."""
        return f"{self.url}/feed"

    @property
    def ca_bundle(self) -> str:
        """Path of the PEM file with the certificate authority to trust."""
        return str(self._certificates.bundle)

    @property
    def requests(self) -> list[LoggedRequest]:
        """What was asked so far, in order of arrival, with bodies: a copy."""
        return self._log.in_order_of_arrival()


class _NothingThere:
    """Every other path. MISP sends a browser to its login page; an API client gets a 404."""

    def __call__(self, call: Call) -> Response:
        return self.error(404, call.request.path)

    def error(self, status: int, path: str = "") -> Response:
        return refusal(status, f"The request ended with {status}.", path)


class _Attributes(_NothingThere):
    def __init__(self, misp: LocalMisp) -> None:
        self._misp = misp

    def __call__(self, call: Call) -> Response:
        request, misp = call.request, self._misp
        if request.headers.get("Authorization") != misp.key:
            # Observed words and status, also for a key behind `Bearer`.
            message = (
                "Authentication failed. Please make sure you pass the API key of an API enabled user along in the"
                " Authorization header."
            )
            return refusal(403, message, request.path)
        if request.path != _SEARCH:
            return self.error(404, request.path)
        if request.method != "POST":
            return refusal(405, "Our choice: only POST, as the documentation advises.", request.path)
        # Observed: with another content type MISP does not see the filters, and answers with all there is.
        filters = call.json if request.mimetype == "application/json" else {}
        if not isinstance(filters, dict):
            return refusal(400, "The body is no JSON object.", request.path)
        try:
            found = search(misp.store, filters, ordered=misp.ordered, paged=misp.paged, allowed=misp.allowed)
        except ValueError as error:
            return refusal(400, str(error), request.path)
        rows = [misp.edit(row) for row in found]
        return json_response({"response": {"Attribute": rows}}, headers={"X-Result-Count": str(len(rows))})


class _Feed(_NothingThere):
    def __init__(self, misp: LocalMisp) -> None:
        self._misp = misp

    def __call__(self, call: Call) -> Response:
        content = self._misp.feed.get(call.request.path.removeprefix("/feed/"))
        if call.request.method != "GET" or content is None:
            # A feed is files behind some web server.
            return Response("Not Found", 404, content_type="text/html")
        return Response(content, 200, content_type="application/json")
