"""What one local ThreatQ is like: its credentials, its limits, and a switch for every form that clients were
observed to cope with or that the documentation leaves open."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

NamesAs = Literal["object", "name", "id", "missing"]
ScoreAs = Literal["number", "object"]
EmptyAs = Literal["empty", "missing", "null"]
ErrorForm = Literal["data", "list"]
OverLimit = Literal["refuse", "cap"]
Cursor = Literal["proper", "stuck", "circle", "endless"]
SavedJson = Literal["object", "text"]
SortById = Literal["honoured", "ignored", "refused"]

EXPORT_HASH = "5f0e6b2c9d8a41730b1c2d3e4f506172"
"""Hash of the data collection that every local ThreatQ has from the start."""
EXPORT_NAME = "Export to Microsoft"
"""Its name. It holds every object."""


@dataclass(frozen=True)
class ThreatQProfile:
    """Configuration of a local ThreatQ. Raises `ValueError` for a value that is none of a switch's."""

    client_id: str = "local-api-credentials"
    client_secret: str = field(default="local-threatq-secret", repr=False)
    public_client_id: str = "local-public-client"
    """Goes with a user."""
    username: str = "analyst@contoso.example"
    password: str = field(default="local-threatq-password", repr=False)
    token_lifetime: int = 172_799
    """Seconds. Observed sample."""

    max_limit: int = 1_000
    """Objects in a page at most. No limit is documented; this is the largest that a client was seen to ask for."""
    over_limit: OverLimit = "refuse"
    """A larger `limit` is a 400, or gives a page of `max_limit`. Undocumented."""
    names_as: NamesAs = "object"
    """Form of `type` and `status`; `missing` leaves the bare `type_id` and `status_id`. All observed."""
    score_as: ScoreAs = "number"
    """Both observed."""
    empty_as: EmptyAs = "empty"
    """Form of a list without items. All observed."""
    error_form: ErrorForm = "data"
    """`{"data": {"errors": {...}}}` or `{"errors": [...]}`. Both observed."""
    saved_json: SavedJson = "object"
    """A saved search holds its queries as an object or as JSON text. Both observed."""
    sort_by_id: SortById = "honoured"
    """Whether a query can be sorted by `id`. Undocumented."""
    cursor: Cursor = "proper"
    """`stuck` never gives another mark than the one sent, `circle` comes back to the first page after the second,
    `endless` gives the first page under ever new marks."""

    clock: Callable[[], float] = field(default=time.time, repr=False)
    """Epoch seconds; decides on token expiry, and on whether an object has expired."""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name} must be one of {', '.join(get_args(choices))}")
        if self.max_limit < 1:
            raise ValueError("max_limit must be 1 or more")


_CHOICES = {
    "over_limit": OverLimit,
    "names_as": NamesAs,
    "score_as": ScoreAs,
    "empty_as": EmptyAs,
    "error_form": ErrorForm,
    "saved_json": SavedJson,
    "sort_by_id": SortById,
    "cursor": Cursor,
}
