"""The Defender plan, by table: from desired and actual rows to what is to be done."""

from __future__ import annotations

from typing import Any

import pytest
from plan_help import REPLAY, RUN, digest, others, ours, row, tenant, told

from iocbeam.model.actual import TenantRows
from iocbeam.model.indicator import Indicator, key_digest
from iocbeam.model.plan import DefenderRow
from iocbeam.planning import Desired, plan

IPV6 = DefenderRow(
    "IpAddress",
    "2606:4700:0:0:0:0:0:1111",
    "Block",
    "High",
    "2606:4700::1111",
    "about",
    None,
    False,
    Indicator("IPv6 Address", "2606:4700::1111"),
)
HASH = DefenderRow("FileMd5", "a" * 32, "Block", "High", "hash", "about", None, False, Indicator("MD5", "a" * 32))
URL_ROW = DefenderRow(
    "Url", "http://a.example", "Block", "High", "t", "d", None, False, Indicator("URL", "http://a.example")
)
THREE = [row(0), row(1), row(2)]


CASES: list[tuple[str, Desired, TenantRows, list[str]]] = [
    ("nothing at all", Desired([]), tenant(), []),
    ("an empty tenant", Desired(THREE[:2]), tenant(), ["created n0.example", "created n1.example"]),
    ("in step", Desired(THREE[:1]), tenant(ours(row(0))), ["unchanged n0.example"]),
    (
        "updates come before creates",
        Desired(THREE[:2]),
        tenant(ours(row(1), title="old")),
        ["updated n1.example title", "created n0.example"],
    ),
    (
        "every field that is sent is compared",
        Desired([row(0)]),
        tenant(ours(row(0), severity="Low", title="x", description="y", generateAlert=True)),
        ["updated n0.example severity title description generateAlert"],
    ),
    (
        "a new action names the row that it may leave behind",
        Desired([row(0)]),
        tenant(ours(row(0), "7", action="Audit")),
        ["updated n0.example action replacing 7"],
    ),
    (
        "new device groups too",
        Desired([row(0)]),
        tenant(ours(row(0), "7", rbacGroupNames=["Lab"])),
        ["updated n0.example rbacGroupNames replacing 7"],
    ),
    (
        "device groups in another order are the same",
        Desired([row(0)]),
        tenant(ours(row(0), rbacGroupNames=["b", "a"]), device_groups=("a", "b")),
        ["unchanged n0.example"],
    ),
    (
        "a field that is not sent is not compared",
        Desired([row(0)]),
        tenant(ours(row(0), recommendedActions="Ada's words", category=7)),
        ["unchanged n0.example"],
    ),
    (
        "recommended actions are compared once they are given",
        Desired([row(0)]),
        tenant(ours(row(0)), recommended_actions="Call us."),
        ["updated n0.example recommendedActions"],
    ),
    (
        "IPv6 compares by address",
        Desired([IPV6]),
        tenant(ours(IPV6, indicatorValue="2606:4700::1111"), days=None),
        ["unchanged 2606:4700:0:0:0:0:0:1111"],
    ),
    (
        "hosts compare without case and final dot",
        Desired([row(0)]),
        tenant(ours(row(0), indicatorValue="N0.Example.")),
        ["unchanged n0.example"],
    ),
    (
        "hashes compare without case",
        Desired([HASH]),
        tenant(ours(HASH, indicatorValue="A" * 32), days=None),
        [f"unchanged {'a' * 32}"],
    ),
    (
        "a row that the collection no longer brings goes",
        Desired([row(0)]),
        tenant(ours(row(0)), ours(row(1))),
        ["unchanged n0.example", "withdraw n1.example absent"],
    ),
    (
        "rows of others and of other collections are never touched",
        Desired([row(0)]),
        tenant(others(row(8)), ours(row(9), externalId="iocbeam:drill-2:00")),
        ["created n0.example"],
    ),
    (
        "what ended inactive, expired or protected goes at once",
        Desired([], ended={digest(0): "inactive", digest(1): "expired", digest(2): "protected"}),
        tenant(ours(row(0)), ours(row(1)), ours(row(2)), max_withdraw_percent=0, withdraw_floor=0),
        ["withdraw n0.example inactive", "withdraw n1.example expired", "withdraw n2.example protected"],
    ),
    (
        "but not while another record of its value is wanted",
        Desired([row(0)], ended={digest(0): "inactive"}),
        tenant(ours(row(0))),
        ["unchanged n0.example"],
    ),
    (
        "a Whitelisted record protects its value, and its row goes",
        Desired(THREE[:2], whitelisted=frozenset((digest(0),))),
        tenant(ours(row(0)), withdraw_floor=0),
        ["created n1.example", "protected whitelisted_in_run n0.example", "withdraw n0.example protected"],
    ),
    (
        "the last places go to the best",
        Desired(THREE),
        tenant(others(row(9)), capacity=3),
        ["created n0.example", "created n1.example", "left_out over_capacity n2.example"],
    ),
    (
        "an update needs no place",
        Desired([row(0)]),
        tenant(ours(row(0), title="old"), others(row(9)), capacity=2),
        ["updated n0.example title"],
    ),
    (
        "a better record takes the place of a worse one",
        Desired(THREE[:2], outranked=[row(2)]),
        tenant(ours(row(1)), ours(row(2)), capacity=2),
        [
            "created n0.example",
            "unchanged n1.example",
            "left_out over_capacity n2.example",
            "withdraw n2.example outranked",
        ],
    ),
    (
        "a place is taken only when it is needed",
        Desired(THREE[:2], outranked=[row(2)]),
        tenant(ours(row(2)), capacity=2, objects_per_run=1),
        ["created n0.example", "deferred objects_per_run n1.example", "unchanged n2.example"],
    ),
    (
        "a place is not taken where the guard forbids it",
        Desired(THREE[:2], outranked=[row(2)]),
        tenant(ours(row(1)), ours(row(2)), capacity=2, withdraw_floor=0),
        ["unchanged n1.example", "left_out over_capacity n0.example", "unchanged n2.example"],
    ),
    (
        "a smaller capacity withdraws the worst",
        Desired(THREE[:2], outranked=[row(2)]),
        tenant(*map(ours, THREE), capacity=2),
        [
            "unchanged n0.example",
            "unchanged n1.example",
            "left_out over_capacity n2.example",
            "withdraw n2.example outranked",
        ],
    ),
    (
        "the rest comes with the next run and is not withdrawn meanwhile",
        Desired(THREE),
        tenant(ours(row(2), title="old"), objects_per_run=1),
        [
            "created n0.example",
            "deferred objects_per_run n1.example",
            "deferred objects_per_run n2.example",
        ],
    ),
    (
        "unchanged rows do not count as objects of a run",
        Desired(THREE),
        tenant(ours(row(0)), objects_per_run=2),
        ["created n1.example", "created n2.example", "unchanged n0.example"],
    ),
    (
        "two rows of ours with one value become one",
        Desired([row(0)]),
        tenant(ours(row(0), "7", action="Audit"), ours(row(0), "8")),
        ["unchanged n0.example", "withdraw 7 superseded"],
    ),
    (
        "a URL without a path has a slash or not",
        Desired([DefenderRow("Url", "http://a.example", "Block", "High", "t", "d", None, False, Indicator("URL", "http://a.example"))]),
        tenant(
            ours(
                DefenderRow("Url", "http://a.example/", "Block", "High", "t", "d", None, False, Indicator("URL", "http://a.example/")),
                "7",
            ),
            days=None,
        ),
        ["unchanged http://a.example"],
    ),
    (
        "rows without a place take none of those that one run may send",
        Desired([row("a.example"), row("b.example"), row(0)]),
        tenant(
            ours(row(0), title="old"),
            *(ours(row(number)) for number in (1, 2, 3)),
            others(row(9)),
            capacity=5,
            objects_per_run=1,
            withdraw=False,
        ),
        [
            "left_out over_capacity a.example",
            "left_out over_capacity b.example",
            "updated n0.example title",
        ],
    ),
    (
        "a second row of ours stays while the first has to wait",
        Desired(THREE[:2]),
        tenant(
            ours(row(1), "1", action="Audit"), ours(row(1), "2", rbacGroupNames=["x"]), objects_per_run=1
        ),
        ["created n0.example", "deferred objects_per_run n1.example"],
    ),
    (
        "a Whitelisted URL without a path protects both of its spellings",
        Desired([URL_ROW], whitelisted=frozenset((key_digest("URL", "http://a.example"),))),
        tenant(ours(URL_ROW._replace(value="http://a.example/"), "7"), days=None),
        ["protected whitelisted_in_run http://a.example", "withdraw 7 protected"],
    ),
    (
        "a URL is adopted in the spelling of its owner",
        Desired([URL_ROW]),
        tenant(others(URL_ROW._replace(value="http://a.example/")), adopt=("Ada",), days=None),
        ["updated http://a.example/ externalId"],
    ),
    (
        "two records that are one value to the service are one",
        Desired([row(0), row(0)]),
        tenant(),
        ["created n0.example", "duplicate outranked n0.example"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("case", "desired", "actual", "expected"), CASES, ids=[case[0] for case in CASES])
def test_plan(case: str, desired: Desired, actual: TenantRows, expected: list[str]) -> None:
    assert sorted(told(plan(desired, actual, RUN))) == sorted(expected)


@pytest.mark.parametrize(("case", "desired", "actual", "expected"), CASES, ids=[case[0] for case in CASES])
def test_every_desired_row_is_in_the_plan_once(
    case: str, desired: Desired, actual: TenantRows, expected: list[str]
) -> None:
    made = plan(desired, actual, RUN)
    found = [change.row for change in made.changes] + [end.row for end in made.ends]
    wanted = [*desired.rows, *desired.outranked]
    assert sorted(one.indicator.key for one in found) == sorted(one.indicator.key for one in wanted)


@pytest.mark.parametrize(("case", "desired", "actual", "expected"), CASES, ids=[case[0] for case in CASES])
def test_nothing_but_our_own_rows_is_ever_touched(
    case: str, desired: Desired, actual: TenantRows, expected: list[str]
) -> None:
    made = plan(desired, actual, RUN)
    own = {one.id for one in actual.owned()}
    assert {one.id for one in made.withdraw} <= own
    assert {change.replaces for change in made.changes} - {""} <= own


def test_a_replay_withdraws_nothing_and_takes_no_place() -> None:
    desired = Desired([row(0), row(1)], outranked=[row(2)], ended={digest(3): "inactive"})
    made = plan(desired, tenant(ours(row(2)), ours(row(3)), ours(row(4)), capacity=4), REPLAY)
    assert sorted(told(made)) == [
        "created n0.example",
        "left_out over_capacity n1.example",
        "unchanged n2.example",
    ]
    assert made.refusals == ()


def test_a_tenant_that_could_not_be_read_gets_a_plan_that_must_not_be_written() -> None:
    unread = TenantRows(tenant().tenant, error="no answer")
    made = plan(Desired([row(0)], outranked=[row(1)]), unread, RUN)
    assert (made.unreadable, len(made.changes)) == ("no answer", 2)


def test_free_places_are_those_before_anything_is_deleted() -> None:
    assert plan(Desired([]), tenant(ours(row(0)), others(row(1)), capacity=5), RUN).free == 3


def test_the_plan_does_not_depend_on_the_order_of_the_tenants_list() -> None:
    rows: list[Any] = [ours(row(n), f"{n}") for n in range(6)] + [others(row(n), f"o{n}") for n in range(5, 9)]
    desired = Desired([row(n) for n in (0, 1, 6, 10, 11)], outranked=[row(2)])
    one = plan(desired, tenant(*rows, capacity=10, withdraw_floor=3), RUN)
    other = plan(desired, tenant(*reversed(rows), capacity=10, withdraw_floor=3), RUN)
    assert sorted(told(one)) == sorted(told(other))
