"""What the Graph part of one local tenant is like: its cloud, its limits, and a switch for every point
that the documentation leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from ..server.rate_limits import RateLimit

Cloud = Literal["global", "gcc", "gcc_high", "dod", "china"]
ApplicationRole = Literal["required", "not_required"]
DeniedCode = Literal["AccessDenied", "accessDenied"]
UnauthenticatedCode = Literal["InvalidAuthenticationToken", "Unauthenticated"]
NumberedErrors = Literal["inner_message", "message"]
InnerErrorSpelling = Literal["innerError", "innererror"]
GraphRetryAfter = Literal["none", "seconds"]
PrivateRanges = Literal["accept", "reject"]
RangesKept = Literal["as_given", "canonical"]
DeleteInUse = Literal["reject", "accept"]
UnknownLocation = Literal["reject", "accept"]
NestedPatch = Literal["merge", "replace"]
Version = Literal["old", "new"]
DeletesSee = Literal["old_too", "newest"]
NameFilter = Literal["exact", "any_case"]

GRAPH_AUDIENCES: Mapping[str, str] = MappingProxyType(
    {
        "global": "https://graph.microsoft.com",
        "gcc": "https://graph.microsoft.com",
        "gcc_high": "https://graph.microsoft.us",
        "dod": "https://dod-graph.microsoft.us",
        "china": "https://microsoftgraph.chinacloudapi.cn",
    }
)
"""Documented Graph roots; a token's scope without `/.default` is the one of its cloud."""

DOCUMENTED_GRAPH_RATE = RateLimit(1, 1.0)
"""Documented: one request a second for a tenant, all apps together, over named locations and policies."""


@dataclass(frozen=True)
class GraphProfile:
    """Configuration of one tenant's conditional access. Raises `ValueError` for a value that is none of a
    switch's and for a size out of range."""

    cloud: Cloud = "global"
    """Decides on the audience of tokens (documented), and on the properties and values that a policy knows
    (from the schemas of the clouds): China has no risk conditions and no authentication strength, the
    clouds of the US government no change of password."""

    application_role: ApplicationRole = "required"
    """Writing a policy's applications needs `Application.Read.All` too: observed, and documented on older
    pages; newer ones name the other two roles only."""
    denied_code: DeniedCode = "AccessDenied"
    """Error code of a 403. Both spellings were observed."""
    unauthenticated_code: UnauthenticatedCode = "InvalidAuthenticationToken"
    """Error code of a 401. Both were observed."""
    numbered_errors: NumberedErrors = "inner_message"
    """Where the text with a number stands, such as 1040: in the inner error under a general message, or in
    the message itself. Both were observed, the first one more recently."""
    inner_error: InnerErrorSpelling = "innerError"
    """Name of the inner error. Documented in both spellings."""

    rate_limit: RateLimit | None = DOCUMENTED_GRAPH_RATE
    """For all operations and apps together, by the tenant's clock. `None`: no limit. That it is a sliding
    window, and that a refused call does not count, is our choice."""
    retry_after: GraphRetryAfter = "none"
    """A 429 names no time (documented for these resources), or the seconds to wait (observed)."""

    max_locations: int = 195
    """Named locations of all types together. Documented."""
    max_ranges: int = 2_000
    """Ranges in one location. Documented."""
    max_policies: int = 195
    """Policies in every state. Documented as 195, later as 240; 244 was observed."""

    private_ranges: PrivateRanges = "accept"
    """Ranges outside the public Internet. Ranges should be public (documented); the sentence that others
    cannot be configured was taken out of the documentation."""
    ranges_kept: RangesKept = "as_given"
    """Ranges come back as they were sent, host bits and order included (documented sample), or as sorted
    networks in their shortest spelling (undocumented, plausible)."""
    delete_in_use: DeleteInUse = "reject"
    """Deleting a location that a policy names. Undocumented."""
    unknown_location: UnknownLocation = "reject"
    """A policy that names the id of no location is refused with error 1040 (observed), or stored as it is
    (observed for a time in 2023)."""
    new_location_seconds: float = 0.0
    """So long after its creation a location does not exist for policies: error 1040. Observed; the time is
    undocumented."""
    new_location_tries: int = 0
    """So many policies that name a new location are refused in the same way. A location is settled when
    neither the time nor the tries hold it back."""
    nested_patch: NestedPatch = "merge"
    """What a PATCH does to an object inside `conditions`, to the grant controls and to the session controls:
    properties that it leaves out stay, or go. Undocumented; a documented sample shows that the conditions
    themselves are merged."""

    stale_reads: int = 0
    """So many reads of an object after it was created, changed or deleted may still show it as it was
    before (a list counts as a read of every object on its page). Observed in other forms, see the pattern."""
    stale_seconds: float = 0.0
    """So long after a change, by the tenant's clock, reads may show what was before. A change has spread
    when neither the reads nor the time hold it back."""
    stale_pattern: Sequence[Version] = ("old", "new")
    """What the reads show while a change spreads, from the first on and over again. That old and new
    answers take turns was observed; in which order is our choice."""
    deletes_see: DeletesSee = "old_too"
    """While a change spreads, a DELETE is refused also for what was before: a location that was trusted or
    named by a policy. Or the newest versions alone decide. Undocumented; a public tool waits in between."""

    page_size: int = 100
    """Objects in a page at most, whatever `$top` asks for. The default page size is undocumented."""
    name_filter: NameFilter = "exact"
    """How `$filter=displayName eq '…'` compares. Undocumented."""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name} must be one of {', '.join(get_args(choices))}")
        if not self.stale_pattern or not set(self.stale_pattern) <= set(get_args(Version)):
            raise ValueError("stale_pattern must hold old and new only, and at least one of them")
        for name in ("max_locations", "max_policies", "new_location_tries", "stale_reads"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        for name in ("page_size", "max_ranges"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")

    @property
    def audience(self) -> str:
        """What tokens have to be for."""
        return GRAPH_AUDIENCES[self.cloud]


_CHOICES = {
    "cloud": Cloud,
    "application_role": ApplicationRole,
    "denied_code": DeniedCode,
    "unauthenticated_code": UnauthenticatedCode,
    "numbered_errors": NumberedErrors,
    "inner_error": InnerErrorSpelling,
    "retry_after": GraphRetryAfter,
    "private_ranges": PrivateRanges,
    "ranges_kept": RangesKept,
    "delete_in_use": DeleteInUse,
    "unknown_location": UnknownLocation,
    "nested_patch": NestedPatch,
    "deletes_see": DeletesSee,
    "name_filter": NameFilter,
}
