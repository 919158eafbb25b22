"""What one local tenant is like: its apps, its limits, and a switch for every point that the
documentation leaves open, so that the product can be tested against each reading."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from .defender.indicator_fields import SUBMITTED
from .estates.profile import ReadProfile
from .graph.profile import GraphProfile
from .login.app_roles import DEFAULT_ROLES
from .sentinel.profile import SentinelProfile
from .server.rate_limits import DOCUMENTED_RATE_LIMITS, RateLimit

KeyModel = Literal["value", "value_action_scope"]
Paging = Literal["next_link", "skip_only"]
Mark = Literal["kept", "create_only", "not_returned"]
MarkSpelling = Literal["externalId", "externalID"]
CompressedIpv6 = Literal["reject", "warn"]
AcceptOrReject = Literal["accept", "reject"]
UnknownProperty = Literal["item", "request"]
HiddenRowUpdate = Literal["overwrite", "fail"]
BatchDeleteMissing = Literal["atomic", "partial"]
RetryAfter = Literal["seconds", "http_date", "none"]

DEFENDER_AUDIENCES = (
    "https://api.securitycenter.microsoft.com",
    "https://api-gcc.securitycenter.microsoft.us",
    "https://api-gov.securitycenter.microsoft.us",
)
"""Documented bases of the indicator API; a token's scope without `/.default` is one of these."""


@dataclass(frozen=True)
class FederatedCredential:
    """Whom else an app registration trusts to vouch for it: who has an identity token of this issuer, with this
    subject and audience. `keys` is the issuer's JSON Web Key Set, which the real service fetches from the issuer;
    `None` stands for an issuer that it cannot reach."""

    issuer: str
    subject: str
    audience: str = "api://AzureADTokenExchange"
    keys: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class App:
    """One app registration. `certificate` is the PEM of a public certificate; `None` means: not set."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    certificate: str | None = None
    roles: tuple[str, ...] = DEFAULT_ROLES
    name: str = "Local app"
    federated_credentials: tuple[FederatedCredential, ...] = ()


@dataclass(frozen=True)
class TenantProfile:
    """Configuration of one tenant.

    The first group is the app that the product signs in with; `more_apps` are others in the same
    tenant. Raises `ValueError` for a value that is none of a switch's, a size out of range, an
    id not in lower case, a field of `stored_as` that no submission has.
    """

    tenant_id: str = "11111111-1111-4111-8111-111111111111"
    client_id: str = "22222222-2222-4222-8222-222222222222"
    client_secret: str | None = field(default="local-secret", repr=False)
    certificate: str | None = None
    roles: tuple[str, ...] = DEFAULT_ROLES
    """Of Defender and of Graph side by side; a token carries those of the API that it is for."""
    app_name: str = "Local app"
    federated_credentials: tuple[FederatedCredential, ...] = ()
    more_apps: tuple[App, ...] = ()

    audiences: tuple[str, ...] = DEFENDER_AUDIENCES
    """Accepted by the indicator API, besides the server's own address. One cloud only: a mix-up shows."""
    token_lifetime: int = 3599
    """Seconds. Documented sample."""

    capacity: int = 15_000
    """Active rows of all owners together. Documented."""
    key_model: KeyModel = "value"
    """What a second submission updates: the row of the same type and value, or only one that has the
    same action and device groups too. Undocumented; both are plausible."""
    hidden_row_update: HiddenRowUpdate = "overwrite"
    """An app that sees only its own rows submits a key that another owner holds. Undocumented; the
    default is the reading that does most harm."""
    mark: Mark = "kept"
    """`externalId` is stored and returned, or stored on create only, or never returned. Undocumented."""
    mark_spelling: MarkSpelling = "externalId"
    """In answers: observed `externalId`, documented `externalID`. Requests are held to the observed one."""
    paging: Paging = "next_link"
    """While rows remain, a page carries `@odata.nextLink`; or it never does. Undocumented."""
    page_size: int = 10_000
    """Rows in a page at most, whatever `$top` asks for. The default page size is undocumented."""

    compressed_ipv6: CompressedIpv6 = "warn"
    """An IPv6 address without its eight segments: fail the item, or accept it and note a warning.
    The eight segments are documented, the consequence is not."""
    url_without_scheme: AcceptOrReject = "accept"
    """Observed to work; the documentation shows a scheme only."""
    past_expiration: AcceptOrReject = "reject"
    """A time already past: fail the item, or take it and drop the row at once. Undocumented."""
    legacy_actions: AcceptOrReject = "reject"
    """`Alert` and `AlertAndBlock` in a submission: documented as ended, still in the examples."""
    unknown_property: UnknownProperty = "item"
    """A property that an indicator does not have fails its item, or the whole request. Undocumented."""
    max_lengths: Mapping[str, int] = field(default_factory=dict)
    """Characters allowed, by field name. No limit is documented."""
    stored_as: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    """What becomes of a field when a submission creates or updates a row: by field name, a function from
    the value sent (`None` or the service's default when none was) to the value kept, such as
    `{"description": lambda text: text[:99]}`. Times come as text, in UTC. Rows that are seeded or edited
    are kept as given. Undocumented; that a service cuts or rewrites a field is plausible."""

    rate_limits: Mapping[str, Sequence[RateLimit]] | None = field(default_factory=lambda: DOCUMENTED_RATE_LIMITS)
    """By operation on indicators (list, submit, import, delete, batch_delete), by family of calls that read
    (machines, alerts, domains, ips, files, exposureScore, hunting), and of Graph graph_alerts and
    graph_hunting. `None` or empty: no limits."""
    retry_after: RetryAfter = "seconds"
    """Form of the header on 429. Seconds are documented; HTTP allows the date."""
    import_delay: float = 0.0
    """Seconds between an import's commit and its answer."""
    shuffle_results: bool = False
    """Answer an import's items in another order than sent (reversed). The order is undocumented."""
    batch_delete_missing: BatchDeleteMissing = "atomic"
    """With an unknown id, BatchDelete answers 404: nothing was deleted, or the others were. Undocumented."""

    graph: GraphProfile = field(default_factory=GraphProfile)
    """Everything about named locations and conditional access policies."""
    read: ReadProfile = field(default_factory=ReadProfile)
    """Everything about machines, alerts, files and hunting."""

    sentinel: SentinelProfile = field(default_factory=SentinelProfile)
    """Everything about the Sentinel workspace."""

    clock: Callable[[], float] = field(default=time.time, repr=False)
    """Epoch seconds; decides on token and row expiry, on time stamps, on rate limits and on how long changes
    spread."""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name} must be one of {', '.join(get_args(choices))}")
        for name in (self.tenant_id, *(app.client_id for app in self.apps())):
            if name != name.lower():
                raise ValueError(f"write the id {name} in lower case")
        unknown = sorted(set(self.stored_as) - SUBMITTED)
        if unknown:
            raise ValueError(f"stored_as names what is no field of a submission: {', '.join(unknown)}")
        if self.capacity < 0:
            raise ValueError("capacity must not be negative")
        if not 1 <= self.page_size <= 10_000:
            raise ValueError("page_size must be from 1 to 10000")

    def apps(self) -> tuple[App, ...]:
        """All apps registered in the tenant, the product's own first."""
        own = App(
            self.client_id,
            self.client_secret,
            self.certificate,
            self.roles,
            self.app_name,
            self.federated_credentials,
        )
        return (own, *self.more_apps)


_CHOICES = {
    "key_model": KeyModel,
    "hidden_row_update": HiddenRowUpdate,
    "mark": Mark,
    "mark_spelling": MarkSpelling,
    "paging": Paging,
    "compressed_ipv6": CompressedIpv6,
    "url_without_scheme": AcceptOrReject,
    "past_expiration": AcceptOrReject,
    "legacy_actions": AcceptOrReject,
    "unknown_property": UnknownProperty,
    "retry_after": RetryAfter,
    "batch_delete_missing": BatchDeleteMissing,
}
