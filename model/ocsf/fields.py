"""Reading an object of any shape without losing any of it.

A mapping takes what it understands out of a copy of the object; what is left is `unmapped`. A value of the
wrong type is not understood, so it is left, and nothing is dropped and nothing raises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from .times import milliseconds

Rest = dict[str, Any]
"""What has not been taken yet."""

_DEPTH: Final = 20
"""Levels below which a value is carried as the text of its JSON."""

_LARGEST: Final = (1 << 63) - 1
_NUMBERS: Final = (int, float)


def rest_of(data: Any) -> Rest:
    """A copy to take from; what is no object is one with a `value`."""
    return dict(data) if is_object(data) else {"value": data}


def is_object(value: Any) -> bool:
    """Whether a value is a JSON object."""
    return type(value) is dict or isinstance(value, Mapping)


def take_text(rest: Rest, key: str) -> str | None:
    """Takes a text that is not empty; a number becomes its digits."""
    value = rest.get(key)
    if value is None:
        return None
    if type(value) is str:
        del rest[key]
        return (value if value.isascii() else sound(value)) or None
    if type(value) in _NUMBERS:
        del rest[key]
        return _digits(value)
    return None


def take_time(rest: Rest, key: str) -> int | None:
    """Takes a time, in epoch milliseconds."""
    value = rest.get(key)
    if value is None:
        return None
    moment = milliseconds(value)
    if moment is not None:
        del rest[key]
    return moment


def take_integer(rest: Rest, key: str) -> int | None:
    """Takes an integer that 64 bits hold, also one that is written as text."""
    value = rest.get(key)
    if value is None:
        return None
    written = type(value) is str and len(value) < 20 and value.isascii() and value.removeprefix("-").isdigit()
    if written or (type(value) is float and value.is_integer()):
        value = int(value)
    if type(value) is not int or not -_LARGEST <= value <= _LARGEST:
        return None
    del rest[key]
    return value


def take_texts(rest: Rest, key: str) -> list[str]:
    """Takes a list whose items are all texts; a single text is a list of one."""
    value = rest.get(key)
    if type(value) is str:
        value = [value]
    if type(value) is not list or not all(type(item) is str for item in value):
        return []
    del rest[key]
    return [sound(item) for item in value if item]


def take_objects(rest: Rest, key: str) -> list[Any]:
    """Takes a list whatever its items are; who takes it carries them all."""
    value = rest.get(key)
    if type(value) is not list:
        return []
    del rest[key]
    return value


def left(rest: Rest) -> Rest:
    """What has not been taken and is not empty, fit for any JSON writer."""
    return {
        key if type(key) is str and key.isascii() else sound(str(key)): fit(value)
        for key, value in rest.items()
        if value is not None and (value or value is False or type(value) in _NUMBERS)
    }


def fit(value: Any, depth: int = _DEPTH) -> Any:
    """The value as any JSON writer takes it: valid Unicode, integers of 64 bits, finite numbers, bounded depth."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() else sound(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if -_LARGEST <= value <= _LARGEST else _digits(value)
    if kind is float:
        return value if isfinite(value) else str(value)
    if is_object(value):
        if depth:
            return {
                key if type(key) is str and key.isascii() else sound(str(key)): fit(item, depth - 1)
                for key, item in value.items()
            }
    elif isinstance(value, list | tuple):
        if depth:
            return [fit(item, depth - 1) for item in value]
    else:
        return sound(str(value))
    try:
        return json.dumps(value, default=str, skipkeys=True)
    except (RecursionError, ValueError):
        return "nested too deeply to be shown"


def sound(text: str) -> str:
    """The text without lone surrogates, which no UTF-8 can hold: each becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _digits(number: float) -> str:
    try:
        return str(number)
    except ValueError:  # more digits than the interpreter is willing to convert
        return hex(int(number))
