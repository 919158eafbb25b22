"""What becomes of each of our locations: created, changed, kept as it is, emptied or deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from iocbeam.model.entra_plan import CREATE, UPDATE, LocationChange, Surplus
from iocbeam.model.errors import ConfigurationError
from iocbeam.model.settings.entra import LocationSettings

from .access import SENTINEL, ActualLocation
from .family import Family
from .range_assignment import Assignment, assign_ranges
from .ranges import RangeSet, range_changes


@dataclass(frozen=True, slots=True)
class Layout:
    """What the locations are to be.

    Attributes:
        changes, surplus: as in a plan.
        staying: ids of those that hold something of the collection, or its sentinel.
        new: names of those that are yet to be made.
    """

    changes: tuple[LocationChange, ...] = ()
    surplus: tuple[Surplus, ...] = ()
    staying: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def lay_out(
    family: Family, ranges: RangeSet, settings: LocationSettings, strangers: frozenset[str], max_ranges: int
) -> Layout:
    """Puts ranges into locations.

    Args:
        ranges: what they are to hold together.
        strangers: ids of our locations that a policy names which is not ours.
        max_ranges: CIDRs that a location may hold.

    Raises:
        ConfigurationError: they do not fit.
    """
    if not ranges and not family.members:
        return Layout()
    most = min(settings.max_locations, family.room)
    assignment = (
        assign_ranges({one.name: one.stored for one in family.members}, ranges, most, max_ranges)
        if ranges
        else _sentinel_alone(family, strangers)
    )
    if assignment.overflow:
        raise ConfigurationError(
            f"{len(assignment.overflow):,} ranges that must stay do not fit: there may be {most} locations"
            + (f", since others have {family.others} of the tenant's places." if family.room == most else "."),
            option="--max_locations",
            advice="Allow more, or let ranges go with --max_withdraw_percent.",
        )
    names = tuple(islice(family.new_names(settings.name), len(assignment.new)))
    freed = [one for one in family.members if one.name in assignment.freed]
    return Layout(
        (
            *_updates(family, assignment, settings, strangers),
            *(_creation(name, cidrs, settings) for name, cidrs in zip(names, assignment.new, strict=True)),
        ),
        tuple(Surplus(one.id, one.name, one.trusted) for one in freed if one.id not in strangers),
        tuple(one.id for one in family.members if one not in freed),
        names,
    )


def _sentinel_alone(family: Family, strangers: frozenset[str]) -> Assignment:
    """Nothing is left: one location stays. It is one that cannot be deleted, or else the first."""
    stays = min(family.members, key=lambda one: (one.id not in strangers, one.name))
    freed = tuple(one.name for one in family.members if one is not stays)
    return Assignment({stays.name: (SENTINEL,)}, (), (), freed, ())


def _updates(
    family: Family, assignment: Assignment, settings: LocationSettings, strangers: frozenset[str]
) -> Iterable[LocationChange]:
    for one in family.members:
        if one.name not in assignment.freed:
            yield from _update(one, assignment.locations[one.name], settings)
        elif one.id in strangers:
            # Somebody else's policy names it, so that it can only be emptied.
            yield from _update(one, (SENTINEL,), settings)


def _update(one: ActualLocation, ranges: tuple[str, ...], settings: LocationSettings) -> Iterable[LocationChange]:
    trusted = one.trusted if settings.trusted is None else settings.trusted
    added, removed = range_changes(one.stored, RangeSet.of(ranges))
    fields = (
        *(["ipRanges"] if added or removed else []),
        *(["isTrusted"] if trusted != one.trusted else []),
    )
    if fields:
        yield LocationChange(UPDATE, one.id, one.name, ranges, trusted, fields, added, removed)


def _creation(name: str, cidrs: tuple[str, ...], settings: LocationSettings) -> LocationChange:
    trusted = bool(settings.trusted)
    return LocationChange(CREATE, "", name, cidrs, trusted, ("ipRanges", "isTrusted"), cidrs, ())
