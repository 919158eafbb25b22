"""What brings one indicator of a workspace in step, from run to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sentinel_plan_help import COLLECTION, NOW, planned, row, rows, shown

from iocbeam.model.indicator import FQDN, Indicator
from iocbeam.model.sentinel_plan import SentinelActual, SentinelRow
from iocbeam.model.settings import DAY
from iocbeam.planning.sentinel.objects import read_indicator, sent_digest, stix_object
from iocbeam.planning.sentinel.upkeep import EXPIRY, sentinel_upkeep

HOUR = 3_600
VALUE = "bad.malware-test.example"
Service = Callable[[dict[str, Any]], dict[str, Any]]


def own(end: int | None) -> SentinelRow:
    return row(expires_at=end, indicator=Indicator(FQDN, VALUE, expires_at=end))


def by_default(now: int) -> SentinelRow:
    return row(expires_at=now + 90 * DAY)


@pytest.mark.parametrize(
    ("moved", "fields"),
    [(HOUR, ()), (-HOUR, ()), (2 * DAY, (EXPIRY,)), (-2 * DAY, (EXPIRY,))],
    ids=["an hour later", "an hour earlier", "two days later", "two days earlier"],
)
def test_an_end_of_the_records_own_is_sent_when_it_moves_by_more_than_a_day(
    moved: int, fields: tuple[str, ...]
) -> None:
    plan = planned([own(NOW + 30 * DAY + moved)], [shown(own(NOW + 30 * DAY))])
    assert [change.fields for change in plan.changes] == ([fields] if fields else [])


def test_a_default_that_becomes_the_records_own_is_sent() -> None:
    (change,) = planned([own(NOW + 90 * DAY)], [shown(row())]).changes
    assert change.fields == ("labels",)


def served(item: dict[str, Any], now: int, service: Service) -> SentinelActual:
    """The indicator as it is shown after an upload at `now`."""
    shown_as = service(item)
    properties = {
        "pattern": item["pattern"],
        "displayName": item["name"],
        "description": item["description"],
        "confidence": item["confidence"],
        "created": item["created"],
        "validFrom": item["valid_from"],
        "validUntil": shown_as.get("valid_until"),
        "labels": shown_as.get("labels"),
        "lastUpdatedTimeUtc": item["modified"],
    }
    found = read_indicator({"name": "n", "properties": properties}, COLLECTION)
    assert found is not None
    return found


def updates(wanted: Callable[[int], SentinelRow], service: Service, days: int) -> list[int]:
    """The days on which daily runs after the first one send the row again."""
    (change,) = planned([wanted(NOW)], []).changes
    there = served(stix_object(change, COLLECTION, NOW), NOW, service)
    sent = []
    for day in range(1, days):
        now = NOW + day * DAY
        again = sentinel_upkeep(wanted(now), there, now, 90).change
        if again is not None:
            sent.append(day)
            there = served(stix_object(again, COLLECTION, now), now, service)
    return sent


def end_at(end: str | None) -> Service:
    return lambda item: {**item, "valid_until": end}


def shortened(item: dict[str, Any]) -> dict[str, Any]:
    """At most 30 days from the upload, whatever is sent."""
    from iocbeam.model.values import read_time
    from iocbeam.planning.sentinel.objects import utc_text

    sent_at, end = read_time(item["modified"]), read_time(item.get("valid_until"))
    assert sent_at is not None
    limit = sent_at + 30 * DAY
    return {**item, "valid_until": utc_text(limit if end is None else min(end, limit))}


def without_labels(service: Service) -> Service:
    return lambda item: {**service(item), "labels": None}


WANTED = {
    "default": by_default,
    "own": lambda now: own(NOW + 200 * DAY),
    "own that rolls": lambda now: own(now + 200 * DAY),
    "never": lambda now: own(None),
}
SERVICES = {
    "dropped": end_at(None),
    "far away": end_at("2030-01-01T00:00:00.000Z"),
    "shortened": shortened,
}


@pytest.mark.parametrize(
    ("service", "labels"),
    # Without labels, an end that is too late is sent again: nothing tells what was sent.
    [*((service, True) for service in SERVICES), ("dropped", False), ("shortened", False)],
)
@pytest.mark.parametrize("wanted", WANTED)
def test_a_service_that_changes_the_end_has_no_row_rewritten_every_day(
    wanted: str, service: str, labels: bool
) -> None:
    how = SERVICES[service] if labels else without_labels(SERVICES[service])
    sent = updates(WANTED[wanted], how, 60)
    # Once to put it right, and before each end that the service has set.
    assert len(sent) <= 4
    if service == "shortened":
        assert max(sent) >= 28


@pytest.mark.parametrize(
    ("wanted", "most"), [("default", 1), ("own", 0), ("own that rolls", 30), ("never", 0)], ids=list(WANTED)
)
def test_a_service_that_keeps_the_end_has_no_more_than_what_moves(wanted: str, most: int) -> None:
    assert len(updates(WANTED[wanted], lambda item: item, 60)) <= most


def test_an_end_that_was_left_is_told() -> None:
    sent = own(NOW + 200 * DAY)
    first = shown(sent, expires_at=NOW + 30 * DAY)
    (change,) = planned([sent], [first]).changes
    plan = planned([sent], [first._replace(seen=change.seen)])
    assert not plan.changes
    assert "1 indicators show another end than was sent" in plan.notices[-1]


def test_an_end_that_moves_after_it_was_put_right_is_sent() -> None:
    (change,) = planned([own(NOW + 40 * DAY)], [shown(own(NOW + 30 * DAY))]).changes
    there = shown(own(NOW + 40 * DAY), seen=change.seen)
    assert len(planned([own(NOW + 50 * DAY)], [there]).changes) == 1


def test_any_mark_with_what_is_wanted_will_do_where_labels_are_merged() -> None:
    merged = shown(row(), sent="0" * 16, older=((sent_digest(row()), ""),))
    assert not planned([row()], [merged]).changes
    # The wanted one is the older of the two: what is there is not it.
    (change,) = planned([row()], [merged._replace(description="another")]).changes
    assert change.fields == ("description",)


def test_what_was_edited_in_the_portal_is_left_and_told() -> None:
    there = [shown(one) for one in rows(4)]
    there[0] = there[0]._replace(title="harmless")
    there[1] = there[1]._replace(confidence=0, description="")
    plan = planned(rows(4), there)
    assert not plan.changes
    assert "2 indicators show another name, description or confidence" in plan.notices[-1]


def test_an_update_carries_what_is_shown_of_its_beginning() -> None:
    (change,) = planned([row(description="new")], [shown(row(), valid_from=NOW - 33 * DAY)]).changes
    assert change.valid_from == NOW - 33 * DAY


def test_indicators_of_other_sources_that_came_are_told() -> None:
    assert (
        "7 indicators came that show another source" in planned([row()], [], workspace={"others": 7}).notices[-1]
    )
