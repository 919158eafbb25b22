"""The rules for one named location: what a request may send, and the entity that answers show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..server.timestamps import format_time
from .errors import bad_request
from .ip_ranges import IpRanges, kept_ranges
from .json_shapes import Choice, Flag, ListOf, Record, Shape, ShapeError, Text
from .object_versions import Entity
from .profile import GraphProfile

IP_LOCATION = "#microsoft.graph.ipNamedLocation"
COUNTRY_LOCATION = "#microsoft.graph.countryNamedLocation"

_SERVER_SET = ("id", "createdDateTime", "modifiedDateTime", "deletedDateTime")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, kw_only=True)
class _Country(Shape):
    """Two capital letters (documented)."""

    def _check(self, value: object, path: str) -> None:
        if not isinstance(value, str) or _COUNTRY.fullmatch(value) is None:
            raise ShapeError(f"{path} must be a country code of two capital letters.")


class LocationRules:
    """The rules under one profile. Documented: the required properties, and that a PATCH names the type
    and cannot change it. Our choice: a property that the server sets is refused like an unknown one."""

    def __init__(self, profile: GraphProfile) -> None:
        self._profile = profile
        common: dict[str, Shape] = {"@odata.type": Text(), "displayName": Text()}
        self._shapes = {
            IP_LOCATION: Record(
                fields={**common, "isTrusted": Flag(), "ipRanges": IpRanges(profile=profile)},
                required=("displayName", "ipRanges"),
            ),
            COUNTRY_LOCATION: Record(
                fields={
                    **common,
                    "countriesAndRegions": ListOf(item=_Country(), at_least=1),
                    "includeUnknownCountriesAndRegions": Flag(),
                    "countryLookupMethod": Choice(values=("clientIpAddress", "authenticatorAppGps")),
                },
                required=("displayName", "countriesAndRegions"),
            ),
        }

    def created(self, body: Mapping[str, Any], object_id: str, now: float) -> Entity:
        """The location that a POST creates. Raises `GraphError`."""
        shape = self._shape_of(body)
        _check(shape, body)
        return self.entity({**self._kept(body), "id": object_id}, now)

    def updated(self, old: Entity, body: Mapping[str, Any], now: float) -> Entity:
        """The location after a PATCH: what it leaves out stays (documented), ranges and countries are
        replaced as a whole (our reading of OData). Raises `GraphError`."""
        shape = self._shape_of(body)
        if body["@odata.type"] != old.get("@odata.type"):
            raise bad_request("The type of a named location cannot be changed.")
        _check(Record(fields=shape.fields), body)
        return {**old, **self._kept(body), "modifiedDateTime": format_time(now)}

    def entity(self, given: Mapping[str, Any], now: float) -> Entity:
        """A location from the properties given, which are not checked: those left out get the documented
        defaults, and a time of change that is the time of creation (documented sample)."""
        tag = given.get("@odata.type", IP_LOCATION)
        moment = format_time(now)
        head: Entity = {"@odata.type": tag, "id": None, "displayName": None}
        head.update(createdDateTime=moment, modifiedDateTime=moment)
        if self._profile.cloud in ("global", "gcc"):
            # The schema of no other cloud has it.
            head["deletedDateTime"] = None
        if tag == IP_LOCATION:
            head.update(isTrusted=False, ipRanges=[])
        elif tag == COUNTRY_LOCATION:
            head.update(
                countriesAndRegions=[],
                includeUnknownCountriesAndRegions=False,
                countryLookupMethod="clientIpAddress",
            )
        return {**head, **given}

    def names(self) -> set[str]:
        """Every property that a location can have."""
        return {*_SERVER_SET, *(name for shape in self._shapes.values() for name in shape.fields)}

    def _shape_of(self, body: Mapping[str, Any]) -> Record:
        tag = body.get("@odata.type")
        if not isinstance(tag, str) or tag not in self._shapes:
            raise bad_request(f"A named location needs an @odata.type: {', '.join(self._shapes)}.")
        return self._shapes[tag]

    def _kept(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A checked body as the tenant keeps it."""
        if "ipRanges" not in body:
            return dict(body)
        return {**body, "ipRanges": kept_ranges(body["ipRanges"], self._profile)}


def _check(shape: Record, body: Mapping[str, Any]) -> None:
    try:
        shape.check(body, "namedLocation")
    except ShapeError as error:
        raise bad_request(str(error)) from error
