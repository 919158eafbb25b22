"""What is to be done to our conditional access policy."""

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
from iocbeam.model.errors import ConfigurationError
from iocbeam.model.settings.entra import ALL, POLICY_STATES, LocationSettings, PolicySettings

from .access import ActualPolicy, folded
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
from .policy_found import FoundPolicies

_RISKS: Final = ("signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels", "insiderRiskLevels")
"""Conditions that China's policies do not have (from the schemas of the clouds)."""


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
        ours: folded ids of all our locations; of them the policy names none but those that stay.

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
    if settings.recreate and settings.id and fields:
        notices.append("The policy that takes the place of this one has another id: name it by --policy_name.")
    enabled = {**after, "state": POLICY_STATES["enabled"]}
    if enabled != after and not settings.accept_lockout_risk and _lock_out_risk(enabled, location):
        notices.append(
            "Once it is enabled, the policy leaves nobody out: name an emergency account now (--exclude_users, "
            "--exclude_groups). Nothing is written while it could lock everyone out."
        )
    change = _change(found, settings, before, after, fields)
    return PolicyPlan(
        None if change is None else replace(change, excludes=location.excluded),
        effect_of(after),
        _lock_out_risk(after, location),
        tuple(_conflicts(current, after, ours, location)),
        tuple(notices),
    )


def _change(
    found: FoundPolicies, settings: PolicySettings, before: Body, after: Body, fields: tuple[FieldChange, ...]
) -> PolicyChange | None:
    name = after.get("displayName") or ""
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
        if folded(named).isdisjoint(ours):
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
    of, other = INCLUDE_LOCATIONS, EXCLUDE_LOCATIONS
    if location.excluded:
        of, other = other, of
    named = folded((*read_list(body, of), *read_list(body, other)))
    going = ours - folded(references)
    for one in (of, other):
        write_list(body, one, [entry for entry in read_list(body, one) if entry.lower() not in going])
    entries = read_list(body, of)
    there = folded(entries)
    entries += [entry for entry in references if entry.lower() not in there]
    if location.excluded:
        if not read_list(body, INCLUDE_LOCATIONS):
            write_list(body, INCLUDE_LOCATIONS, [ALL])
    elif named.isdisjoint(ours):
        # One that is taken over does nothing yet if it is about all: it is about our locations from now on.
        entries = [entry for entry in entries if entry != ALL]
    write_list(body, of, entries)


def _lock_out_risk(body: Body, location: LocationSettings) -> str:
    if not may_lock_out(body, excludes_location=location.excluded):
        return ""
    why = (
        "blocks everything that comes from elsewhere than our locations"
        if location.excluded
        else "is about all users, or a group or role, and about all applications or the admin portals"
    )
    return f"The policy {body.get('displayName', '')!r} is enabled, {why}, and leaves no user, group or role out"


def _conflicts(
    current: ActualPolicy | None, after: Body, ours: frozenset[str], location: LocationSettings
) -> Iterable[str]:
    if current is None:
        return
    shown = f"The policy {current.name!r}"
    if not blocks(after):
        controls = ", ".join((after.get("grantControls") or {}).get("builtInControls") or ()) or "no grant control"
        yield f"{shown} does not block: it has {controls}. That is left as it is."
    enabled = POLICY_STATES["enabled"]
    if current.body.get("state") == enabled != after.get("state"):
        yield (
            f"{shown} is enabled, and --policy_state makes it {after.get('state')}. Leave the option out to keep "
            "what is set in the portal."
        )
    included, excluded = read_list(after, INCLUDE_LOCATIONS), read_list(after, EXCLUDE_LOCATIONS)
    if location.excluded:
        if ALL not in included:
            yield f"{shown} is about {len(included):,} locations and not about all: it blocks from there alone."
        return
    if ALL in included:
        yield f"{shown} names all locations beside ours: it blocks from everywhere."
    spared = [entry for entry in excluded if entry.lower() in ours]
    if spared:
        yield f"{shown} leaves out {', '.join(spared)}: what these locations of ours hold is not blocked."
