"""Rows of others: what they mean for the plan, and when they are taken over."""

from __future__ import annotations

import pytest
from plan_help import RUN, others, ours, row, tenant, told

from iocbeam.planning import Desired, plan


@pytest.mark.parametrize(
    ("wanted", "theirs", "reason"),
    [
        ("Block", "Block", "held_same"),
        ("Audit", "Block", "held_same"),
        ("Block", "AlertAndBlock", "held_same"),
        ("Block", "Audit", "held_weaker"),
        ("Block", "Warn", "held_weaker"),
        ("Block", "SomethingNew", "held_weaker"),
        ("Block", "", "held_weaker"),
        ("Block", "Allowed", "held_allows"),
        ("Audit", "Allowed", "held_allows"),
        ("Allowed", "Allowed", "held_same"),
        ("Allowed", "Block", "held_weaker"),
    ],
)
def test_a_value_of_another_owner_is_held_with_what_that_means(wanted: str, theirs: str, reason: str) -> None:
    made = plan(Desired([row(0, action=wanted)]), tenant(others(row(0), action=theirs)), RUN)
    assert told(made) == [f"held {reason} n0.example"]


def test_a_row_for_some_device_groups_does_less_than_one_for_all() -> None:
    made = plan(Desired([row(0)]), tenant(others(row(0), rbacGroupNames=["Lab"])), RUN)
    assert told(made) == ["held held_weaker n0.example"]
    same = plan(Desired([row(0)]), tenant(others(row(0), rbacGroupNames=["Lab"]), device_groups=("Lab",)), RUN)
    assert told(same) == ["held held_same n0.example"]


def test_a_row_of_another_collection_is_held_too() -> None:
    actual = others(row(0), externalId="iocbeam:drill-2:0011223344556677")
    made = plan(Desired([row(0)]), tenant(actual), RUN)
    assert told(made) == ["held held_same n0.example"]
    assert "iocbeam:drill-2" in made.notices[0]


def test_a_block_that_another_owner_disarms_is_a_conflict_with_his_name() -> None:
    made = plan(Desired([row(0), row(1)]), tenant(others(row(0), action="Allowed"), others(row(1), "o2")), RUN)
    assert made.conflicts == ("Ada holds n0.example and allows it, which disarms the block.",)
    assert made.notices == (
        "Ada holds n1.example in a row of their own that does the same or more. --adopt Ada takes it over.",
    )


def test_a_second_row_of_another_owner_beside_ours_is_told_and_ours_is_kept() -> None:
    made = plan(Desired([row(0)]), tenant(ours(row(0)), others(row(0), action="Allowed")), RUN)
    assert told(made) == ["unchanged n0.example"]
    assert "disarms" in made.conflicts[0]


def test_a_change_that_would_hit_the_row_of_another_owner_is_not_sent() -> None:
    """Where the action is part of the key, ours says Audit and theirs Block: sending Block would change theirs."""
    made = plan(Desired([row(0)]), tenant(ours(row(0), "7", action="Audit"), others(row(0))), RUN)
    assert told(made) == ["held held_same n0.example", "withdraw 7 held"]


@pytest.mark.parametrize("name", ["Ada", "ada", "ADA@corp.example"])
def test_rows_are_adopted_by_the_name_of_their_owner(name: str) -> None:
    made = plan(Desired([row(0)]), tenant(others(row(0), title="Ada's"), adopt=(name,)), RUN)
    assert told(made) == ["updated n0.example title externalId"]
    assert made.changes[0].held == "held_same"
    assert made.changes[0].mark.startswith("iocbeam:drill:")


def test_rows_of_another_collection_are_adopted_by_its_mark() -> None:
    actual = others(row(0), externalId="iocbeam:drill-2:0011223344556677")
    assert told(plan(Desired([row(0)]), tenant(actual, adopt=("iocbeam:drill-2",)), RUN)) == [
        "updated n0.example externalId"
    ]
    # Not by the name of the application that made them: that may have made those of many collections.
    assert told(plan(Desired([row(0)]), tenant(actual, adopt=("Ada",)), RUN)) == ["held held_same n0.example"]


def test_only_rows_that_the_collection_wants_are_adopted() -> None:
    assert told(plan(Desired([row(0)]), tenant(others(row(1)), adopt=("Ada",)), RUN)) == ["created n0.example"]


def test_a_value_that_a_third_owner_holds_as_well_is_not_adopted() -> None:
    bert = others(row(0), "o2", createdBy="bert@corp.example", createdByDisplayName="Bert", action="Audit")
    made = plan(Desired([row(0)]), tenant(others(row(0)), bert, adopt=("Ada",)), RUN)
    assert told(made) == ["held held_same n0.example"]


def test_adopting_needs_no_place_in_a_full_tenant() -> None:
    actual = tenant(others(row(0)), others(row(1), "o2"), adopt=("Ada",), capacity=2)
    assert told(plan(Desired([row(0), row(2)]), actual, RUN)) == [
        "updated n0.example externalId",
        "left_out over_capacity n2.example",
    ]


def test_the_other_collection_creates_the_value_once_its_holder_has_withdrawn_it() -> None:
    held = plan(Desired([row(0)]), tenant(others(row(0), externalId="iocbeam:other:0011223344556677")), RUN)
    assert told(held) == ["held held_same n0.example"]
    assert told(plan(Desired([row(0)]), tenant(), RUN)) == ["created n0.example"]


def test_what_a_role_does_not_show_is_said() -> None:
    assert any("Ti.ReadWrite.All" in one for one in plan(Desired([]), tenant(sees_all=False), RUN).notices)
    assert plan(Desired([]), tenant(), RUN).notices == ()


def test_rows_of_our_own_application_without_a_mark_are_told_and_not_touched() -> None:
    plain = others(row(0), createdBy="APP-ID", createdByDisplayName="Sync app")
    made = plan(Desired([]), tenant(plain), RUN)
    assert told(made) == []
    assert "no owner mark" in made.notices[0]
    assert not made.mark_seen


def test_a_mark_of_any_collection_shows_that_the_tenant_returns_marks() -> None:
    assert plan(Desired([]), tenant(others(row(0), externalID="iocbeam:drill-2:00")), RUN).mark_seen
