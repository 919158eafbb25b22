"""Events as the records that Avro and Parquet files hold, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from ..errors import ConfigurationError
from .context import OCSF, Dialect
from .schema import JSON, Form, event_form, schema_of

Packer = Callable[[Any], Any]


@lru_cache(maxsize=16)
def packer(class_uid: int, dialect: Dialect = OCSF) -> Packer:
    """What makes of an event the record that the Avro schema describes: parts of free form become JSON text.

    It raises `ConfigurationError` for an attribute that the schema does not have: it would be lost silently.
    """
    return _packer(event_form(class_uid, dialect), "") or dict


def _packer(form: Form, path: str) -> Packer | None:
    """None for what stays as it is."""
    if form == JSON:
        return lambda value: orjson.dumps(value).decode()
    if isinstance(form, list):
        inner = _packer(form[0], path)
        return None if inner is None else lambda value: [inner(item) for item in value]
    if not isinstance(form, dict):
        return None
    parts = {name: _packer(part, f"{path}.{name}" if path else name) for name, part in form.items()}

    def pack(value: Mapping[str, Any]) -> dict[str, Any]:
        made = {}
        for name, item in value.items():
            if name not in parts:
                raise ConfigurationError(
                    f"Events have an attribute {f'{path}.{name}' if path else name} that the schema of Avro and"
                    " Parquet files does not have.",
                    option="--event_format",
                    advice="Write jsonl, which takes any attribute, or put it into unmapped.",
                )
            part = parts[name]
            made[name] = item if part is None else part(item)
        return made

    return pack


def unpacked(record: Mapping[str, Any]) -> dict[str, Any]:
    """The event of a record that was read from an Avro or Parquet file: the reverse of `packer`."""
    event: dict[str, Any] = _unpacked(record, event_form(*schema_of(record)))
    return event


def _unpacked(value: Any, form: Form) -> Any:
    if form == JSON:
        return orjson.loads(value)
    if isinstance(form, list):
        return [_unpacked(item, form[0]) for item in value]
    if isinstance(form, dict):
        return {name: _unpacked(item, form[name]) for name, item in value.items() if item is not None}
    return value
