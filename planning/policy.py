"""Which conditional access policy is ours, and what is to be done to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final

from iocbeam.model.entra_plan import (
    CREATE,
    FINISH,
    LOCATION_REFERENCE,
    RECREATE,
    UPDATE,
    FieldChange,
    PolicyChange,
)
from iocbeam.model.entra_settings import ALL, LocationSettings, PolicySettings
from iocbeam.model.errors import ConfigurationError
from iocbeam.model.values.times import read_time

from .access import ActualPolicy, TenantAccess
from .policy_body import (
    EXCLUDE_LOCATIONS,
    INCLUDE_LOCATIONS,
    Body,
    copied,
    differences,
    lay_options,
    new_policy,
    options_of,
    read_list,
    write_list,
)
from .policy_effect import DISABLED, NO_ONE, blocks, effect_of, may_lock_out

_RISKS: Final = ("signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels", "insiderRiskLevels")
"""Conditions that China's policies do not have (from the schemas of the clouds)."""


@dataclass(frozen=True, slots=True)
class FoundPolicies:
    """Our policy, and the one whose place it takes.

    Attributes:
        current: None when it is yet to be made.
        old: of a recreation that was broken off, the one that is still to go.
    """

    current: ActualPolicy | None = None
    old: ActualPolicy | None = None

    @property
    def ours(self) -> tuple[ActualPolicy, ...]:
        """Both of them, as far as they are there."""
        return tuple(one for one in (self.current, self.old) if one is not None)


def find_policies(
    access: TenantAccess, settings: PolicySettings | None, namesakes: frozenset[str]
) -> FoundPolicies:
    """Our policy, by its id or its name.

    Args:
        namesakes: ids of the locations that have our names.

    Raises:
        ConfigurationError: there is none of this id, or more than one of this name.
    """
    if settings is None:
        return FoundPolicies()
    if settings.id:
        by_id = [one for one in access.policies if one.id.lower() == settings.id.lower()]
        if not by_id and access.read:
            raise ConfigurationError(
                f"the tenant has no policy with the id {settings.id}.",
                option="--policy_id",
                advice="Check it in the portal, or give --policy_name to have one made.",
            )
        return FoundPolicies(by_id[0] if by_id else None)
    named = [one for one in access.policies if one.name == settings.name]
    if len(named) < 2:
        return FoundPolicies(named[0] if named else None)
    # Newest first; a copy that was made in place of the other one holds our locations already.
    named.sort(key=lambda one: (read_time(one.created_at) or 0, one.created_at), reverse=True)
    if settings.recreate and len(named) == 2 and named[0].names_any(namesakes):
        return FoundPolicies(named[0], named[1])
    raise ConfigurationError(
        f"{len(named)} policies are called {settings.name!r}: {', '.join(one.id for one in named)}.",
        option="--policy_name",
        advice="Give --policy_id, or rename or delete all but one of them.",
    )


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """What is to be done to the policy.

    Attributes:
        change: None when it is as it should be.
        effect: what it does in the end; None without a policy.
        may_lock_out: why it could lock everyone out, else empty.
        conflicts, notices: as in a plan.
    """

    change: PolicyChange | None = None
    effect: str | None = None
    may_lock_out: str = ""
    conflicts: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def plan_policy(
    found: FoundPolicies,
    settings: PolicySettings,
    location: LocationSettings,
    *,
    cloud: str,
    staying: Sequence[str],
    new: Sequence[str],
    ours: frozenset[str],
) -> PolicyPlan:
    """What makes the policy what it should be. It is judged as it would be in the end.

    Args:
        staying: ids of our locations that the policy is to name.
        new: names of those that are yet to be made.
        ours: ids of all our locations; of them the policy names none but those that stay.

    Raises:
        ConfigurationError: an option is missing, or the policy is one that must not be changed so.
    """
    knows_risks = cloud != "china"
    current = found.current
    if current is None and settings.id:
        return PolicyPlan(notices=(f"The policy {settings.id} cannot be seen without a login.",))
    if current is None:
        if not settings.include_apps:
            raise ConfigurationError(
                f"is missing, and the policy {settings.name!r} is yet to be made.",
                option="--include_apps",
                advice="Name the applications that it blocks: All, Office365, MicrosoftAdminPortals or their ids.",
            )
        before: Body = {}
        after = new_policy(settings, knows_risks=knows_risks)
    else:
        before = copied(current.body)
        after = deepcopy(before)
        _check_ours(current, location, ours, by_id=bool(settings.id))
    references = [*staying, *(f"{LOCATION_REFERENCE}{name}" for name in new)]
    _name_locations(after, references, ours, location)
    notices = lay_options(after, settings)
    if not knows_risks:
        for name in _RISKS:
            after["conditions"].pop(name, None)
    fields = differences(before, after)
    change = _change(found, settings, before, after, fields)
    return PolicyPlan(
        None if change is None else replace(change, excludes=location.excluded),
        effect_of(after),
        _lock_out_risk(after, location),
        tuple(_conflicts(current, after, ours)),
        tuple(notices),
    )


def _change(
    found: FoundPolicies, settings: PolicySettings, before: Body, after: Body, fields: tuple[FieldChange, ...]
) -> PolicyChange | None:
    name = str(after["displayName"])
    current, old = found.current, found.old
    if current is None:
        return PolicyChange(CREATE, "", name, after, fields, options_of(fields))
    # What a change leaves out stays; of the conditions, whether that holds inside them is not documented.
    part = {key: value for key, value in after.items() if value != before.get(key)} if fields else {}
    if old is not None:
        return PolicyChange(FINISH, current.id, name, part, fields, options_of(fields), old.id)
    if not fields:
        return None
    if settings.recreate:
        return PolicyChange(RECREATE, current.id, name, after, fields, options_of(fields), current.id)
    return PolicyChange(UPDATE, current.id, name, part, fields, options_of(fields))


def _check_ours(current: ActualPolicy, location: LocationSettings, ours: frozenset[str], *, by_id: bool) -> None:
    """Refuse to turn a policy into something that its maker did not mean."""
    shown = f"the policy {current.name!r} ({current.id})"
    names_ours = current.names_any(ours)
    if names_ours:
        named = current.excluded if location.excluded else current.included
        if not any(one in ours for one in named):
            does, option = ("includes", "is given") if location.excluded else ("excludes", "is not given")
            raise ConfigurationError(
                f"{shown} {does} our locations, and --exclude_location {option}: that would turn it round.",
                option="--exclude_location",
                advice="Give the option as the policy has it, or name another policy.",
            )
        return
    if effect_of(current.body) in (NO_ONE, DISABLED):
        return
    if not blocks(current.body) and not by_id:
        raise ConfigurationError(
            f"{shown} is not ours: it names none of our locations and does not block.",
            option="--policy_name",
            advice=f"Use another name, or give --policy_id {current.id} if this one is meant.",
        )
    everywhere = not current.included or ALL in current.included
    if everywhere or location.excluded:
        raise ConfigurationError(
            f"{shown} is not ours: it names none of our locations, and naming them would make it apply to less or "
            "to more than it does now.",
            option="--policy_id" if by_id else "--policy_name",
            advice="Use another name. To turn this one over to iocbeam, disable it first.",
        )


def _name_locations(
    body: Body, references: Sequence[str], ours: frozenset[str], location: LocationSettings
) -> None:
    """Lets the policy name our locations, and leaves the others that it names."""
    of = EXCLUDE_LOCATIONS if location.excluded else INCLUDE_LOCATIONS
    entries = [one for one in read_list(body, of) if one not in ours or one in references]
    entries += [one for one in references if one not in entries]
    if location.excluded:
        if not read_list(body, INCLUDE_LOCATIONS):
            write_list(body, INCLUDE_LOCATIONS, [ALL])
    elif entries != references and ALL in entries:
        # Only a policy that does nothing yet gets here: it is about our locations from now on.
        entries = [one for one in entries if one != ALL]
    write_list(body, of, entries)


def _lock_out_risk(body: Body, location: LocationSettings) -> str:
    if not may_lock_out(body, excludes_location=location.excluded):
        return ""
    why = (
        "blocks everything that comes from elsewhere than our locations"
        if location.excluded
        else "is about all users, or a group or role, and about all applications or the admin portals"
    )
    return f"the policy {body['displayName']!r} is enabled, {why}, and leaves no user, group or role out"


def _conflicts(current: ActualPolicy | None, after: Body, ours: frozenset[str]) -> Iterable[str]:
    if current is not None and not blocks(after):
        controls = ", ".join((after.get("grantControls") or {}).get("builtInControls") or ()) or "no grant control"
        yield f"The policy {current.name!r} does not block: it has {controls}. That is left as it is."
    if current is not None and any(one in ours for one in current.included) and ALL in current.included:
        yield f"The policy {current.name!r} names all locations beside ours: it blocks from everywhere."
