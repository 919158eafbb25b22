"""What a service says about a refusal, in whichever form."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

from .transport import Response

_LONGEST: Final = 1_000


class ServiceWords(NamedTuple):
    """An error's `code` (empty if it has none) and `message`, at most 1,000 characters.

    Attributes:
        flat: whether it came in the form that knows no code, `{"statusCode", "message"}`.
    """

    code: str
    message: str
    flat: bool = False


def service_words(response: Response, secret: str) -> ServiceWords:
    """Code and message of an error answer.

    Documented forms: Defender `{"error": {"code", "message", "target"}}`; Graph the same with an
    `innerError`, where a generic message may hide the real one inside; Sentinel's upload `{"statusCode",
    "message"}`. A page that is no JSON is described, not quoted, since nobody knows what is on it.

    Args:
        secret: the token of the call, cut out should the service repeat it.
    """
    error = _error(response.body)
    if error is None:
        kind = response.headers.get("content-type", "no content type").partition(";")[0]
        return ServiceWords("", f"no explanation ({kind}, {len(response.body)} bytes)")
    inner = error.get("innerError") or error.get("innererror")
    texts = [_text(error.get("message"))]
    if isinstance(inner, dict):
        texts.append(_text(inner.get("message")))
    message = " ".join(text for text in texts if text) or "no message"
    if secret:
        message = message.replace(secret, "[token]")
    return ServiceWords(_text(error.get("code")), message[:_LONGEST], "statusCode" in error)


def _error(body: bytes) -> dict[str, Any] | None:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(answer, dict):
        return None
    error = answer.get("error")
    if isinstance(error, dict):
        return error
    return answer if "statusCode" in answer and isinstance(answer.get("message"), str) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
