"""Ten days of one collection in one tenant: after each run the tenant is what the records say."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import pytest
from day_feed import CAPACITY, DAY, PAGE, Clock, Feed, days_from, iso_time, value_of
from day_help import Days, random_faults
from job_help import JobSite

Start = Callable[..., JobSite]

RECORDS = 5_000
CHANGED = 500
REMOVED = 300
ADDED = 200


@pytest.fixture(autouse=True)
def _what_is_imported_is_no_garbage() -> Iterator[None]:
    """Takes a quarter off the time of each run: Beam makes so many objects that all are looked through often."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("key_model", ["value", "value_action_scope"])
def test_a_tenant_is_in_step_with_its_collection_after_each_of_ten_days(site: Start, key_model: str) -> None:
    clock = Clock()
    here = site({"key_model": key_model, "clock": clock, "capacity": CAPACITY, "page_size": PAGE})
    days = Days(here, clock, Feed(), key_model)
    for day in (
        _the_first_day_creates,
        _an_unchanged_day_writes_nothing,
        _a_day_of_changes_sends_the_difference,
        _a_full_tenant_swaps_the_worst_for_better_ones,
        _what_an_administrator_changed_is_put_right,
        _a_day_of_faults_and_of_another_action_leaves_one_row_for_each_value,
        _what_is_no_longer_wanted_goes_at_once,
        _after_an_incomplete_read_nothing_absent_goes,
        _the_guard_keeps_what_vanished_until_it_is_allowed,
        _an_unchanged_day_writes_nothing,
    ):
        day(days)
        clock.pass_a_day()


def _the_first_day_creates(days: Days) -> None:
    days.feed.add(range(RECORDS))
    for number in range(0, RECORDS, 100):
        days.feed.add_copy(number, 100_000 + number)
    summary = days.run()
    assert summary["outcomes"] == {"created": RECORDS, "duplicate": RECORDS // 100}
    days.run_again()


def _an_unchanged_day_writes_nothing(days: Days) -> None:
    days.run_again()


def _a_day_of_changes_sends_the_difference(days: Days) -> None:
    feed = days.feed
    for number in range(1, CHANGED * 2, 2):
        record = feed.records[number]
        if number % 3 == 0:
            record["attributes"] = [{"name": "Severity", "value": "Informational"}]
        elif number % 3 == 1:
            record["description"] = f"seen again, {number}"
        else:
            record["expires_at"] = days_from(days.clock.now, 30 + number % 40)
    for number in range(2_002, 2_202):
        feed.records[number]["score"] += 0.5  # decides on the order only: nothing to send
    feed.remove(range(3_001, 3_001 + REMOVED))
    with_copy = 3  # of those, whose copies take their place: 3,100, 3,200 and 3,300
    feed.add(range(6_000, 6_000 + ADDED))
    summary = days.run()
    assert summary["outcomes"]["updated"] == CHANGED + with_copy
    assert summary["outcomes"]["created"] == ADDED
    assert summary["withdrawn"] == REMOVED - with_copy
    days.run_again()


def _a_full_tenant_swaps_the_worst_for_better_ones(days: Days) -> None:
    feed, neighbour = days.feed, days.neighbour
    held = range(7_000, 7_040)
    actions = ("Audit", "Block", "Allowed", "Warn")
    neighbour.add((value_of(number).key, actions[number % 4]) for number in held)
    if days.actions_are_keys:
        # Values that we have a row of, too: nobody's row is changed as long as the actions differ.
        neighbour.add((value_of(number).key, "Block") for number in range(4_000, 4_010))
    free = CAPACITY - len(days.tenant.rows())
    neighbour.add((("DomainName", f"o{number}.neighbour.example"), "Block") for number in range(free))
    feed.add(held, severity="High")
    feed.add(range(8_000, 8_400), severity="High")
    for number in range(4_100, 4_300):
        feed.records[number]["description"] = f"seen once more, {number}"
    summary = days.run()
    assert summary["outcomes"]["held"] == len(held)
    assert summary["outcomes"]["created"] == summary["withdrawn"] == 400
    assert summary["outcomes"]["updated"] == 200
    assert len(days.tenant.rows()) == CAPACITY


def _what_an_administrator_changed_is_put_right(days: Days) -> None:
    rows = list(days.ours().values())
    chosen = random.Random(5).sample(rows, 100)
    edits = iter(chosen[:50])
    for row in islice(edits, 15):
        days.tenant.edit(row["id"], action="Warn")
    for row in islice(edits, 15):
        days.tenant.edit(row["id"], title="looks fine to me")
    for row in islice(edits, 10):
        days.tenant.edit(row["id"], description=None)
    for row in islice(edits, 5):
        days.tenant.edit(row["id"], expirationTime=None)
    for row in edits:
        days.tenant.edit(row["id"], expirationTime=iso_time(days.clock.now + 10 * DAY))
    days.tenant.remove(row["id"] for row in chosen[50:])
    # The tenant is full again afterwards, and whether a new action takes a place of its own is not known: the
    # rows with another action make room for their successors.
    summary = days.run(deleted=15)
    assert summary["outcomes"]["updated"] == summary["outcomes"]["created"] == 50
    days.run_again()


def _a_day_of_faults_and_of_another_action_leaves_one_row_for_each_value(days: Days) -> None:
    feed = days.feed
    wanted = _numbers_in_step(days)
    for number in wanted[:200]:
        feed.records[number]["description"] = f"in a storm, {number}"
    feed.remove(wanted[200:300])
    feed.file_action = feed.network_action = "Block"
    summary = days.run(faults=random_faults(seed=6, share=0.2))
    assert summary["outcomes"]["updated"] > 4_500
    assert summary["outcomes"]["expired"] > 0
    assert len(days.tenant.rows()) == CAPACITY
    days.run_again()


def _what_is_no_longer_wanted_goes_at_once(days: Days) -> None:
    feed = days.feed
    # The neighbour leaves, so that nothing has to make room; and one action changes once more.
    days.neighbour.leave(
        [row["id"] for row in days.tenant.rows() if row["indicatorValue"].endswith(".neighbour.example")]
    )
    feed.network_action = "Warn"
    wanted = iter(_numbers_in_step(days))
    for number in islice(wanted, 800):
        feed.records[number]["status"] = "Retired"
    for number in islice(wanted, 300):
        feed.records[number]["expires_at"] = days_from(days.clock.now, -1)
    feed.listed.update(islice(wanted, 150))
    for number in islice(wanted, 10):
        feed.add_copy(number, 200_000 + number)
        feed.records[200_000 + number]["status"] = "Whitelisted"
    owned = len(days.ours())
    summary = days.run()
    assert summary["withdrawn"] == 1_260 > owned * 0.2
    assert summary["refusals"] == []


def _after_an_incomplete_read_nothing_absent_goes(days: Days) -> None:
    feed = days.feed
    wanted = _numbers_in_step(days)
    old = feed.records
    feed.records = {}
    feed.add(range(9_010, 9_040))
    retired, listed = wanted[:5], wanted[5:10]
    # First in the file what is new or has changed, and what protects others, so that it is read before the break.
    protecting = [number for number, record in old.items() if record["status"] == "Whitelisted"]
    feed.records |= {number: old[number] for number in (*protecting, *retired, *listed)} | old
    for number in retired:
        feed.records[number]["status"] = "Retired"
    feed.listed.update(listed)
    cut = days.site.directory / "cut.jsonl.gz"
    read = feed.write_cut(cut, 0.6)
    assert len(read) < len(feed.records)
    summary = days.run(source=cut, read=set(read), exit_code=3)
    assert summary["outcomes"]["created"] == 30
    assert summary["withdrawn"] == len(listed)
    assert "could not be read to the end" in summary["refusals"][0]
    assert summary["inputs_incomplete"] == 1


def _the_guard_keeps_what_vanished_until_it_is_allowed(days: Days) -> None:
    wanted = _numbers_in_step(days)
    vanished = wanted[: len(wanted) * 2 // 5]
    days.feed.remove(vanished)
    summary = days.run(refused=True, exit_code=4)
    assert summary["withdrawn"] == 5  # what had retired the day before
    assert "--max_withdraw_percent" in summary["refusals"][0]
    summary = days.run(max_withdraw_percent=50)
    assert summary["withdrawn"] == len(vanished)


def _numbers_in_step(days: Days) -> list[int]:
    """Numbers of the records, in a random order, that the tenant has a row of; none that has a copy."""
    copied = {number % 100_000 for number in days.feed.records if number >= 100_000}
    there = days.ours()
    numbers: Iterable[int] = (
        number
        for number, record in days.feed.records.items()
        if number < 100_000
        and number not in copied
        and record["status"] == "Active"
        and days.feed.values[number].key in there
    )
    return random.Random(len(there)).sample(listed := list(numbers), len(listed))
