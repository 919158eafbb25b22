"""The properties of a conditional access policy and the values that they take, by cloud.

Names and values are from the schemas of the clouds. Documented: which values stand for more than an id,
in their exact case. Our choice: every other user, group, role, application and the like is named by a
GUID; what a schema keeps for values of the future is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .json_shapes import Choice, Choices, Flag, ListOf, Number, Record, Shape, ShapeError, Tagged, Text
from .profile import Cloud

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_CONTROLS = (
    "block",
    "mfa",
    "compliantDevice",
    "domainJoinedDevice",
    "approvedApplication",
    "compliantApplication",
    "passwordChange",
    "riskRemediation",
)
_UNKNOWN_CONTROLS: dict[Cloud, tuple[str, ...]] = {
    "gcc_high": ("passwordChange",),
    "dod": ("passwordChange",),
    "china": ("riskRemediation",),
}


@dataclass(frozen=True, kw_only=True)
class _Id(Shape):
    """A GUID, or one of some words."""

    words: tuple[str, ...] = ()

    def _check(self, value: object, path: str) -> None:
        if isinstance(value, str) and (value in self.words or _GUID.fullmatch(value)):
            return
        raise ShapeError(
            f"{path}: {value!r} is no id{' and none of ' if self.words else ''}{', '.join(self.words)}."
        )


def _ids(*words: str) -> ListOf:
    return ListOf(item=_Id(words=words))


def _some_of(*values: str) -> ListOf:
    return ListOf(item=Choice(values=values), unique=True)


_FILTER = Record(
    fields={"mode": Choice(values=("include", "exclude")), "rule": Text()},
    required=("mode", "rule"),
    nullable=True,
)

_APPLICATIONS = Record(
    fields={
        "includeApplications": _ids("All", "None", "Office365", "MicrosoftAdminPortals"),
        "excludeApplications": _ids("Office365", "MicrosoftAdminPortals"),
        "includeUserActions": _some_of("urn:user:registersecurityinfo", "urn:user:registerdevice"),
        "includeAuthenticationContextClassReferences": ListOf(item=Text()),
        "applicationFilter": _FILTER,
    },
    nullable=True,
)

_TENANTS_TAG = "#microsoft.graph.conditionalAccess{}ExternalTenants"
_GUESTS = Record(
    fields={
        "guestOrExternalUserTypes": Choices(
            values=(
                "none",
                "internalGuest",
                "b2bCollaborationGuest",
                "b2bCollaborationMember",
                "b2bDirectConnectUser",
                "otherExternalUser",
                "serviceProvider",
            )
        ),
        "externalTenants": Tagged(
            by_tag={
                _TENANTS_TAG.format("All"): Record(
                    fields={"@odata.type": Text(), "membershipKind": Choice(values=("all",))}
                ),
                _TENANTS_TAG.format("Enumerated"): Record(
                    fields={
                        "@odata.type": Text(),
                        "membershipKind": Choice(values=("enumerated",)),
                        "members": ListOf(item=Text()),
                    }
                ),
            },
            nullable=True,
        ),
    },
    required=("guestOrExternalUserTypes",),
    nullable=True,
)

_USERS = Record(
    fields={
        "includeUsers": _ids("All", "None", "GuestsOrExternalUsers"),
        "excludeUsers": _ids("GuestsOrExternalUsers"),
        "includeGroups": _ids(),
        "excludeGroups": _ids(),
        "includeRoles": _ids(),
        "excludeRoles": _ids(),
        "includeGuestsOrExternalUsers": _GUESTS,
        "excludeGuestsOrExternalUsers": _GUESTS,
    },
    nullable=True,
)

_PLATFORMS = ("android", "iOS", "windows", "windowsPhone", "macOS", "linux", "all")
_CONDITIONS: dict[str, Shape] = {
    "clientAppTypes": ListOf(
        item=Choice(
            values=(
                "all",
                "browser",
                "mobileAppsAndDesktopClients",
                "exchangeActiveSync",
                "easSupported",
                "other",
            )
        ),
        unique=True,
        at_least=1,
    ),
    "platforms": Record(
        fields={"includePlatforms": _some_of(*_PLATFORMS), "excludePlatforms": _some_of(*_PLATFORMS)},
        nullable=True,
    ),
    "locations": Record(
        # Whether they exist is another rule, with a number of its own.
        fields={"includeLocations": ListOf(item=Text()), "excludeLocations": ListOf(item=Text())},
        nullable=True,
    ),
    "devices": Record(fields={"deviceFilter": _FILTER}, nullable=True),
    "clientApplications": Record(
        fields={
            "includeServicePrincipals": ListOf(item=Text()),
            "excludeServicePrincipals": ListOf(item=Text()),
            "servicePrincipalFilter": _FILTER,
        },
        nullable=True,
    ),
    "authenticationFlows": Record(
        fields={"transferMethods": Choices(values=("none", "deviceCodeFlow", "authenticationTransfer"))},
        required=("transferMethods",),
        nullable=True,
    ),
    "applications": _APPLICATIONS,
    "users": _USERS,
}

_LEVELS = _some_of("low", "medium", "high", "hidden", "none")
_RISKS: dict[str, Shape] = {
    "userRiskLevels": _LEVELS,
    "signInRiskLevels": _LEVELS,
    "servicePrincipalRiskLevels": _LEVELS,
    "insiderRiskLevels": Choices(values=("minor", "moderate", "elevated"), nullable=True),
}


def _control(**fields: Shape) -> Record:
    return Record(fields={**fields, "isEnabled": Flag(nullable=True)}, nullable=True)


_SESSION_CONTROLS = Record(
    fields={
        "disableResilienceDefaults": Flag(nullable=True),
        "applicationEnforcedRestrictions": _control(),
        "cloudAppSecurity": _control(
            cloudAppSecurityType=Choice(values=("mcasConfigured", "monitorOnly", "blockDownloads"), nullable=True)
        ),
        "signInFrequency": _control(
            value=Number(nullable=True),
            type=Choice(values=("days", "hours"), nullable=True),
            authenticationType=Choice(
                values=("primaryAndSecondaryAuthentication", "secondaryAuthentication"), nullable=True
            ),
            frequencyInterval=Choice(values=("timeBased", "everyTime"), nullable=True),
        ),
        "persistentBrowser": _control(mode=Choice(values=("always", "never"), nullable=True)),
        "secureSignInSession": _control(),
    },
    nullable=True,
)

STATES = ("enabled", "disabled", "enabledForReportingButNotEnforced")
POLICY_TAG = "#microsoft.graph.conditionalAccessPolicy"


@cache
def policy_shape(cloud: Cloud) -> Record:
    """What a request may send. Which parts a new policy needs is another rule."""
    controls = tuple(value for value in _CONTROLS if value not in _UNKNOWN_CONTROLS.get(cloud, ()))
    grant: dict[str, Shape] = {
        "operator": Choice(values=("AND", "OR"), nullable=True),
        "builtInControls": _some_of(*controls),
        "customAuthenticationFactors": ListOf(item=Text()),
        "termsOfUse": ListOf(item=Text()),
    }
    conditions = dict(_CONDITIONS)
    if cloud != "china":
        conditions = {**_RISKS, **conditions}
        grant["authenticationStrength"] = Record(fields={"id": Text()}, required=("id",), nullable=True)
    return Record(
        fields={
            "@odata.type": Choice(values=(POLICY_TAG,)),
            "displayName": Text(),
            "description": Text(empty=True, nullable=True),
            "state": Choice(values=STATES),
            "conditions": Record(fields=conditions),
            "grantControls": Record(fields=grant, nullable=True),
            "sessionControls": _SESSION_CONTROLS,
        }
    )
