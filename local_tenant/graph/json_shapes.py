"""Shapes of JSON bodies: small tables that check what a request sends, and fill in what it left out.

Documented for Graph: names and values of enumerations are case-sensitive, and answers show a collection
that was not given as `[]`, anything else as null. Our choice: an unknown property is refused, also an
annotation; null is refused where the schema of the service does not allow it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ODATA_TYPE = "@odata.type"


class ShapeError(Exception):
    """What is wrong with a value, and where."""


@dataclass(frozen=True, kw_only=True)
class Shape(ABC):
    nullable: bool = False

    def check(self, value: object, path: str) -> None:
        """Raise `ShapeError` unless `value` has this shape. `path` says where it is."""
        if value is None:
            if not self.nullable:
                raise ShapeError(f"{path} must not be null.")
            return
        self._check(value, path)

    @abstractmethod
    def _check(self, value: object, path: str) -> None: ...

    def filled(self, value: Any) -> Any:
        """The value as answers show it. Seeded values may have any shape; such are left as they are."""
        return value


@dataclass(frozen=True, kw_only=True)
class Text(Shape):
    """Any text, or only such that holds a character."""

    empty: bool = False

    def _check(self, value: object, path: str) -> None:
        if not isinstance(value, str) or not (value or self.empty):
            raise ShapeError(f"{path} must be a text{'' if self.empty else ' that is not empty'}.")


@dataclass(frozen=True, kw_only=True)
class Flag(Shape):
    def _check(self, value: object, path: str) -> None:
        if not isinstance(value, bool):
            raise ShapeError(f"{path} must be true or false.")


@dataclass(frozen=True, kw_only=True)
class Number(Shape):
    def _check(self, value: object, path: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ShapeError(f"{path} must be a whole number.")


@dataclass(frozen=True, kw_only=True)
class Choice(Shape):
    """One of some values, in their exact case."""

    values: tuple[str, ...]

    def _check(self, value: object, path: str) -> None:
        if value not in self.values:
            raise ShapeError(f"{path}: {value!r} is none of {', '.join(self.values)}.")


@dataclass(frozen=True, kw_only=True)
class Choices(Choice):
    """Several of some values in one text, joined by commas."""

    def _check(self, value: object, path: str) -> None:
        if not isinstance(value, str):
            raise ShapeError(f"{path} must be a text.")
        for part in value.split(","):
            super()._check(part, path)


@dataclass(frozen=True, kw_only=True)
class ListOf(Shape):
    item: Shape
    unique: bool = False
    at_least: int = 0

    def _check(self, value: object, path: str) -> None:
        if not isinstance(value, list):
            raise ShapeError(f"{path} must be a collection.")
        if len(value) < self.at_least:
            raise ShapeError(f"{path} must hold at least {self.at_least}.")
        for number, item in enumerate(value):
            self.item.check(item, f"{path}[{number}]")
        if self.unique and len(set(value)) < len(value):
            raise ShapeError(f"{path} holds a value twice.")

    def filled(self, value: Any) -> Any:
        return [] if value is None else value


@dataclass(frozen=True, kw_only=True)
class Record(Shape):
    """An object with these properties and no others. `required` ones have to be there."""

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()

    def _check(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise ShapeError(f"{path} must be an object.")
        for name, inner in value.items():
            if name not in self.fields:
                raise ShapeError(f"The property '{name}' does not exist on {path}.")
            self.fields[name].check(inner, f"{path}.{name}")
        for name in self.required:
            if name not in value:
                raise ShapeError(f"{path} has no {name}.")

    def filled(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known = {name: shape.filled(value.get(name)) for name, shape in self.fields.items() if name != _ODATA_TYPE}
        return {**known, **{name: inner for name, inner in value.items() if name not in known}}


@dataclass(frozen=True, kw_only=True)
class Tagged(Shape):
    """An object whose `@odata.type` says which record it is."""

    by_tag: Mapping[str, Record]

    def _check(self, value: object, path: str) -> None:
        tag = value.get(_ODATA_TYPE) if isinstance(value, dict) else None
        if not isinstance(tag, str) or tag not in self.by_tag:
            raise ShapeError(f"{path} must have an {_ODATA_TYPE} of {', '.join(self.by_tag)}.")
        self.by_tag[tag].check(value, path)


def merged(old: Any, new: Any) -> Any:
    """What a PATCH makes of `old`: the properties of an object are merged, at every depth; a collection, a
    value, null, and an object that names its type replace what was there."""
    if not isinstance(old, dict) or not isinstance(new, dict) or _ODATA_TYPE in new:
        return new
    return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}
