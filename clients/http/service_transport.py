"""Services that are not Microsoft's, seen as the edge sees all: their refusals, and pages that are not theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from iocbeam.model.errors import ConfigurationError

from .transport import Response, Transport


class ServiceTransport:
    """Brings a service's refusals into the form that `service_words` reads. All else goes through untouched.

    Args:
        inner: sends.
        service: its name; stands as the code of what it says.
        words: what an answer of this status and JSON says; empty if nothing.
        option: the option that names its address.
        advice: what to do when a web page comes in the place of an answer.
    """

    def __init__(
        self, inner: Transport, service: str, words: Callable[[int, Any], str], option: str, advice: str
    ) -> None:
        self._inner = inner
        self._service = service
        self._words = words
        self._option = option
        self._advice = advice

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Response:
        """See `Transport`.

        Raises:
            ConfigurationError: a web page came; another try would bring it again.
        """
        response = self._inner.send(method, url, headers, params, body)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        # Judged by its beginning too: JSON under a wrong content type is JSON.
        if response.status == 200 and kind == "text/html" and response.body.lstrip()[:1] == b"<":
            raise ConfigurationError(
                f"{url}: a web page came, such as one to log in, and not {self._service}.",
                option=self._option,
                advice=self._advice,
            )
        said = self._said(response)
        if not said:
            return response
        return replace(response, body=orjson.dumps({"error": {"code": self._service, "message": said}}))

    def _said(self, response: Response) -> str:
        if response.status < 400:
            return ""
        try:
            return self._words(response.status, orjson.loads(response.body))
        except orjson.JSONDecodeError:
            return ""

    def close(self) -> None:
        """See `Transport`."""
        self._inner.close()
