"""Reading the fields of a raw record: whatever a source wrote, in the form that an indicator has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from iocbeam.model.indicator import SEVERITIES
from iocbeam.model.settings import TLP_LABELS
from iocbeam.model.values import read_time

_MAX_LIST: Final = 64

_SEVERITY_NAMES: Final = {name.lower(): rank for rank, name in enumerate(SEVERITIES)} | {
    "info": 0,
    "moderate": 2,
    "critical": 3,
}
_NOTHING: Final = frozenset(("", "none", "null", "-"))
_STRICTNESS: Final = {label: rank for rank, label in enumerate(TLP_LABELS)}
_UNKNOWN: Final = len(TLP_LABELS)
_MAX_LABEL: Final = 32
_MAX_CACHED: Final = 256
"""Characters; a longer text is not worth its place in a cache."""


def text_of(value: Any) -> str:
    """Any value as text."""
    if isinstance(value, str):
        return value
    try:
        return str(value)
    except (ValueError, RecursionError):  # Python writes no integer of more than some thousand digits
        return f"<{type(value).__name__} that cannot be shown>"


def whole(text: str) -> str:
    """Text that every output can encode: without halves of surrogate pairs, which JSON can spell."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def attributes_of(value: Any) -> tuple[tuple[str, str], ...]:
    """Pairs out of a mapping, a list of objects with `name` and `value`, or a list of pairs."""
    pairs: list[tuple[str, str]] = []
    if isinstance(value, Mapping):
        value = list(value.items())
    if not isinstance(value, list | tuple):
        return ()
    for item in value:
        if isinstance(item, dict):
            name, text = item.get("name"), item.get("value")
        elif isinstance(item, list | tuple) and len(item) == 2:
            name, text = item
        else:
            continue
        if isinstance(name, str) and text is not None:
            if not isinstance(text, str):
                text = text_of(text)
            plain = name.isascii() and text.isascii()
            pairs.append((name, text) if plain else (whole(name), whole(text)))
    return tuple(pairs[:_MAX_LIST])


def names_of(value: Any) -> tuple[str, ...]:
    """Names out of a list of names or of objects with `name` or `value`, or out of a separated text."""
    if isinstance(value, str):
        if value.strip().lower() in _NOTHING:
            return ()
        return _split(value) if len(value) <= _MAX_CACHED else _split.__wrapped__(value)
    if not isinstance(value, list | tuple):
        return ()
    names = []
    for item in value:
        name = (item.get("name") or item.get("value")) if isinstance(item, dict) else item
        if isinstance(name, str) and name.strip():
            names.append(whole(name.strip()))
    return tuple(names[:_MAX_LIST])


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[str, ...]:
    separator = next((mark for mark in (";", "|", ",") if mark in text), None)
    parts = text.split(separator) if separator else [text]
    return tuple(whole(part.strip()) for part in parts if part.strip())[:_MAX_LIST]


def severity_of(given: Any, attributes: tuple[tuple[str, str], ...], notice: Callable[[str], None]) -> str | None:
    """The highest severity that the field and the attributes of that name give."""
    names = [given] if given is not None else []
    names += [text for name, text in attributes if name.strip().lower() == "severity"]
    best = -1
    for name in names:
        folded = text_of(name).strip().lower()
        if folded in _NOTHING:
            continue
        rank = _SEVERITY_NAMES.get(folded)
        if rank is None:
            notice("severity_unknown")
        elif rank > best:
            best = rank
    return SEVERITIES[best] if best >= 0 else None


def number_of(value: Any) -> float | None:
    """A number that can stand in an order, or None."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # NaN and the infinities have no place in an order.
    return number if abs(number) < 1e15 else None


def time_of(value: Any, notice: Callable[[str], None]) -> int | None:
    """Epoch seconds, UTC; None for nothing and for what is no time."""
    if isinstance(value, str) and value.strip().lower() in _NOTHING:
        return None
    moment = read_time(value)
    if moment is None:
        notice("time_unreadable")
    return moment


def tlp_of(given: Any, tags: tuple[str, ...]) -> str | None:
    """The strictest label; one that we do not know counts as stricter than all others."""
    labels = [given] if isinstance(given, str) else []
    labels += [tag for tag in tags if tag[:4].lower() == "tlp:"]
    strictest = None
    for label in labels:
        name = label.strip().lower().removeprefix("tlp").lstrip(" :-_")[:_MAX_LABEL]
        if name in _NOTHING:
            continue
        name = "clear" if name == "white" else whole(name)
        if strictest is None or _STRICTNESS.get(name, _UNKNOWN) > _STRICTNESS.get(strictest, _UNKNOWN):
            strictest = name
    return strictest
