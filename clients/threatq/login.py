"""Access tokens of ThreatQ, by API credentials or by a user's password."""

from __future__ import annotations

import base64
import logging
import threading
import time
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import urlencode

import orjson

from iocbeam.model.errors import AuthenticationError, ConfigurationError
from iocbeam.model.settings.source import ThreatQSettings

from ..http.retry import NOTICEABLE, Fault, RetryPolicy, keep_trying, retry_after_seconds
from ..http.transport import Response, Transport
from ..http.user_agent import USER_AGENT
from ..http.waiting import Clock, Sleep, Waiting
from ..login.secrets import resolve_secret
from .words import said_errors

_logger = logging.getLogger(__name__)

_PATH: Final = "/api/token"
_LEFT: Final = 60.0
"""Seconds of a token's life that are not used, so that none expires on its way."""
_ASSUMED_LIFE: Final = 1_800.0
"""Of a token whose answer names none. Observed: ThreatQ's own client counts on it."""


class _Token(NamedTuple):
    text: str
    renew_at: float


class ThreatQLogin:
    """Gets and keeps the token of one ThreatQ. Thread-safe.

    It holds the secret, so it does not pickle: build it where it is used. Nothing is sent before the first
    `token`. The credentials travel as clients were observed to send them, never in a URL: a client id and
    secret by HTTP Basic with `grant_type` in a form, a user and password with the client id in a form.
    Refresh tokens are not used: logging in again does the same with one way less to fail.

    Args:
        settings: where ThreatQ is, and references to the credentials.
        transport: sends to that host.
        clock: seconds from any beginning.
        sleep: waits so many seconds.
        wall_clock: epoch seconds.
        retry: waits and deadline while the login does not answer.
        cancel: once set, waiting ends with `RetryLater`.

    Raises:
        UsageError, ConfigurationError: a reference is none, or leads to no secret.
    """

    def __init__(
        self,
        settings: ThreatQSettings,
        transport: Transport,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        wall_clock: Clock = time.time,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        cancel: threading.Event | None = None,
    ) -> None:
        self._url = settings.host.rstrip("/") + _PATH
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": USER_AGENT,
        }
        if settings.username:
            self._option = "--threatq_password"
            self._secret = resolve_secret(settings.password, self._option)
            form = {
                "grant_type": "password",
                "client_id": settings.client_id,
                "email": settings.username,
                "password": self._secret,
            }
        else:
            self._option = "--threatq_client_secret"
            self._secret = resolve_secret(settings.client_secret, self._option)
            form = {"grant_type": "client_credentials"}
            pair = f"{settings.client_id}:{self._secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        self._headers = headers
        self._form = urlencode(form).encode()
        self._transport = transport
        self._clock = clock
        self._wall_clock = wall_clock
        self._wait = Waiting(sleep, cancel)
        self._retry = retry
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def __reduce__(self) -> NoReturn:
        raise TypeError("a ThreatQLogin holds a secret and does not pickle; build it where it is used")

    def token(self, force: bool = False) -> str:
        """An access token with at least a minute of its life left, or half of a shorter one.

        Args:
            force: not the one that is kept.

        Raises:
            AuthenticationError: the credentials were refused.
            ConfigurationError: what answers is no ThreatQ, or its certificate is not trusted.
            RetryLater: no answer before the deadline, or the run was cancelled.
        """
        with self._lock:
            if force or self._token is None or self._clock() >= self._token.renew_at:
                self._wait.check()
                self._token = keep_trying(
                    self._log_in, self._retry, clock=self._clock, wait=self._wait, on_wait=_tell
                )
            return self._token.text

    def _log_in(self) -> _Token:
        asked = self._clock()
        response = self._transport.send("POST", self._url, self._headers, None, self._form)
        try:
            answer = orjson.loads(response.body)
        except orjson.JSONDecodeError:
            answer = None
        if not 200 <= response.status < 300:
            self._refuse(response, self._words(answer))
        words = self._words(answer)
        if words:
            # Documented nowhere for the login; elsewhere a 200 with errors is a refusal.
            self._refuse(Response(400, response.headers, b""), words)
        text = answer.get("access_token") if isinstance(answer, dict) else None
        # It has to fit into a header.
        if not isinstance(text, str) or not text or not (text.isascii() and text.isprintable()):
            kind = response.headers.get("content-type", "no content type").partition(";")[0]
            raise Fault(
                f"POST {_PATH}: {response.status}, but no usable token ({kind}, {len(response.body)} bytes).",
                status=response.status,
            )
        life = _seconds(answer.get("expires_in"))
        return _Token(text, asked + life - min(_LEFT, life / 2))

    def _words(self, answer: Any) -> str:
        return said_errors(answer).replace(self._secret, "[secret]")

    def _refuse(self, response: Response, words: str) -> NoReturn:
        status = response.status
        if status in (408, 429) or status >= 500:
            raise Fault(
                f"POST {_PATH}: {status}{f', {words}' if words else ''}.",
                retry_after=retry_after_seconds(response.headers, self._wall_clock),
                status=status,
            )
        if status < 400:
            raise ConfigurationError(
                f"POST {_PATH}: a redirect ({status}) was refused.",
                option="--threatq_url",
                advice="Give the address of ThreatQ itself; credentials are not sent along.",
            )
        if status in (404, 405):
            raise ConfigurationError(
                f"there is no ThreatQ at {self._url.removesuffix(_PATH)}: its login answers {status}.",
                option="--threatq_url",
                advice="Check the URL: host only, no path.",
            )
        # Observed: 400 is what bad credentials give.
        raise AuthenticationError(
            f"ThreatQ refused the credentials: {words or 'no explanation'} ({status})",
            option=self._option,
            advice="Check them, and that they are of this ThreatQ.",
        )


def _seconds(expires_in: object) -> float:
    """A token's life. Observed as a whole number of seconds."""
    if isinstance(expires_in, str) and expires_in.isdecimal():
        expires_in = int(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return _ASSUMED_LIFE
    return max(0.0, float(expires_in))


def _tell(fault: Fault, seconds: float) -> None:
    level = logging.WARNING if seconds >= NOTICEABLE else logging.INFO
    _logger.log(level, "%s Trying again in %.0f s.", fault.message, seconds)
