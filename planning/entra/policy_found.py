"""Which conditional access policy is ours."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.settings.entra import PolicySettings
from iocbeam.model.values.times import read_time

from .access import ActualPolicy, TenantAccess
from .policy_body import (
    EXCLUDE_LOCATIONS,
    INCLUDE_LOCATIONS,
    copied,
    differences,
    lay_options,
    read_list,
    write_list,
)


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
        namesakes: folded ids of the locations that have our names.

    Raises:
        ConfigurationError: there is none of this id, or more than one of this name.
    """
    if settings is None:
        return FoundPolicies()
    if settings.id:
        by_id = next((one for one in access.policies if one.id.lower() == settings.id.lower()), None)
        if by_id is not None:
            return _with_id(by_id, access, settings, namesakes)
        renewed = settings.recreate and any(one.name == settings.name for one in access.policies)
        if access.read and not renewed:
            raise ConfigurationError(
                f"the tenant has no policy with the id {settings.id}.",
                option="--policy_id",
                advice="Check it in the portal, or give --policy_name: one that was made anew has another id.",
            )
    named = [one for one in access.policies if one.name == settings.name]
    if len(named) < 2:
        return FoundPolicies(named[0] if named else None)
    if settings.recreate and len(named) == 2:
        newer, older = sorted(named, key=_age, reverse=True)
        if _takes_the_place(newer, older, settings, namesakes):
            return FoundPolicies(newer, older)
    raise _too_many(settings.name, named)


def _with_id(
    found: ActualPolicy, access: TenantAccess, settings: PolicySettings, namesakes: frozenset[str]
) -> FoundPolicies:
    name = settings.name or found.name
    others = [one for one in access.policies if one.name == name and one.id != found.id]
    copies = [one for one in others if _takes_the_place(one, found, settings, namesakes)]
    if settings.recreate and len(copies) == 1:
        return FoundPolicies(copies[0], found)
    if others and name != found.name:
        raise _too_many(name, [*others, found])
    return FoundPolicies(found)


def _takes_the_place(
    newer: ActualPolicy, older: ActualPolicy, settings: PolicySettings, namesakes: frozenset[str]
) -> bool:
    """Whether the newer one is the copy that a recreation made of the other, and nothing is lost without that."""
    if _age(newer) <= _age(older) or not newer.names_any(namesakes):
        return False
    bodies = []
    for one in (newer, older):
        body = deepcopy(copied(one.body))
        lay_options(body, settings)
        body["displayName"] = newer.name
        for of in (INCLUDE_LOCATIONS, EXCLUDE_LOCATIONS):
            write_list(body, of, [entry for entry in read_list(body, of) if entry.lower() not in namesakes])
        bodies.append(body)
    return not [one for one in differences(*bodies) if one.before or one.after]


def _age(policy: ActualPolicy) -> tuple[int, str]:
    """Greater for a newer one. Within a second the fraction in the text decides."""
    return (read_time(policy.created_at) or 0, policy.created_at.rstrip("Z"))


def _too_many(name: str, policies: Sequence[ActualPolicy]) -> ConfigurationError:
    return ConfigurationError(
        f"{len(policies)} policies are called {name!r}: {', '.join(one.id for one in policies)}.",
        option="--policy_name",
        advice="Give --policy_id, or rename or delete all but one of them.",
    )
