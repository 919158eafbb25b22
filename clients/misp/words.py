"""What MISP says of a refusal."""

from __future__ import annotations

from typing import Any


def misp_words(status: int, answer: Any) -> str:
    """The words of `{"name": …, "message": …, "url": …}` (observed); empty if there are none.

    Those of a 404 are left alone: it says that there is no MISP at this address.
    """
    if status == 404 or not isinstance(answer, dict):
        return ""
    texts = (answer.get("message"), answer.get("name"))
    return next((text for text in texts if isinstance(text, str) and text), "")
