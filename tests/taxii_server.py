"""A strict TAXII 2.1 server over TLS with traps that tests set, and OASIS' medallion served in the same way."""

from __future__ import annotations

import base64
import itertools
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
import trustme
from typing_extensions import Self
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from iocbeam.model.settings.source import NetworkSettings, TaxiiSettings

MEDIA = "application/taxii+json;version=2.1"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
USER, PASSWORD = "reader", "s3cret"

App = Callable[[dict[str, Any], Any], Any]


class TlsServer:
    """Serves a WSGI app on a free port of this machine, with a certificate of its own authority."""

    def __init__(self, directory: Path, app: App) -> None:
        authority = trustme.CA()
        self.ca_bundle = str(directory / f"taxii-ca-{id(self)}.pem")
        authority.cert_pem.write_to_path(self.ca_bundle)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self._server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
        self.url = f"https://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def settings(self, **changes: Any) -> TaxiiSettings:
        """How to reach the collection `COLLECTION`; the password is in the environment."""
        fields: dict[str, Any] = {
            "api_root": f"{self.url}/api1/",
            "collection": COLLECTION,
            "username": USER,
            "password": "env:TAXII_PASSWORD",
            "network": NetworkSettings(ca_bundle=self.ca_bundle),
        }
        return TaxiiSettings(**{**fields, **changes})


@dataclass
class TaxiiApp:
    """One collection at `/api1/`.

    Attributes:
        objects: in the order in which they were added.
        cap: the most objects in a page, whatever is asked for.
        links: `changing` or `constant` ones; `none` leaves clients to the time of the last object.
        step: microseconds from one object to the next.
        authorization: what the header must be.
        readable: whether the login may read.
        trap: answers in the place of the server, if it answers at all.
        asked: queries for objects.
        forgets: whether no link is known any more.
    """

    objects: Sequence[Any]
    cap: int = 100
    links: str = "changing"
    step: int = 1_000
    authorization: str = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
    readable: bool = True
    trap: Callable[[Request, int], Response | None] = lambda request, number: None
    asked: list[dict[str, str]] = field(default_factory=list)
    forgets: bool = False
    _open: dict[str, tuple[dict[str, str], int]] = field(default_factory=dict)
    _names: Any = field(default_factory=itertools.count)

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        request = Request(environ)
        return self.answer(request)(environ, start)

    def answer(self, request: Request) -> Response:
        """What a client gets."""
        is_page = request.path.endswith("/objects/")
        if is_page:
            self.asked.append(request.args.to_dict())
        trapped = self.trap(request, len(self.asked)) if is_page else None
        if trapped is not None:
            return trapped
        if request.headers.get("Accept") != MEDIA:
            return error(406, "The media type of the Accept header is not supported")
        if request.headers.get("Authorization", "") != self.authorization:
            return error(401, "The login is wrong")
        path = f"/api1/collections/{COLLECTION}/"
        if request.path == path:
            return answered({"id": COLLECTION, "title": "a", "can_read": self.readable, "can_write": False})
        return self.page(request.args.to_dict()) if request.path == f"{path}objects/" else error(404, "Not found")

    def page(self, query: dict[str, str]) -> Response:
        """A page of objects."""
        if set(query) - {"limit", "next", "added_after", "match[type]"} or not query.get("limit", "1").isdecimal():
            return error(400, "The filters are not understood")
        filters = {name: text for name, text in query.items() if name != "next"}
        begin = 0
        if "next" in query:
            known, begin = self._open.get(query["next"], ({}, 0))
            if known != filters or self.forgets:
                return error(400, "The link is not known")
        types = query.get("match[type]", "").split(",")
        after = query.get("added_after", "")
        found = [
            (one, self.added(at))
            for at, one in enumerate(self.objects)
            if (types == [""] or one["type"] in types) and self.added(at) > after
        ]
        size = min(int(query.get("limit", "100")), self.cap)
        page = found[begin : begin + size]
        if not page:
            return answered({})
        body: dict[str, Any] = {"more": begin + size < len(found), "objects": [one for one, _ in page]}
        if body["more"] and self.links != "none":
            link = "the-link" if self.links == "constant" else f"link-{next(self._names)}"
            self._open[link] = (filters, begin + size)
            body["next"] = link
        return answered(body, first=page[0][1], last=page[-1][1])

    def added(self, at: int) -> str:
        """When the object was added."""
        moment = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=at * self.step)
        return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def answered(body: Any, status: int = 200, first: str = "", last: str = "", media: str = MEDIA) -> Response:
    """An answer in TAXII's form."""
    headers = {"X-TAXII-Date-Added-First": first, "X-TAXII-Date-Added-Last": last} if last else {}
    return Response(orjson.dumps(body), status, headers, content_type=media)


def error(status: int, words: str) -> Response:
    """A refusal in TAXII's form."""
    return answered({"title": "Refused", "description": words, "http_status": str(status)}, status)


def medallion_app(objects: Sequence[dict[str, Any]], page_size: int = 100) -> App:
    """OASIS' server with these objects, added a second apart."""
    from medallion import application_instance, register_blueprints, set_config

    added = [f"2026-01-01T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}.000Z" for at in range(len(objects))]
    collection = {
        "id": COLLECTION,
        "title": "a",
        "can_read": True,
        "can_write": False,
        "media_types": ["application/stix+json;version=2.1"],
        "objects": list(objects),
        "manifest": [
            {
                "id": one["id"],
                "date_added": added[at],
                "version": one.get("modified", one.get("created")),
                "media_type": "application/stix+json;version=2.1",
            }
            for at, one in enumerate(objects)
        ],
    }
    application_instance.config["TESTING"] = True
    set_config(application_instance, "users", {"users": {USER: PASSWORD}})
    set_config(application_instance, "taxii", {"taxii": {"max_page_size": page_size}})
    set_config(
        application_instance,
        "backend",
        {"backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend"}},
    )
    application_instance.medallion_backend.data = {
        "/discovery": {"title": "a", "default": "/api1/", "api_roots": ["/api1/"]},
        "api1": {
            "information": {
                "title": "a",
                "versions": ["application/taxii+json;version=2.1"],
                "max_content_length": 104857600,
            },
            "status": [],
            "collections": [collection],
        },
    }
    if "collections" not in application_instance.blueprints:
        register_blueprints(application_instance)
    app: App = application_instance
    return app
