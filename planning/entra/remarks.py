"""What an Entra plan says to a person beside what it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from iocbeam.model.settings.entra import is_guid

from .access import SENTINEL, ActualLocation, ActualPolicy, TenantAccess, folded
from .family import Family, named_policies
from .policy import PolicyPlan
from .policy_effect import NO_ONE
from .policy_found import FoundPolicies
from .subtraction import Subtraction
from .wanted_ranges import Wanted

TO_SETTLE: Final = ("my_address", "trusted_location")
"""Why something is not blocked, where a person should look at it."""
AS_MEANT: Final = ("built_in", "never_block", "whitelisted_in_run")
"""Why something is not blocked, where somebody has said so."""

ALL_TRUSTED: Final = "AllTrusted"
"""Stands in a policy for all trusted locations."""
TRUSTED_ADDRESSES: Final = "00000000-0000-0000-0000-000000000000"
"""Stands in a policy for the trusted addresses of multifactor authentication, which no list shows (observed)."""

_WRITE_ROLES: Final = ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")
_APPLICATION_ROLE: Final = "Application.Read.All"
"""Needed to write a policy's applications: documented on older pages, observed (2023 to 2025)."""


class Remarks:
    """Puts what was found while planning into sentences."""

    def __init__(
        self,
        access: TenantAccess,
        family: Family,
        found: FoundPolicies,
        subtraction: Subtraction,
        wanted: Wanted,
    ) -> None:
        self._access = access
        self._settings = access.tenant
        self._location = access.tenant.location
        self._family = family
        self._found = found
        self._subtraction = subtraction
        self._wanted = wanted

    def conflicts(self) -> Iterable[str]:
        """What a person should settle."""
        yield from self._subtraction.told(TO_SETTLE)
        for one in self._family.members:
            if one.trusted and self._location.trusted is None and not self._location.excluded:
                yield (
                    f"The location {one.name!r} is marked trusted: what it holds counts as trusted in other "
                    "policies. --location_trusted=false takes that back."
                )
            if one.unreadable:
                yield (
                    f"The location {one.name!r} holds a range of a form that is not known here, "
                    f"{one.unreadable[0]}: the next change of the location takes it out."
                )
            strangers = [policy for policy in self._access.naming(one.id) if policy not in self._found.ours]
            if strangers:
                yield (
                    f"The location {one.name!r} is also named by {named_policies(strangers)}: what changes in it "
                    "changes there too."
                )
        for one in self._access.locations:
            if one.trusted and one.id.lower() not in self._family.ids:
                yield from self._trusted_conflicts(one)
        yield from self._spared_as_trusted()
        yield from self._unknown_locations()

    def _trusted_conflicts(self, one: ActualLocation) -> Iterable[str]:
        """Of somebody else's trusted location."""
        if self._location.excluded:
            if one.stored - self._wanted.ranges:
                yield (
                    f"The trusted location {one.name!r} is not wholly in the collection: the policy blocks the "
                    "rest of it, unless it leaves that location out as well."
                )
        elif one.unreadable:
            yield (
                f"The trusted location {one.name!r} holds a range of a form that is not known here, "
                f"{one.unreadable[0]}: it cannot be left out of what is blocked."
            )

    def _spared_as_trusted(self) -> Iterable[str]:
        """Locations of ours that the policy leaves out, since they are trusted, though it is about them."""
        current, trusted = self._found.current, self._location.trusted
        if trusted is None:
            trusted = any(one.trusted for one in self._family.members)
        if trusted and not self._location.excluded and current and ALL_TRUSTED in current.excluded:
            yield (
                f"The policy {current.name!r} leaves out all trusted locations, and ours are trusted: it blocks "
                "nothing of them. --location_trusted=false puts that right."
            )

    def _unknown_locations(self) -> Iterable[str]:
        """Ids in our policy under which the tenant shows no location."""
        current = self._found.current
        known = folded(one.id for one in self._access.locations) | {TRUSTED_ADDRESSES}
        named = () if current is None else (*current.included, *current.excluded)
        unknown = [one for one in named if is_guid(one) and one.lower() not in known]
        if current and unknown:
            yield (
                f"The policy {current.name!r} names {', '.join(unknown[:3])}, which the tenant does not show: "
                "until that is taken out of it, the service may refuse every change."
            )

    def notices(self, policy: PolicyPlan, new: Sequence[str]) -> Iterable[str]:
        """What a person should know.

        Args:
            new: names of locations that are yet to be made.
        """
        wanted = self._wanted
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
            yield self._nothing()
        yield from self._unknown_adoptions()
        if self._settings.policy is None:
            yield from self._without_policy(new)
        if policy.effect == NO_ONE:
            yield "The policy applies to no one, or to no application: it blocks nothing yet."
        yield from self._other_locations()
        yield from self._missing_roles(policy)

    def _nothing(self) -> str:
        if self._family.members:
            return f"Nothing is left to block: {SENTINEL}, a documentation address, holds the location's place."
        if not self._family.room:
            return f"The tenant has {self._family.others} named locations, and there is no room for ours."
        return "There is nothing to block: no location and no policy is made."

    def _unknown_adoptions(self) -> Iterable[str]:
        unknown = folded(self._location.adopt) - folded(one.id for one in self._access.locations)
        if unknown and self._access.read:
            yield f"--adopt_location names {', '.join(sorted(unknown))}, which the tenant does not have."

    def _without_policy(self, new: Sequence[str]) -> Iterable[str]:
        unused = [one.name for one in self._family.members if not any(self._access.naming(one.id))]
        unused += new
        if unused:
            names = ", ".join(map(repr, unused[:3])) + (" ..." if len(unused) > 3 else "")
            yield (
                f"No policy names {names}: nothing is blocked by it. Name it in a policy, or give --policy_name."
            )

    def _other_locations(self) -> Iterable[str]:
        """Locations in our policy that are not ours: an administrator put them there, and they stay."""
        current: ActualPolicy | None = self._found.current
        if current is None:
            return
        ours = self._family.ids
        names = {one.id.lower(): one.name for one in self._access.locations}
        named = [one.lower() for one in (*current.included, *current.excluded)]
        others = [names[one] for one in named if one in names and one not in ours]
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
