"""Settings of the Entra job: the named locations, the policy that uses them, and the tenant they are in.

A field that is None was not given: on creation it takes its default, on update it leaves what it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..errors import UsageError
from .checks import at_least, check_unlike, one_of
from .connection import ConnectionSettings
from .limits import Limits
from .run import IntakeSettings, RunInfo

Words = tuple[str, ...]

LOCATION_MODES: Final = ("replace", "merge")

POLICY_STATES: Final = {
    "enabled": "enabled",
    "disabled": "disabled",
    "report_only": "enabledForReportingButNotEnforced",
}
"""Our label to Graph's spelling."""

# Graph's own spellings, exact case: `All` for users, applications and locations, `all` for the two others.
ALL: Final = "All"
NONE: Final = "None"
ALL_KINDS: Final = "all"
APPLICATIONS: Final[Words] = (ALL, NONE, "Office365", "MicrosoftAdminPortals")
EXCLUDED_APPLICATIONS: Final[Words] = ("Office365", "MicrosoftAdminPortals")
USERS: Final[Words] = (ALL, NONE, "GuestsOrExternalUsers")
EXCLUDED_USERS: Final[Words] = ("GuestsOrExternalUsers",)
CLIENT_APP_TYPES: Final[Words] = (
    ALL_KINDS,
    "browser",
    "mobileAppsAndDesktopClients",
    "exchangeActiveSync",
    "easSupported",
    "other",
)
PLATFORMS: Final[Words] = (ALL_KINDS, "android", "iOS", "windows", "windowsPhone", "macOS", "linux")
SIGN_IN_RISKS: Final[Words] = ("low", "medium", "high", "hidden", "none")

MAX_LOCATIONS: Final = 195
"""Named locations of a tenant, of all kinds and owners. Documented."""

_MAX_NAME: Final = 240
"""Characters. Graph documents no limit; longer names are refused here before they are refused there."""

_is_guid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I | re.A).fullmatch


@dataclass(frozen=True, slots=True)
class LocationSettings:
    """The IP named locations that hold a collection's ranges.

    Attributes:
        name: display name of the first one; further ones are `NAME (2)`, `NAME (3)` ...
        mode: `replace` takes out what the collection no longer holds, `merge` only adds.
        trusted: whether they are marked trusted.
        excluded: the policy blocks everything but these locations.
        max_locations: how many there may be.
        adopt: ids of locations that are ours although nothing shows it.
        my_addresses: addresses and ranges that must never be blocked, such as that of whoever runs this.
    """

    name: str
    mode: str = "replace"
    trusted: bool | None = None
    excluded: bool = False
    max_locations: int = 40
    adopt: tuple[str, ...] = ()
    my_addresses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise UsageError(
                "is missing.",
                option="--location_name",
                advice="Name the IP named location that holds the ranges; iocbeam finds it again by this name.",
            )
        if self.name != self.name.strip() or len(self.name) > _MAX_NAME or not self.name.isprintable():
            raise UsageError(
                f"must be 1 to {_MAX_NAME} printable characters without blanks at either end.",
                option="--location_name",
            )
        one_of(self.mode, LOCATION_MODES, "--location_mode")
        at_least(self.max_locations, 1, "--max_locations")
        if self.max_locations > MAX_LOCATIONS:
            raise UsageError(
                f"must be at most {MAX_LOCATIONS}, which is what a tenant holds.", option="--max_locations"
            )
        _guids(self.adopt, (), "--adopt_location")


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """The conditional access policy. Values are in Graph's spelling.

    Attributes:
        name, id: one of them at least says which policy it is; with both, the name is what it is to be called.
        state: one of the values of `POLICY_STATES`.
        recreate: changes are made by a copy that takes the policy's place, rather than in it.
        include_apps, exclude_apps: application ids, and words of `APPLICATIONS`.
        client_app_types: of `CLIENT_APP_TYPES`.
        include_platforms, exclude_platforms: of `PLATFORMS`.
        sign_in_risk: of `SIGN_IN_RISKS`.
        include_users, exclude_users: object ids, and words of `USERS`.
        include_groups, exclude_groups: object ids.
        include_roles, exclude_roles: ids of role templates.
        accept_lockout_risk: whether a policy that may lock everyone out is acceptable.
    """

    name: str = ""
    id: str = ""
    state: str | None = None
    recreate: bool = False
    include_apps: Words | None = None
    exclude_apps: Words | None = None
    client_app_types: Words | None = None
    include_platforms: Words | None = None
    exclude_platforms: Words | None = None
    sign_in_risk: Words | None = None
    include_users: Words | None = None
    exclude_users: Words | None = None
    include_groups: Words | None = None
    exclude_groups: Words | None = None
    include_roles: Words | None = None
    exclude_roles: Words | None = None
    accept_lockout_risk: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip() and not self.id:
            raise UsageError("is missing.", option="--policy_name", advice="Or name an existing one: --policy_id.")
        if self.name != self.name.strip() or len(self.name) > _MAX_NAME or not self.name.isprintable():
            raise UsageError(
                f"must be 1 to {_MAX_NAME} printable characters without blanks at either end.",
                option="--policy_name",
            )
        if self.id:
            _guids((self.id,), (), "--policy_id")
        if self.state is not None:
            one_of(self.state, tuple(POLICY_STATES.values()), "--policy_state")
        for words, allowed, option in (
            (self.include_apps, APPLICATIONS, "--include_apps"),
            (self.exclude_apps, EXCLUDED_APPLICATIONS, "--exclude_apps"),
            (self.include_users, USERS, "--include_users"),
            (self.exclude_users, EXCLUDED_USERS, "--exclude_users"),
            (self.include_groups, (), "--include_groups"),
            (self.exclude_groups, (), "--exclude_groups"),
            (self.include_roles, (), "--include_roles"),
            (self.exclude_roles, (), "--exclude_roles"),
        ):
            _guids(words or (), allowed, option)
        for words, allowed, option in (
            (self.client_app_types, CLIENT_APP_TYPES, "--client_app_types"),
            (self.include_platforms, PLATFORMS, "--include_platforms"),
            (self.exclude_platforms, PLATFORMS, "--exclude_platforms"),
            (self.sign_in_risk, SIGN_IN_RISKS, "--sign_in_risk"),
        ):
            for word in words or ():
                one_of(word, allowed, option)


@dataclass(frozen=True, slots=True)
class EntraTenantSettings:
    """One tenant of an Entra job.

    Attributes:
        alias: a person's name for it; the tenant id when none was given.
        policy: None writes locations only.
        limits: what a run may change; its withdrawals count ranges.
        default_severity: for ranking records that bring none.
        never_block: files with values that must never be blocked.
        notices: what a person should know of how the options were read, shown with the plan.
    """

    alias: str
    connection: ConnectionSettings
    location: LocationSettings
    policy: PolicySettings | None
    limits: Limits
    default_severity: str = "Medium"
    never_block: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.connection.cloud == "china" and self.policy is not None and self.policy.sign_in_risk is not None:
            raise UsageError(
                "China 21Vianet knows no sign-in risk.", option="--sign_in_risk", advice="Leave it out there."
            )
        if self.location.excluded and self.policy is None:
            raise UsageError(
                "says what a policy does with the locations, and no policy is named.",
                option="--exclude_location",
                advice="Give --policy_name or --policy_id.",
            )

    @property
    def tenant_id(self) -> str:
        """The tenant's id, or its alias where a dry run was given no id."""
        return self.connection.tenant_id or self.alias


@dataclass(frozen=True, slots=True)
class EntraJob:
    """Everything that `pipelines.entra` needs.

    Attributes:
        output: directory for dead letters, outcomes, plan and summary.
    """

    run: RunInfo
    intake: IntakeSettings
    tenants: tuple[EntraTenantSettings, ...]
    output: str

    def __post_init__(self) -> None:
        check_unlike(self.tenants)


def is_guid(text: str) -> bool:
    """Whether the text is an object id, as Graph writes them."""
    return bool(_is_guid(text))


def _guids(ids: Iterable[str], words: Sequence[str], option: str) -> None:
    for one in ids:
        if one not in words and not is_guid(one):
            known = f" and none of {', '.join(words)}" if words else ""
            raise UsageError(f"{one[:80]!r} is no object id (a GUID){known}.", option=option)
