"""The Entra plan: from what a tenant's locations should hold and what it has to what is to be done.

Pure: no Beam, no HTTP, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from iocbeam.model.entra_plan import EntraPlan, PlannedRange
from iocbeam.model.errors import ConfigurationError, Stop
from iocbeam.model.outcome import DEFERRED, LEFT_OUT, UNCHANGED
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.entra import EntraTenantSettings

from .access import TenantAccess, folded
from .family import Family, check_losses, find_family, namesakes
from .layout import lay_out
from .policy import PolicyPlan, plan_policy
from .policy_found import FoundPolicies, find_policies
from .range_assignment import MAX_RANGES
from .ranges import RangeSet, range_changes
from .remarks import Remarks
from .subtraction import Exempt, Subtraction, trusted_exempt
from .wanted_ranges import DesiredRanges, Wanted, wanted_ranges


def plan_entra(desired: DesiredRanges, access: TenantAccess, run: RunInfo) -> EntraPlan:
    """What is to be done in one tenant. Every desired row is in it exactly once.

    When the tenant could not be read, or must not be written to as things are, everything desired is in the plan
    as a range that must not be written; `unreadable` or `stopped` says why.

    Args:
        access: its settings, locations and policies.
        run: a replay withdraws nothing.
    """
    everything = tuple(PlannedRange(row) for row in desired.rows)
    bare = EntraPlan(
        access.tenant_id,
        access.tenant.alias,
        ranges=everything,
        notices=desired.notices,
        requests=access.requests,
        throttled_seconds=access.throttled_seconds,
    )
    if access.error:
        return replace(bare, unreadable=access.error)
    try:
        return _Planner(desired, access, run, bare).plan()
    except Stop as stop:
        return replace(bare, stopped=str(stop))


class _Planner:
    """One plan in the making; `plan` reads like the order of decisions."""

    def __init__(self, desired: DesiredRanges, access: TenantAccess, run: RunInfo, bare: EntraPlan) -> None:
        self._desired = desired
        self._access = access
        self._run = run
        self._bare = bare
        self._settings: EntraTenantSettings = access.tenant
        self._location = access.tenant.location

    def plan(self) -> EntraPlan:
        settings, location = self._settings, self._location
        alike = folded(one.id for one in namesakes(self._access, location))
        found = find_policies(self._access, settings.policy, alike)
        family = find_family(self._access, found.ours)
        subtraction = Subtraction(() if location.excluded else self._exempt(family))
        actual = family.ranges()
        wanted = self._wanted(family, actual, subtraction)
        if location.excluded:
            self._check_excluded(wanted, any(one.names_any(family.ids) for one in found.ours))
        # Once our policy names a location it is ours, so whether it is must not be decided by a bad read.
        going = wanted.going | wanted.unread if settings.policy else wanted.going
        check_losses(family, going, settings.limits.max_withdraw_percent)
        strangers = self._used_by_others(family, found)
        layout = lay_out(family, wanted.ranges, location, strangers, MAX_RANGES)
        policy = PolicyPlan()
        if settings.policy is not None and (layout.staying or layout.new):
            policy = plan_policy(
                found,
                settings.policy,
                location,
                cloud=settings.connection.cloud,
                staying=layout.staying,
                new=layout.new,
                ours=family.ids,
            )
        remarks = Remarks(self._access, family, found, subtraction, wanted)
        plan = replace(
            self._bare,
            ranges=tuple(wanted.writing),
            ends=tuple(wanted.ends),
            locations=layout.changes,
            surplus=layout.surplus,
            policy=policy.change,
            policy_id=found.current.id if found.current else "",
            policy_name=found.current.name if found.current else "",
            subtracted=tuple((subtraction.ranges & RangeSet.of(_partly(wanted))).cidrs()),
            holds={one.id: tuple(one.stored.cidrs()) for one in family.members},
            withdrawn=len(range_changes(actual, wanted.ranges).removed),
            effect=policy.effect,
            refusals=(wanted.refusal,) if wanted.refusal else (),
            conflicts=(*remarks.conflicts(), *policy.conflicts),
            notices=(*self._desired.notices, *policy.notices, *remarks.notices(policy, layout.new)),
        )
        return self._without_lock_out(plan, policy.may_lock_out)

    def _without_lock_out(self, plan: EntraPlan, risk: str) -> EntraPlan:
        """The plan, or one that must not be carried out: it shows what would have been done."""
        policy = self._settings.policy
        if not risk or policy is None or policy.accept_lockout_risk:
            return plan
        advice = "Leave an emergency account out (--exclude_users, --exclude_groups)"
        if not (plan.locations or plan.surplus or plan.policy):
            return replace(plan, conflicts=(*plan.conflicts, f"{risk}. {advice}."))
        return replace(plan, stopped=f"{risk}. {advice}, or accept that with --accept_lockout_risk.")

    def _exempt(self, family: Family) -> Iterable[Exempt]:
        """What is never blocked, in the order in which it names itself as the reason."""
        desired = self._desired
        yield Exempt("built_in", "the built-in never-block list", desired.built_in)
        yield Exempt("never_block", "a list given with --never_block", desired.listed)
        yield Exempt("whitelisted_in_run", "Whitelisted records", desired.whitelisted)
        yield Exempt("my_address", "--my_address", self._mine())
        yield from trusted_exempt(self._access.locations, family.ids)

    def _wanted(self, family: Family, actual: RangeSet, subtraction: Subtraction) -> Wanted:
        most = min(self._location.max_locations, family.room)
        return wanted_ranges(
            self._desired,
            actual,
            subtraction,
            self._settings,
            most * MAX_RANGES,
            replay=self._run.replay,
            always=self._always(),
        )

    def _always(self) -> RangeSet:
        """Of a list of what is not blocked: what must not be blocked, whether or not the collection has it."""
        if not self._location.excluded:
            return RangeSet()
        return RangeSet.union((self._desired.listed, self._desired.whitelisted, self._mine()))

    def _mine(self) -> RangeSet:
        try:
            return RangeSet.of(self._location.my_addresses)
        except ValueError as error:
            raise ConfigurationError(f"{error}.", option="--my_address") from None

    def _check_excluded(self, wanted: Wanted, is_in_force: bool) -> None:
        """Everything else is blocked, so nothing of what is not may be missing.

        Args:
            is_in_force: whether the policy leaves out locations of ours already.
        """
        intake = self._desired.intake
        is_bad = not intake.records or intake.problem(self._settings.limits.max_rejected_percent)
        missing = sum(end.outcome in (DEFERRED, LEFT_OUT) for end in wanted.ends)
        is_there = any(end.outcome == UNCHANGED for end in wanted.ends)
        why = ""
        if not (wanted.writing or is_there or wanted.staying):
            why = "the collection leaves nothing that is not blocked"
        elif missing:
            why = f"{missing:,} records of the collection would be blocked, since they are deferred or do not fit"
        elif is_bad and not is_in_force:
            why = "the collection could not be read as a whole, and what is missing would be blocked"
        if why:
            raise ConfigurationError(
                f"blocks everything but the collection, and {why}.",
                option="--exclude_location",
                advice="Nothing was written.",
            )

    def _used_by_others(self, family: Family, found: FoundPolicies) -> frozenset[str]:
        """Ids of our locations that a policy names which is not ours."""
        return frozenset(
            one.id
            for one in family.members
            if any(policy not in found.ours for policy in self._access.naming(one.id))
        )


def _partly(wanted: Wanted) -> Iterable[str]:
    return (one.row.value for one in wanted.writing if one.reason)


def our_ranges(access: TenantAccess) -> RangeSet:
    """The addresses of the locations that have our names, whether or not they are ours."""
    return RangeSet.union(one.ranges for one in namesakes(access, access.tenant.location))
