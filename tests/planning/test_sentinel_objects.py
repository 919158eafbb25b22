"""STIX objects for Sentinel, and what is read back of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentinel_plan_help import COLLECTION, NOW, row, shown
from stix2patterns.validator import run_validator

from iocbeam.model.indicator import CIDR, FQDN, IP, IPV6, MD5, SHA1, SHA256, URL, Indicator
from iocbeam.model.sentinel_plan import SentinelChange, SentinelWithdrawal
from iocbeam.model.settings import DAY
from iocbeam.planning.sentinel.objects import (
    key_of_pattern,
    pattern_of,
    read_indicator,
    revoked_object,
    sent_digest,
    stix_id,
    stix_object,
)

VALUES = [
    (IP, "203.0.113.9", "[ipv4-addr:value = '203.0.113.9']"),
    (IPV6, "2001:4860::1", "[ipv6-addr:value = '2001:4860::1']"),
    (CIDR, "45.9.8.0/24", "[ipv4-addr:value = '45.9.8.0/24']"),
    (CIDR, "2a00:1450::/32", "[ipv6-addr:value = '2a00:1450::/32']"),
    (FQDN, "bad.malware-test.example", "[domain-name:value = 'bad.malware-test.example']"),
    (URL, r"http://bad.example/a?b='c'\d", r"[url:value = 'http://bad.example/a?b=\'c\'\\d']"),
    (MD5, "0" * 32, f"[file:hashes.'MD5' = '{'0' * 32}']"),
    (SHA1, "1" * 40, f"[file:hashes.'SHA1' = '{'1' * 40}']"),
    (SHA256, "2" * 64, f"[file:hashes.'SHA256' = '{'2' * 64}']"),
]


@pytest.mark.parametrize(("kind", "value", "pattern"), VALUES, ids=[one[1][:20] for one in VALUES])
def test_a_value_has_one_pattern(kind: str, value: str, pattern: str) -> None:
    assert pattern_of(kind, value) == pattern


@pytest.mark.parametrize("pattern", [pattern for _, _, pattern in VALUES])
def test_a_pattern_is_one_of_the_language(pattern: str) -> None:
    assert not run_validator(pattern, stix_version="2.1")


@pytest.mark.parametrize(
    ("kind", "value"),
    [(kind, value) for kind, value, _ in VALUES if value not in ("203.0.113.9", r"http://bad.example/a?b='c'\d")]
    + [(IP, "45.9.8.7"), (URL, "http://bad.example/a?b='c'")],
)
def test_a_value_is_read_back_from_its_pattern(kind: str, value: str) -> None:
    assert key_of_pattern(pattern_of(kind, value)) == (kind, value)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[domain-name:value = 'a.example' OR domain-name:value = 'b.example']",
        "[email-addr:value = 'a@b.example']",
        "[file:name = 'bad.exe']",
        "[file:hashes.'SHA-512' = 'abc']",
        "[domain-name:value LIKE 'a%']",
        "[url:value = 'no url']",
    ],
)
def test_a_pattern_that_is_none_of_ours_has_no_key(pattern: str) -> None:
    assert key_of_pattern(pattern) is None


def test_sha256_is_read_in_either_spelling() -> None:
    assert key_of_pattern(f"[file:hashes.'SHA-256' = '{'A' * 64}']") == (SHA256, "a" * 64)


def test_an_id_is_made_of_collection_type_and_value_alone() -> None:
    first = stix_id(COLLECTION, FQDN, "bad.example")
    assert re.fullmatch(r"indicator--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first == stix_id(COLLECTION, FQDN, "bad.example")
    others = {stix_id("other", FQDN, "bad.example"), stix_id(COLLECTION, URL, "bad.example")}
    assert first not in others
    assert stix_id(COLLECTION, URL, "http://a.example/") == stix_id(COLLECTION, URL, "http://a.example")


def test_an_object_has_everything_that_the_service_requires() -> None:
    indicator = Indicator(FQDN, "bad.malware-test.example", created_at=NOW - 5 * DAY)
    sent = row()._replace(indicator=indicator, labels=("malware:Emotet",))
    item = stix_object(SentinelChange("created", sent, sent_digest(sent)), COLLECTION, NOW)
    assert item == {
        "type": "indicator",
        "spec_version": "2.1",
        "id": stix_id(COLLECTION, FQDN, "bad.malware-test.example"),
        "created": "2026-09-16T14:13:20.000Z",
        "modified": "2026-09-21T14:13:20.000Z",
        "name": "bad.malware-test.example",
        "description": "a description",
        "indicator_types": ["malicious-activity"],
        "pattern": "[domain-name:value = 'bad.malware-test.example']",
        "pattern_type": "stix",
        "valid_from": "2026-09-16T14:13:20.000Z",
        "valid_until": "2026-12-20T14:13:20.000Z",
        "confidence": 50,
        "labels": ["malware:Emotet", f"iocbeam:{COLLECTION}:{sent_digest(sent)}"],
        "revoked": False,
    }


def test_a_record_from_the_future_is_not_created_there() -> None:
    sent = row()._replace(indicator=Indicator(FQDN, "bad.malware-test.example", created_at=NOW + DAY))
    item = stix_object(SentinelChange("created", sent, ""), COLLECTION, NOW)
    assert item["created"] == item["valid_from"] == item["modified"]


@pytest.mark.parametrize(
    ("created_at", "wanted"),
    [(None, "2026-09-11T14:13:20.000Z"), (NOW - 5 * DAY, "2026-09-16T14:13:20.000Z")],
    ids=["undated", "dated"],
)
def test_an_update_keeps_since_when_it_is_valid(created_at: int | None, wanted: str) -> None:
    sent = row()._replace(indicator=Indicator(FQDN, "bad.malware-test.example", created_at=created_at))
    change = SentinelChange("updated", sent, "", NOW - 20 * DAY, valid_from=NOW - 10 * DAY)
    assert stix_object(change, COLLECTION, NOW)["valid_from"] == wanted


def test_never_has_no_end() -> None:
    assert "valid_until" not in stix_object(SentinelChange("created", row(expires_at=None), ""), COLLECTION, NOW)


def test_the_digest_leaves_out_what_moves_from_run_to_run() -> None:
    def own(end: int) -> str:
        indicator = Indicator(FQDN, "bad.malware-test.example", expires_at=end)
        return sent_digest(row(expires_at=end, indicator=indicator))

    assert sent_digest(row()) == sent_digest(row(expires_at=NOW + DAY))
    assert own(NOW + DAY) == own(NOW + 30 * DAY)
    assert len({own(NOW + DAY), sent_digest(row()), sent_digest(row(expires_at=None))}) == 3
    assert sent_digest(row(labels=("x",))) != sent_digest(row())


def test_a_withdrawal_is_revoked_and_over() -> None:
    sent = row()
    item = revoked_object(SentinelWithdrawal(shown(sent), "absent"), COLLECTION, NOW)
    assert (item["revoked"], item["valid_until"]) == (True, "2026-09-21T14:13:20.000Z")
    assert item["valid_from"] < item["valid_until"]
    assert item["id"] == stix_id(COLLECTION, *sent.key)


@pytest.mark.parametrize("place", ["labels", "threatIntelligenceTags"])
def test_the_mark_is_found_wherever_labels_come_back(place: str) -> None:
    properties = {"pattern": "[domain-name:value = 'bad.example']", place: ["a", "iocbeam:drill:0123456789abcdef"]}
    found = read_indicator({"name": "n", "properties": properties}, COLLECTION)
    assert found is not None
    assert (found.sent, found.foreign) == ("0123456789abcdef", False)


def test_every_mark_of_the_collection_is_read() -> None:
    first, second = "0123456789abcdef", "fedcba9876543210"
    labels = [
        "iocbeam:drill:",
        f"iocbeam:drill:{first}",
        "iocbeam:other:" + second,
        f"iocbeam:drill:{second}.00ff00ff",
    ]
    properties = {
        "pattern": "[domain-name:value = 'bad.example']",
        "labels": labels,
        "threatIntelligenceTags": labels,
    }
    found = read_indicator({"name": "n", "properties": properties}, COLLECTION)
    assert found is not None
    assert found.marks == ((first, ""), (second, "00ff00ff"))


@pytest.mark.parametrize(
    ("external", "foreign"),
    [
        ("indicator--00000000-0000-4000-8000-000000000000", True),
        (stix_id(COLLECTION, FQDN, "bad.example"), False),
        ("12", False),
        (None, False),
    ],
)
def test_only_an_id_of_stix_tells_that_it_is_another_ones(external: object, foreign: bool) -> None:
    properties = {"pattern": "[domain-name:value = 'bad.example']", "externalId": external}
    found = read_indicator({"name": "n", "properties": properties}, COLLECTION)
    assert found is not None
    assert found.foreign is foreign


@pytest.mark.parametrize(
    "row_", [{}, {"properties": None}, {"properties": {"pattern": 5}}, {"properties": {"pattern": "[x]"}}]
)
def test_reading_back_never_raises(row_: dict[str, object]) -> None:
    assert read_indicator(row_, COLLECTION) is None


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1))
def test_any_text_is_one_value_of_a_pattern(text: str) -> None:
    pattern = pattern_of(URL, text)
    assert not run_validator(pattern, stix_version="2.1")
