"""The one HTTP edge: token, budget, retries, and what every answer means."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from urllib.parse import SplitResult, urlsplit

import orjson

from iocbeam.model.errors import (
    AuthenticationError,
    ConfigurationError,
    Gone,
    PermissionDenied,
    Refused,
    Unanswered,
)

from .budget import Budget
from .call_counts import NO_ANSWER, CallCounts, operation
from .retry import NOTICEABLE, Fault, RetryPolicy, keep_trying, retry_after_seconds, seconds_in_text
from .service_words import service_words
from .transport import Response, Transport
from .waiting import Clock, Sleep, Waiting

_logger = logging.getLogger(__name__)

WRONG_TOKEN: Final = "The token is for another service or cloud: check --cloud and the scope."  # noqa: S105 - words
"""What to do when a new token is refused as well, where nothing better is known."""

_REQUEST_IDS: Final = ("request-id", "x-ms-request-id", "client-request-id")


class NotDocumented(ValueError):
    """Raised by a `shape`: the body is not what the service's documentation says."""


@dataclass(slots=True)
class _Call:
    """One request with all its attempts."""

    method: str
    url: str
    path: str
    params: Mapping[str, str] | None
    body: bytes | None
    budget: Budget | None
    name: str
    attempts: int = 0
    waited: float = 0.0

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def bearer(token: str) -> Mapping[str, str]:
    """The header that carries a token to Microsoft's services."""
    return {"Authorization": f"Bearer {token}"}


class Edge:
    """Calls one service with its token. Thread-safe; does not pickle, so build it where it is used.

    Args:
        base_url: scheme, host and port; the token goes nowhere else.
        token: gives the access token; called with True for one that is not from a cache.
        transport: what sends.
        clock: seconds from any beginning.
        sleep: waits so many seconds.
        wall_clock: epoch seconds, for a `Retry-After` date without a `Date`.
        retry: waits and deadline of one request.
        user_agent: of every call.
        needs: the roles that the calls need, in words, for the message of a 403.
        authorize: the headers that carry the token; by default a bearer token.
        accept: the content type that is asked for.
        advice: what to do when a new token is refused as well.
        cancel: once set, waiting ends with `RetryLater`.
        known_404: whether the service's own 404 is in a form of `service_words` or has no body. Another page is
            then some other server's, and never means that a thing is not there.
    """

    def __init__(
        self,
        base_url: str,
        token: Callable[[bool], str],
        *,
        transport: Transport,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        wall_clock: Clock = time.time,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        user_agent: str = "iocbeam",
        needs: str = "",
        cancel: threading.Event | None = None,
        authorize: Callable[[str], Mapping[str, str]] = bearer,
        accept: str = "application/json",
        advice: str = WRONG_TOKEN,
        known_404: bool = False,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._origin = _origin(urlsplit(self._base_url))
        self._token = token
        self._token_lock = threading.Lock()
        self._transport = transport
        self._clock = clock
        self._wall_clock = wall_clock
        self._wait = Waiting(sleep, cancel)
        self._retry = retry
        self._user_agent = user_agent
        self._needs = needs
        self._authorize = authorize
        self._accept = accept
        self._advice = advice
        self._known_404 = known_404
        self._counts = CallCounts()

    @property
    def requests(self) -> dict[str, dict[str, int]]:
        """Calls so far by `METHOD /path` (ids replaced) and status; status `0` got no answer. A copy."""
        return self._counts.by_operation()

    @property
    def throttled_seconds(self) -> float:
        """Waited so far for budgets and because of 429 or `Retry-After`, over all threads."""
        return self._counts.throttled_seconds

    def access_token(self) -> str:
        """The token that calls go out with. Raises what the token provider raises."""
        return self._token(False)

    def close(self) -> None:
        """Give up the connections."""
        self._transport.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        budget: Budget | None = None,
        shape: Callable[[Any], Any] | None = None,
        gone: bool = False,
        repeat: bool = True,
        counted_as: str = "",
    ) -> Any:
        """Make one request, as often as it takes.

        Args:
            path: `/path`, or an absolute URL of the same host such as a next link.
            params: the query.
            json: the body.
            budget: a place is taken before every attempt.
            shape: turns the parsed body (None if it is empty) into the result, and raises `NotDocumented`
                when it cannot; such an answer is tried again like any other fault.
            gone: whether a 404 means that the thing is not there (`Gone`) rather than a refusal.
            repeat: False for a request that does its work anew each time, such as creating. It is tried again
                only after an answer that says that nothing was done: 429, and once 401.
            counted_as: the path by which `requests` counts the call, such as `/api/files/{hash}/stats`; by
                default `path` with its ids replaced.

        Returns:
            What `shape` returns; without one the parsed JSON, or None for a 204.

        Raises:
            RetryLater: no usable answer before the deadline, or the run was cancelled.
            Unanswered: no usable answer, without `repeat`: it may have been done.
            AuthenticationError: the token was refused, a new one too.
            PermissionDenied: 403.
            Gone: 404, with `gone`.
            Refused: another 4xx, with the service's own words.
            ConfigurationError: a redirect, a URL of another host, or nothing of this service at the address.
        """
        url, shown = self._target(path)
        name = f"{method} {counted_as}" if counted_as else operation(method, shown)
        call = _Call(method, url, shown, params, None if json is None else orjson.dumps(json), budget, name)

        def attempt() -> Any:
            call.attempts += 1
            try:
                return self._result(call, self._answer(call, gone), shape)
            except Fault as fault:
                if repeat or fault.status == 429:
                    raise
                raise Unanswered(
                    f"{fault.message} It may have been done all the same.",
                    retry_after=fault.retry_after,
                    status=fault.status,
                    attempts=call.attempts,
                ) from None

        def on_wait(fault: Fault, seconds: float) -> None:
            # A wait that a person would notice is told; the first few tries are not.
            level = logging.WARNING if seconds >= NOTICEABLE else logging.INFO
            _logger.log(level, "%s Trying again in %.0f s.", fault.message, seconds)
            if fault.status == 429 or fault.retry_after is not None:
                now = self._clock()
                self._counts.add_throttled(now, now + seconds)

        return keep_trying(
            attempt,
            self._retry,
            clock=self._clock,
            wait=self._wait,
            not_counted=lambda: call.waited,
            on_wait=on_wait,
        )

    def _target(self, path: str) -> tuple[str, str]:
        """URL to call, and its path to show. The URL is put together from our own host in every case, so
        that no two parsers can disagree on where a link leads."""
        if path.startswith("/") and not path.startswith("//"):
            return self._base_url + path, path.partition("?")[0]
        try:
            parts = urlsplit(path)
            foreign = _origin(parts) != self._origin or "@" in parts.netloc
        except ValueError:
            foreign = True
        if foreign:
            raise ConfigurationError(
                f"a link from {self._base_url} to another host was refused.",
                advice="Tokens go to the configured host only; check that its URL is the service's own.",
            )
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._base_url}{parts.path or '/'}{query}", parts.path or "/"

    def _answer(self, call: _Call, gone: bool) -> Response:
        """A 2xx, or the exception that the answer stands for."""
        token = self._token(False)
        response = self._send(call, token)
        if response.status == 401:
            token = self._renewed(token)
            response = self._send(call, token)
        if not 200 <= response.status < 300:
            self._refuse(call, response, token, gone)
        return response

    def _renewed(self, used: str) -> str:
        """Another token than the one just refused. Threads that were refused together share one renewal."""
        with self._token_lock:
            current = self._token(False)
            return current if current != used else self._token(True)

    def _send(self, call: _Call, token: str) -> Response:
        if call.budget is not None:
            waited = call.budget.acquire()
            call.waited += waited
            now = self._clock()
            self._counts.add_throttled(now - waited, now)
        self._wait.check()
        headers = {
            **self._authorize(token),
            "Accept": self._accept,
            "User-Agent": self._user_agent,
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        started = self._clock()
        try:
            response = self._transport.send(call.method, call.url, headers, call.params, call.body)
        except Fault:
            self._counts.add(call.name, NO_ANSWER)
            _logger.debug("%s: no answer after %.2f s", call, self._clock() - started)
            raise
        self._counts.add(call.name, response.status)
        request_id = next((response.headers[key] for key in _REQUEST_IDS if key in response.headers), "-")
        _logger.debug(
            "%s: %d after %.2f s, request %s", call, response.status, self._clock() - started, request_id
        )
        return response

    def _refuse(self, call: _Call, response: Response, token: str, gone: bool) -> NoReturn:
        status = response.status
        if 300 <= status < 400:
            raise ConfigurationError(
                f"{call}: a redirect ({status}) was refused.",
                advice="Give the address that it leads to if that is the service; tokens are not sent along.",
            )
        words = service_words(response, token)
        said = (
            f"{call}: {status} {words.code}: {words.message}"
            if words.code
            else f"{call}: {status}, {words.message}"
        )
        if status in (408, 429) or status >= 500:
            seconds = retry_after_seconds(response.headers, self._wall_clock)
            if seconds is None and status == 429:
                seconds = seconds_in_text(words.message, self._retry.deadline)
            raise Fault(said, retry_after=seconds, status=status)
        if status == 401:
            raise AuthenticationError(
                f"{said} A new token was refused as well.",
                advice=self._advice,
            )
        if status == 403:
            raise PermissionDenied(said, advice=f"Needed: {self._needs}." if self._needs else None)
        told = bool(words.code) or words.flat or not response.body
        if status == 404 and gone and (told or not self._known_404):
            raise Gone(said)
        if status == 404 and not words.code:
            # What is missing is reported in the service's form or without a body; another page is some other
            # server's.
            raise ConfigurationError(
                f"{said} The service is not at {self._base_url}.", advice="Check its URL: host only, no path."
            )
        raise Refused(words.message, code=words.code, status=status)

    def _result(self, call: _Call, response: Response, shape: Callable[[Any], Any] | None) -> Any:
        try:
            body = orjson.loads(response.body) if response.body else None
            if shape is not None:
                return shape(body)
            if body is None and response.status != 204:
                raise NotDocumented("the body is empty")
            return body
        except orjson.JSONDecodeError:
            kind = response.headers.get("content-type", "no content type").partition(";")[0]
            reason = f"the body is no JSON ({kind}, {len(response.body)} bytes)"
        except NotDocumented as error:
            reason = str(error)
        raise Fault(f"{call}: {response.status}, but {reason}.", status=response.status)


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    """Scheme, host and port; the scheme's usual port stands for none."""
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port
