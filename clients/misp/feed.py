"""The files of a MISP feed over HTTPS, which asks for no credentials."""

from __future__ import annotations

import threading
import time
from typing import Final

from iocbeam.model.errors import ConfigurationError, Gone, Refused
from iocbeam.model.settings.source import NetworkSettings

from ..http.retry import Fault, RetryPolicy, keep_trying, retry_after_seconds
from ..http.session import HttpSettings
from ..http.transport import HttpTransport, Response
from ..http.user_agent import USER_AGENT
from ..http.waiting import Clock, Sleep, Waiting

_TRY_AGAIN: Final = frozenset((408, 429))


class MispFeedClient:
    """Gets files out of a feed's directory. Thread-safe; does not pickle.

    An `Edge` would hold the parsed JSON of a whole event in memory, some ten times its bytes; here the bytes are
    all there is.

    Args:
        base_url: `https://` URL of the directory.
        network: how to reach it.
        clock: seconds from any beginning.
        sleep: waits so many seconds.
        wall_clock: epoch seconds, for a `Retry-After` date without a `Date`.
        retry: waits and deadline of one file.
        cancel: once set, waiting ends with `RetryLater`.

    Raises:
        ConfigurationError: the CA bundle cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        network: NetworkSettings,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        wall_clock: Clock = time.time,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        cancel: threading.Event | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._transport = HttpTransport(HttpSettings.of(network), self._base_url)
        self._clock = clock
        self._wall_clock = wall_clock
        self._wait = Waiting(sleep, cancel)
        self._retry = retry

    def close(self) -> None:
        """Give up the connections."""
        self._transport.close()

    def get(self, name: str) -> bytes:
        """The bytes of a file by its name, such as `manifest.json`.

        Raises:
            Gone: it is not there.
            RetryLater: no whole answer before the deadline.
            Refused: the server does not give it.
            ConfigurationError: a redirect, or a certificate that is not trusted.
        """
        return keep_trying(lambda: self._get(name), self._retry, clock=self._clock, wait=self._wait)

    def _get(self, name: str) -> bytes:
        url = f"{self._base_url}/{name}"
        self._wait.check()
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        response = self._transport.send("GET", url, headers, None, None)
        if response.status == 200:
            return response.body
        raise _refusal(url, response, self._wall_clock)


def _refusal(url: str, response: Response, now: Clock) -> Exception:
    status = response.status
    said = f"GET {url}: {status}."
    if status in _TRY_AGAIN or status >= 500:
        return Fault(said, retry_after=retry_after_seconds(response.headers, now), status=status)
    if 300 <= status < 400:
        return ConfigurationError(
            f"GET {url}: a redirect ({status}) was refused.",
            option="--misp_url",
            advice="Give the address that it leads to if that is the feed.",
        )
    if status in (404, 410):
        return Gone(said)
    return Refused(said, status=status)
