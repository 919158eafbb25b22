"""Which of a tenant's named locations are ours. Graph objects carry no mark: a name and a policy must tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.settings.entra import MAX_LOCATIONS, LocationSettings

from .access import ActualLocation, ActualPolicy, TenantAccess, folded
from .ranges import RangeSet

_numbered = re.compile(r" \(([1-9][0-9]{0,2})\)", re.ASCII).fullmatch
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Family:
    """Our locations in a tenant.

    Attributes:
        members: by name, ascending.
        unproven: ids of those that only their name shows to be ours; they may lose little.
        names_taken: names that a new location cannot have.
        others: how many places of the tenant other locations take.
    """

    members: tuple[ActualLocation, ...]
    unproven: frozenset[str]
    names_taken: frozenset[str]
    others: int

    @property
    def ids(self) -> frozenset[str]:
        """Of all members, folded."""
        return folded(one.id for one in self.members)

    @property
    def room(self) -> int:
        """Named locations that we may have, however many the settings allow."""
        return max(len(self.members), MAX_LOCATIONS - self.others)

    def ranges(self) -> RangeSet:
        """The addresses of all members."""
        return RangeSet.union(one.ranges for one in self.members)

    def new_names(self, base: str) -> Iterable[str]:
        """Names for new locations, in order: NAME, NAME (2), NAME (3) ..."""
        names = (base, *(f"{base} ({number})" for number in range(2, 2 * MAX_LOCATIONS)))
        return (name for name in names if name not in self.names_taken)


def is_family_name(name: str, base: str) -> bool:
    """Whether a location of this name is one of `base`, `base (2)`, `base (3)` ..."""
    if name == base:
        return True
    number = _numbered(name.removeprefix(base)) if name.startswith(base) else None
    return number is not None and int(number[1]) >= 2


def namesakes(access: TenantAccess, settings: LocationSettings) -> tuple[ActualLocation, ...]:
    """The locations that have one of our names, by name."""
    found = (one for one in access.locations if is_family_name(one.name, settings.name))
    return tuple(sorted(found, key=lambda one: one.name))


def find_family(access: TenantAccess, ours: Sequence[ActualPolicy]) -> Family:
    """Our locations.

    Args:
        ours: our policy, or while one takes the place of another, both.

    Raises:
        ConfigurationError: a location has one of our names and must not be taken for ours.
    """
    settings = access.tenant.location
    members = namesakes(access, settings)
    _check_names(members)
    adopted = folded(settings.adopt)
    _check_adopted(access, settings, adopted)
    members = tuple(one for one in members if one.id.lower() in adopted or not _is_left_behind(one, access, ours))
    unproven = [one.id for one in members if not _is_proven(one, access, ours, adopted, settings)]
    return Family(
        members,
        frozenset(unproven),
        frozenset(one.name for one in access.locations),
        len(access.locations) - len(members),
    )


def _is_left_behind(one: ActualLocation, access: TenantAccess, ours: Sequence[ActualPolicy]) -> bool:
    """Whether it was emptied in the place of being deleted, since only somebody else's policy names it."""
    naming = list(access.naming(one.id))
    return one.is_emptied and bool(naming) and not any(policy in ours for policy in naming)


def _check_adopted(access: TenantAccess, settings: LocationSettings, adopted: frozenset[str]) -> None:
    for one in access.locations:
        if one.id.lower() in adopted and not is_family_name(one.name, settings.name):
            raise ConfigurationError(
                f"the named location {one.name!r} ({one.id}) is not called {settings.name!r}, "
                f"{settings.name + ' (2)'!r} ...",
                option="--adopt_location",
                advice="Give the id of one that is, or correct --location_name.",
            )


def _check_names(members: Sequence[ActualLocation]) -> None:
    for name, count in Counter(one.name for one in members).items():
        if count > 1:
            ids = ", ".join(one.id for one in members if one.name == name)
            raise ConfigurationError(
                f"{count} named locations are called {name!r}: {ids}.",
                option="--location_name",
                advice="Rename or delete all but one of them, or use another name.",
            )


def _is_proven(
    one: ActualLocation,
    access: TenantAccess,
    ours: Sequence[ActualPolicy],
    adopted: frozenset[str],
    settings: LocationSettings,
) -> bool:
    """Whether something besides its name shows that it is ours.

    Raises:
        ConfigurationError: it is somebody else's, or could be.
    """
    shown = f"the named location {one.name!r} ({one.id})"
    if not one.is_ip:
        raise ConfigurationError(
            f"{shown} holds no IP ranges.", option="--location_name", advice="Use another name."
        )
    if any(policy.names_any((one.id,)) for policy in ours):
        return True
    if one.id.lower() in adopted:
        if one.trusted and one.ranges and settings.trusted is None:
            raise ConfigurationError(
                f"{shown} is marked trusted, and what is written to it would be trusted as well.",
                option="--adopt_location",
                advice="Use another name; or give --location_trusted=false, which takes that mark off.",
            )
        return True
    advice = f"Use another name; only if it is ours, give --adopt_location {one.id}."
    strangers = [policy for policy in access.naming(one.id) if policy not in ours]
    if strangers:
        raise ConfigurationError(
            f"{shown} is used by {named_policies(strangers)}, which is not this job's policy.",
            option="--location_name",
            advice=advice,
        )
    if one.trusted and not settings.trusted:
        raise ConfigurationError(
            f"{shown} is marked trusted, and no policy shows that it is ours.",
            option="--location_name",
            advice=advice,
        )
    if one.unreadable:
        raise ConfigurationError(
            f"{shown} holds a range of a form that is not known here, {one.unreadable[0]}.",
            option="--location_name",
            advice=advice,
        )
    return False


def named_policies(policies: Sequence[ActualPolicy]) -> str:
    """The names of policies, for a sentence."""
    names = ", ".join(f"{one.name!r}" for one in policies[:_SHOWN])
    more = f" and {len(policies) - _SHOWN} more" if len(policies) > _SHOWN else ""
    return f"the {'policy' if len(policies) == 1 else 'policies'} {names}{more}"


def check_losses(family: Family, going: RangeSet, max_percent: int) -> None:
    """Hold what goes against what unproven members hold.

    Args:
        going: what would be withdrawn if no guard held it back.

    Raises:
        ConfigurationError: one would lose so much that it is probably not ours. No floor: it may be small.
    """
    for one in family.members:
        if one.id not in family.unproven:
            continue
        held = one.ranges.cidrs()
        lost = len(going.touched(held).wholly) + len(going.touched(held).partly)
        if lost * 100 > len(held) * max_percent:
            raise ConfigurationError(
                f"the named location {one.name!r} ({one.id}) would lose {lost:,} of its {len(held):,} ranges, and "
                "no policy shows that it is ours.",
                option="--location_name",
                advice=f"Use another name; only if it is ours, give --adopt_location {one.id}.",
            )
