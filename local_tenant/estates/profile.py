"""What the read side of one local tenant is like (machines, alerts, files, hunting): its limits, and a
switch for every point that the documentation leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

EmptyMachines = Literal["not_found", "empty_list"]
Md5Lookup = Literal["invalid", "not_found", "found"]
StartsWith = Literal["accept", "reject"]
MachineRole = Literal["read", "read_write_only"]
ReadPaging = Literal["next_link", "none", "endless_link"]
AlertOrder = Literal["last_update", "as_seeded"]
QuotaPer = Literal["family", "call"]
AdvancedHunting = Literal["serves", "gone", "not_found", "disabled"]
GraphLinks = Literal["always", "not_with_top"]
HuntingCasing = Literal["lower", "mixed"]
LegacyAlerts = Literal["gone", "empty"]
UnknownMembers = Literal["on_preference", "always"]


@dataclass(frozen=True)
class ReadProfile:
    """Configuration of what one tenant gives to read. Raises `ValueError` for a value that is none of a
    switch's and for a size out of range."""

    page_size: int = 10_000
    """Rows in a page of Defender at most, whatever `$top` asks for. 10,000 is the documented maximum of
    `$top`; a smaller cap is undocumented and plausible."""
    paging: ReadPaging = "next_link"
    """Without `$top` (with it there is none: observed), while rows remain: a page carries `@odata.nextLink`,
    or never does, or always carries one that leads to the same page again (observed)."""
    quota_per: QuotaPer = "family"
    """What has a budget of its own: all calls under one first segment of the path (such as `alerts`), or
    each of them. Documented is "per API"; the default is the stricter reading."""
    alert_order: AlertOrder = "last_update"
    """Alerts are listed by `lastUpdateTime`, so that one that is updated between two pages moves behind all
    others; or in the order in which they were seeded. Undocumented; the default does most harm."""

    empty_machines: EmptyMachines = "not_found"
    """A list of machines that holds none is 404 (documented when there are no recent ones; for a filter and
    for a page past the end that is our reading), or an empty list."""
    machine_role: MachineRole = "read"
    """`Machine.Read.All` allows to list machines, or only `Machine.ReadWrite.All` does, which is all that
    some renderings of the documentation name."""
    starts_with: StartsWith = "accept"
    """`startswith(computerDnsName,'x')` in a filter of machines. Undocumented, said to work."""
    md5_lookup: Md5Lookup = "invalid"
    """`/api/files/{md5}`: 400, 404, or the file. Documented are SHA-1 and SHA-256 only."""
    domain_machines: int = 500
    """Machines that `/api/domains/{domain}/machines` gives at most. Documented."""

    advanced_hunting: AdvancedHunting = "serves"
    """Defender's own hunting call, whose retirement began in 2026: it serves, or is gone (410), or is not
    found (404); or the tenant has no hunting at all (403 `DisabledFeature`, from Graph too). What it
    answers once it is retired is undocumented."""
    hunting_rows: int = 100_000
    """Rows of a hunting answer at most; it is cut there. Documented number, undocumented consequence."""
    hunting_days: int = 30
    """Days back that hunting sees. Documented."""
    graph_hunting_casing: HuntingCasing = "lower"
    """Graph's hunting answers with `schema` of `name` and `type`; in an older sample these two are `Name`
    and `Type`. Documented in both spellings."""

    graph_page_size: int = 1_000
    """Alerts in a page of Graph at most, whatever `$top` asks for. Undocumented."""
    graph_links: GraphLinks = "always"
    """A page of Graph's alerts carries `@odata.nextLink` while there is more (documented), or not where
    `$top` was given (observed)."""
    unknown_members: UnknownMembers = "on_preference"
    """A severity or status that the schema does not name is shown as `unknownFutureValue` unless the request
    prefers `include-unknown-enum-members` (documented), or always as it is."""
    legacy_alerts: LegacyAlerts = "gone"
    """Graph's retired `/security/alerts`: 410, or 200 without alerts. The documentation says that it returns
    nothing."""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name} must be one of {', '.join(get_args(choices))}")
        for name in ("page_size", "graph_page_size", "hunting_rows", "hunting_days", "domain_machines"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if self.page_size > 10_000:
            raise ValueError("page_size must be at most 10000")


_CHOICES = {
    "paging": ReadPaging,
    "quota_per": QuotaPer,
    "alert_order": AlertOrder,
    "empty_machines": EmptyMachines,
    "machine_role": MachineRole,
    "starts_with": StartsWith,
    "md5_lookup": Md5Lookup,
    "advanced_hunting": AdvancedHunting,
    "graph_hunting_casing": HuntingCasing,
    "graph_links": GraphLinks,
    "unknown_members": UnknownMembers,
    "legacy_alerts": LegacyAlerts,
}
