"""How Graph shows named locations and policies: the objects, and what stands around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .conditional_access import Kind
from .object_versions import Entity

_LIST_CONTEXT: Mapping[Kind, str] = {
    "namedLocations": "conditionalAccess/namedLocations",
    "policies": "identity/conditionalAccess/policies",
}
_ENTITY_CONTEXT: Mapping[Kind, str] = {
    "namedLocations": "namedLocations/$entity",
    "policies": "identity/conditionalAccess/policies/$entity",
}
"""Documented samples."""

_TIPS = "Use $select to choose only the properties that your app needs."


def entity_answer(kind: Kind, entity: Entity, base_url: str, *, read: bool) -> dict[str, Any]:
    """One object. Documented: its context, and on answers to a GET a tip, which no schema has."""
    answer = {"@odata.context": f"{base_url}/v1.0/$metadata#{_ENTITY_CONTEXT[kind]}"}
    if read:
        answer["@microsoft.graph.tips"] = _TIPS
    return {**answer, **_annotated(entity, base_url)}


def list_answer(kind: Kind, entities: list[Entity], base_url: str, next_link: str | None) -> dict[str, Any]:
    """A page of a list. Documented: a link while there is more."""
    answer: dict[str, Any] = {
        "@odata.context": f"{base_url}/v1.0/$metadata#{_LIST_CONTEXT[kind]}",
        "@microsoft.graph.tips": _TIPS,
    }
    if next_link is not None:
        answer["@odata.nextLink"] = next_link
    return {**answer, "value": [_annotated(entity, base_url) for entity in entities]}


def _annotated(entity: Entity, base_url: str) -> Entity:
    """Observed: a policy's authentication strength has a context of its own, also where there is none."""
    grant = entity.get("grantControls")
    if not isinstance(grant, dict) or "authenticationStrength" not in grant:
        return entity
    path = f"identity/conditionalAccess/policies('{entity['id']}')/grantControls/authenticationStrength/$entity"
    note = {"authenticationStrength@odata.context": f"{base_url}/v1.0/$metadata#{path}"}
    rest = {name: value for name, value in grant.items() if name != "authenticationStrength"}
    return {**entity, "grantControls": {**rest, **note, "authenticationStrength": grant["authenticationStrength"]}}
