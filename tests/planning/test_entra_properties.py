"""What holds for every plan, whatever the tenant has, the collection brings and the options say."""

from __future__ import annotations

import copy
import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import netaddr
import pytest
from entra_plan_help import ADA, REPLAY, RUN, Graph, desired, settings, told
from hypothesis import assume, given
from hypothesis import strategies as st

from iocbeam.model.entra_plan import EntraPlan
from iocbeam.model.intake import Intake
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.entra import EntraTenantSettings, PolicySettings
from iocbeam.planning.entra import plan as entra
from iocbeam.planning.entra.wanted_ranges import DesiredRanges

LIMIT = 4
"""Ranges in a location."""
SENTINEL = netaddr.IPSet(["192.0.2.1"])
POLICY = PolicySettings(name="Block IOC", include_apps=("Office365",))

near = st.integers(0, 31).map(lambda at: f"45.9.0.{at}")
parts = st.builds(lambda at, length: f"45.9.0.{at * 8}/{length}", st.integers(0, 3), st.integers(26, 30))
wide = st.sampled_from(["45.9.0.0/24", "45.8.0.0/15", "45.0.0.0/9", "45.128.0.0/9", "44.0.0.0/8", "9.9.9.0/24"])
v6 = st.builds(
    lambda at, length: f"2a02:6b8::{at:x}/{length}", st.integers(0, 7), st.sampled_from([125, 127, 128])
)
texts = near | near | parts | wide | v6
values = texts.map(lambda text: str(netaddr.IPNetwork(text).cidr) if "/" in text else text)
rarely = st.integers(0, 7).map(lambda at: at == 0)
exempt = st.lists(near | parts | v6, max_size=2)


def stored(text: str) -> str:
    """As a location may show it: with a prefix, and with the host bits that it came with."""
    return text if "/" in text else f"{text}/{128 if ':' in text else 32}"


ranges = st.lists(texts.map(stored), max_size=6).map(lambda found: found or ["192.0.2.1/32"])


class Case(NamedTuple):
    graph: Graph
    wanted: DesiredRanges
    tenant: EntraTenantSettings
    run: RunInfo
    exempt: netaddr.IPSet

    def plan(self) -> EntraPlan:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(entra, "MAX_RANGES", LIMIT)
            return self.graph.plan(self.wanted, self.tenant, self.run)

    @property
    def keeps(self) -> bool:
        """Whether the options say that nothing is withdrawn."""
        return self.tenant.location.mode == "merge" or not self.tenant.limits.withdraw or self.run.replay


@st.composite
def cases(draw: st.DrawFn, excluded: bool = False) -> Case:
    graph = Graph()
    ours = [graph.location(name, *draw(ranges), trusted=draw(rarely)) for name in draw(names)]
    others = [graph.location(f"Office {at}", *draw(ranges)) for at in range(draw(st.integers(0, 2)))]
    trusted = [graph.location(f"Trusted {at}", *map(stored, draw(exempt)), trusted=True) for at in range(2)]
    if draw(st.booleans()) and (ours or others):
        graph.policy("theirs", include=draw(some(ours + others)), exclude=draw(some(trusted)))
    adopted = tuple(ours) if draw(st.integers(0, 3)) else tuple(draw(some(ours)))
    with_policy = excluded or draw(st.booleans())
    if with_policy and (named := draw(some(ours))):
        side = {"exclude": named, "include": ["All"]} if excluded else {"include": named + draw(some(others))}
        graph.policy(**side, state=draw(st.sampled_from(["enabled", "disabled"])), users={"includeUsers": [ADA]})
    mine = tuple(draw(exempt)) if draw(st.booleans()) else ()
    sets = {name: draw(exempt) for name in ("whitelisted", "built_in", "listed", "ended") if draw(st.booleans())}
    wanted = desired(*draw(st.lists(values, max_size=14, unique=True)), intake=draw(intakes), **sets)
    tenant = settings(
        dataclasses.replace(POLICY, accept_lockout_risk=True) if with_policy else None,
        adopt=adopted,
        excluded=excluded,
        my_addresses=mine,
        mode=draw(st.sampled_from(["replace", "replace", "merge"])),
        trusted=draw(st.sampled_from([None, None, True, False])),
        max_locations=draw(st.integers(1, 6)),
        withdraw=draw(st.integers(0, 5)) > 0,
        withdraw_floor=draw(st.integers(0, 12)),
        max_withdraw_percent=draw(st.sampled_from([0, 20, 60, 100])),
        objects_per_run=draw(st.none() | st.none() | st.integers(1, 5)),
    )
    exempts = [sets.get(name, []) for name in ("whitelisted", "built_in", "listed")]
    stays_out = netaddr.IPSet([*mine, *(text for found in exempts for text in found)]) | addresses(graph, trusted)
    return Case(graph, wanted, tenant, draw(st.sampled_from([RUN, RUN, RUN, REPLAY])), stays_out)


names = st.sampled_from(["", "IOC", "IOC", "IOC,IOC (2)", "IOC,IOC (2),IOC (3)", "IOC (2),IOC (10)"]).map(
    lambda text: [name for name in text.split(",") if name]
)
intakes = st.sampled_from(
    [Intake(records=20)] * 3 + [Intake(records=9, incomplete=1), Intake(records=0), Intake(records=9, lost=2)]
)


def some(ids: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])


def addresses(graph: Graph, ids: Iterable[str]) -> netaddr.IPSet:
    """What these locations hold, but for the sentinel."""
    found = {one["id"]: one for one in graph.locations}
    held = [item["cidrAddress"] for one in ids if one in found for item in found[one]["ipRanges"]]
    return netaddr.IPSet(held) - SENTINEL


def named(rows: Iterable[Any]) -> netaddr.IPSet:
    return netaddr.IPSet([one.row.value for one in rows])


def carried_out(case: Case) -> tuple[EntraPlan, netaddr.IPSet, netaddr.IPSet]:
    """The plan, and what our locations hold before and after it."""
    graph, made = case.graph, case.plan()
    assert Counter(one.row for one in (*made.ranges, *made.ends)) == Counter(case.wanted.rows)
    assume(not made.stopped)
    before = addresses(graph, made.holds)
    strangers = copy.deepcopy([one for one in graph.locations if one["id"] not in made.holds])
    their_policies = copy.deepcopy([one for one in graph.policies if one["displayName"] == "theirs"])
    graph.apply(made)
    # What is not ours is as it was.
    assert all(one in graph.locations for one in strangers)
    assert all(one in graph.policies for one in their_policies)
    ids = {one["id"] for one in graph.locations} - {one["id"] for one in strangers}
    written = {one.name for one in made.locations if "ipRanges" in one.fields}
    for one in graph.locations:
        if one["displayName"] in written:
            found = [netaddr.IPNetwork(item["cidrAddress"]) for item in one["ipRanges"]]
            assert 1 <= len(found) <= LIMIT
            assert min(net.prefixlen for net in found) >= 8
    return made, before, addresses(graph, ids)


@given(cases())
def test_what_our_locations_hold_is_what_the_records_bring_and_what_a_guard_keeps(case: Case) -> None:
    made, before, after = carried_out(case)
    unchanged = [one for one in made.ends if one.outcome == "unchanged"]
    deferred = named(one for one in made.ends if one.outcome == "deferred")
    brought = named([*made.ranges, *unchanged]) - case.exempt
    assert brought.issubset(after)
    assert after.issubset(brought | before)
    # Nothing that is protected is ever held.
    assert after.isdisjoint(case.exempt)
    kept = after - brought
    if case.keeps:
        assert (before - case.exempt).issubset(after)
    elif not made.refusals:
        assert kept.issubset(deferred)
    protected = named(one for one in made.ends if one.outcome == "protected")
    assert protected.issubset(case.exempt)
    assert made.withdrawn == count(before - after)


@given(cases())
def test_what_goes_uncounted_has_ended_and_the_rest_is_within_the_limits(case: Case) -> None:
    made, before, after = carried_out(case)
    gone = before - after - case.exempt
    intake, limits = case.wanted.intake, case.tenant.limits
    if case.keeps:
        assert not gone
        return
    counted = gone - ip_set_of(case.wanted.ended.cidrs())
    if intake.incomplete or intake.lost or not intake.records:
        assert not gone
    elif made.refusals:
        assert not counted
    else:
        owned = count(before)
        assert min(count(counted), owned) <= max(limits.withdraw_floor, owned * limits.max_withdraw_percent / 100)


@given(cases())
def test_once_it_is_carried_out_the_next_plan_does_nothing(case: Case) -> None:
    made, _, after = carried_out(case)
    # A percentage of what is there allows more once more is there.
    assume(not made.refusals or case.wanted.intake.problem() or not case.wanted.intake.records)
    rounds = 0
    while any(one.outcome == "deferred" for one in made.ends) and rounds < 20:
        made, _, after = carried_out(case)
        rounds += 1
    again = case.plan()
    assert (told(again), again.stopped, again.withdrawn) == ([], "", 0)
    assert again.surplus == ()
    assert again.ranges == ()
    assert addresses(case.graph, again.holds) == after


@given(cases(excluded=True))
def test_of_a_list_of_what_is_not_blocked_nothing_is_missing(case: Case) -> None:
    made, before, after = carried_out(case)
    if not (made.policy or case.graph.policies):
        return
    mine = netaddr.IPSet(case.tenant.location.my_addresses)
    for texts in (case.wanted.listed, case.wanted.whitelisted):
        mine |= ip_set_of(texts.cidrs())
    assert ip_set_of(one.value for one in case.wanted.rows).issubset(after)
    assert mine.issubset(after)
    if made.refusals or case.keeps:
        assert before.issubset(after)


def count(found: netaddr.IPSet) -> int:
    return len([part for net in found.iter_cidrs() for part in (net.subnet(8) if net.prefixlen < 8 else [net])])


def ip_set_of(found: Iterable[str]) -> netaddr.IPSet:
    return netaddr.IPSet(found)
