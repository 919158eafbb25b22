"""What a call that got no answer means."""

from __future__ import annotations

import ssl
from typing import Final, TypeVar

import requests
from urllib3.exceptions import NameResolutionError

from iocbeam.model.errors import ConfigurationError

from .retry import Fault

E = TypeVar("E", bound=BaseException)

_MAY_REACH: Final = "Check that this machine may reach the host; if a proxy leads there, give --proxy."

_WORDS: Final[tuple[tuple[type[requests.RequestException], str, str], ...]] = (
    (
        requests.exceptions.ProxyError,
        "the proxy did not connect us",
        "Check --proxy and the environment's proxies; --ignore_proxies calls directly.",
    ),
    (requests.exceptions.ConnectTimeout, "the connection timed out", _MAY_REACH),
    (requests.exceptions.ReadTimeout, "no answer came in time", ""),
    (
        requests.exceptions.SSLError,
        "the TLS connection failed",
        "Check that the address is one of https, and that nothing on the way breaks TLS.",
    ),
    (requests.exceptions.ChunkedEncodingError, "the connection broke in mid answer", ""),
    (requests.exceptions.ContentDecodingError, "the answer could not be decompressed", ""),
    (requests.exceptions.ConnectionError, "the connection was refused, dropped or could not be made", _MAY_REACH),
)
"""What happened, and what a person can look at."""


def no_answer(error: requests.RequestException, target: str) -> Fault | ConfigurationError:
    """The consequence of a call without an answer: try again, or stop when that cannot help.

    The library's own text is left out: it repeats URLs with their queries, and headers.

    Args:
        target: what was called, for the message, without a query.
    """
    refusal = _inside(error, ssl.SSLCertVerificationError)
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
    if _inside(error, NameResolutionError) is not None and not isinstance(error, requests.exceptions.ProxyError):
        return Fault(
            f"{target}: the host's name could not be resolved.",
            advice="Check the name (--cloud and the URL options) and this machine's DNS.",
        )
    words, advice = next(
        ((words, advice) for kind, words, advice in _WORDS if isinstance(error, kind)), (type(error).__name__, "")
    )
    return Fault(f"{target}: {words}.", advice=advice)


def _inside(error: BaseException, kind: type[E]) -> E | None:
    """The error of that kind inside of what requests and urllib3 wrapped around it."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if isinstance(current, kind):
            return current
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
    return None
