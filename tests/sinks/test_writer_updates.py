"""Rows of ours that are there already: updated in place, or replaced when the service makes a second row."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import pytest
from sinks_help import BATCH_DELETE, IMPORT, Site, blocking, domain_rows, outcomes

from iocbeam.local_tenant import DropAfter, EditAnswer, Fault, OmitResults

Start = Callable[..., Site]
both_key_models = pytest.mark.parametrize("key_model", ["value", "value_action_scope"])


def without_ids(answer: dict[str, Any]) -> dict[str, Any]:
    """An import's answer that names no row."""
    return {"value": [{**result, "id": None} for result in answer["value"]]}


TROUBLES: dict[str, Fault | None] = {
    "none": None,
    "shuffled results": None,
    "answers without ids": Fault(IMPORT, EditAnswer(without_ids)),
    "results left out": Fault(IMPORT, OmitResults(lambda item: not item["title"].startswith("n1.")), times=1),
    "a lost answer": Fault(IMPORT, DropAfter(), times=1),
}


@both_key_models
def test_an_update_keeps_the_row(site: Start, key_model: str) -> None:
    here = site(key_model=key_model)
    here.seed(domain_rows(3))
    before = here.ids()
    written = here.write(here.plan(domain_rows(3, title="another title")))
    assert outcomes(written) == {"updated": 3}
    assert here.ids() == before
    assert {row["title"] for row in here.ours()} == {"another title"}
    assert here.calls(BATCH_DELETE) == []


@both_key_models
@pytest.mark.parametrize("full", [False, True], ids=["with room", "full"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_new_action_leaves_one_row_of_ours(site: Start, key_model: str, full: bool, trouble: str) -> None:
    # Two slices, some withdrawals, and rows of another owner: whichever way, nothing is left out of a full tenant.
    shuffle = trouble == "shuffled results"
    here = site(key_model=key_model, shuffle_results=shuffle, capacity=20 if full else 15_000)
    here.seed(domain_rows(15))
    here.seed_others(domain_rows(range(20, 25)))
    fault = TROUBLES[trouble]
    if fault:
        here.tenant.faults.add(fault)
    written = here.write(here.plan([*blocking(12), *domain_rows(range(30, 33))]), batch=10)
    assert outcomes(written) == {"updated": 12, "created": 3}
    assert len(here.ids()) == 15
    assert {row["action"] for row in here.ours() if row["indicatorValue"] in _values(12)} == {"Block"}
    assert len(here.others()) == 5
    report = written.report
    assert (report.withdrawn, report.difference_count, report.stopped, report.notices) == (3, 0, "", ())
    after = here.plan([*blocking(12), *domain_rows(range(30, 33))])
    assert (after.changes, after.withdraw) == ((), ())


def test_a_new_action_in_place_keeps_the_row(site: Start) -> None:
    here = site(key_model="value")
    here.seed(domain_rows(3))
    before = here.ids()
    here.write(here.plan(blocking(3)))
    assert here.ids() == before


@both_key_models
def test_new_device_groups_leave_one_row_of_ours(site: Start, key_model: str) -> None:
    here = site(key_model=key_model)
    here.seed(domain_rows(3))
    here.tenant.faults.add(Fault(IMPORT, EditAnswer(without_ids)))
    written = here.write(here.plan(domain_rows(3), device_groups=("Lab",)))
    assert outcomes(written) == {"updated": 3}
    assert len(here.ids()) == 3
    assert {tuple(row["rbacGroupNames"]) for row in here.ours()} == {("Lab",)}
    assert written.report.notices == ()


@pytest.mark.parametrize(("key_model", "deletions"), [("value", 0), ("value_action_scope", ceil(1_200 / 500))])
@pytest.mark.parametrize("told", [True, False], ids=["ids are told", "no ids are told"])
def test_1200_new_actions_take_the_fewest_calls(site: Start, key_model: str, deletions: int, told: bool) -> None:
    here = site(key_model=key_model)
    here.seed(domain_rows(1_200))
    if not told:
        here.tenant.faults.add(Fault(IMPORT, EditAnswer(without_ids)))
    written = here.write(here.plan(blocking(1_200)))
    assert outcomes(written) == {"updated": 1_200}
    assert here.calls(IMPORT) == [200] * ceil(1_200 / 500)
    assert here.calls(BATCH_DELETE) == [204] * deletions
    # Without ids, second rows are seen in the list only, which is then read once more.
    assert here.listings() == (1 if told or not deletions else 2)
    assert len(here.ids()) == 1_200


def _values(count: int) -> set[str]:
    return {row.value for row in domain_rows(count)}
