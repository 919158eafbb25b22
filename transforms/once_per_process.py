"""Values that are large and slow to make, once in a process for all steps that need them.

A worker has an instance of a step for each of its threads, and a job a step for each of its tenants; they would
all read the same lists.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, Final, Generic, TypeVar
from weakref import WeakValueDictionary

Value = TypeVar("Value")


class Held(Generic[Value]):
    """A value that is there as long as somebody holds this.

    Args:
        value: the value.
    """

    __slots__ = ("__weakref__", "value")

    def __init__(self, value: Value) -> None:
        self.value = value


_held: Final[WeakValueDictionary[Hashable, Held[Any]]] = WeakValueDictionary()
_lock: Final = threading.Lock()


def hold(key: Hashable, make: Callable[[], Value]) -> Held[Value]:
    """What another one holds under this key, or else what `make` gives."""
    with _lock:
        found = _held.get(key)
        if found is None:
            found = _held[key] = Held(make())
        return found
