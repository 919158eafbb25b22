"""The attributes of a MISP, page by page."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from iocbeam.model.settings.source import MispSettings

from ..http.edge import Edge, NotDocumented
from ..http.retry import RetryPolicy
from ..http.service_transport import ServiceTransport
from ..http.session import HttpSettings
from ..http.transport import HttpTransport
from ..http.user_agent import USER_AGENT
from ..http.waiting import Clock, Sleep
from ..login.secrets import resolve_secret
from .paging import Attribute, read_pages
from .words import misp_words

_SEARCH: Final = "/attributes/restSearch"
_ORDER: Final = "Attribute.id asc"
"""MISP names no order of its own accord, and without one its pages may overlap and leave rows out."""


@dataclass(frozen=True, slots=True)
class MispQuery:
    """Which attributes are asked for.

    Attributes:
        types: MISP's names of types.
        flagged_only: only those with the IDS flag.
        tags: that an attribute or its event must have, all of them; after a `!`, must not have.
        changed_since: epoch seconds; of the attribute itself. None is no limit.
        published_since: epoch seconds; of its event.
    """

    types: tuple[str, ...]
    flagged_only: bool = True
    tags: tuple[str, ...] = ()
    changed_since: int | None = None
    published_since: int | None = None


class MispClient:
    """Reads a MISP.

    Args:
        edge: carries the automation key.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def close(self) -> None:
        """Give up the connections."""
        self._edge.close()

    def search(self, query: MispQuery, page: int, limit: int) -> list[Attribute]:
        """One page, counted from 1, in the order of ids.

        A page may be shorter than `limit` without being the last: MISP takes out what is on its allowed list,
        or is about to be unflagged, after it has cut the page (MISP's model of attributes). An empty one is
        beyond the end (documented).

        Raises:
            PermissionDenied, AuthenticationError: the key is wrong, or may not use the API.
            ConfigurationError: a web page came, or a redirect to one.
            RetryLater: no page of the documented form came. Whatever else `Edge.request` raises.
        """

        def shape(body: Any) -> list[Attribute]:
            return _page(body, limit)

        found: list[Attribute] = self._edge.request("POST", _SEARCH, json=_body(query, page, limit), shape=shape)
        return found

    def pages(self, query: MispQuery, limit: int) -> Iterator[list[Attribute]]:
        """All attributes, in pages of at most `limit`; see `read_pages`. One may come twice, so that whoever reads
        them goes by uuids.

        The set may move meanwhile. In the order of ids, with the beginning of a window fixed and its end open,
        what is added comes last and what is edited keeps its place; with an end, an edited attribute would leave
        the set and be missed.

        Raises:
            RetryLater: the set does not stand still, or its pages repeat. What `search` raises.
        """
        return read_pages(lambda page, size: self.search(query, page, size), limit)


_WHICH_URL: Final = "Give the address of the MISP itself, which no other login stands before."


def connect_misp(
    settings: MispSettings,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
) -> MispClient:
    """A client for a MISP. The key is read here; nothing is sent before the first call.

    Raises:
        UsageError, ConfigurationError: the key or the CA bundle is not there or not usable.
    """
    key = resolve_secret(settings.key, "--misp_key").strip()
    url = settings.url.rstrip("/")
    edge = Edge(
        url,
        lambda force: key,
        transport=ServiceTransport(
            HttpTransport(HttpSettings.of(settings.network), url), "MISP", misp_words, "--misp_url", _WHICH_URL
        ),
        clock=clock,
        sleep=sleep,
        retry=retry,
        user_agent=USER_AGENT,
        needs="an automation key of a user whose role may use the API (--misp_key)",
        cancel=cancel,
        authorize=_key_header,
        advice="MISP does not take the automation key: check --misp_key.",
    )
    return MispClient(edge)


def _key_header(key: str) -> Mapping[str, str]:
    """The key stands alone, without `Bearer` (documented)."""
    return {"Authorization": key}


def _body(query: MispQuery, page: int, limit: int) -> dict[str, Any]:
    """Names are documented, but for `order`, which MISP's own list of parameters has."""
    body: dict[str, Any] = {
        "returnFormat": "json",
        "page": page,
        "limit": limit,
        "order": _ORDER,
        "type": list(query.types),
        "includeContext": 1,
        "includeEventTags": 1,
    }
    if query.flagged_only:
        body["to_ids"] = 1
    wanted = [tag for tag in query.tags if not tag.startswith("!")]
    unwanted = [tag[1:] for tag in query.tags if tag.startswith("!")]
    if wanted or unwanted:
        body["tags"] = {**({"AND": wanted} if wanted else {}), **({"NOT": unwanted} if unwanted else {})}
    if query.changed_since is not None:
        body["attribute_timestamp"] = query.changed_since
    if query.published_since is not None:
        body["publish_timestamp"] = query.published_since
    return body


def _page(body: Any, limit: int) -> list[Attribute]:
    """The attributes of `{"response": {"Attribute": [{…}]}}` (documented); some versions show none as
    `{"response": []}`.

    Raises:
        NotDocumented: it is anything else, or holds more than were asked for: MISP has ignored the request.
    """
    response = body.get("response") if isinstance(body, dict) else None
    if response == []:
        return []
    rows = response.get("Attribute") if isinstance(response, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NotDocumented("the body has no list of attributes")
    if len(rows) > limit:
        raise NotDocumented(f"it holds {len(rows)} attributes where at most {limit} were asked for")
    return rows
