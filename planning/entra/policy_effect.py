"""What a conditional access policy does to people, and whether it could lock them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from iocbeam.model.settings.entra import ALL, EXCLUDED_USERS, NONE, POLICY_STATES

from .policy_body import BLOCK

NO_ONE: Final = "none"
DISABLED: Final = "disabled"
REPORTED: Final = "report_only"
ENFORCED: Final = "enforced"

_STATES: Final = {
    POLICY_STATES["enabled"]: ENFORCED,
    POLICY_STATES["disabled"]: DISABLED,
    POLICY_STATES["report_only"]: REPORTED,
}
_BROAD_APPS: Final = frozenset((ALL, "MicrosoftAdminPortals"))


def effect_of(body: Mapping[str, Any]) -> str:
    """`none` when it applies to no one or to nothing, else what its state makes of it."""
    if not _applies_to_someone(body) or not _applies_to_something(body):
        return NO_ONE
    return _STATES.get(str(body.get("state")), ENFORCED)


def _applies_to_someone(body: Mapping[str, Any]) -> bool:
    conditions = body.get("conditions") or {}
    users = conditions.get("users") or {}
    people = any(word != NONE for word in users.get("includeUsers") or ())
    groups = users.get("includeGroups") or users.get("includeRoles") or users.get("includeGuestsOrExternalUsers")
    clients = conditions.get("clientApplications") or {}
    workloads = clients.get("includeServicePrincipals") or clients.get("servicePrincipalFilter")
    return bool(people or groups or workloads)


def _applies_to_something(body: Mapping[str, Any]) -> bool:
    apps = (body.get("conditions") or {}).get("applications") or {}
    named = any(word != NONE for word in apps.get("includeApplications") or ())
    rest = ("includeUserActions", "includeAuthenticationContextClassReferences", "applicationFilter")
    return named or any(apps.get(name) for name in rest)


def blocks(body: Mapping[str, Any]) -> bool:
    """Whether its grant controls block."""
    return BLOCK in ((body.get("grantControls") or {}).get("builtInControls") or ())


def may_lock_out(body: Mapping[str, Any], *, excludes_location: bool) -> bool:
    """Whether an enabled policy could keep everyone out, with nobody left to turn it off.

    That is: all users, or any group or role, together with all applications or the admin portals, and no user,
    group or role left out; guests turn nothing off. A policy that blocks the world minus our locations counts
    whomever it is about.
    """
    if body.get("state") != POLICY_STATES["enabled"]:
        return False
    conditions = body.get("conditions") or {}
    users = conditions.get("users") or {}
    spared = any(word not in EXCLUDED_USERS for word in users.get("excludeUsers") or ())
    if spared or users.get("excludeGroups") or users.get("excludeRoles"):
        return False
    if excludes_location:
        return True
    everyone = ALL in (users.get("includeUsers") or ())
    broad_users = everyone or users.get("includeGroups") or users.get("includeRoles")
    apps = (conditions.get("applications") or {}).get("includeApplications") or ()
    return bool(broad_users) and not _BROAD_APPS.isdisjoint(apps)
