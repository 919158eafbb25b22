"""Which result of an import belongs to which item."""

from __future__ import annotations

import random
from typing import Any

import pytest

from iocbeam.clients import ImportResult, NotDocumented, canonical_value, match_results
from iocbeam.clients.defender.import_results import import_answer


def sent(*values: str) -> list[dict[str, Any]]:
    return [{"indicatorValue": value} for value in values]


def accepted(value: str, row_id: str = "1") -> ImportResult:
    return ImportResult(row_id, value, False, "")


def failed(value: str, reason: str = "no") -> ImportResult:
    return ImportResult("", value, True, reason)


def test_results_are_matched_in_any_order() -> None:
    items = sent(*(f"host{n}.example" for n in range(50)))
    results = [
        failed(item["indicatorValue"]) if n % 7 == 0 else accepted(item["indicatorValue"], str(n))
        for n, item in enumerate(items)
    ]
    shuffled = random.Random(1).sample(results, len(results))
    assert match_results(items, shuffled) == results


@pytest.mark.parametrize(
    ("value", "echo"),
    [
        ("2001:db8:0:0:0:0:0:1", "2001:DB8::1"),
        ("example.com", "EXAMPLE.com."),
        ("a" * 64, "A" * 64),
        ("https://example.com/A?b", "HTTPS://Example.com/A?b"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com/A", "https://example.com/a"),
        ("192.0.2.1", " 192.0.2.1 "),
    ],
)
def test_a_value_may_be_repeated_in_another_spelling(value: str, echo: str) -> None:
    assert match_results(sent("other.example", value), [accepted(echo)]) == [None, accepted(echo)]


def test_urls_that_differ_in_the_case_of_their_paths_are_two() -> None:
    items = sent("https://example.com/A", "https://example.com/a")
    results = [failed("https://example.com/a"), accepted("https://example.com/A")]
    assert match_results(items, results) == [results[1], results[0]]


def test_an_item_without_a_result_has_none() -> None:
    assert match_results(sent("a.example", "b.example"), [accepted("b.example")]) == [None, accepted("b.example")]


def test_a_result_of_nothing_that_was_sent_is_left_aside() -> None:
    assert match_results(sent("a.example"), [accepted("z.example"), accepted("a.example", "2")]) == [
        accepted("a.example", "2")
    ]


def test_items_of_one_value_that_ended_alike_have_that_result_without_an_id() -> None:
    items = sent("a.example", "A.example")
    assert match_results(items, [accepted("a.example", "1"), accepted("a.example", "2")]) == [
        accepted("a.example", ""),
        accepted("a.example", ""),
    ]
    assert match_results(items, [failed("a.example", "x"), failed("a.example", "y")]) == [
        failed("a.example", "x; y"),
        failed("a.example", "x; y"),
    ]


@pytest.mark.parametrize("results", [[failed("a.example"), accepted("a.example")], [accepted("a.example")]])
def test_items_of_one_value_whose_results_cannot_be_told_apart_have_none(results: list[ImportResult]) -> None:
    items = sent("a.example", "b.example", "a.example")
    assert match_results(items, [*results, accepted("b.example")]) == [None, accepted("b.example"), None]
    assert match_results(items, [accepted("b.example"), *results[::-1]]) == [None, accepted("b.example"), None]


def test_two_results_for_one_item_count_only_if_they_agree() -> None:
    assert match_results(sent("a.example"), [failed("a.example"), accepted("a.example")]) == [None]
    assert match_results(sent("a.example"), [accepted("a.example"), accepted("a.example")]) == [
        accepted("a.example")
    ]


def test_canonical_values_of_different_indicators_differ() -> None:
    values = ["1.2.3.4", "1.2.3.5", "::1", "::2", "a.example", "https://a.example", "http://a.example", "0" * 32]
    assert len({canonical_value(value) for value in values}) == len(values)


def test_the_documented_answer_is_read() -> None:
    body = {
        "value": [
            {"id": "2841", "indicator": "a", "isFailed": False, "failureReason": None},
            {"id": None, "indicator": "b", "isFailed": True, "failureReason": "why", "more": 1},
            {"id": 7, "indicator": "c", "isFailed": False},
        ]
    }
    assert import_answer(body) == [accepted("a", "2841"), failed("b", "why"), accepted("c", "7")]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"value": {}},
        {"value": [1]},
        {"value": [{"indicator": "a"}]},
        {"value": [{"indicator": None, "isFailed": False}]},
        {"value": [{"indicator": "a", "isFailed": "false"}]},
        {"value": [{"id": [], "indicator": "a", "isFailed": False}]},
        {"value": [{"indicator": "a", "isFailed": True, "failureReason": {}}]},
    ],
)
def test_an_answer_of_another_form_is_not_documented(body: Any) -> None:
    with pytest.raises(NotDocumented):
        import_answer(body)
