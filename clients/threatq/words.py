"""What ThreatQ says about a refusal, in either of its two forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

_LONGEST: Final = 1_000
_DEEPEST: Final = 6


def said_errors(answer: Any) -> str:
    """The words of an answer that reports errors; empty if it reports none.

    Observed in clients: `{"data": {"errors": {"value": ["..."]}}}` and `{"errors": ["...", ["...", "..."]]}`;
    the second one also under status 200. Our choice, since what stands before a ThreatQ and its login may
    answer as well: `{"error": ..., "error_description": ...}` (RFC 6749) and `{"message": ...}`.
    """
    if not isinstance(answer, dict):
        return ""
    data = answer.get("data")
    errors = answer.get("errors") or (data.get("errors") if isinstance(data, dict) else None)
    if not errors and ("error" in answer or "message" in answer) and "data" not in answer:
        errors = [answer.get(name) for name in ("error", "error_description", "message")]
    return "; ".join(dict.fromkeys(_texts(errors, 0)))[:_LONGEST]


def _texts(errors: Any, depth: int) -> Iterator[str]:
    if isinstance(errors, str):
        if errors.strip():
            yield errors.strip()
    elif depth < _DEEPEST and isinstance(errors, list):
        for one in errors:
            yield from _texts(one, depth + 1)
    elif depth < _DEEPEST and isinstance(errors, dict):
        for name, inner in errors.items():
            for text in _texts(inner, depth + 1):
                # A number for a name is the place in a list that came as an object.
                yield text if str(name).isdecimal() else f"{name}: {text}"
