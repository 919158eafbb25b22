"""What an event says beside the object that it was made of, and the constants of our form of OCSF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

OCSF_VERSION: Final = "1.8.0"
"""The schema version that every event states and is held to."""

VENDOR: Final = "Microsoft"


QDM_LABEL: Final = "qdm"
"""In `metadata.labels` of an event that leaves OCSF for Query's paths."""

Dialect = Literal["ocsf", "ocsf_legacy", "qdm"]
"""OCSF with Detection Finding, with the older Security Finding, and Query's data model."""
Event = dict[str, Any]
"""An event as it is written as JSON: attribute names of the dialect to values; times are milliseconds, UTC."""

OCSF: Final = "ocsf"
QDM: Final = "qdm"


@dataclass(frozen=True, slots=True)
class EventContext:
    """What an event says beside the object that it was made of.

    Attributes:
        tenant_id: whose object it is.
        time: epoch seconds, UTC, when it was collected.
        dialect: the form of the event. `ocsf` gives findings as Detection Finding (2004), `ocsf_legacy` as the
            older Security Finding (2001); `qdm` is the older one with Query's own paths, which are not OCSF:
            see `model.ocsf.qdm`.
        tenant_alias: what a person calls the tenant.
    """

    tenant_id: str
    time: int
    dialect: Dialect = "ocsf"
    tenant_alias: str = ""
