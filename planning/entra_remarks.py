"""What an Entra plan says to a person beside what it does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .access import SENTINEL, ActualPolicy, TenantAccess
from .family import Family, named_policies
from .policy import FoundPolicies, PolicyPlan
from .policy_effect import NO_ONE
from .subtraction import Subtraction
from .wanted_ranges import Wanted

TO_SETTLE: Final = ("my_address", "trusted_location")
"""Why something is not blocked, where a person should look at it."""
AS_MEANT: Final = ("built_in", "never_block", "whitelisted_in_run")
"""Why something is not blocked, where somebody has said so."""

_WRITE_ROLES: Final = ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")
_APPLICATION_ROLE: Final = "Application.Read.All"
"""Needed to write a policy's applications: documented on older pages, observed (2023 to 2025)."""


class Remarks:
    """Puts what was found while planning into sentences."""

    def __init__(
        self, access: TenantAccess, family: Family, found: FoundPolicies, subtraction: Subtraction
    ) -> None:
        self._access = access
        self._settings = access.tenant
        self._location = access.tenant.location
        self._family = family
        self._found = found
        self._subtraction = subtraction

    def conflicts(self) -> Iterable[str]:
        """What a person should settle."""
        yield from self._subtraction.told(TO_SETTLE)
        for one in self._family.members:
            if one.trusted and not self._location.trusted and not self._location.excluded:
                yield (
                    f"The location {one.name!r} is marked trusted: what it holds counts as trusted in other "
                    "policies. --location_trusted=false takes that back."
                )
            strangers = [policy for policy in self._access.naming(one.id) if policy not in self._found.ours]
            if strangers:
                yield (
                    f"The location {one.name!r} is also named by {named_policies(strangers)}: what changes in it "
                    "changes there too."
                )
        for one in self._access.locations:
            if one.trusted and one.unreadable and one.id not in self._family.ids:
                yield (
                    f"The trusted location {one.name!r} holds a range of a form that is not known here, "
                    f"{one.unreadable[0]}: it cannot be left out of what is blocked."
                )

    def notices(self, wanted: Wanted, policy: PolicyPlan) -> Iterable[str]:
        """What a person should know."""
        yield from self._subtraction.told(AS_MEANT)
        if not self._access.read:
            yield "No login was given: the plan is made as for an empty tenant."
        if wanted.staying and not self._settings.limits.withdraw:
            count = sum(1 for _ in wanted.staying.blocks())
            yield f"Nothing is withdrawn: {count:,} ranges stay that the collection does not bring."
        if self._location.trusted and not self._location.excluded:
            yield (
                "--location_trusted: a trusted location of blocked ranges counts as trusted in every policy about "
                "trusted locations, and lowers the risk of sign-ins from it."
            )
        if not wanted.ranges:
            yield (
                f"Nothing is left to block: {SENTINEL}, a documentation address, holds the location's place."
                if self._family.members
                else "There is nothing to block: no location and no policy is made."
            )
        if self._settings.policy is None:
            yield from self._without_policy()
        if policy.effect == NO_ONE:
            yield "The policy applies to no one, or to no application: it blocks nothing yet."
        yield from self._other_locations()
        yield from self._missing_roles(policy)

    def _without_policy(self) -> Iterable[str]:
        members = self._family.members
        unused = [one.name for one in members if not any(self._access.naming(one.id))]
        if unused or not members:
            names = ", ".join(repr(name) for name in unused[:3]) or repr(self._location.name)
            yield (
                f"No policy names {names}: nothing is blocked by it. Name it in a policy, or give --policy_name."
            )

    def _other_locations(self) -> Iterable[str]:
        """Locations in our policy that are not ours: an administrator put them there, and they stay."""
        current: ActualPolicy | None = self._found.current
        if current is None:
            return
        ours = self._family.ids
        names = {one.id: one.name for one in self._access.locations}
        others = [names[one] for one in (*current.included, *current.excluded) if one in names and one not in ours]
        if others:
            yield (
                f"The policy {current.name!r} also names locations that are not ours, and keeps them: "
                f"{', '.join(map(repr, others[:5]))}."
            )

    def _missing_roles(self, policy: PolicyPlan) -> Iterable[str]:
        roles = self._access.roles
        if not roles:
            return
        needed = [*_WRITE_ROLES, *([_APPLICATION_ROLE] if policy.change else [])]
        missing = [role for role in needed if role.lower() not in roles]
        if missing:
            yield f"The token has not the role {' and '.join(missing)}: writing will be refused."
