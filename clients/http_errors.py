"""What a call that got no answer means."""

from __future__ import annotations

import ssl
from typing import Final

import requests

from iocbeam.model.errors import ConfigurationError

from .retry import Fault

_WORDS: Final[tuple[tuple[type[requests.RequestException], str], ...]] = (
    (requests.exceptions.ProxyError, "the proxy did not connect us"),
    (requests.exceptions.ConnectTimeout, "the connection timed out"),
    (requests.exceptions.ReadTimeout, "no answer came in time"),
    (requests.exceptions.SSLError, "the TLS connection failed"),
    (requests.exceptions.ChunkedEncodingError, "the connection broke in mid answer"),
    (requests.exceptions.ContentDecodingError, "the answer could not be decompressed"),
    (requests.exceptions.ConnectionError, "the connection was refused, dropped or could not be made"),
)


def no_answer(error: requests.RequestException, target: str) -> Fault | ConfigurationError:
    """The consequence of a call without an answer: try again, or stop when that cannot help.

    The library's own text is left out: it repeats URLs with their queries, and headers.

    Args:
        target: what was called, for the message, without a query.
    """
    refusal = _certificate_refusal(error)
    if refusal is not None:
        return ConfigurationError(
            f"{target}: the server's certificate is not trusted ({refusal.verify_message}).",
            option="--ca_bundle",
            advice="Name the PEM file of the authority that signed it, if that is meant to be trusted.",
        )
    if isinstance(error, ValueError):
        return ConfigurationError(
            f"{target}: the address or the proxy cannot be used ({type(error).__name__}).",
            advice="Check --proxy, the environment's proxies and the URLs.",
        )
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), type(error).__name__)
    return Fault(f"{target}: {words}.")


def _certificate_refusal(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """The verification error inside of what requests and urllib3 wrapped around it."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if isinstance(current, ssl.SSLCertVerificationError):
            return current
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
    return None
