"""Which alerts are asked for their files."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.planning.sightings import file_lookups
from iocbeam.planning.sightings.file_lookups import FileAlert, FileAlertsKept, choose_lookups


def alert(name: str, *hashes: str, at: str = "") -> FileAlert:
    return FileAlert(name, frozenset(hashes), at)


def test_the_same_file_is_asked_for_once_and_in_the_newest_alert() -> None:
    alerts = [alert("old", "x", at="2026-01-01"), alert("new", "x", at="2026-02-01")]
    assert choose_lookups(alerts, 10) == (("new",), 0)


def test_an_alert_with_a_file_more_is_asked_too() -> None:
    alerts = [alert("a", "x", at="2"), alert("b", "x", "y", at="1")]
    assert choose_lookups(alerts, 10).alert_ids == ("a", "b")


def test_alerts_without_hashes_are_each_asked() -> None:
    assert choose_lookups([alert("a"), alert("b")], 10).alert_ids == ("b", "a")


def test_what_is_beyond_the_limit_is_counted_and_what_is_known_by_then_is_not() -> None:
    alerts = [alert("a", "x", at="3"), alert("b", "y", at="2"), alert("c", "x", at="1")]
    assert choose_lookups(alerts, 1) == (("a",), 1)
    assert choose_lookups(alerts, 0) == ((), 3)


def test_what_is_kept_for_asking_is_the_newest_of_each_set_of_files_and_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_lookups, "MOST_KEPT", 3)
    kept = FileAlertsKept()
    for number in range(40):
        kept.add(alert(f"a{number}", f"file-{number % 10}", at=f"{number:03}"))
    assert {one.alert_id for one in kept.kept()} == {"a39", "a38", "a37"}
    assert kept.dropped >= 7


def test_nothing_is_dropped_where_there_is_room() -> None:
    kept = FileAlertsKept()
    for number in range(100):
        kept.add(alert(f"a{number}", "x", at=f"{number:03}"))
        kept.add(alert(f"b{number}"))
    assert len(kept.kept()) == 101
    assert kept.dropped == 0


_alerts = st.lists(
    st.builds(
        FileAlert, st.text("abc", min_size=1, max_size=3), st.frozensets(st.sampled_from("uvwxyz")), st.just("")
    ),
    unique_by=lambda one: one.alert_id,
)


@given(_alerts, st.integers(0, 10), st.randoms(use_true_random=False))
def test_the_order_of_alerts_decides_nothing_and_every_file_is_covered_or_counted(
    alerts: list[FileAlert], limit: int, order: random.Random
) -> None:
    chosen = choose_lookups(alerts, limit)
    shuffled = alerts[:]
    order.shuffle(shuffled)
    assert choose_lookups(shuffled, limit) == chosen
    assert len(chosen.alert_ids) <= limit
    by_id = {one.alert_id: one for one in alerts}
    known = frozenset[str]().union(*(by_id[one].hashes for one in chosen.alert_ids))
    uncovered = [
        one
        for one in alerts
        if one.alert_id not in chosen.alert_ids and (one.unnamed or not one.hashes <= known or not one.hashes)
    ]
    assert len(uncovered) == chosen.left_out
