"""What a body means to Graph, by two independent descriptions of it: the strict schemas in the shared folder,
and the models of Microsoft's own SDK."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

ADDITIONAL = "additional data"
"""Where the SDK's writer is made to put what a model does not know; no property has a blank in its name."""


def schema_errors(body: object, name: str, shared: Path) -> list[str]:
    """What a strict schema has against a body: `PATH: MESSAGE`, in order of the paths; empty if nothing.

    Args:
        name: `IpNamedLocationCreate`, `IpNamedLocationUpdate`, `ConditionalAccessPolicyCreate` or
            `ConditionalAccessPolicyUpdate`.
        shared: the shared folder, from the fixture of that name.

    Raises:
        KeyError: there is no schema of that name.
    """
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(_strict_schemas(shared)[name]).iter_errors(body)
    return [f"{error.json_path}: {error.message[:300]}" for error in sorted(errors, key=lambda one: one.json_path)]


def left_over(body: dict[str, Any]) -> dict[str, Any]:
    """What Microsoft's model does not take from a body: path to value, such as `{"conditions.odd": 1}`.

    That is a property it does not know, at any depth and whatever its value, and a value that it drops without a
    word: of an enumeration that it does not have or that is spelled another way, of another type, in another
    place. A null counts as taken by a property that is known. The path is empty when nothing can be read at all.

    Args:
        body: an IP named location if its `@odata.type` says so, else a policy. It is not changed.
    """
    try:
        held = _held(body)
    except (TypeError, ValueError):
        # The SDK stumbles over text or a number where a list of texts should be.
        return {"": body}
    left: dict[str, Any] = {}
    _compare(body, held, "", left)
    return left


@functools.cache
def _strict_schemas(shared: Path) -> dict[str, Any]:
    schemas: dict[str, Any] = json.loads((shared / "schemas" / "graph-schemas.json").read_text())
    strict: dict[str, Any] = schemas["x-strictRequestSchemas"]
    return strict


def _held(body: dict[str, Any]) -> Any:
    """What the model made of a body, as JSON; beside it, at every depth, what it does not know."""
    # Here and not above: importing the models takes seconds.
    from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
    from msgraph.generated.models.conditional_access_policy import ConditionalAccessPolicy
    from msgraph.generated.models.ip_named_location import IpNamedLocation

    is_location = body.get("@odata.type") == "#microsoft.graph.ipNamedLocation"
    node = JsonParseNodeFactory().get_root_parse_node("application/json", json.dumps(body).encode())
    writer = _writer_type()()
    writer.write_object_value(
        None, node.get_object_value(IpNamedLocation if is_location else ConditionalAccessPolicy)
    )
    return json.loads(writer.get_serialized_content())


@functools.cache
def _writer_type() -> Any:
    from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter

    class Writer(JsonSerializationWriter):
        """Keeps apart what a model does not know, and writes flags, which the SDK reads but never writes."""

        def write_additional_data_value(self, value: dict[str, Any]) -> None:
            self.writer[ADDITIONAL] = dict.fromkeys(value)

        def write_enum_value(self, key: str | None, value: Any) -> None:
            if isinstance(value, list):
                self.write_str_value(key, ",".join(flag.value for flag in value))
            else:
                super().write_enum_value(key, value)

        def _create_new_writer(self) -> Writer:
            return Writer()

    return Writer


def _compare(given: Any, held: Any, path: str, left: dict[str, Any]) -> None:
    if isinstance(given, dict) and isinstance(held, dict):
        unknown = held.get(ADDITIONAL, {})
        for name, value in given.items():
            place = f"{path}.{name}" if path else name
            if name in unknown:
                left[place] = value
            else:
                _compare(value, held.get(name), place, left)
    elif isinstance(given, list) and isinstance(held, list) and len(given) == len(held):
        for number, (value, kept) in enumerate(zip(given, held, strict=True)):
            _compare(value, kept, f"{path}[{number}]", left)
    elif given != held:
        left[path] = given
