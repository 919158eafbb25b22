"""The HTTP client that MSAL is given: one host, no redirects, and only answers that MSAL can read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from iocbeam.model.errors import ConfigurationError

from ..http.retry import retry_after_seconds
from ..http.session import HttpSettings, open_session
from ..http.waiting import Clock


class LoginUnavailable(requests.RequestException):
    """The login service, or who vouches for the app there, cannot help this time.

    It is an exception of requests, since MSAL falls back on a token that is still valid only for those.
    """

    def __init__(
        self, message: str, status: int | None = None, retry_after: float | None = None, advice: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.retry_after = retry_after
        self.advice = advice


class DiscoveryRefused(Exception):
    """The tenant's login configuration was refused: `answer` is the login service's error."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.answer = answer


class LoginHttp:
    """Has the methods that MSAL calls.

    Args:
        settings: what to trust, proxies, timeouts.
        login_url: scheme, host and port of the login service; nothing is sent elsewhere.
        user_agent: of every call.
        wall_clock: epoch seconds.
    """

    def __init__(self, settings: HttpSettings, login_url: str, user_agent: str, wall_clock: Clock) -> None:
        self._timeout = settings.timeout
        self._login_url = login_url
        self._wall_clock = wall_clock
        self._session = open_session(settings, login_url)
        self._session.headers["User-Agent"] = user_agent

    def get(self, url: str, params: Any = None, headers: Any = None, **ignored: object) -> requests.Response:
        """Discovery. A refusal raises here, since MSAL would make an explanation of its own out of it."""
        response = self._send("GET", url, params=params, headers=headers)
        if response.status_code >= 400:
            raise DiscoveryRefused(response.status_code, orjson.loads(response.content))
        return response

    def post(
        self, url: str, params: Any = None, data: Any = None, headers: Any = None, **ignored: object
    ) -> requests.Response:
        """The token endpoint. Refusals are for MSAL to return."""
        return self._send("POST", url, params=params, data=data, headers=headers)

    def close(self) -> None:
        """Give up the connections."""
        self._session.close()

    def _send(self, method: str, url: str, **content: Any) -> requests.Response:
        self._check_host(url)
        response = self._session.request(method, url, timeout=self._timeout, allow_redirects=False, **content)
        status = response.status_code
        if 300 <= status < 400:
            raise ConfigurationError(
                f"a redirect ({status}) from the login service was refused.",
                option="--login_url",
                advice="Give the address of the login service itself.",
            )
        if status in (408, 429) or status >= 500:
            headers = {name.lower(): value for name, value in response.headers.items()}
            raise LoginUnavailable(
                f"The login service answered {status}.", status, retry_after_seconds(headers, self._wall_clock)
            )
        if not _is_json_object(response.content):
            raise LoginUnavailable(
                f"The login service answered {status}, but with something that is no JSON object.", status, None
            )
        return response

    def _check_host(self, url: str) -> None:
        """The discovery document names where the credentials go; it may name its own host only."""
        ours, theirs = urlsplit(self._login_url), urlsplit(url)
        if (theirs.scheme, theirs.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
            raise ConfigurationError(
                "the login service names an address on another host; it was refused.",
                option="--login_url",
                advice="Credentials go to the configured host only.",
            )


def _is_json_object(body: bytes) -> bool:
    try:
        return isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        return False
