"""The objects of a TAXII 2.1 collection, page by page."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

from iocbeam.model.errors import (
    AuthenticationError,
    ConfigurationError,
    Gone,
    PermissionDenied,
    Refused,
    RetryLater,
    Unanswered,
)
from iocbeam.model.settings.source import TaxiiSettings

from ..http.edge import Edge
from ..http.retry import RetryPolicy
from ..http.session import HttpSettings
from ..http.transport import HttpTransport
from ..http.user_agent import USER_AGENT
from ..http.waiting import Clock, Sleep
from ..login.secrets import resolve_secret
from .words import WHICH_URL, TaxiiPage, TaxiiTransport, may_read, taxii_page

_ACCEPT: Final = "application/taxii+json;version=2.1"
_MOST_BARREN: Final = 20
"""Pages in a row that bring nothing new before the collection is taken for endless."""
_NO_LINK: Final = "The server says that there are more objects, and gives no link to them."
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?Z", re.ASCII)


class TaxiiClient:
    """Reads one collection. For one thread; does not pickle, so build it where it is used.

    Args:
        edge: of the server, over `transport`.
        transport: remembers what the last answer said beside its body.
        api_root: URL.
        collection: its id.
    """

    def __init__(self, edge: Edge, transport: TaxiiTransport, api_root: str, collection: str) -> None:
        self._edge = edge
        self._transport = transport
        self._root = api_root.rstrip("/")
        self._collection = collection
        self._path = f"{urlsplit(self._root).path}/collections/{quote(collection, safe='')}/"

    def close(self) -> None:
        """Give up the connections."""
        self._edge.close()

    def check(self) -> None:
        """Make sure that the collection is there and may be read.

        Raises:
            AuthenticationError, PermissionDenied, ConfigurationError: it is not, and what to do.
            Refused, RetryLater: the server does not answer as documented.
        """
        if not self._get(self._path, None, may_read):
            raise PermissionDenied(
                f"{self._root} lets this login know of the collection {self._collection} but not read it.",
                advice="Ask its owner for read access.",
            )

    def objects(self, added_after: str = "", limit: int = 1_000, types: Sequence[str] = ()) -> Iterator[list[Any]]:
        """The pages of the collection, in the order in which objects were added (documented).

        Every page is asked for with the same filters: servers refuse a link under others (observed). An object
        may come twice, so that whoever reads them goes by ids and versions. Links differ between servers: the
        same for all pages (observed), another one for each, or none, where the time of the last object leads on
        (documented); so pages that go in circles are told by what is on them.

        A link works once only with some servers (observed): when its answer is lost it is not followed again,
        which would skip a page. The time of the last object leads on then, too.

        Args:
            added_after: RFC 3339; objects that were added at that time do not come (observed).
            limit: objects asked for in a page; servers cap it without a word (observed).
            types: STIX types; empty asks for all.

        Raises:
            RetryLater: the pages go in circles, the server has lost its place, or it says that there is more
                without a way to it. Whatever else `check` raises.
        """
        filters = {"limit": str(limit)}
        if types:
            filters["match[type]"] = ",".join(types)
        if added_after:
            filters["added_after"] = added_after
        asked = filters
        seen: set[bytes] = set()
        barren = 0
        added_last = ""  # of the last page; the transport's is that of the last answer, be it a failed one
        while True:
            try:
                page = self._page(asked)
            except Unanswered as error:
                filters = {**filters, **_beyond(added_last, _lost(error.message))}
                asked = filters
                continue
            added_last = self._transport.added_last
            digest = _digest(page.objects)
            is_new = bool(page.objects) and digest not in seen
            seen.add(digest)
            if is_new:
                yield page.objects
            if not page.more:
                return
            barren = 0 if is_new else barren + 1
            if barren >= _MOST_BARREN:
                raise RetryLater(f"The collection does not end: {barren} pages in a row bring nothing new.")
            if page.next:
                asked = {**filters, "next": page.next}
            else:
                filters = {**filters, **_beyond(added_last, RetryLater(_NO_LINK))}
                asked = filters

    def _page(self, asked: Mapping[str, str]) -> TaxiiPage:
        page: TaxiiPage = self._get(f"{self._path}objects/", asked, taxii_page)
        return page

    def _get(self, path: str, asked: Mapping[str, str] | None, shape: Callable[[Any], Any]) -> Any:
        repeat = not asked or "next" not in asked
        try:
            return self._edge.request("GET", path, params=asked, shape=shape, gone=True, repeat=repeat)
        except AuthenticationError:
            raise AuthenticationError(
                f"{self._root} refused the login (401).",
                advice="Check --taxii_username and --taxii_password, or --taxii_token.",
            ) from None
        except Gone as error:
            if asked and "next" in asked:
                raise _lost(str(error)) from None
            raise ConfigurationError(
                f"{self._root} has no collection {self._collection!r}, or not for this login (404).",
                option="--taxii_collection",
                advice=f"It lists its collections at {self._root}/collections/. {WHICH_URL}",
            ) from None
        except Refused as error:
            if error.status in (406, 415):
                raise ConfigurationError(
                    f"{self._root} does not answer in TAXII 2.1 ({error.status}).",
                    option="--taxii_url",
                    advice=f"TAXII 2.0 and 1.x are other protocols. {WHICH_URL}",
                ) from None
            said = f"{self._root} refused the request ({error.status}): {error.message}"
            if error.status == 400 and asked and "next" in asked:
                raise _lost(said) from None
            raise Refused(said, code=error.code, status=error.status) from None


def connect_taxii(
    settings: TaxiiSettings,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
) -> TaxiiClient:
    """A client for a collection. Secrets are read here; nothing is sent before the first call.

    Raises:
        UsageError, ConfigurationError: a secret or the CA bundle is not there or not usable.
    """
    secret, authorize = "", _nobody
    if settings.token:
        secret, authorize = resolve_secret(settings.token, "--taxii_token").strip(), _bearer
    elif settings.username:
        user, password = settings.username, resolve_secret(settings.password, "--taxii_password")
        secret, authorize = base64.b64encode(f"{user}:{password}".encode()).decode("ascii"), _basic
    parts = urlsplit(settings.api_root)
    origin = f"{parts.scheme}://{parts.netloc}"
    transport = TaxiiTransport(HttpTransport(HttpSettings.of(settings.network), origin))
    edge = Edge(
        origin,
        lambda force: secret,
        transport=transport,
        clock=clock,
        sleep=sleep,
        retry=retry,
        user_agent=USER_AGENT,
        needs="a login that may read this collection",
        cancel=cancel,
        authorize=authorize,
        accept=_ACCEPT,
    )
    return TaxiiClient(edge, transport, origin + parts.path, settings.collection)


def _beyond(added_last: str, otherwise: RetryLater) -> dict[str, str]:
    """The filter that leads on without a link. Raises `otherwise` if there is none."""
    # Strictly after; a microsecond less, so that an object of the same time on the next page is not missed.
    time_before = _microsecond_before(added_last)
    if not time_before:
        raise otherwise from None
    return {"added_after": time_before}


def _lost(said: str) -> RetryLater:
    """A link leads nowhere that the server itself had given: it keeps them for a short time only (observed)."""
    return RetryLater(
        f"The server has lost its place in the collection. {said} Read it again, with a smaller --taxii_page_size"
        " if pages take long."
    )


def _digest(objects: list[Any]) -> bytes:
    """What tells one page from another: ids and versions."""
    names = [(one.get("id"), one.get("modified")) if isinstance(one, dict) else None for one in objects]
    return hashlib.blake2b(repr(names).encode("utf-8", "backslashreplace"), digest_size=16).digest()


def _microsecond_before(text: str) -> str:
    """A time as RFC 3339 writes it; empty if the text is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return ""
    try:
        moment = datetime.fromisoformat(found[1])
        moment += timedelta(microseconds=int(f"{found[2] or '':0<6}") - 1)
    except (ValueError, OverflowError):
        return ""
    return f"{moment.isoformat(timespec='microseconds')}Z"


def _nobody(secret: str) -> Mapping[str, str]:
    return {}


def _basic(secret: str) -> Mapping[str, str]:
    return {"Authorization": f"Basic {secret}"}


def _bearer(secret: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {secret}"}
