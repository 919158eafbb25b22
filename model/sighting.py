"""Sightings: what was fetched from a tenant, the entities that it shows, and the indicators found among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from .indicator import Indicator

# Where an object came from.
MACHINE: Final = "defender_machine"
ALERT: Final = "defender_alert"
GRAPH_ALERT: Final = "graph_alert"
INDICATOR_ROW: Final = "defender_indicator"
SENTINEL_ROW: Final = "sentinel_indicator"
HUNTING_ROW: Final = "hunting_row"

OBJECT_KINDS: Final = (MACHINE, ALERT, GRAPH_ALERT, INDICATOR_ROW, SENTINEL_ROW, HUNTING_ROW)

# What an entity is. Hashes and names of files are compared without case; a domain stands for itself and for
# every name under it.
ADDRESS: Final = "ip"
DOMAIN: Final = "domain"
WEB_ADDRESS: Final = "url"
FILE_MD5: Final = "md5"
FILE_SHA1: Final = "sha1"
FILE_SHA256: Final = "sha256"
FILE_NAME: Final = "file_name"

ENTITY_KINDS: Final = (ADDRESS, DOMAIN, WEB_ADDRESS, FILE_MD5, FILE_SHA1, FILE_SHA256, FILE_NAME)


class Fetched(NamedTuple):
    """An object of a tenant, as its service gave it.

    Attributes:
        kind: one of `OBJECT_KINDS`.
        tenant_id: whose it is.
        alias: what a person calls that tenant.
        data: the object, untouched; of any shape that the service sends.
    """

    kind: str
    tenant_id: str
    alias: str
    data: Mapping[str, Any]


class Match(NamedTuple):
    """An indicator that an object shows.

    Attributes:
        indicator: of the collection.
        entity: what was compared, one of `ENTITY_KINDS`.
        observed: the value as the object has it; for a domain it may be a name under the indicator's, for a
            range an address inside of it.
        place: where in the object, such as `evidence[2].ipAddress` or `lastExternalIpAddress`.
    """

    indicator: Indicator
    entity: str
    observed: str
    place: str


class SoughtRow(NamedTuple):
    """An indicator that is looked for among the objects of a tenant.

    Attributes:
        type, value: of the indicator.
        severity: one of `SEVERITIES`, for the rank.
        indicator: the record that stands for the value.
    """

    type: str
    value: str
    severity: str
    indicator: Indicator

    @property
    def key(self) -> tuple[str, str]:
        """What tells rows apart."""
        return (self.type, self.value)

    @property
    def title(self) -> str:
        """The record's own title, which tells two records of one value apart."""
        return self.indicator.title or ""

    @property
    def description(self) -> str:
        """The record's own description, likewise."""
        return self.indicator.description or ""
