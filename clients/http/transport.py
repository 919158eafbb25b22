"""The seam between calls and the network: real, read-only, or a test's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import quote, urlencode

import requests

from iocbeam.model.errors import Stop

from .errors import no_answer
from .session import HttpSettings, open_session

_READING: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Response:
    """An answer.

    Attributes:
        status: the HTTP status.
        headers: names in lower case.
        body: decompressed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Sends one request and returns the answer, whatever its status. Never follows a redirect."""

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Response:
        """Send.

        Args:
            method: in capitals.
            url: whole, without a query.
            headers: by name.
            params: of the query; None for none.
            body: as it goes over the wire; None for none.

        Raises:
            RetryLater: no answer came; as a `Fault` it is tried again.
            Stop: no call of this kind can succeed.
        """
        ...

    def close(self) -> None:
        """Give up the connections."""
        ...


class HttpTransport:
    """Over the network, with connections kept open. Thread-safe.

    Args:
        settings: what to trust, proxies, timeouts.
        url: of the host, to choose the environment's proxy for.

    Raises:
        ConfigurationError: the CA bundle cannot be used.
    """

    def __init__(self, settings: HttpSettings, url: str) -> None:
        self._settings = settings
        self._session = open_session(settings, url)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Response:
        """See `Transport.send`."""
        # `$top` stays as it is documented; requests would write %24top.
        address = f"{url}?{urlencode(params, quote_via=quote, safe='$')}" if params else url
        try:
            answer = self._session.request(
                method,
                address,
                headers=dict(headers),
                data=body,
                timeout=self._settings.timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise no_answer(error, f"{method} {url.partition('?')[0]}") from None
        return Response(
            answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content
        )

    def close(self) -> None:
        """See `Transport`."""
        self._session.close()


class ReadOnlyTransport:
    """Lets reading through and nothing else: it cannot write, whatever the code above it does.

    Args:
        inner: sends what is let through.
        queries: URLs, without a query, to which a POST only asks. They are compared as they are sent, character
            by character, so nothing below or beside them is let through.
    """

    def __init__(self, inner: Transport, queries: Collection[str] = ()) -> None:
        self._inner = inner
        self._queries = frozenset(queries)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Response:
        """See `Transport.send`.

        Raises:
            Stop: it is neither GET nor HEAD, nor a POST to one of the queries. Nothing has left.
        """
        if method not in _READING and not (method == "POST" and url in self._queries):
            raise Stop(f"What only reads, such as a dry run, may not send {method}.")
        return self._inner.send(method, url, headers, params, body)

    def close(self) -> None:
        """See `Transport`."""
        self._inner.close()
