"""Room: a tenant never holds more rows than it may, in few deletions; simulated, without HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_help import row

from iocbeam.model.plan import Change, DefenderPlan, Withdrawal
from iocbeam.planning import Room

KEYS: dict[str, frozenset[str]] = {
    "value": frozenset(),
    "value and action": frozenset({"action"}),
    "value and groups": frozenset({"rbacGroupNames"}),
    "value, action and groups": frozenset({"action", "rbacGroupNames"}),
}
"""Key models: the fields whose change makes a second row."""


@dataclass
class Tenant:
    """Ids of rows, never more than its capacity, and what was asked of it."""

    rows: set[str]
    capacity: int
    key: frozenset[str]
    imports: int = 0
    deletions: int = 0
    deleted: Counter[str] = field(default_factory=Counter)

    def delete(self, ids: list[str]) -> None:
        assert set(ids) <= self.rows
        assert ids
        self.deletions += 1
        self.deleted.update(ids)
        self.rows -= set(ids)

    def store(self, change: Change) -> str:
        """The id of the row; two rows of one value are told apart by an apostrophe."""
        new_row = not change.replaces or change.replaces not in self.rows or self.key & set(change.fields)
        if change.kind == "updated" and not change.replaces:
            return change.row.value
        if not new_row:
            return change.replaces
        row_id = f"{change.row.value}'"
        self.rows.add(row_id)
        assert len(self.rows) <= self.capacity, "the service would have refused this row"
        return row_id


def apply(plan: DefenderPlan, tenant: Tenant, batch: int, tells_id: Callable[[Change], bool]) -> None:
    """What the writer does, slice by slice."""
    room = Room(plan, batch)
    ids: dict[tuple[str, str], str] = {}
    for start in range(0, len(plan.changes), batch):
        changes = plan.changes[start : start + batch]
        if room.tight:
            if room.unsure:
                room.settle(ids)
            for going in room.before(changes):
                assert len(going) <= batch
                tenant.delete(going)
        tenant.imports += 1
        told = [(change, tenant.store(change)) for change in changes]
        ids.update((change.row.key, row_id) for change, row_id in told)
        room.after((change, row_id if tells_id(change) else "") for change, row_id in told)
    for going in room.rest():
        tenant.delete(going)
    room.settle(ids)
    for going in room.rest():
        tenant.delete(going)


def swap(
    *, creates: int, withdrawals: int, updates: int = 0, replacing: tuple[str, ...] = (), free: int = 0
) -> DefenderPlan:
    """A plan.

    Args:
        replacing: for each row that gets a new action or groups, these fields, separated by blanks.
    """
    names = [f"n{number}.example" for number in range(len(replacing))]
    return DefenderPlan(
        "tenant",
        "tenant",
        changes=(
            *(
                Change("updated", row(name), "", name, tuple(fields.split()))
                for name, fields in zip(names, replacing, strict=True)
            ),
            *(Change("updated", row(f"u{number}.example"), "") for number in range(updates)),
            *(Change("created", row(f"c{number}.example"), "") for number in range(creates)),
        ),
        withdraw=tuple(
            Withdrawal(f"w{number}", "DomainName", f"w{number}.example", "absent") for number in range(withdrawals)
        ),
        mark_seen=True,
        free=free,
    )


def tenant_of(plan: DefenderPlan, model: str) -> Tenant:
    """A tenant with the rows that the plan speaks of, and as many places free as it says."""
    rows = {one.id for one in plan.withdraw} | {change.replaces for change in plan.changes if change.replaces}
    return Tenant(rows, len(rows) + (plan.free or 0), KEYS[model])


@st.composite
def swaps(draw: st.DrawFn) -> DefenderPlan:
    """Plans as the planner makes them: creates fit once all withdrawals are done."""
    free, withdrawals = draw(st.integers(0, 3)), draw(st.integers(0, 9))
    return swap(
        creates=draw(st.integers(0, free + withdrawals)),
        withdrawals=withdrawals,
        updates=draw(st.integers(0, 6)),
        replacing=tuple(
            draw(st.lists(st.sampled_from(["action", "rbacGroupNames", "action rbacGroupNames"]), max_size=15))
        ),
        free=free,
    )


@given(
    plan=swaps(), model=st.sampled_from(sorted(KEYS)), batch=st.integers(1, 6), silent=st.sets(st.integers(0, 14))
)
def test_no_row_too_many_and_each_is_deleted_once_whatever_the_key(
    plan: DefenderPlan, model: str, batch: int, silent: set[int]
) -> None:
    tenant = tenant_of(plan, model)
    without_id = {f"n{number}.example" for number in silent}
    apply(plan, tenant, batch, lambda change: change.row.value not in without_id)

    assert set(tenant.deleted.values()) <= {1}
    must_go = {one.id for one in plan.withdraw}
    may_go = {change.replaces for change in plan.changes if change.replaces}
    second = {change.replaces for change in plan.changes if change.replaces and tenant.key & set(change.fields)}
    assert must_go | second <= set(tenant.deleted) <= must_go | may_go
    # Whatever happened on the way, each value now has one row.
    creates = sum(change.kind == "created" for change in plan.changes)
    assert len(tenant.rows) == creates + len(may_go)


@settings(max_examples=400)
@given(plan=swaps(), model=st.sampled_from(sorted(KEYS)), batch=st.integers(1, 6))
def test_the_calls_are_counted_beforehand(plan: DefenderPlan, model: str, batch: int) -> None:
    tenant = tenant_of(plan, model)
    apply(plan, tenant, batch, lambda change: True)

    going, replaced = len(plan.withdraw), sum(bool(change.replaces) for change in plan.changes)
    assert tenant.imports == ceil(len(plan.changes) / batch)
    if replaced == 0:
        assert tenant.deletions == ceil(going / batch)
    else:
        # Rows that changes replace go slice by slice, so each slice that has some may cost a deletion of its own.
        assert tenant.deletions <= ceil((going + replaced) / batch) + ceil(replaced / batch)


@pytest.mark.parametrize(
    ("plan", "first"),
    [
        pytest.param(swap(creates=3, withdrawals=0, free=3), [], id="there is room"),
        pytest.param(swap(creates=3, withdrawals=9, free=2), [["w0", "w1", "w2", "w3", "w4"]], id="a whole batch"),
        pytest.param(
            swap(creates=4, withdrawals=4, replacing=("action",)),
            [["w0", "w1", "w2", "w3", "n0.example"]],
            id="withdrawals, then what is replaced, in one request",
        ),
        pytest.param(
            swap(creates=0, withdrawals=0, replacing=("action",) * 4, free=3),
            [["n3.example"]],
            id="no more of what is replaced than it takes, the least important",
        ),
        pytest.param(swap(creates=0, withdrawals=3, updates=5, free=-7), [], id="updates need no room"),
    ],
)
def test_what_goes_before_the_first_slice(plan: DefenderPlan, first: list[list[str]]) -> None:
    assert Room(plan, 5).before(plan.changes) == first


@pytest.mark.parametrize(
    ("plan", "tight"),
    [
        (swap(creates=3, withdrawals=1, free=3), False),
        (swap(creates=3, withdrawals=1, free=2), True),
        (swap(creates=0, withdrawals=1, replacing=("action",)), True),
        (swap(creates=0, withdrawals=1, updates=9, free=-4), False),
    ],
)
def test_only_a_plan_that_needs_places_is_applied_slice_by_slice(plan: DefenderPlan, tight: bool) -> None:
    assert Room(plan).tight is tight


def test_a_row_that_took_its_new_action_in_place_saves_the_next_ones() -> None:
    plan = swap(creates=0, withdrawals=0, replacing=("action",) * 3 + ("rbacGroupNames",) * 2, free=1)
    room = Room(plan)
    one, *others = plan.changes
    assert room.before([one]) == []
    room.after([(one, one.replaces)])
    assert room.before(others[:2]) == []
    # Device groups are another matter: they may be a part of the key where the action is none.
    assert room.before(others) == [[others[-1].replaces]]


def test_a_row_of_which_no_id_was_told_counts_until_it_is_read_back() -> None:
    plan = swap(creates=0, withdrawals=0, replacing=("action",) * 3, free=1)
    room = Room(plan)
    silent, *others = plan.changes
    room.after([(silent, "")])
    room.settle({silent.row.key: silent.replaces})
    assert room.before(others) == []


def test_places_that_others_took_are_made_anew() -> None:
    plan = swap(creates=4, withdrawals=4)
    room = Room(plan, 2)
    assert room.before(plan.changes[:2]) == [["w0", "w1"]]
    room.full()
    assert room.before(plan.changes[2:]) == [["w2", "w3"]]


def test_in_a_full_tenant_a_row_that_stays_tells_whether_the_others_may_stay_too() -> None:
    plan = swap(creates=0, withdrawals=0, replacing=("action",) * 1_200)
    in_place, second_row = tenant_of(plan, "value"), tenant_of(plan, "value and action")
    for tenant in (in_place, second_row):
        apply(plan, tenant, 500, lambda change: True)
    assert (in_place.imports, in_place.deletions) == (3, 1)
    assert (second_row.imports, second_row.deletions) == (3, 3)


@pytest.mark.parametrize(
    ("creates", "withdrawals", "replacing", "model", "batch"),
    [
        # Before its turn its action is known to change in place; but the row is not there any more.
        (0, 0, ("action", "rbacGroupNames", "action"), "value and groups", 1),
        # The row that could be deleted early is in the very slice that lacks a place.
        (1, 1, ("action", "action", "action", "rbacGroupNames", "action"), "value and groups", 3),
    ],
)
def test_a_row_that_gives_its_place_to_others_has_one_when_its_turn_comes(
    creates: int, withdrawals: int, replacing: tuple[str, ...], model: str, batch: int
) -> None:
    plan = swap(creates=creates, withdrawals=withdrawals, replacing=replacing)
    tenant = tenant_of(plan, model)
    apply(plan, tenant, batch, lambda change: True)
    assert len(tenant.rows) == len(plan.changes)


def test_a_row_of_another_owner_never_goes_before_its_successor() -> None:
    adopted = Change("updated", row("o.example"), "", "o", ("action",), "held_weaker")
    own = Change("updated", row("n.example"), "", "n", ("action",))
    plan = DefenderPlan("tenant", "tenant", changes=(own, adopted), mark_seen=True, free=0)
    gone = {row_id for change in plan.changes for ids in Room(plan, 1).before([change]) for row_id in ids}
    assert gone == {"n"}
