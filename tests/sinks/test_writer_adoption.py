"""Adoption: rows of another owner become ours if they take our mark; if not, one was tried and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sinks_help import BATCH_DELETE, IMPORT, LIST, Site, blocking, domain_row, domain_rows, outcomes

from iocbeam.local_tenant import Answer, EditAnswer, FailItems, Fault, Poison
from iocbeam.model.plan import DefenderRow
from iocbeam.sinks import Written

Start = Callable[..., Site]
ADA = "ada@contoso.example"
both_key_models = pytest.mark.parametrize("key_model", ["value", "value_action_scope"])


def adopt(here: Site, rows: list[DefenderRow], **writer: Any) -> Written:
    return here.write(here.plan(rows, adopt=(ADA,)), **writer)


def adoption_notices(written: Written) -> list[str]:
    return [notice for notice in written.report.notices if "--adopt" in notice]


def is_row(number: int) -> Callable[[dict[str, Any]], bool]:
    return lambda item: bool(item["indicatorValue"].startswith(f"n{number}."))


@both_key_models
@pytest.mark.parametrize("full", [False, True], ids=["with room", "full"])
@pytest.mark.parametrize("known", [False, True], ids=["no mark seen", "a mark seen"])
def test_rows_that_take_our_mark_become_ours(site: Start, key_model: str, full: bool, known: bool) -> None:
    here = site(key_model=key_model, capacity=25 + known if full else 15_000)
    ids = here.seed_others(domain_rows(25))
    own = domain_rows(range(100, 100 + known))
    here.seed(own)
    written = adopt(here, [*domain_rows(25, title="taken over"), *own], batch=10)
    assert outcomes(written) == {"updated": 25}
    assert (written.report.present, written.report.difference_count, written.report.notices) == (25, 0, ())
    assert set(ids) <= set(here.ids().values())
    assert here.others() == []
    # The one that was tried, and the others.
    assert here.calls(IMPORT) == [200] * (1 + 3)
    assert here.plan([*domain_rows(25, title="taken over"), *own]).changes == ()


@both_key_models
@pytest.mark.parametrize("known", [False, True], ids=["no mark seen", "a mark seen"])
def test_rows_that_take_another_action_become_ours_too(site: Start, key_model: str, known: bool) -> None:
    here = site(key_model=key_model)
    here.seed_others(domain_rows(25))
    own = domain_rows(range(100, 100 + known))
    here.seed(own)
    written = adopt(here, [*blocking(25), *own], batch=10)
    assert outcomes(written) == {"updated": 25}
    assert written.report.notices == ()
    assert len(here.ids()) == 25 + known
    assert here.others() == []
    assert here.plan([*blocking(25), *own]).changes == ()


def test_rows_that_take_another_action_in_place_become_ours_in_a_full_tenant(site: Start) -> None:
    here = site(key_model="value", capacity=26)
    here.seed_others(domain_rows(25))
    own = [domain_row(100)]
    here.seed(own)
    written = adopt(here, [*blocking(25), *own], batch=10)
    assert outcomes(written) == {"updated": 25}
    assert len(here.ids()) == 26
    assert here.others() == []


@both_key_models
def test_no_row_of_another_owner_makes_room_before_ours_is_there(site: Start, key_model: str) -> None:
    """Where a new action needs a second row and none fits, or the mark does not stick, theirs stay."""
    here = site(key_model=key_model, capacity=13, mark="create_only")
    here.seed([domain_row(100)])
    here.seed_others(domain_rows(12))
    before = here.others()
    written = adopt(here, [*blocking(12), domain_row(100)])
    assert here.calls(BATCH_DELETE) == []
    assert outcomes(written)["held held_weaker"] > 0
    assert len(here.tenant.rows()) == 13
    assert sum(one in before for one in here.others()) >= 11


def test_no_row_of_another_owner_is_deleted_before_a_mark_of_ours_was_seen(site: Start) -> None:
    here = site(key_model="value_action_scope", capacity=12)
    here.seed_others(domain_rows(12))
    before = here.tenant.rows()
    written = adopt(here, blocking(12))
    # A row with another action has no place beside the old one, and the old one must not make room for it.
    assert outcomes(written) == {"left_out over_capacity": 8, "held held_weaker": 4}
    assert here.calls(BATCH_DELETE) == []
    assert here.tenant.rows() == before
    assert len(adoption_notices(written)) == 1


@pytest.mark.parametrize("mark", ["create_only", "not_returned"])
def test_where_rows_do_not_take_our_mark_one_was_tried_and_the_others_are_held(site: Start, mark: str) -> None:
    here = site(mark=mark)
    here.seed_others([*domain_rows(3), *blocking(range(3, 5)), *domain_rows([5], action="Allowed")])
    before = {row["id"]: row for row in here.tenant.rows()}
    wanted = [*domain_rows(range(3, 6), title="theirs"), *domain_rows(3, title="ours"), domain_row(9)]
    written = adopt(here, wanted)
    assert outcomes(written) == {
        "updated": 1,
        "held held_same": 4,
        "held held_allows": 1,
        "created": 1,
    }
    after = {row["id"]: row for row in here.tenant.rows()}
    assert sum(after[row_id] != row for row_id, row in before.items()) == 1
    assert here.calls(BATCH_DELETE) == []
    assert len(adoption_notices(written)) == 1
    assert written.report.difference_count == 0
    # A row that another made says nothing of those that we make.
    assert written.report.mark == ("kept" if mark == "create_only" else "not_returned")


def test_a_row_with_another_action_does_not_prove_that_the_others_take_our_mark(site: Start) -> None:
    here = site(mark="create_only", key_model="value_action_scope")
    here.seed_others([*domain_rows(3), *blocking(range(3, 6))])
    written = adopt(here, domain_rows([3, 4, 5, 0, 1, 2], title="ours"))
    assert outcomes(written) == {"updated": 1, "held held_same": 5}
    assert len(here.tenant.rows()) == 6


def test_a_row_that_was_replaced_stays_where_the_new_one_shows_no_mark(site: Start) -> None:
    here = site(mark="not_returned", key_model="value_action_scope")
    ids = here.seed_others(domain_rows(3))
    written = adopt(here, blocking(3))
    assert outcomes(written) == {"updated": 1, "held held_weaker": 2}
    rows = {row["id"]: row["action"] for row in here.tenant.rows()}
    assert [rows[one] for one in ids] == ["Audit"] * 3
    assert len(rows) == 4
    assert written.report.notices == tuple(adoption_notices(written))


@pytest.mark.parametrize("kind", [FailItems, Poison])
def test_a_row_that_is_refused_proves_nothing_and_the_next_one_is_tried(site: Start, kind: Any) -> None:
    here = site()
    here.seed_others(domain_rows(5))
    here.tenant.faults.add(Fault(IMPORT, kind(is_row(0))))
    written = adopt(here, domain_rows(5, title="ours"))
    assert outcomes(written) == {"failed refused": 1, "updated": 4}
    assert adoption_notices(written) == []
    assert len(here.ids()) == 4


def test_the_only_row_being_refused_says_nothing_of_adoption(site: Start) -> None:
    here = site()
    here.seed_others(domain_rows(1))
    here.tenant.faults.add(Fault(IMPORT, FailItems(is_row(0))))
    written = adopt(here, [domain_row(0, title="ours"), domain_row(9)])
    assert outcomes(written) == {"failed refused": 1, "created": 1}
    assert adoption_notices(written) == []


@pytest.mark.parametrize(
    ("mark", "outcome"), [("kept", {"updated": 4}), ("create_only", {"updated": 1, "held held_same": 3})]
)
def test_the_mark_of_another_collection_is_not_ours(site: Start, mark: str, outcome: dict[str, int]) -> None:
    here = site(mark=mark)
    here.seed(domain_rows(4), externalId="iocbeam:old:0000000000000000")
    written = here.write(here.plan(domain_rows(4, title="ours"), adopt=("iocbeam:old",)))
    assert outcomes(written) == outcome
    assert len(here.ours()) == (4 if mark == "kept" else 0)


def test_a_service_that_refuses_every_adoption_is_asked_eight_times(site: Start) -> None:
    here = site()
    here.seed_others(domain_rows(20))
    here.tenant.faults.add(Fault(IMPORT, FailItems(lambda item: not is_row(50)(item))))
    written = adopt(here, [*domain_rows(20, title="ours"), domain_row(50)])
    assert outcomes(written) == {"failed refused": 8, "held held_same": 12, "created": 1}
    assert len(here.calls(IMPORT)) == 8 + 1
    assert len(adoption_notices(written)) == 1


def test_a_row_that_cannot_be_read_back_stops_the_adoption(site: Start) -> None:
    here = site()
    here.seed_others(domain_rows(5))
    here.tenant.faults.add(Fault(LIST, Answer(400), method="GET", times=1))
    written = adopt(here, [*domain_rows(5, title="ours"), domain_row(9)])
    assert outcomes(written) == {"updated": 1, "held held_same": 4, "created": 1}
    [notice] = adoption_notices(written)
    assert "could not be read" in notice
    assert written.report.stopped == ""


def test_a_row_that_shows_its_old_state_for_some_seconds_is_waited_for(site: Start) -> None:
    here = site()
    here.seed_others(domain_rows(5))

    def without_marks(answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "value": [{**row, "externalId": None} for row in answer["value"]]}

    here.tenant.faults.add(Fault(LIST, EditAnswer(without_marks), method="GET", times=3))
    written = adopt(here, domain_rows(5, title="ours"))
    assert outcomes(written) == {"updated": 5}
    assert len(here.ids()) == 5
