"""Options of the conditional access policy.

The words are Graph's own; what portals and other products call them is understood too. An option that is not given
leaves an existing policy as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from iocbeam.model.settings.entra import (
    APPLICATIONS,
    CLIENT_APP_TYPES,
    EXCLUDED_APPLICATIONS,
    EXCLUDED_USERS,
    PLATFORMS,
    POLICY_STATES,
    SIGN_IN_RISKS,
    USERS,
)

from .limit_options import LIMITS
from .option import Kind, Option

POLICY: Final = "Conditional access policy in Entra"

_STATE_NAMES: Final = {
    "On": "enabled",
    "Off": "disabled",
    "Report only": "report_only",
} | {graphs: ours for ours, graphs in POLICY_STATES.items()}
_APP_NAMES: Final = {
    "All apps": "All",
    "All cloud apps": "All",
    "All resources": "All",
    "Office 365 Applications Suite": "Office365",
}
_USER_NAMES: Final = {
    "All users": "All",
    "All guests and external users": "GuestsOrExternalUsers",
}
_CLIENT_NAMES: Final = {
    "Exchange ActiveSync Clients": "exchangeActiveSync",
    "Other Clients": "other",
}
_PLATFORM_NAMES: Final = {"Any device": "all"}
_RISK_NAMES: Final = {"No risk": "none"}

_UNSET: Final = "not a condition on creation, then left as found"
_NONE: Final = "none on creation, then left as found"


def _words(name: str, text: str, choices: Sequence[str], aliases: Mapping[str, str], default_text: str) -> Option:
    """An option that takes words only."""
    return Option(
        name,
        Kind.WORDS,
        f"{text}: {', '.join(choices)}.",
        POLICY,
        "WORD,...",
        default_text=default_text,
        choices=tuple(choices),
        aliases=aliases,
    )


def _ids(
    name: str,
    text: str,
    choices: Sequence[str] = (),
    aliases: Mapping[str, str] | None = None,
    default_text: str = _NONE,
) -> Option:
    """An option that takes ids, and words where there are choices."""
    return Option(
        name,
        Kind.IDS,
        f"{text}.",
        POLICY,
        "WORD|ID,..." if choices else "ID,...",
        default_text=default_text,
        choices=tuple(choices),
        aliases=aliases or {},
    )


POLICY_OPTIONS: Final = (
    Option(
        "policy_name",
        Kind.TEXT,
        "Name of the policy that blocks sign-ins from the locations. It is found again by this name, and made "
        "when it is not there. Without --policy_name and --policy_id only the locations are written.",
        POLICY,
        "NAME",
        default_text="no policy",
    ),
    Option(
        "policy_id",
        Kind.ID,
        "Id of an existing policy, in the place of its name; beside --policy_name it gets that name.",
        POLICY,
        "ID",
        default_text="none",
    ),
    Option(
        "policy_state",
        Kind.CHOICE,
        "enabled enforces the policy, report_only only logs what it would do, disabled turns it off.",
        POLICY,
        "|".join(POLICY_STATES),
        default_text="report_only on creation, then left as found",
        choices=tuple(POLICY_STATES),
        aliases=_STATE_NAMES,
    ),
    Option(
        "recreate_policy",
        Kind.FLAG,
        "When something in the policy differs, do not change it in place: a changed copy takes its place, and it "
        "is deleted.",
        POLICY,
        default=False,
    ),
    _ids(
        "include_apps",
        "Applications that the policy is for: All, None, Office365, MicrosoftAdminPortals, application ids. "
        "Beside All the others are ignored, and what the policy has already stays in it, in the lists below too",
        APPLICATIONS,
        _APP_NAMES,
        "needed on creation, then left as found",
    ),
    _ids(
        "exclude_apps",
        "Applications that it is not for: Office365, MicrosoftAdminPortals, application ids",
        EXCLUDED_APPLICATIONS,
        {name: word for name, word in _APP_NAMES.items() if word in EXCLUDED_APPLICATIONS},
    ),
    _words(
        "client_app_types",
        "Client apps that it is for",
        CLIENT_APP_TYPES,
        _CLIENT_NAMES,
        "all on creation, then left as found",
    ),
    _words("include_platforms", "Device platforms that it is for", PLATFORMS, _PLATFORM_NAMES, _UNSET),
    _words("exclude_platforms", "Device platforms that it is not for", PLATFORMS, _PLATFORM_NAMES, _UNSET),
    _words(
        "sign_in_risk",
        "Levels of sign-in risk that it is for, which needs Entra ID P2 and which China 21Vianet does not have",
        SIGN_IN_RISKS,
        _RISK_NAMES,
        _UNSET,
    ),
    _ids(
        "include_users",
        "Users that the policy is for: All, None, GuestsOrExternalUsers, object ids",
        USERS,
        _USER_NAMES,
        "None on creation, which makes a policy that applies to no one; then left as found",
    ),
    _ids(
        "exclude_users",
        "Users that it is not for, those for emergency access above all: GuestsOrExternalUsers, object ids",
        EXCLUDED_USERS,
        {name: word for name, word in _USER_NAMES.items() if word in EXCLUDED_USERS},
    ),
    _ids("include_groups", "Groups that it is for: object ids"),
    _ids("exclude_groups", "Groups that it is not for: object ids"),
    _ids("include_roles", "Directory roles that it is for: ids of role templates"),
    _ids("exclude_roles", "Directory roles that it is not for: ids of role templates"),
)

ACCEPT_LOCKOUT_RISK_OPTION: Final = Option(
    "accept_lockout_risk",
    Kind.FLAG,
    "Permit a policy that can lock everyone out: enabled, for all users, any group or any role, for all apps or "
    "the admin portals, and with no user, group or role excluded; or one with --exclude_location.",
    LIMITS,
    default=False,
)
