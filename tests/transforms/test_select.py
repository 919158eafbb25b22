"""rank and select: a total order, and a selection that no order of the input changes."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from apache_beam.internal import cloudpickle_pickler
from hypothesis import given
from hypothesis import strategies as st
from made_records import ranked, row

from iocbeam.model.indicator import FQDN, IP, SEVERITIES, URL
from iocbeam.transforms import Best, Ranked, Selection, rank, select

VALUES = {FQDN: "a{}.example", IP: "45.9.1.{}", URL: "http://evil.example/{}"}

offered = st.lists(
    st.builds(
        lambda kind, key, **fields: ranked(VALUES[kind].format(key), kind=kind, **fields),
        st.sampled_from((FQDN, IP, URL)),
        st.integers(0, 9),
        severity=st.sampled_from(SEVERITIES),
        score=st.sampled_from((None, 1.0, 2.0)),
        created_at=st.sampled_from((None, 1_700_000_000, 1_750_000_000)),
        source_id=st.integers(0, 10**9).map(str),
    ),
    max_size=60,
)


@pytest.fixture(autouse=True)
def short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few as are listed beyond the capacity, so that small inputs go over every limit."""
    monkeypatch.setattr(sys.modules[Best.__module__], "LISTED", 2)


def naive(rows: list[Ranked], capacity: int) -> list[tuple[str, str, str]]:
    best: dict[tuple[str, str], Ranked] = {}
    for one in rows:
        if one.row.key not in best or one.rank > best[one.row.key].rank:
            best[one.row.key] = one
    order = sorted(best.values(), key=lambda one: one.rank, reverse=True)
    return [identity(one.row.indicator.source_id, *one.row.key) for one in order[:capacity]]


def identity(*parts: str) -> tuple[str, str, str]:
    return parts[0], parts[1], parts[2]


def chosen(selection: Selection) -> list[tuple[str, str, str]]:
    return [identity(one.indicator.source_id, *one.key) for one in selection.rows]


def selected(rows: list[Ranked], capacity: int, owned: frozenset[tuple[str, str]] = frozenset()) -> Selection:
    return select([one.row for one in rows], capacity, owned)


def merged(
    rows: list[Ranked], capacity: int, choice: random.Random, owned: frozenset[tuple[str, str]] = frozenset()
) -> Best:
    """The rows dealt to some parts, which are merged in any order and shape."""
    parts = [Best(capacity) for _ in range(choice.randint(1, 6))]
    for one in rows:
        choice.choice(parts).add(one.row, owned)
    while len(parts) > 1:
        choice.shuffle(parts)
        parts[0].merge(parts.pop())
    return parts[0]


@given(offered, st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_selection_is_the_naive_one_in_any_order_and_any_parts(
    rows: list[Ranked], capacity: int, choice: random.Random
) -> None:
    expected = naive(rows, capacity)
    assert chosen(selected(rows, capacity)) == expected
    shuffled = choice.sample(rows, len(rows))
    assert chosen(selected(shuffled, capacity)) == expected
    assert chosen(merged(shuffled, capacity, choice).selection(capacity)) == expected


@given(offered, st.integers(1, 5), st.randoms(use_true_random=False))
def test_selected_duplicates_and_left_out_add_up_to_all_by_type(
    rows: list[Ranked], capacity: int, choice: random.Random
) -> None:
    seen = Counter(one.row.indicator.type for one in rows)
    for best in (merged(rows, capacity, choice), merged(choice.sample(rows, len(rows)), capacity, choice)):
        found = best.selection(capacity)
        kept = Counter(one.indicator.type for one in found.rows)
        assert kept + found.duplicate_counts + found.left_out_counts == seen
        assert min([0, *found.left_out_counts.values()]) == 0


@given(offered)
def test_below_the_capacity_duplicates_are_exact_and_nothing_is_left_out(rows: list[Ranked]) -> None:
    found = selected(rows, 100)
    keys = Counter(one.row.indicator.type for one in {one.row.key: one for one in rows}.values())
    assert +found.left_out_counts == Counter()
    assert found.duplicate_counts == Counter(one.row.indicator.type for one in rows) - keys


@given(offered, st.integers(1, 5))
def test_those_left_out_that_are_listed_are_the_best_of_them(rows: list[Ranked], capacity: int) -> None:
    found = selected(rows, capacity)
    listed = [identity(one.indicator.source_id, *one.key) for one in found.left_out]
    assert listed == naive(rows, capacity + 2)[capacity:]
    assert len(found.duplicates) <= 2


def test_memory_is_bounded_by_the_capacity_and_not_by_the_collection() -> None:
    best = Best(3)
    for number in range(2_000):
        best.add(row(f"a{number * 7_919 % 2_000}.example", score=float(number % 97)))
        assert len(best._kept) <= (3 + 2) * 5 // 4
    assert len(best.selection(3).rows) == 3


@given(offered, st.integers(1, 5), st.sets(st.integers(0, 9)), st.randoms(use_true_random=False))
def test_the_best_record_of_an_owned_key_is_kept_wherever_it_ranks(
    rows: list[Ranked], capacity: int, numbers: set[int], choice: random.Random
) -> None:
    owned = frozenset(("DomainName", VALUES[FQDN].format(number)) for number in numbers)
    found = merged(choice.sample(rows, len(rows)), capacity, choice, owned).selection(capacity)
    at_once = selected(rows, capacity, owned)
    assert (found.rows, found.outranked) == (at_once.rows, at_once.outranked)
    by_key = {one.key: one for one in (*found.rows, *found.outranked)}
    for key in owned & {one.row.key for one in rows}:
        best = max(rank(one.row, True) for one in rows if one.row.key == key)
        assert rank(by_key[key], True) == best
    assert {one.key for one in found.outranked} <= owned
    seen = Counter(one.row.indicator.type for one in rows)
    kept = Counter(one.indicator.type for one in by_key.values())
    assert kept + found.duplicate_counts + found.left_out_counts == seen


def test_what_the_tenant_has_goes_before_its_equal() -> None:
    rows = [ranked(f"a{number}.example", score=1.0) for number in range(20)]
    owned = frozenset(row.row.key for row in rows[7:9])
    assert {one.key for one in selected(rows, 2, owned).rows} == owned


def test_a_key_that_was_forgotten_comes_back_with_a_better_record() -> None:
    rows = [ranked(f"a{number}.example", score=float(number)) for number in range(30)]
    late = ranked("a0.example", score=99.0)
    assert [one.value for one in selected([*rows, late], 2).rows] == ["a0.example", "a29.example"]


def test_an_empty_collection_gives_an_empty_selection() -> None:
    assert select([], 3) == Selection()
    assert Best(3).selection(3) == Selection()


def test_a_part_survives_the_way_to_another_worker() -> None:
    best = Best(2)
    for number in range(20):
        best.add(row(f"a{number}.example"))
    copy = cloudpickle_pickler.loads(cloudpickle_pickler.dumps(best))
    assert copy.selection(2) == best.selection(2)


def ladder() -> Iterator[tuple[Ranked, Ranked]]:
    """Pairs of (worse, better), each decided by one step of the order and against the steps after it."""
    old, new = 1_700_000_000, 1_750_000_000
    yield ranked(severity="Medium", score=9.0, created_at=new), ranked(severity="High", score=1.0, created_at=old)
    yield ranked(severity="Low", score=9.0), ranked(severity=None, score=1.0)
    yield ranked(score=1.0, created_at=new), ranked(score=2.0, created_at=old)
    yield ranked(score=None, created_at=new), ranked(score=-5.0, created_at=old)
    yield ranked(created_at=old), ranked(created_at=new)
    yield ranked(created_at=None), ranked(created_at=old)


def test_severity_then_score_then_the_newest_decide() -> None:
    for worse, better in ladder():
        assert worse.rank < better.rank


def test_what_the_tenant_already_has_goes_before_what_it_has_not() -> None:
    one = row(created_at=1_700_000_000)
    assert rank(one, True) > rank(one, False)
    assert rank(one, True) < rank(row(created_at=1_700_000_001), False)


def test_records_that_differ_in_what_is_sent_never_tie() -> None:
    base: dict[str, Any] = {"created_at": 1_700_000_000, "score": 1.0}
    others: list[dict[str, Any]] = [
        {"source_id": "2"},
        {"source": "x"},
        {"title": "t"},
        {"description": "d"},
        {"expires_at": 1_900_000_000},
        {"malware": ("m",)},
        {"adversaries": ("a",)},
        {"tlp": "green"},
    ]
    keys = [rank(row(**base)), rank(row("b.example", **base)), *(rank(row(**base, **other)) for other in others)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "others",
    [
        [{"tlp": "green"}, {"tlp": "amber"}],
        [{"malware": ("A",)}, {"malware": ("B",)}],
        [{}, {"adversaries": ("A",)}],
    ],
    ids=["tlp", "malware", "adversaries"],
)
def test_records_that_look_alike_in_a_description_do_not_tie(others: list[dict[str, Any]]) -> None:
    # A description that is cut, or left out, shows neither.
    first, second = (row(**other)._replace(description="cut") for other in others)
    assert rank(first) != rank(second)


def test_where_a_record_was_read_decides_nothing() -> None:
    assert rank(row(location="a:1")) == rank(row(location="b:2"))


@given(offered)
def test_the_order_is_total(rows: list[Ranked]) -> None:
    order = sorted(rows, key=lambda one: one.rank)
    for lower, higher in pairwise(order):
        assert not higher.rank < lower.rank
        if lower.rank == higher.rank:
            assert lower.row[:7] == higher.row[:7]
