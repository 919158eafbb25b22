"""The fields of an indicator: what a submission may carry, and the entity that answers show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..server.timestamps import format_expiry, format_time, parse_time
from .api_errors import InvalidIndicator

Entity = dict[str, Any]
"""A row in the API's form. Never changed in place: an update makes a new one, so that a list can be
written out while others are submitting."""

ENTITY_KEYS = (
    "id",
    "indicatorValue",
    "indicatorType",
    "action",
    "createdBy",
    "severity",
    "category",
    "application",
    "educateUrl",
    "bypassDurationHours",
    "title",
    "description",
    "recommendedActions",
    "creationTimeDateTimeUtc",
    "expirationTime",
    "lastUpdateTime",
    "lastUpdatedBy",
    "rbacGroupNames",
    "rbacGroupIds",
    "notificationId",
    "notificationBody",
    "version",
    "mitreTechniques",
    "historicalDetection",
    "lookBackPeriod",
    "generateAlert",
    "additionalInfo",
    "createdByDisplayName",
    "externalId",
    "createdBySource",
    "certificateInfo",
)
"""Observed, in the observed order."""

_DEFAULTS: Entity = {
    "category": 1,
    "rbacGroupNames": [],
    "rbacGroupIds": [],
    "mitreTechniques": [],
    "historicalDetection": False,
    "generateAlert": False,
}
"""Observed for unset fields; every other unset field is null. That `generateAlert` is false when left
out is our choice, its default is undocumented."""

REQUIRED = ("indicatorValue", "indicatorType", "action", "title", "description")
"""Documented, in the order in which a missing one is reported (our choice)."""

_TEXT = (
    *REQUIRED,
    "application",
    "expirationTime",
    "severity",
    "recommendedActions",
    "educateUrl",
    "externalId",
)
_TEXT_LISTS = ("rbacGroupNames", "rbacGroupIds", "mitreTechniques")
_OBSERVED_AS_ACCEPTED = (
    "bypassDurationHours",
    "notificationId",
    "notificationBody",
    "historicalDetection",
    "lookBackPeriod",
    "additionalInfo",
    "version",
    "certificateInfo",
)
_IGNORED = ("lastUpdateTime",)
"""Set by the server, observed to be tolerated. That the other server-set fields are refused is our choice."""

_CREATE_ONLY = ("application", "version", "certificateInfo")
"""An update leaves them: documented for the first, observed for the others."""


def unknown_properties(item: object) -> list[str]:
    """Names that no submission may carry; they are case-sensitive (documented)."""
    return [name for name in item if name not in _SHAPES] if isinstance(item, dict) else []


def read_fields(item: object) -> Entity:
    """The fields of one submission, shapes checked, null left out.

    Raises `InvalidIndicator` for what is no object, an unknown or missing property, a wrong shape.
    """
    if not isinstance(item, dict):
        raise InvalidIndicator("InvalidInput", "An indicator must be an object.")
    for name in unknown_properties(item):
        raise InvalidIndicator("InvalidInput", f"Property {name} does not exist on an indicator.")
    fields = {name: value for name, value in item.items() if value is not None and name not in _IGNORED}
    for name in REQUIRED:
        if fields.get(name, "") == "":
            raise InvalidIndicator("MissingRequiredParameter", f"Parameter {name} is missing.")
    for name, value in fields.items():
        if not _SHAPES[name](value):
            raise InvalidIndicator("InvalidInput", f"Parameter {name} has a value of the wrong type.")
    return fields


def stored_form(fields: Entity, stored_as: Mapping[str, Callable[[Any], Any]]) -> Entity:
    """The fields of a checked submission as the tenant keeps them: times in UTC, then `stored_as`.

    Our choice: a category given by name is dropped, since answers were observed with a number only.
    """
    stored = dict(fields)
    if not isinstance(stored.get("category"), int):
        stored.pop("category", None)
    if "expirationTime" in stored:
        stored["expirationTime"] = format_expiry(parse_time(stored["expirationTime"]))
    for name, change in stored_as.items():
        stored[name] = change(stored.get(name, _DEFAULTS.get(name)))
    return stored


def new_entity(fields: Mapping[str, Any], *, row_id: str, owner: str, owner_name: str, now: float) -> Entity:
    """The row that a submission creates. `fields` may also give server-set ones, which then win."""
    now_text = format_time(now)
    given = {
        "id": row_id,
        "createdBy": owner,
        "createdByDisplayName": owner_name,
        # Observed values. A portal user is known by a sign-in name, an app by its id.
        "createdBySource": "Portal" if "@" in owner else "PublicApi",
        "creationTimeDateTimeUtc": now_text,
        "lastUpdateTime": now_text,
        "lastUpdatedBy": owner,
        **fields,
    }
    return {key: given.get(key, _DEFAULTS.get(key)) for key in ENTITY_KEYS}


def updated_entity(
    old: Entity, fields: Mapping[str, Any], *, updated_by: str, now: float, keep_mark: bool
) -> Entity:
    """The row after a second submission of its key.

    Id, creation and owner stay. Our choice: what the submission leaves out becomes unset.
    """
    entity = new_entity(fields, row_id=old["id"], owner=old["createdBy"], owner_name="", now=now)
    kept = ("creationTimeDateTimeUtc", "createdByDisplayName", "createdBySource", *_CREATE_ONLY)
    entity.update({name: old[name] for name in kept})
    entity["lastUpdatedBy"] = updated_by
    if keep_mark:
        entity["externalId"] = old["externalId"]
    return entity


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_list(value: object) -> bool:
    """A JSON array: the documented examples use one, against the documented table of one page."""
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _is_boolean(value: object) -> bool:
    """Observed; the documentation speaks of an enum."""
    return isinstance(value, bool)


def _is_category(value: object) -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def _is_anything(value: object) -> bool:
    return True


_SHAPES: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(_TEXT, _is_text),
    **dict.fromkeys(_TEXT_LISTS, _is_text_list),
    **dict.fromkeys((*_OBSERVED_AS_ACCEPTED, *_IGNORED), _is_anything),
    "generateAlert": _is_boolean,
    "category": _is_category,
}

SUBMITTED = frozenset(_SHAPES) - frozenset(_IGNORED)
"""The fields that a submission sets."""
