"""The Defender plan, by table: from desired and actual rows to what is to be done."""

from __future__ import annotations

import pytest

from iocbeam.model.indicator import Indicator, key_digest
from iocbeam.model.plan import Change, DefenderRow
from iocbeam.model.settings import PlanPolicy
from iocbeam.planning import ActualRow, Desired, as_item, mark, owner_of_mark, plan


def row(name: str, **changes: object) -> DefenderRow:
    made = DefenderRow(
        "DomainName", name, "Block", "High", name, "about", 1_800_000_000, False, Indicator("FQDN", name)
    )
    return made._replace(**changes)  # type: ignore[arg-type]


ROWS = [row(f"n{number}.example") for number in range(5)]
POLICY = PlanPolicy("drill")


def kinds(desired: Desired, actual: list[ActualRow], policy: PlanPolicy) -> tuple[list[str], list[str]]:
    made = plan(desired, actual, policy, "tenant")
    changes = [f"{change.kind} {change.row.value}" for change in made.changes]
    return changes, [f"{end.outcome} {end.reason} {end.row.value}" for end in made.ends]


@pytest.mark.parametrize(
    ("case", "desired", "actual", "policy", "changes", "ends"),
    [
        ("nothing", Desired([]), [], POLICY, [], []),
        ("an empty tenant", Desired(ROWS[:2]), [], POLICY, ["created n0.example", "created n1.example"], []),
        (
            "updates come before creates",
            Desired(ROWS[:2]),
            [ActualRow("7", "DomainName", "n1.example")],
            POLICY,
            ["updated n1.example", "created n0.example"],
            [],
        ),
        (
            "the last places go to the best",
            Desired(ROWS[:3]),
            [ActualRow("7", "Url", "http://other.example/")],
            PlanPolicy("drill", capacity=3),
            ["created n0.example", "created n1.example"],
            ["left_out over_capacity n2.example"],
        ),
        (
            "an update needs no place",
            Desired(ROWS[:2]),
            [ActualRow("7", "DomainName", "n1.example")],
            PlanPolicy("drill", capacity=1),
            ["updated n1.example"],
            ["left_out over_capacity n0.example"],
        ),
        (
            "the rest comes with the next run",
            Desired(ROWS[:3]),
            [],
            PlanPolicy("drill", objects_per_run=1),
            ["created n0.example"],
            ["deferred objects_per_run n1.example", "deferred objects_per_run n2.example"],
        ),
        (
            "a Whitelisted record protects its key",
            Desired(ROWS[:2], whitelisted=frozenset((key_digest("FQDN", "n0.example"),))),
            [],
            POLICY,
            ["created n1.example"],
            ["protected whitelisted_in_run n0.example"],
        ),
    ],
)
def test_plan(
    case: str,
    desired: Desired,
    actual: list[ActualRow],
    policy: PlanPolicy,
    changes: list[str],
    ends: list[str],
) -> None:
    assert kinds(desired, actual, policy) == (changes, ends), case


def test_every_desired_row_is_in_the_plan_once() -> None:
    policy = PlanPolicy("drill", capacity=3, objects_per_run=2)
    desired = Desired(ROWS, whitelisted=frozenset((key_digest("FQDN", "n1.example"),)))
    made = plan(desired, [], policy)
    found = [change.row.value for change in made.changes] + [end.row.value for end in made.ends]
    assert sorted(found) == sorted(one.value for one in ROWS)


def test_the_mark_is_parsed_as_fields() -> None:
    own = mark("drill", key_digest("FQDN", "n0.example"))
    assert owner_of_mark(own) == "drill"
    assert owner_of_mark(f"{own}:more") is None
    assert owner_of_mark("iocbeam:drill") is None
    assert owner_of_mark("iocbeamer:drill:00") is None
    assert owner_of_mark(None) is None
    # A collection whose name begins like another's is another collection.
    assert owner_of_mark(mark("drill-2", b"12345678")) == "drill-2"


def test_an_item_holds_what_the_service_takes() -> None:
    change = Change("created", ROWS[0], mark("drill", b"12345678"))
    policy = PlanPolicy("drill", recommended_actions="Call us.", device_groups=("Servers",))
    assert as_item(change, policy) == {
        "indicatorValue": "n0.example",
        "indicatorType": "DomainName",
        "action": "Block",
        "severity": "High",
        "title": "n0.example",
        "description": "about",
        "generateAlert": False,
        "expirationTime": "2027-01-15T08:00:00Z",
        "externalId": "iocbeam:drill:3132333435363738",
        "rbacGroupNames": ["Servers"],
        "recommendedActions": "Call us.",
    }


def test_a_row_that_never_expires_says_so() -> None:
    assert as_item(Change("created", row("a.example", expires_at=None), "m"), POLICY)["expirationTime"] is None


def test_an_expiry_beyond_all_calendars_is_the_last_day() -> None:
    late = as_item(Change("created", row("a.example", expires_at=10**15), "m"), POLICY)
    assert late["expirationTime"] == "9999-12-31T23:59:59Z"
