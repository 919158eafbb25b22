"""What the Sentinel workspace of one local tenant is like, and a switch for every point that the
documentation leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from ..server.rate_limits import RateLimit

AzureRole = Literal["contributor", "reader", "none"]
AzureCloud = Literal["global", "government", "china"]
Denied = Literal[401, 403]
RevokedRows = Literal["shown", "hidden"]
HashNames = Literal["any", "without_dash", "with_dash"]
LabelsShownAs = Literal["labels", "threatIntelligenceTags", "both", "nowhere"]
ExternalIdShown = Literal["stix_id", "nothing"]
NextPage = Literal["body", "link", "both"]
SourcesFilter = Literal["kept", "ignored"]

AZURE_AUDIENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "global": ("https://management.azure.com", "https://management.core.windows.net"),
        "government": ("https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"),
        "china": ("https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn"),
    }
)
"""Audiences of tokens for Azure Resource Manager, with or without a slash at the end; the upload API takes the
same ones. Documented for the global cloud; for the others by the hosts of Resource Manager."""

DOCUMENTED_UPLOAD_RATE = RateLimit(100, 60.0)
"""Documented: for one user, here for one app."""

MAX_OBJECTS = 100
"""STIX objects in one upload. Documented."""


@dataclass(frozen=True)
class SentinelProfile:
    """Configuration of one tenant's workspace. Raises `ValueError` for a value that is none of a switch's and for
    a size out of range."""

    workspace_id: str = "66666666-6666-4666-8666-666666666666"
    subscription: str = "77777777-7777-4777-8777-777777777777"
    resource_group: str = "security"
    workspace: str = "siem"

    cloud: AzureCloud = "global"
    """Decides on the audience of tokens."""
    role: AzureRole = "contributor"
    """What Azure lets the tenant's apps do in the workspace: Microsoft Sentinel Contributor writes and reads
    (documented for the upload), Microsoft Sentinel Reader reads. Nothing of it stands in a token."""
    denied: Denied = 401
    """How the upload API refuses a caller without the role. Its documented answers have a 401 and no 403."""

    upload_rate: RateLimit | None = DOCUMENTED_UPLOAD_RATE
    """`None`: no limit."""
    shows_after: float = 0.0
    """Seconds by the tenant's clock until an upload shows in queries. Undocumented."""
    revoked_rows: RevokedRows = "shown"
    """Whether queries show an indicator that was uploaded with `revoked`. Undocumented."""
    hash_names: HashNames = "any"
    """Spelling of a hash algorithm in a pattern: `SHA256`, as seen in public clients, or `SHA-256`, as STIX
    has it. Undocumented."""
    labels_shown_as: LabelsShownAs = "labels"
    """The property of an indicator in which queries show the labels of what was uploaded. Undocumented."""
    external_id: ExternalIdShown = "stix_id"
    """What queries show as `externalId` of what was uploaded. Undocumented."""
    max_page_size: int = 1_000
    """Indicators in a page at most, whatever is asked for. Undocumented."""
    next_page: NextPage = "both"
    """How the next page is asked for: by a body with the `skipToken` of the link (documented as a property of
    the body), by GET of the link (what clients made from the specification do), or either."""
    sources_filter: SourcesFilter = "kept"
    """Whether a query heeds `sources`. Documented that it does; a service that does not must do no harm."""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name} must be one of {', '.join(map(str, get_args(choices)))}")
        if self.max_page_size < 1:
            raise ValueError("max_page_size must be at least 1")
        if self.shows_after < 0:
            raise ValueError("shows_after must not be negative")

    @property
    def audiences(self) -> tuple[str, ...]:
        """Of tokens for this cloud, without a slash at the end."""
        return AZURE_AUDIENCES[self.cloud]

    @property
    def resource(self) -> str:
        """The workspace as Resource Manager calls it."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.workspace}"
        )


_CHOICES = {
    "cloud": AzureCloud,
    "role": AzureRole,
    "denied": Denied,
    "revoked_rows": RevokedRows,
    "hash_names": HashNames,
    "labels_shown_as": LabelsShownAs,
    "external_id": ExternalIdShown,
    "next_page": NextPage,
    "sources_filter": SourcesFilter,
}
